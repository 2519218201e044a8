"""Frozen dataclasses of the core ⇄ JSON objects, driven by their type hints.

Reading is tolerant: an unknown key is kept apart or passed over, a bad value of a field with a default becomes that
default, a bad element of a list is left out. Only a field without a default must be there and be right.
"""

import dataclasses
import json
import math
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class RecordError(ValueError):
    """The JSON value cannot become the wanted object."""


@dataclass(slots=True)
class Notes:
    """What was noticed while reading one object.

    Attributes:
        problems: paths of values that were not usable (`connection.limits.idle`).
        unknown: keys no field has, nested as they were found.
        path: where this object stands.
    """

    problems: list[str] = field(default_factory=list)
    unknown: dict[str, Any] = field(default_factory=dict)
    path: str = ""


Reader = Callable[[Any, Notes, str], Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """How one dataclass is read.

    Attributes:
        readers: by field.
        required: fields that must be there.
        empty: fields without a default that are None when they are not there.
    """

    readers: dict[str, Reader]
    required: tuple[str, ...]
    empty: tuple[str, ...]


def dump(value: Any) -> str:
    """JSON text that any file and any UTF-8 database takes, half surrogate pairs from a model included."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def encode(value: Any) -> Any:
    """A dataclass (and what it holds) as JSON values; fields that are None are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: encode(inner) for name in _names(type(value)) if (inner := getattr(value, name)) is not None}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [encode(inner) for inner in value]
    return value


def decode(wanted: type[T], table: Any, notes: Notes | None = None) -> T:
    """Builds a dataclass from a JSON object.

    Args:
        wanted: a dataclass.
        table: a parsed JSON value.
        notes: is told what was not usable and what was not known.

    Raises:
        RecordError: it is not an object, or a field without a default is missing or wrong.
    """
    notes = notes or Notes()
    if not isinstance(table, dict):
        raise RecordError(f"{notes.path or wanted.__name__} is not an object")
    kind: Any = wanted  # to mypy, classes of unhashable objects are unhashable themselves
    plan = _plan(kind)
    values: dict[str, Any] = dict.fromkeys(plan.empty)
    for key, raw in table.items():
        read = plan.readers.get(key)
        if read is None:
            notes.unknown[key] = raw
            continue
        try:
            values[key] = read(raw, notes, key)
        except RecordError:
            if key in plan.required:
                raise
            notes.problems.append(_join(notes.path, key))
    for name in plan.required:
        if name not in values:
            raise RecordError(f"{_join(notes.path, name)} is missing")
    return wanted(**values)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in dataclasses.fields(kind))


@cache
def _plan(kind: type) -> _Plan:
    hints = get_type_hints(kind)
    bare = [
        each.name
        for each in dataclasses.fields(kind)
        if each.default is dataclasses.MISSING and each.default_factory is dataclasses.MISSING
    ]
    empty = tuple(name for name in bare if type(None) in get_args(hints[name]))
    return _Plan(
        {name: _reader(hints[name]) for name in _names(kind)},
        tuple(name for name in bare if name not in empty),
        empty,
    )


def _reader(hint: Any) -> Reader:
    """How a value of that type hint is read; the hints are those of `tally.core`'s value objects."""
    if hint is Any or hint is object:
        return lambda raw, _notes, _key: raw
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin = get_origin(hint)
    if origin in (types.UnionType, Union):
        return _optional(hint)
    if origin is tuple:
        return _many(_reader(get_args(hint)[0]))
    if origin is dict:
        return _mapping
    if dataclasses.is_dataclass(hint):
        return _nested(cast("type[Any]", hint))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _choice(hint)
    raise TypeError(f"no way to read a {hint}")


def _text(raw: Any, notes: Notes, key: str) -> str:
    if isinstance(raw, str):
        return raw
    raise RecordError(f"{_join(notes.path, key)} is not text")


def _flag(raw: Any, notes: Notes, key: str) -> bool:
    if isinstance(raw, bool):
        return raw
    raise RecordError(f"{_join(notes.path, key)} is not true or false")


def _whole(raw: Any, notes: Notes, key: str) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    raise RecordError(f"{_join(notes.path, key)} is not a whole number")


def _number(raw: Any, notes: Notes, key: str) -> float:
    if isinstance(raw, int | float) and not isinstance(raw, bool) and math.isfinite(raw):
        return float(raw)
    raise RecordError(f"{_join(notes.path, key)} is not a number")


def _mapping(raw: Any, notes: Notes, key: str) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    raise RecordError(f"{_join(notes.path, key)} is not an object")


_PLAIN: dict[Any, Reader] = {str: _text, bool: _flag, int: _whole, float: _number}


def _optional(hint: Any) -> Reader:
    inner = [each for each in get_args(hint) if each is not type(None)]
    if len(inner) != 1:
        raise TypeError(f"no way to tell what a {hint} is")
    read = _reader(inner[0])
    return lambda raw, notes, key: None if raw is None else read(raw, notes, key)


def _many(read: Reader) -> Reader:
    def read_all(raw: Any, notes: Notes, key: str) -> tuple[Any, ...]:
        if not isinstance(raw, list):
            raise RecordError(f"{_join(notes.path, key)} is not a list")
        found = []
        for number, each in enumerate(raw):
            try:
                found.append(read(each, notes, f"{key}.{number}"))
            except RecordError:
                notes.problems.append(_join(notes.path, f"{key}.{number}"))
        return tuple(found)

    return read_all


def _nested(kind: type[Any]) -> Reader:
    def read(raw: Any, notes: Notes, key: str) -> Any:
        inner = Notes(notes.problems, {}, _join(notes.path, key))
        value = decode(kind, raw, inner)
        if inner.unknown:
            notes.unknown[key] = inner.unknown
        return value

    return read


def _choice(kind: type[Enum]) -> Reader:
    def read(raw: Any, notes: Notes, key: str) -> Enum:
        try:
            return kind(raw)
        except ValueError as error:
            raise RecordError(f"{_join(notes.path, key)} is none of the choices") from error

    return read
