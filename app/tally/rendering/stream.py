"""Markdown into segments: the whole text at once, or while it arrives.

The block parser tells which blocks are final. Each of them is rendered once. Only the rest, the tail, is parsed and
rendered again with every call, after `tail.py` has left out what cannot be shown yet. Three kinds of open blocks can
get long and are kept short here: of a list only the last item is tail, of a table the rows after the last full part,
and an open code block is only added to.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from tally.rendering import tail
from tally.rendering.block_syntax import indent_of, strip_columns
from tally.rendering.block_tree import Node
from tally.rendering.blocks import Blocks
from tally.rendering.inline_tokens import Context
from tally.rendering.markdown import Fragments, clean
from tally.rendering.packing import Packer, Source
from tally.rendering.pieces import Cutter, Piece, list_group
from tally.rendering.segments import (
    TABLE_ROWS,
    CodeSegment,
    MathSegment,
    ProseSegment,
    Segment,
    TableSegment,
    Update,
)


def render(text: str, *, breaks: bool = False) -> tuple[Segment, ...]:
    """Renders a complete message.

    Args:
        text: Markdown source.
        breaks: True shows every line break of a paragraph as one (what people type), False joins lines (what models
            write).
    """
    renderer = StreamRenderer(breaks=breaks)
    renderer.take(text)
    renderer.finish()
    return tuple(renderer.segments)


class StreamRenderer:
    """Renders a message while it arrives; the cost of a call does not grow with the length of the message.

    Args:
        breaks: see `render`.

    Attributes:
        segments: what to show now. Replaced, never changed, by each call.
        text: what has arrived.
    """

    def __init__(self, *, breaks: bool = False) -> None:
        self.segments: list[Segment] = []
        self.text = ""
        self._offsets = [0]
        self._blocks = Blocks()
        self._context = Context(assume_notes=True, breaks=breaks)
        self._context.references = self._blocks.references
        self._cutter = Cutter(Fragments(self._context))
        self._source = Source(self._offset, self._slice)
        self._packer = Packer(self._source)
        self._done = 0
        self._node_starts: list[int] = []
        self._frozen = 0
        self._frozen_loose = False
        self._known_references = 0

    def feed(self, text: str) -> Update:
        """Takes the next characters and brings `segments` up to date. Call it once per frame."""
        self.take(text)
        self._absorb()
        return self._show(self._packer.closed + self._packer.with_tail(*self._tail()))

    def take(self, text: str) -> None:
        """Takes the next characters without rendering, for a message that is not on the screen."""
        text = clean(text)
        at = len(self.text)
        self.text += text
        end = text.find("\n")
        while end >= 0:
            self._offsets.append(at + end + 1)
            end = text.find("\n", end + 1)
        self._blocks.feed(text)

    def finish(self) -> Update:
        """Declares the text complete; `segments` are then equal to `render` of the whole text."""
        self._blocks.finish()
        self._context.notes = frozenset(self._blocks.footnotes)
        self._context.assume_notes = False
        self._absorb()
        self._settle_references()
        for piece in self._notes():
            self._packer.add(piece)
        self._packer.finish()
        return self._show(list(self._packer.closed))

    # Source text.

    def _offset(self, line: int) -> int:
        return self._offsets[line] if line < len(self._offsets) else len(self.text)

    def _slice(self, start: int, end: int) -> str:
        return self.text[start:end]

    # Final blocks.

    def _absorb(self) -> None:
        """Renders what has become final since the last call."""
        nodes = self._blocks.root.children
        while self._done < len(nodes):
            node = nodes[self._done]
            if len(self._node_starts) == self._done:
                self._node_starts.append(len(self._packer.pieces))
                self._frozen, self._frozen_loose = 0, node.loose
                if not self._packer.pieces:
                    self._known_references = len(self._blocks.references)
            if not node.closed and node.kind not in ("list", "table"):
                return
            self._absorb_node(node)
            if not node.closed:
                return
            self._done += 1

    def _absorb_node(self, node: Node) -> None:
        if node.kind == "list":
            if node.loose != self._frozen_loose:
                # Its items hold paragraphs after all: take back what was shown of it.
                self._packer.truncate(self._node_starts[self._done])
                self._frozen, self._frozen_loose = 0, node.loose
            final = len(node.children) if node.closed else len(node.children) - 1
            for item in node.children[self._frozen : final]:
                self._add(self._cutter.item(node, item, loose=node.loose))
            self._frozen = max(self._frozen, final)
        elif node.kind == "table":
            self._absorb_table(node)
        else:
            self._add(self._cutter.block(node))

    def _absorb_table(self, node: Node) -> None:
        rows = len(node.lines) - 1
        long = rows > TABLE_ROWS
        while self._frozen + TABLE_ROWS < rows:
            self._add([self._cutter.table_part(node, self._frozen, self._frozen + TABLE_ROWS, long=True)])
            self._frozen += TABLE_ROWS
        if node.closed:
            self._add([self._cutter.table_part(node, self._frozen, rows, long=long)])

    def _add(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self._packer.add(piece)

    # The tail.

    def _tail(self) -> tuple[list[Piece], int]:
        """Returns the pieces of what is not final, and the index of the one that is not complete, or -1."""
        numbers = dict(self._context.numbers)
        node = self._blocks.open_node
        if node is not None and node.kind == "table":
            pieces = self._table_tail(node)
            unfinished = len(pieces) - 1
        elif node is not None and node.kind == "fence":
            pieces = list(self._cutter.block(_extended(node, self._partial_code(node))))
            unfinished = 0
        else:
            pieces, is_open = self._parsed_tail(node)
            unfinished = len(pieces) - 1 if is_open else -1
        pieces += self._notes()
        self._context.numbers.clear()
        self._context.numbers.update(numbers)
        return pieces, unfinished

    def _partial_code(self, node: Node) -> str:
        line = tail.hold_back(self._blocks.partial, node.mark)
        return strip_columns(line, 0, min(indent_of(line, 0)[0], node.offset)) if line.strip() else ""

    def _table_tail(self, node: Node) -> list[Piece]:
        row = tail.hold_back(self._blocks.partial, "|")
        if row:
            cell = row.rfind("|") + 1
            row = row[:cell] + tail.close_inline(row[cell:])
        whole = _extended(node, row)
        rows = len(whole.lines) - 1
        return [
            self._cutter.table_part(whole, at, min(at + TABLE_ROWS, rows), long=rows > TABLE_ROWS)
            for at in range(self._frozen, max(rows, self._frozen + 1), TABLE_ROWS)
        ]

    def _parsed_tail(self, node: Node | None) -> tuple[list[Piece], bool]:
        start = self._blocks.lines
        if node is not None:
            start = node.children[-1].first if node.kind == "list" else node.first
        blocks, is_open = _parse_unfinished(self.text[self._offset(start) :], start)
        pieces: list[Piece] = []
        for index, child in enumerate(blocks.root.children):
            if index == 0 and node is not None and node.kind == child.kind == "list":
                pieces += self._list_tail(node, child)
            else:
                pieces += self._cutter.block(child)
        return pieces, is_open

    def _list_tail(self, whole: Node, part: Node) -> list[Piece]:
        """Cuts the last item of an open list, and what the unfinished line adds to the list."""
        if whole.level >= 0:
            part.level = whole.level + len(whole.children) - 1
        pieces: list[Piece] = []
        for item in part.children:
            loose = whole.loose or part.loose
            pieces += self._cutter.item(part, item, loose=loose, group=list_group(whole))
        return pieces

    # The end.

    def _notes(self) -> Iterator[Piece]:
        """Renders the footnotes that were referred to; they may refer to more."""
        done = 0
        while done < len(self._context.numbers):
            label, number = list(self._context.numbers.items())[done]
            done += 1
            if label in self._blocks.footnotes:
                yield self._cutter.note(number, self._blocks.footnotes[label])

    def _settle_references(self) -> None:
        """Renders anew what refers to a definition that came later, or to a footnote that never came."""
        context = self._context
        missing = any(label not in context.notes for label in context.numbers)
        if not missing and len(self._blocks.references) == self._known_references:
            return
        context.numbers.clear()
        pieces = self._packer.pieces
        starts = [*self._node_starts, len(pieces)]
        self._packer = Packer(self._source)
        for index, node in enumerate(self._blocks.root.children):
            refers = "[" in self.text[self._offset(node.first) : self._offset(node.last)]
            self._add(self._cutter.block(node) if refers else pieces[starts[index] : starts[index + 1]])

    def _show(self, segments: list[Segment]) -> Update:
        old = self.segments
        self.segments = segments
        first, common = 0, min(len(old), len(segments))
        while first < common and old[first] is segments[first]:
            first += 1
        while first < common and _look(old[first]) == _look(segments[first]):
            first += 1
        if first < len(segments) and first < len(old):
            before, now = old[first], segments[first]
            if isinstance(before, CodeSegment) and isinstance(now, CodeSegment) and _grew(before, now):
                return Update(first, len(now.code) - len(before.code))
        return Update(first)


def _look(segment: Segment) -> tuple[object, ...]:
    """Returns what can be seen of a segment."""
    match segment:
        case CodeSegment():
            return ("code", segment.language, segment.code, segment.closed, segment.indent)
        case MathSegment():
            return ("math", segment.latex, segment.closed)
        case TableSegment():
            return ("table", segment.html)
        case ProseSegment():
            return ("prose", segment.html)


def _grew(before: CodeSegment, now: CodeSegment) -> bool:
    same = (before.language, before.start, before.indent) == (now.language, now.start, now.indent)
    return same and now.code.startswith(before.code)


def _extended(node: Node, line: str) -> Node:
    """Returns a block with the unfinished line added."""
    lines = [*node.lines, line] if line else node.lines
    return replace(node, lines=lines, last=node.last + bool(line))


def _parse_unfinished(text: str, first_line: int) -> tuple[Blocks, bool]:
    """Parses text whose last line is not complete, leaving out what cannot be shown yet.

    Returns:
        The blocks, and whether the last one is code or a formula whose end is missing.
    """
    *complete, partial = text.split("\n")
    blocks = Blocks(first_line)
    for line in complete:
        blocks.line(line)
    tip = blocks.tip
    inside = "|" if tip.kind == "table" else tip.mark if tip.kind in ("fence", "math") else ""
    shown = tail.hold_back(partial, inside)
    if shown.strip():
        blocks.line(shown)
    elif tip.kind == "paragraph" and complete and tail.may_be_table_header(tip.lines[-1]):
        del tip.lines[-1]
    leaf = blocks.root
    while leaf.children:
        leaf = leaf.children[-1]
    if leaf.kind == "paragraph" or (leaf.kind == "heading" and shown.strip()):
        _close_leaf(leaf, is_open=leaf is blocks.tip or leaf.kind == "heading")
    is_open = blocks.tip.kind in ("fence", "math")
    blocks.finish(more_follows=True)
    return blocks, is_open


def _close_leaf(leaf: Node, *, is_open: bool) -> None:
    if is_open and leaf.lines:
        leaf.lines = tail.close_inline(leaf.text).split("\n")
    if not "".join(leaf.lines).strip():
        leaf.kind, leaf.lines = "definitions", [""]
