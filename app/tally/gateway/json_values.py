"""JSON as servers really send it: numbers exact, control characters tolerated, several values glued together.

Nothing here raises, whatever the text is. Numbers with a fraction become `Decimal`, because one of them may be money.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal, DecimalException
from typing import Any, Final


class _Unparsable:
    """The type of `UNPARSABLE`; JSON's own null is None."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNPARSABLE"


UNPARSABLE: Final = _Unparsable()

_WHITE = " \t\r\n"

_read: Callable[[str, int], tuple[Any, int]] = json.JSONDecoder(strict=False, parse_float=Decimal).raw_decode

# DecimalException: an exponent beyond all bounds.
_REFUSALS = (ValueError, RecursionError, DecimalException)


def parse(text: str) -> Any:
    """The value the text holds, white space around it allowed; `UNPARSABLE` when it is not exactly one."""
    try:
        value, end = _read(text, 0)
    except _REFUSALS:
        stripped = text.strip(_WHITE)
        return UNPARSABLE if len(stripped) == len(text) else parse(stripped)
    if end != len(text) and text[end:].strip(_WHITE):
        return UNPARSABLE
    return value


def first(text: str, start: int = 0) -> tuple[Any, int]:
    """The value that begins exactly at `start` and the position after it; (`UNPARSABLE`, start) when none does."""
    try:
        return _read(text, start)
    except _REFUSALS:
        return UNPARSABLE, start


def salvage(text: str) -> Iterator[Any]:
    """The values glued together in a text that is not one value (protocol.md 2.1.12).

    Values are read one after another; a `data:` that lost its line break may stand between them. Where that fails,
    one more attempt is made at the last line that begins with `{`, which is where a server that died in the middle
    of a chunk put its error.
    """
    position = 0
    while position < len(text):
        value, end = first(text, position)
        if value is UNPARSABLE:
            last = text.rfind("\n{", position)
            if last >= 0:
                value, _ = first(text, last + 1)
                if value is not UNPARSABLE:
                    yield value
            return
        yield value
        position = _skip(text, end)
        if text.startswith("data:", position):
            position = _skip(text, position + len("data:"))


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _WHITE:
        position += 1
    return position
