"""Tool calls, put together from fragments. Algorithm and the shapes it has to survive: protocol.md 2.3.

A server may leave out the index or the id, give two calls the same index, send arguments as an object, or send the
last call twice. Calls keep the order in which they began, whatever their indexes say.
"""

import json
import re
import secrets
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tally.core.messages import ToolCallPart
from tally.gateway.surrogates import scrubbed

_OUTSIDE_STRING = re.compile(r'["{}\[\]]')
_INSIDE_STRING = re.compile(r'["\\]')

_LEGACY = -1
"""The index that stands for the one `function_call` of the old interface."""


class _Slot:
    """One call while it grows.

    Attributes:
        index: the server's index; None when it gave none.
        id: the server's id; None as long as it gave none.
        name: the function; None as long as it is unknown.
    """

    __slots__ = ("_depth", "_escaped", "_in_string", "_opened", "_parts", "_scanned", "_size", "id", "index", "name")

    def __init__(self, index: int | None, call_id: str | None) -> None:
        self.index = index
        self.id = call_id
        self.name: str | None = None
        self._parts: list[str] = []
        self._size = 0
        self._restart_scan()

    def _restart_scan(self) -> None:
        self._scanned = 0
        self._depth = 0
        self._opened = False
        self._in_string = False
        self._escaped = False

    @property
    def raw(self) -> str:
        """The arguments so far."""
        return "".join(self._parts)

    def add(self, arguments: object) -> None:
        """Takes a fragment of the arguments: a piece of text, or an object that is the whole of them."""
        if isinstance(arguments, (dict, list)):
            self._parts = [_dumped(arguments)]
            self._size = len(self._parts[0])
            self._restart_scan()
            return
        if not isinstance(arguments, str) or not arguments:
            return
        if arguments == "{}" and (self._size == 0 or self.closed()):
            return
        if self._size == len(arguments) and arguments[0] == "{" and self.closed() and self.raw == arguments:
            return
        if self._size == 2 and self.raw == "{}":
            self._parts = []
            self._size = 0
            self._restart_scan()
        self._parts.append(arguments)
        self._size += len(arguments)

    def closed(self) -> bool:
        """Whether the arguments are one whole object; only what came since the last call is looked at."""
        for part in self._parts[self._scanned :]:
            self._scan(part)
        self._scanned = len(self._parts)
        return self._opened and self._depth == 0 and not self._in_string

    def _scan(self, part: str) -> None:
        position = 1 if self._escaped else 0
        self._escaped = False
        while match := (_INSIDE_STRING if self._in_string else _OUTSIDE_STRING).search(part, position):
            position = match.end()
            mark = match[0]
            if mark == '"':
                self._in_string = not self._in_string
            elif mark == "\\":
                self._escaped = position == len(part)
                position += 1
            else:
                self._opened = True
                self._depth += 1 if mark in "{[" else -1


class ToolCalls:
    """The calls of one answer.

    Attributes:
        seen: a fragment of a call has come, usable or not.
    """

    def __init__(self, new_id: Callable[[], str] | None = None) -> None:
        """Starts without calls.

        Args:
            new_id: makes the id of a call the server gave none.
        """
        self._new_id = new_id or _random_id
        self._slots: list[_Slot] = []
        self._by_id: dict[str, _Slot] = {}
        self._by_index: dict[int, _Slot] = {}
        self.seen = False

    def add(self, fragments: object) -> None:
        """Takes the `tool_calls` of one delta or message."""
        if isinstance(fragments, dict):
            fragments = [fragments]
        if not isinstance(fragments, list):
            return
        for fragment in fragments:
            if isinstance(fragment, dict):
                self._add(_index(fragment.get("index")), _text(fragment.get("id")), fragment)

    def add_legacy(self, function: object) -> None:
        """Takes the `function_call` of one delta or message."""
        if isinstance(function, dict):
            self._add(_LEGACY, None, {"function": function})

    def _add(self, index: int | None, call_id: str | None, fragment: dict[str, Any]) -> None:
        self.seen = True
        function = fragment.get("function")
        if not isinstance(function, dict):
            function = {}
        name = function.get("name")
        if not isinstance(name, str) or not name:
            name = None
        arguments = function.get("arguments")
        slot = self._slot(index, call_id, name, has_arguments=bool(arguments))
        if call_id is not None and slot.id is None:
            slot.id = call_id
            self._by_id[call_id] = slot
        if slot.name is None:
            slot.name = name
        slot.add(arguments)

    def _slot(self, index: int | None, call_id: str | None, name: str | None, *, has_arguments: bool) -> _Slot:
        """The call a fragment belongs to, begun when it belongs to none."""
        if call_id is not None and call_id in self._by_id:
            return self._by_id[call_id]
        if index is not None and (known := self._by_index.get(index)) is not None:
            same_call = call_id is None or known.id is None
            # Servers that know neither indexes nor ids send whole calls, one after another, on the same index.
            begins_anew = name is not None and has_arguments and known.name is not None and known.closed()
            if same_call and not begins_anew:
                return known
        if index is None and call_id is None and name is None and self._slots:
            return self._slots[-1]
        slot = _Slot(index, call_id)
        self._slots.append(slot)
        if call_id is not None:
            self._by_id[call_id] = slot
        if index is not None:
            self._by_index[index] = slot
        return slot

    def assembled(self) -> tuple[ToolCallPart, ...]:
        """The calls in the order they began; fragments that never got a name are left out."""
        calls = []
        for slot in self._slots:
            if slot.name is None:
                continue
            raw = scrubbed(slot.raw)
            if not raw.strip():
                raw = "{}"
            call_id = scrubbed(slot.id) if slot.id else self._new_id()
            calls.append(ToolCallPart(call_id, scrubbed(slot.name), raw, parsed_arguments(raw)))
        return tuple(calls)


def parsed_arguments(raw: str) -> dict[str, object] | None:
    """The arguments as an object; None when the text is not a JSON object, so that the call must not be run."""
    try:
        value = json.loads(raw, strict=False, parse_constant=_refuse)
        if "\\u" in raw:
            value = _scrubbed_value(value)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _scrubbed_value(value: Any) -> Any:
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, list):
        return [_scrubbed_value(item) for item in value]
    if isinstance(value, dict):
        return {scrubbed(name): _scrubbed_value(item) for name, item in value.items()}
    return value


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")


def _dumped(arguments: object) -> str:
    try:
        return json.dumps(arguments, ensure_ascii=False, default=_number)
    except (ValueError, RecursionError):
        return ""


def _number(value: object) -> float:
    """A `Decimal` as JSON can write it."""
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} does not come from JSON")


def _index(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 10:
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and 0 <= value < 10**9:
        return int(value)
    return None


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _random_id() -> str:
    return f"call_{secrets.token_hex(6)}"
