"""Server-sent events out of bytes, as the WHATWG rules want it and as real servers break it (protocol.md 2.1).

Own code, because readers that follow the rules to the letter drop exactly the errors a person should see: the `error:`
field of older llama.cpp servers and JSON that a proxy wrote into a running stream without `data:`. Lines are separated
as bytes (CRLF, LF or CR and nothing else: U+2028 is content) and decoded whole, always as UTF-8.
"""

from enum import Enum
from typing import Final

from tally.gateway import json_values
from tally.gateway.json_values import UNPARSABLE

MAX_BYTES: Final = 16 * 1024 * 1024
"""The longest line, event or document that is read, in bytes."""

_FIELDS = ("data:", "event:", "id:", "retry:", ":")


class Source(Enum):
    """Where a piece of the answer stood."""

    DATA = "data"
    """The data of an event."""
    ERROR_EVENT = "error_event"
    """The data of an event named `error`."""
    ERROR_FIELD = "error_field"
    """The value of a line `error: …`."""
    BARE = "bare"
    """JSON without `data:`, or text that began like it."""
    STRAY = "stray"
    """A line that means nothing here."""
    LAST = "last"
    """The data of the last event, whose end never came: whole, or evidence that something is missing."""


Piece = tuple[Source, str]


class TooLongError(Exception):
    """A line, an event or a document is longer than `MAX_BYTES`.

    Attributes:
        pieces: what was complete before it.
    """

    def __init__(self, pieces: list[Piece]) -> None:
        super().__init__("longer than 16 MiB")
        self.pieces = pieces


class SseParser:
    """Turns bytes, cut anywhere, into pieces.

    Attributes:
        keepalives: comments and `ping` events so far.
    """

    def __init__(self) -> None:
        self.keepalives = 0
        self._line = bytearray()
        self._skip_lf = False
        self._data: list[str] = []
        self._event = ""
        self._bare: list[str] = []
        self._held = 0
        self._pieces: list[Piece] = []

    def feed(self, data: bytes) -> list[Piece]:
        """Takes bytes as they come and returns what has become complete.

        Raises:
            TooLongError: a line or an event is longer than `MAX_BYTES`; the parser is of no more use.
        """
        if self._skip_lf and data:
            self._skip_lf = False
            if data[0] == 0x0A:
                data = data[1:]
        if b"\r" in data:
            self._skip_lf = data[-1] == 0x0D
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = data.rfind(b"\n") + 1
        if not end:
            self._hold(data)
            return []
        block = data[:end]
        if self._line:
            block = bytes(self._line) + block
            self._line.clear()
        if len(block) > MAX_BYTES:
            self._take_carefully(block)
        else:
            self._take(block)
        if end < len(data):
            self._hold(data[end:])
        pieces, self._pieces = self._pieces, []
        return pieces

    def finish(self) -> list[Piece]:
        """Returns what only the end of the bytes completes: the last line, the last event, the last bare JSON.

        Raises:
            TooLongError: as in `feed`.
        """
        line = self._line.decode("utf-8", "replace")
        self._line.clear()
        if line:
            self._take_line(line)
        self._flush_bare()
        if self._data:
            source = Source.ERROR_EVENT if self._event == "error" else Source.LAST
            self._pieces.append((source, "\n".join(self._data)))
            self._data = []
        pieces, self._pieces = self._pieces, []
        return pieces

    def _hold(self, rest: bytes) -> None:
        if len(self._line) + len(rest) > MAX_BYTES:
            self._refuse()
        self._line += rest

    def _refuse(self) -> None:
        pieces, self._pieces = self._pieces, []
        self._line.clear()
        self._data.clear()
        self._bare.clear()
        raise TooLongError(pieces)

    def _take_carefully(self, block: bytes) -> None:
        """As `_take`, for a block in which a line may be too long."""
        for line in block[:-1].split(b"\n"):
            if len(line) > MAX_BYTES:
                self._refuse()
            self._take_line(line.decode("utf-8", "replace"))

    def _take(self, block: bytes) -> None:
        """Takes whole lines. Decoding them together equals decoding each: no line end is part of a character."""
        events = block.decode("utf-8", "replace").split("\n\n")
        rest = events.pop()
        pieces = self._pieces
        for event in events:
            # Nearly all of a stream is this: one line of data between blank lines.
            if event.startswith("data: ") and "\n" not in event and not (self._data or self._event or self._bare):
                pieces.append((Source.DATA, event[6:]))
                continue
            if event:
                for line in event.split("\n"):
                    self._take_line(line)
            self._dispatch()
        if rest:
            for line in rest[:-1].split("\n"):
                self._take_line(line)

    def _take_line(self, line: str) -> None:
        if not line:
            self._dispatch()
        elif line.startswith(_FIELDS):
            if self._bare:
                self._flush_bare()
            self._take_field(line)
        elif self._bare:
            self._count(line)
            self._bare.append(line)
        elif line.lstrip()[:1] in {"{", "["}:
            self._take_bare(line.lstrip())
        else:
            self._take_field(line)

    def _take_field(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._take_data(value)
        elif name == "event":
            self._event = value
        elif name == "":
            self.keepalives += 1
        elif name == "error":
            self._pieces.append((Source.ERROR_FIELD, value))
        elif name not in {"id", "retry"}:
            self._pieces.append((Source.STRAY, line))

    def _take_data(self, value: str) -> None:
        begins = value.lstrip()
        # A server that forgets the blank lines: what stood so far is an event of its own if it is whole JSON, which
        # no JSON that goes on with `{` could be.
        if len(self._data) == 1 and begins.startswith(("{", "[DONE]")):
            pending = self._data[0].rstrip()
            if pending.endswith("}") and json_values.parse(pending) is not UNPARSABLE:
                self._dispatch()
        self._count(value)
        self._data.append(value)

    def _take_bare(self, text: str) -> None:
        """A line that begins with `{` or `[`: JSON that is complete here, or the first line of some."""
        while text:
            value, end = json_values.first(text)
            if value is UNPARSABLE:
                if text.startswith("[DONE]"):
                    self._pieces.append((Source.BARE, text))
                else:
                    self._count(text)
                    self._bare.append(text)
                return
            self._pieces.append((Source.BARE, text[:end]))
            text = text[end:].lstrip()
            if text and text[0] not in "{[":
                self._take_field(text)
                return

    def _flush_bare(self) -> None:
        if self._bare:
            self._pieces.append((Source.BARE, "\n".join(self._bare)))
            self._bare = []
            self._held = 0

    def _dispatch(self) -> None:
        """The end of an event; without a line of data there is none (protocol.md 2.1.7)."""
        if self._data:
            source = Source.ERROR_EVENT if self._event == "error" else Source.DATA
            data = self._data[0] if len(self._data) == 1 else "\n".join(self._data)
            self._pieces.append((source, data))
            self._data = []
        if self._event == "ping":
            self.keepalives += 1
        self._event = ""
        self._held = 0
        self._flush_bare()

    def _count(self, text: str) -> None:
        """Bounds an event of many lines, as the length of one line is bounded."""
        self._held += len(text) + 1
        if self._held > MAX_BYTES + 1:
            self._refuse()
