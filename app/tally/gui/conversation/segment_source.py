"""Which segments a message is drawn from: rendered Markdown, the answer being written, or JSON."""

import json
from collections.abc import Sequence

from tally.core.messages import Message, Role
from tally.gui.conversation.live_answer import LiveAnswer, SegmentCache
from tally.rendering.segments import CodeSegment, Segment


class SegmentSource:
    """Renders messages, remembering what was rendered.

    Attributes:
        live: the answers that are being written, by id.
    """

    def __init__(self) -> None:
        self.live: dict[str, LiveAnswer] = {}
        self._cache = SegmentCache()
        self._as_written: set[str] = set()

    def of(self, message: Message) -> Sequence[Segment]:
        """The segments of a message as it is to be shown now."""
        live = self.live.get(message.id)
        if live is not None:
            return live.segments
        text = message.text
        if not text.strip():
            return ()
        if message.answer is not None and message.answer.note == "json":
            return self._json(message.id, text)
        people = message.role is Role.USER
        return self._cache.get(message.id, text, lambda: _render(text, breaks=people))

    def keep(self, message: Message, segments: Sequence[Segment]) -> None:
        """Remembers what streaming has rendered already."""
        kept = tuple(segments)
        self._cache.get(message.id, message.text, lambda: kept)

    def set_formatted(self, message_id: str, *, formatted: bool) -> None:
        """Shows the JSON of an answer pretty, or as the model wrote it."""
        if formatted:
            self._as_written.discard(message_id)
        else:
            self._as_written.add(message_id)

    def _json(self, message_id: str, text: str) -> Sequence[Segment]:
        code = text if message_id in self._as_written else pretty_json(text)
        return (CodeSegment(language="json", code=code, source=text, start=0, end=len(text)),)


def pretty_json(text: str) -> str:
    """JSON with line breaks and indentation; the text as it is when it cannot be read.

    The numbers are kept digit by digit.
    """
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=0)
    try:
        value, _ = json.JSONDecoder(parse_float=_Verbatim, parse_int=_Verbatim).raw_decode(text[start:].strip())
        return _write(value, "")
    except (ValueError, RecursionError):
        return text


class _Verbatim(str):
    """A number as it was written."""

    __slots__ = ()


def _write(value: object, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, _Verbatim):
        return str(value)
    if isinstance(value, dict) and value:
        rows = (f"{inner}{json.dumps(key, ensure_ascii=False)}: {_write(each, inner)}" for key, each in value.items())
        return "{\n" + ",\n".join(rows) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        return "[\n" + ",\n".join(f"{inner}{_write(each, inner)}" for each in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)


def _render(text: str, *, breaks: bool) -> Sequence[Segment]:
    from tally.rendering.stream import render  # noqa: PLC0415  loads Python-Markdown

    return render(text, breaks=breaks)
