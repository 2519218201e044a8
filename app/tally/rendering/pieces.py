"""Cuts blocks into the pieces of which segments are packed.

A piece is the smallest thing that is rendered on its own: a block, or one item of a top-level list. Code in list items
becomes a piece of its own, so that it gets a language, a copy button and a view that scrolls; the item goes on after it
at the same indentation. Packing puts neighbouring prose pieces into one segment until that holds `PROSE_LIMIT`
characters of HTML (`packing.py`). Because both steps look at finished pieces only, a text that arrives in portions ends
as the same segments as a text rendered at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from xml.etree.ElementTree import Element

from tally.rendering import html, tree
from tally.rendering.block_syntax import split_row
from tally.rendering.block_tree import Node
from tally.rendering.inline_syntax import SPECIAL
from tally.rendering.markdown import Fragments
from tally.rendering.segments import TABLE_ROWS


@dataclass(frozen=True, slots=True)
class ProsePiece:
    """HTML that may share a segment with its neighbours.

    Attributes:
        html: the HTML inside `before` and `after`.
        first: number of its first source line.
        last: number of the line after it.
        group: pieces with the same group, one after the other, stand in one pair of `before` and `after`.
        before: start tag of the list around it, empty for a block.
        after: end tag of the list around it.
    """

    html: str
    first: int
    last: int
    group: int = 0
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class CodePiece:
    """A code block."""

    node: Node
    indent: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class TablePiece:
    """A table or a part of one."""

    html: str
    columns: int
    rows: int
    first: int
    last: int
    continued: bool = False


@dataclass(frozen=True, slots=True)
class MathPiece:
    """A displayed formula."""

    latex: str
    first: int
    last: int


Piece: TypeAlias = ProsePiece | CodePiece | TablePiece | MathPiece


class Cutter:
    """Makes pieces.

    Args:
        fragments: renders elements.
    """

    def __init__(self, fragments: Fragments) -> None:
        self._fragments = fragments

    def block(self, node: Node) -> Iterator[Piece]:
        """Cuts one top-level block."""
        match node.kind:
            case "definitions" | "footnote":
                return
            case "fence" | "code":
                yield CodePiece(node, 0, node.first, node.last)
            case "math":
                yield MathPiece(node.text, node.first, node.last)
            case "table":
                yield from self.table(node)
            case "list":
                for item in node.children:
                    yield from self.item(node, item, loose=node.loose)
            case _:
                root = Element("div")
                tree.add_block(root, node)
                yield ProsePiece(self._fragments.html(root), node.first, node.last)

    def item(
        self, parent: Node, item: Node, *, loose: bool, group: int | None = None, depth: int = 1
    ) -> Iterator[Piece]:
        """Cuts one item of a list.

        Args:
            parent: the list.
            item: one of its items.
            loose: whether the item holds paragraphs.
            group: the group of the list, when it is known under another first line.
            depth: number of lists around, this one included.
        """
        group = list_group(parent) if group is None else group
        waiting: list[Node] = []
        begun = False
        for child in item.children:
            code = child.kind in ("fence", "code")
            if not code and not _holds_code(child):
                waiting.append(child)
                continue
            if waiting or not begun:
                yield self._part(parent, item, waiting, group, depth, loose=loose, begun=begun)
                begun, waiting = True, []
            if code:
                yield CodePiece(child, depth, child.first, child.last)
            else:
                for inner in child.children:
                    yield from self.item(child, inner, loose=child.loose, depth=depth + 1)
        if waiting or not begun:
            yield self._part(parent, item, waiting, group, depth, loose=loose, begun=begun)

    def _part(
        self, parent: Node, item: Node, nodes: list[Node], group: int, depth: int, *, loose: bool, begun: bool
    ) -> ProsePiece:
        root = Element("div")
        last = nodes[-1].last if nodes else item.first + 1
        if begun:
            for node in nodes:
                tree.add_block(root, node)
            before, after = f'<div class="in{min(depth, 6)}">', "</div>"
            return ProsePiece(self._fragments.html(root), nodes[0].first, last, 0, before, after)
        before, after = '<ul class="tasks">' if item.checked is not None else "<ul>", "</ul>"
        if parent.level >= 0:
            before, after = f'<ol start="{parent.level + parent.children.index(item)}">', "</ol>"
        if depth > 1:
            before, after = f'<div class="in{min(depth - 1, 6)}">{before}', f"{after}</div>"
        group = group * 2 + (item.checked is not None)
        markup = None if loose else _plain_item(item, nodes)
        if markup is None:
            tree.add_item(root, item, nodes, loose=loose)
            markup = self._fragments.html(root)
        return ProsePiece(markup, item.first, last, group, before, after)

    def table(self, node: Node) -> Iterator[TablePiece]:
        """Cuts a table into parts of `TABLE_ROWS` rows."""
        rows = len(node.lines) - 1
        for at in range(0, max(1, rows), TABLE_ROWS):
            yield self.table_part(node, at, min(at + TABLE_ROWS, rows), long=rows > TABLE_ROWS)

    def table_part(self, node: Node, start: int, end: int, *, long: bool) -> TablePiece:
        """Renders body rows of a table.

        Args:
            node: the table.
            start: number of the first row, a multiple of `TABLE_ROWS`.
            end: number of the row after the last.
            long: whether the table has more parts; they get equal column widths then.
        """
        root = Element("div")
        align = _long_alignment(node) if long else node.align
        table = tree.add_table(root, node.lines[0] if start == 0 else None, node.lines[1 + start : 1 + end], align)
        if long:
            _set_widths(table, column_widths(node))
        first = node.first if start == 0 else node.first + 2 + start
        return TablePiece(
            self._fragments.html(root), len(align), end - start, first, node.first + 2 + end, continued=start > 0
        )

    def note(self, number: int, node: Node) -> ProsePiece:
        """Renders a footnote for the end of the message."""
        root = Element("div")
        item = Element("li", {"id": f"fn-{number}"})
        root.append(item)
        tree.add_blocks(item, node.children)
        before = f'{"<hr>" if number == 1 else ""}<div class="footnotes"><ol start="{number}">'
        return ProsePiece(self._fragments.html(root), node.first, node.last, NOTES, before, "</ol></div>")


NOTES = -1
"""The group of the footnotes at the end of a message."""


def list_group(node: Node) -> int:
    """Returns the group of a list's pieces."""
    return node.first * 100 + node.depth


def _plain_item(item: Node, nodes: list[Node]) -> str | None:
    """The HTML of an item of a few words without markup, which is most of them; None for all others."""
    if len(nodes) != 1 or nodes[0].kind != "paragraph" or len(nodes[0].lines) != 1:
        return None
    words = nodes[0].lines[0].rstrip(" \t")
    if not words or SPECIAL.search(words) is not None or ">" in words:
        return None
    box = "" if item.checked is None else "☑ " if item.checked else "☐ "
    return f"<li>{box}{words}</li>"


def _holds_code(node: Node) -> bool:
    """Tells whether a list has code in its items, at any depth of lists."""
    if node.kind != "list":
        return False
    return any(
        child.kind in ("fence", "code") or _holds_code(child) for item in node.children for child in item.children
    )


def column_widths(node: Node) -> list[int]:
    """Returns the widths of a long table's columns in per cent, from its first part."""
    longest = [4] * len(node.align)
    for line in node.lines[: TABLE_ROWS + 1]:
        for index, cell in enumerate(split_row(line)[: len(longest)]):
            longest[index] = max(longest[index], min(len(cell), 60))
    total = sum(longest)
    return [max(1, round(100 * length / total)) for length in longest]


def _long_alignment(node: Node) -> Sequence[str]:
    """Aligns columns of numbers to the right, judging by the first part so that all parts agree."""
    cells = [split_row(row) for row in node.lines[1 : TABLE_ROWS + 1]]
    columns = [tuple(row[index] if index < len(row) else "" for row in cells) for index in range(len(node.align))]
    return [
        side or ("right" if html.is_numeric(column) else "left")
        for side, column in zip(node.align, columns, strict=True)
    ]


def _set_widths(table: Element, widths: list[int]) -> None:
    table.set("width", "100%")
    for row in table.iter("tr"):
        for cell, width in zip(row, widths, strict=True):
            cell.set("width", f"{width}%")
