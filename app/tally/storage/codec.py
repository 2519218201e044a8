"""What the database keeps as JSON: parts, answers, options and open calls.

Every JSON object carries `v`, the version of its own format; readers pass over keys they do not know.
"""

import json
import logging
from typing import Any, TypeVar

from tally.core.conversation import ConversationOptions
from tally.core.messages import (
    AnswerInfo,
    FilePart,
    ImagePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from tally.core.money import Price, Usage
from tally.core.ports import OpenCall
from tally.storage.records import RecordError, decode, dump, encode

T = TypeVar("T")
VERSION = 1
_log = logging.getLogger(__name__)

_KINDS: dict[str, type[Part]] = {
    "text": TextPart,
    "image": ImagePart,
    "file": FilePart,
    "reasoning": ReasoningPart,
    "tool_call": ToolCallPart,
    "tool_result": ToolResultPart,
}
_NAMES: dict[type[Part], str] = {kind: name for name, kind in _KINDS.items()}
_SEARCHED_FILE_CHARS = 200_000
"""How much of an attached text file can be found by searching."""


def encode_parts(parts: tuple[Part, ...] | list[Part]) -> str:
    """Parts as JSON."""
    return dump({"v": VERSION, "parts": [{"kind": _NAMES[type(part)], **_part_fields(part)} for part in parts]})


def _part_fields(part: Part) -> dict[str, Any]:
    fields: dict[str, Any] = encode(part)
    return fields


def decode_parts(text: str) -> tuple[Part, ...]:
    """The parts of one message; one that cannot be read is left out and logged, the rest of the message stays."""
    found: list[Part] = []
    for table in _parsed(text).get("parts", []):
        try:
            found.append(decode(_KINDS[table["kind"]], table))
        except (RecordError, KeyError, TypeError) as error:
            _log.warning("a message part cannot be read: %s", error)
    return tuple(found)


def encode_record(value: AnswerInfo | ConversationOptions | OpenCall | Usage | Price) -> str:
    """One of the other values as JSON."""
    return dump({"v": VERSION, **encode(value)})


def decode_record(kind: type[T], text: str) -> T:
    """One of the other values.

    Raises:
        RecordError: it cannot be read.
    """
    return decode(kind, _parsed(text))


def _parsed(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise RecordError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise RecordError("not an object")
    return value


def storable(text: str) -> str:
    """Text as a database column takes it: half surrogate pairs replaced."""
    return text.encode(errors="replace").decode()


def searched_text(parts: tuple[Part, ...] | list[Part]) -> str:
    """The words of a message by which it is found: what was said, and attached files with their names."""
    words: list[str] = []
    for part in parts:
        match part:
            case TextPart() | ToolResultPart():
                words.append(part.text)
            case FilePart():
                words += [part.name, part.text[:_SEARCHED_FILE_CHARS]]
            case ImagePart():
                words.append(part.name)
            case _:
                pass
    return "\n".join(words)


def length(parts: tuple[Part, ...] | list[Part]) -> int:
    """How many characters of words a message holds, for an outline that must not read them."""
    return sum(len(part.text) for part in parts if isinstance(part, TextPart | ReasoningPart | FilePart))
