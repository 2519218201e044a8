"""Packs pieces into segments."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from tally.rendering.pieces import NOTES, CodePiece, MathPiece, Piece, ProsePiece, TablePiece
from tally.rendering.segments import PROSE_LIMIT, CodeSegment, MathSegment, ProseSegment, Segment, TableSegment


class Packer:
    """Holds the finished pieces of a message and the segments made of them.

    Args:
        source: makes the segments.

    Attributes:
        pieces: the finished pieces.
        closed: segments to which no piece can be added any more.
    """

    def __init__(self, source: "Source") -> None:
        self._source = source
        self.pieces: list[Piece] = []
        self.closed: list[Segment] = []
        self._starts: list[int] = []
        self._waiting: list[ProsePiece] = []
        self._size = 0

    def add(self, piece: Piece) -> None:
        """Takes a finished piece."""
        index = len(self.pieces)
        self.pieces.append(piece)
        if isinstance(piece, ProsePiece):
            if not _fits(self._waiting, self._size, piece):
                self._close_prose(index)
            self._waiting.append(piece)
            self._size += len(piece.html)
            return
        self._close_prose(index)
        self._starts.append(index)
        self.closed.append(self._source.segment(piece))

    def truncate(self, count: int) -> None:
        """Takes back all pieces but the first `count`."""
        pieces = self.pieces[:count]
        self._close_prose(len(self.pieces))
        # The last segment that stays may have been closed only because of a piece that goes: pack it again.
        keep = max(0, bisect_left(self._starts, count) - 1)
        begin = self._starts[keep] if self._starts else 0
        del self.closed[keep:], self._starts[keep:], self.pieces[begin:]
        for piece in pieces[begin:]:
            self.add(piece)

    def with_tail(self, tail: Sequence[Piece], unfinished: int) -> list[Segment]:
        """Returns the segments after `closed` when the pieces of the open tail follow.

        Args:
            tail: pieces that will be replaced.
            unfinished: index of the code block, table or formula among them that is not complete, or -1.
        """
        segments: list[Segment] = []
        waiting, size = list(self._waiting), self._size
        for index, piece in enumerate(tail):
            if isinstance(piece, ProsePiece):
                if not _fits(waiting, size, piece):
                    segments.append(self._source.prose(waiting, closed=True))
                    waiting, size = [], 0
                waiting.append(piece)
                size += len(piece.html)
                continue
            if waiting:
                segments.append(self._source.prose(waiting, closed=True))
                waiting, size = [], 0
            segments.append(self._source.segment(piece, closed=index != unfinished))
        if waiting:
            segments.append(self._source.prose(waiting, closed=False))
        return segments

    def finish(self) -> None:
        """Closes the last prose segment."""
        self._close_prose(len(self.pieces))

    def _close_prose(self, index: int) -> None:
        if not self._waiting:
            return
        self._starts.append(index - len(self._waiting))
        self.closed.append(self._source.prose(self._waiting, closed=True))
        self._waiting, self._size = [], 0


def _fits(waiting: Sequence[ProsePiece], size: int, piece: ProsePiece) -> bool:
    if not waiting:
        return True
    return size + len(piece.html) <= PROSE_LIMIT and (waiting[-1].group == NOTES) == (piece.group == NOTES)


class Source:
    """Makes segments, which know the text they came from.

    Args:
        offset: returns the offset of a line's first character; of the line after the last, the length of the text.
        text: returns the text between two offsets.
    """

    def __init__(self, offset: Callable[[int], int], text: Callable[[int, int], str]) -> None:
        self._offset = offset
        self._text = text

    def _range(self, first: int, last: int) -> tuple[str, int, int]:
        start = self._offset(first)
        source = self._text(start, self._offset(last)).rstrip("\r\n")
        return source, start, start + len(source)

    def prose(self, pieces: Sequence[ProsePiece], *, closed: bool) -> ProseSegment:
        """Makes one segment of prose pieces."""
        return ProseSegment(
            _joined(pieces),
            *self._range(min(piece.first for piece in pieces), max(piece.last for piece in pieces)),
            closed,
        )

    def segment(self, piece: Piece, *, closed: bool = True) -> Segment:
        """Makes the segment of a piece that stands alone."""
        place = self._range(piece.first, piece.last)
        match piece:
            case CodePiece(node, indent):
                return CodeSegment(node.language, node.text, *place, closed, indent)
            case TablePiece():
                return TableSegment(piece.html, piece.columns, piece.rows, *place, closed, piece.continued)
            case MathPiece():
                return MathSegment(piece.latex, *place, closed)
            case ProsePiece():
                return self.prose([piece], closed=closed)


def _joined(pieces: Sequence[ProsePiece]) -> str:
    parts: list[str] = []
    group, after = 0, ""
    for piece in pieces:
        if piece.group == 0 or piece.group != group:
            parts += [after, piece.before]
        group, after = piece.group, piece.after
        parts.append(piece.html)
    parts.append(after)
    return "".join(parts)
