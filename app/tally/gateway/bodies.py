"""What kind of answer the bytes are, decided by the bytes: an event stream, a JSON document or a web page.

The Content-Type is not asked, because servers put `text/event-stream` on JSON errors and `text/plain` on streams
(protocol.md 2.1.13). The first byte that is not white space tells.
"""

from enum import Enum
from typing import Final

from tally.gateway import json_values
from tally.gateway.json_values import UNPARSABLE
from tally.gateway.sse import MAX_BYTES, Piece, Source, SseParser, TooLongError

_BOM: Final = b"\xef\xbb\xbf"
_WHITE: Final = b" \t\r\n"
_HEAD_BYTES: Final = 4096
_EXCERPT_CHARS: Final = 200


class BodyKind(Enum):
    """What is being read."""

    UNDECIDED = "undecided"
    """Nothing but white space so far."""
    EVENTS = "events"
    DOCUMENT = "document"
    PAGE = "page"
    """HTML or XML."""


class BodyReader:
    """Turns the bytes of an answer, cut anywhere, into pieces.

    Attributes:
        kind: what the answer is.
        pads: how often white space alone has come before the answer began, a keep-alive of some gateways.
    """

    def __init__(self) -> None:
        self.kind = BodyKind.UNDECIDED
        self.pads = 0
        self._sse = SseParser()
        self._head = bytearray()
        self._bom_seen = 0
        self._document = bytearray()
        self._first_line_ended = False

    @property
    def keepalives(self) -> int:
        """Comments, pings and paddings so far."""
        return self._sse.keepalives + self.pads

    @property
    def page_is_clear(self) -> bool:
        """Whether enough of a web page has come to tell what it is."""
        return self.kind is BodyKind.PAGE and len(self._head) >= _HEAD_BYTES

    @property
    def excerpt(self) -> str:
        """The first 200 characters of the answer."""
        return self.head[:_EXCERPT_CHARS]

    @property
    def head(self) -> str:
        """The first characters of the answer, a few thousand at most."""
        return self._head.decode("utf-8", "replace")

    def feed(self, data: bytes) -> list[Piece]:
        """Takes bytes as they come and returns what has become complete.

        Raises:
            TooLongError: a line, an event or a document is longer than `MAX_BYTES`.
        """
        if self.kind is BodyKind.UNDECIDED:
            data = self._decide(data)
        self.remember(data)
        if self.kind is BodyKind.EVENTS:
            return self._sse.feed(data)
        if self.kind is BodyKind.DOCUMENT:
            return self._feed_document(data)
        return []

    def remember(self, data: bytes) -> None:
        """Keeps the first bytes of the answer, for `head`."""
        if len(self._head) < _HEAD_BYTES:
            self._head += data[: _HEAD_BYTES - len(self._head)]

    def finish(self) -> list[Piece]:
        """Returns what only the end of the bytes completes.

        Raises:
            TooLongError: as in `feed`.
        """
        if self.kind is BodyKind.UNDECIDED and self._bom_seen > 0:
            self._head += _BOM[: self._bom_seen]
        if self.kind is not BodyKind.DOCUMENT:
            return self._sse.finish()
        text = self._document.decode("utf-8", "replace")
        if json_values.parse(text) is not UNPARSABLE:
            return [(Source.BARE, text)]
        return self._reread() + self._sse.finish()

    def _decide(self, data: bytes) -> bytes:
        """Looks for the first byte that tells; returns what of the data counts."""
        while 0 <= self._bom_seen < len(_BOM) and data:
            if data[0] != _BOM[self._bom_seen]:
                data = _BOM[: self._bom_seen] + data
                self._bom_seen = -1
                break
            data = data[1:]
            self._bom_seen += 1
        if 0 < self._bom_seen < len(_BOM):
            return b""
        if self._bom_seen == len(_BOM):
            self._bom_seen = -1
        rest = data.lstrip(_WHITE)
        if not rest:
            self.pads += bool(data)
        elif rest[0] in b"{[":
            self.kind = BodyKind.DOCUMENT
        elif rest[0] in b"<":
            self.kind = BodyKind.PAGE
        else:
            self.kind = BodyKind.EVENTS
        return rest

    def _feed_document(self, data: bytes) -> list[Piece]:
        if len(self._document) + len(data) > MAX_BYTES:
            self._document.clear()
            raise TooLongError([])
        begin = len(self._document)
        self._document += data
        if self._first_line_ended:
            return []
        end = min((at for at in (self._document.find(mark, begin) for mark in (b"\n", b"\r")) if at >= 0), default=-1)
        if end < 0:
            return []
        self._first_line_ended = True
        line = self._document[:end].decode("utf-8", "replace")
        if line.startswith("[DONE]") or json_values.first(line)[0] is not UNPARSABLE:
            return self._reread()
        return []

    def _reread(self) -> list[Piece]:
        """Takes what looked like a document for lines of a stream in which `data:` was forgotten."""
        self.kind = BodyKind.EVENTS
        data = bytes(self._document)
        self._document.clear()
        return self._sse.feed(data)
