"""Emphasis: pairs the runs of `*`, `_` and `~~` of a text.

The algorithm is "process emphasis" of the CommonMark specification's appendix: a doubly linked list of runs, and for
each kind of closing run the place below which no opening one was found, which keeps it linear.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from tally.rendering.inline_tokens import End, Start, Token


@dataclass(slots=True, eq=False)
class Run:
    """A delimiter run.

    Attributes:
        mark: its character.
        position: its index in the text.
        length: characters that are not used up.
        original: characters it had.
        opens: it can begin emphasis.
        closes: it can end emphasis.
        ends: tags of the elements that end at it, in order.
        starts: tags of the elements that begin at it, the innermost first.
        before: the run before it in the stack.
        after: the run after it in the stack.
    """

    mark: str
    position: int
    length: int
    original: int
    opens: bool
    closes: bool
    ends: list[str] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)
    before: "Run | None" = None
    after: "Run | None" = None


Piece: TypeAlias = Token | Run


class RunStack:
    """The runs of a text that are not paired yet.

    Attributes:
        last: the one on top.
    """

    def __init__(self) -> None:
        self.last: Run | None = None

    def push(self, run: Run) -> None:
        """Adds a run."""
        run.before = self.last
        if self.last is not None:
            self.last.after = run
        self.last = run

    def pair_above(self, bottom: Run | None) -> None:
        """Pairs the delimiter runs after `bottom` and takes them from the stack."""
        floors: dict[tuple[str, bool, int], int] = {}
        lowest = bottom.position if bottom is not None else -1
        closer = self._first_after(bottom)
        while closer is not None:
            if not closer.closes:
                closer = closer.after
                continue
            key = (closer.mark, closer.opens, closer.original % 3)
            floor = floors.get(key, lowest)
            opener = closer.before
            while opener is not None and opener.position > floor and not _pairs(opener, closer):
                opener = opener.before
            if opener is None or opener.position <= floor:
                floors[key] = closer.before.position if closer.before is not None else -1
                following = closer.after
                if not closer.opens:
                    self._remove(closer)
                closer = following
                continue
            closer = self._pair(opener, closer)
        if bottom is not None:
            bottom.after = None
        self.last = bottom

    def _first_after(self, bottom: Run | None) -> Run | None:
        if bottom is not None:
            return bottom.after
        run = self.last
        while run is not None and run.before is not None:
            run = run.before
        return run

    def _pair(self, opener: Run, closer: Run) -> Run | None:
        if closer.mark == "~":
            tag, width = "del", 2
        else:
            tag, width = ("strong", 2) if opener.length >= 2 and closer.length >= 2 else ("em", 1)
        opener.starts.append(tag)
        closer.ends.append(tag)
        opener.length -= width
        closer.length -= width
        opener.after = closer
        closer.before = opener
        if opener.length == 0:
            self._remove(opener)
        if closer.length:
            return closer
        following = closer.after
        self._remove(closer)
        return following

    def _remove(self, run: Run) -> None:
        if run.before is not None:
            run.before.after = run.after
        if run.after is not None:
            run.after.before = run.before
        else:
            self.last = run.before


def _pairs(opener: Run, closer: Run) -> bool:
    if opener.mark != closer.mark or not opener.opens:
        return False
    if opener.mark != "~" and (opener.closes or closer.opens) and (opener.original + closer.original) % 3 == 0:
        return opener.original % 3 == 0 and closer.original % 3 == 0
    return True


def tokens_of(pieces: Iterable[Piece]) -> list[Token]:
    """Returns pieces with the runs resolved into starts, ends and the characters that are left."""
    tokens: list[Token] = []
    for piece in pieces:
        if not isinstance(piece, Run):
            tokens.append(piece)
            continue
        tokens += [End(tag) for tag in piece.ends]
        if piece.length:
            tokens.append(piece.mark * piece.length)
        tokens += [Start(tag) for tag in reversed(piece.starts)]
    return tokens
