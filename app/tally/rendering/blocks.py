"""Finds the blocks of a Markdown text while it arrives: CommonMark and GFM, one pass, linear, incremental.

`Blocks` is fed text in any portions. A top-level node that is closed never changes again; only the last one can be
open. This one parser therefore does two jobs: it is the block parser of Python-Markdown (see `markdown.py`) and it
tells the streaming renderer what is final.

It follows the CommonMark specification's parsing strategy (its appendix), and is more lenient than the specification
where models habitually write something else and mean something obvious:

* a list under a numbered item may be indented by two columns only;
* the closing fence of a code block in a list item may be less indented than the item, and so may be the whole code;
* a fence with a language inside a fence marked `markdown` opens a nested fence.

Raw HTML blocks do not exist: HTML is text.
"""

from tally.rendering import block_syntax as syntax
from tally.rendering import fences
from tally.rendering.block_syntax import Marker, indent_of, strip_columns
from tally.rendering.block_tree import LEAVES, Kind, Node
from tally.rendering.definitions import take_definitions

MAX_DEPTH = 60
"""Quotes, lists and items that may stand inside each other (30 lists, for a list and its item count both)."""

_CODE_INDENT = 4
_STARTS = frozenset("#>-+*_=`~|:[$\\0123456789")


class Blocks:
    """The parser.

    Args:
        first_line: number of the first line that it will be given.

    Attributes:
        root: the document; its children are the top-level blocks.
        lines: number of the line that comes next.
        references: link reference definitions by normalised label: destination and title as written.
        footnotes: footnote definitions by normalised label.
        tip: the innermost open block.
    """

    def __init__(self, first_line: int = 0) -> None:
        self.root = Node("document", first_line)
        self.lines = first_line
        self.references: dict[str, tuple[str, str]] = {}
        self.footnotes: dict[str, Node] = {}
        self.tip = self.root
        self._partial = ""
        self._matched = self.root
        self._rest = ""
        self._column = 0

    @property
    def open_node(self) -> Node | None:
        """The top-level block to which something can still be added."""
        nodes = self.root.children
        return nodes[-1] if nodes and not nodes[-1].closed else None

    @property
    def partial(self) -> str:
        """The last line as far as it has arrived."""
        return self._partial

    def feed(self, text: str) -> None:
        """Takes any portion of the text; only complete lines are read."""
        lines = (self._partial + text).split("\n")
        self._partial = lines.pop()
        for line in lines:
            self.line(line)

    def finish(self, *, more_follows: bool = False) -> None:
        """Reads what is left as the last line and closes everything.

        Args:
            more_follows: the text is only cut here; a formula whose end is missing stays a formula.
        """
        if self._partial:
            self.line(self._partial)
            self._partial = ""
        if more_follows and self.tip.kind == "math":
            self._close_math(self.tip)
        self._close_to(self.root)
        self.root.closed = True

    def line(self, text: str) -> None:
        """Reads one line, given without its line end."""
        self._rest = text.rstrip("\r")
        self._column = 0
        if self.tip.flush:
            self._continue_unindented(self.tip)
        else:
            self._matched = self._match_containers()
            if not self._continue_leaf():
                self._open_blocks()
                self._add_text()
        self.lines += 1

    # What goes on in this line.

    def _match_containers(self) -> Node:
        node = self.root
        while node.children and not (child := node.children[-1]).closed:
            if child.kind != "list" and (child.kind in LEAVES or not self._continues(child)):
                break
            node = child
        return node

    def _continues(self, node: Node) -> bool:
        indent, at = indent_of(self._rest, self._column)
        blank = at == len(self._rest)
        if node.kind == "quote":
            if indent >= _CODE_INDENT or blank or self._rest[at] != ">":
                return False
            self._take_quote_marker(indent, at)
            # A line with nothing but the marker belongs to the quote; it must not make a list around it loose.
            self._touch(node)
            return True
        if blank:
            return bool(node.children) or node.kind == "footnote"
        if node.kind == "footnote":
            if indent < 2:
                return False
            self._strip(min(indent, _CODE_INDENT))
            return True
        if indent < node.offset:
            if not self._nests_leniently(node, indent, at):
                return False
            node.offset = indent
        self._strip(node.offset)
        return True

    def _nests_leniently(self, item: Node, indent: int, at: int) -> bool:
        """Tells whether an under-indented marker is meant as a list inside a numbered item."""
        numbered = _parent(item)
        if numbered.level < 0 or indent < item.indent + 2 or self.tip.kind in ("fence", "math"):
            return False
        marker = syntax.list_marker(self._rest[at:])
        if marker is None or syntax.THEMATIC.match(self._rest, at):
            return False
        return marker.number < 0 or (marker.number == 1 and numbered.level + len(numbered.children) != 1)

    def _continue_leaf(self) -> bool:
        """Gives the line to an open leaf that takes it whatever it looks like."""
        tip = self.tip
        matched = tip.parent is self._matched
        if tip.kind == "fence":
            return self._continue_fence(tip, matched=matched)
        if not matched:
            return False
        if tip.kind == "math":
            return self._continue_math(tip)
        if tip.kind == "code":
            return self._continue_code(tip)
        return False

    def _continue_code(self, node: Node) -> bool:
        indent, at = indent_of(self._rest, self._column)
        blank = at == len(self._rest)
        if indent < _CODE_INDENT and not blank:
            return False
        node.lines.append(strip_columns(self._rest, self._column, _CODE_INDENT))
        if not blank:
            self._touch(node)
        return True

    def _continue_fence(self, node: Node, *, matched: bool) -> bool:
        indent, at = indent_of(self._rest, self._column)
        text = self._rest[at:]
        closes = fences.closes(node, text) and (indent < _CODE_INDENT or not matched)
        if not matched:
            if not fences.only_lists_around(node):
                return False
            node.flush = not closes and fences.begins_unindented(node, text)
            if not closes and not node.flush:
                return False
        if closes and node.nested == 0:
            self._touch(node)
            self._close_to(_parent(node))
            return True
        self._add_code(node, strip_columns(self._rest, self._column, min(indent, node.offset)), closes=closes)
        return True

    def _continue_unindented(self, node: Node) -> None:
        """Reads a line of code that does not follow the indentation of the list item it stands in."""
        closes = fences.closes(node, self._rest.strip())
        if closes and node.nested == 0:
            self._touch(node)
            self._close_to(_parent(node))
        else:
            self._add_code(node, self._rest, closes=closes)

    def _add_code(self, node: Node, line: str, *, closes: bool) -> None:
        node.nested += fences.begins_inner(node, line) - closes
        node.lines.append(line)
        self._touch(node)

    def _continue_math(self, node: Node) -> bool:
        before, closing, after = self._rest.partition(node.mark)
        if not self._rest.strip():
            return False
        self._touch(node)
        if not closing:
            node.lines.append(self._rest.strip())
            return True
        punctuation = after.strip()
        if len(punctuation) == 1 and punctuation in ".,;":
            before, after = before.rstrip() + punctuation, ""
        node.lines.append(before.strip())
        self._close_math(node)
        self._rest = after
        self._column = 0
        return not after.strip()

    def _close_math(self, node: Node) -> None:
        node.lines = [line for line in [node.lines[0][2:].strip(), *node.lines[1:]] if line]
        node.closed = True
        self.tip = _parent(node)

    # What begins in this line.

    def _open_blocks(self) -> None:
        while True:
            indent, at = indent_of(self._rest, self._column)
            if at == len(self._rest):
                return
            if indent >= _CODE_INDENT:
                if self.tip.kind != "paragraph":
                    self._leaf("code", strip_columns(self._rest, self._column, _CODE_INDENT))
                return
            if self._rest[at] not in _STARTS:
                return
            if self.tip.kind == "table" and self._rest[at] == "|" and self.tip.parent is self._matched:
                return
            if not self._open_container(indent, at):
                self._open_leaf(indent, self._rest[at:])
                return

    def _open_container(self, indent: int, at: int) -> bool:
        if self._matched.depth >= MAX_DEPTH:
            return False
        first = self._rest[at]
        if first == ">":
            self._matched = self._add("quote")
            self._take_quote_marker(indent, at)
            return True
        if first == "[":
            note = syntax.FOOTNOTE.match(self._rest, at)
            if note is None:
                return False
            self._matched = node = self._add("footnote")
            node.info = syntax.normal_label(note[1])
            self.footnotes.setdefault(node.info, node)
            self._column += indent + len(note[0])
            self._rest = self._rest[note.end() :]
            return True
        if first in "-+*0123456789":
            return self._open_item(indent, at)
        return False

    def _open_item(self, indent: int, at: int) -> bool:
        text = self._rest[at:]
        marker = syntax.list_marker(text)
        if marker is None or syntax.THEMATIC.match(text) or self._is_setext(text):
            return False
        column = self._column + indent + marker.width
        rest = text[marker.width :]
        spaces, begin = indent_of(rest, column)
        blank = begin == len(rest)
        if self._paragraph() is not None and (blank or marker.number not in (-1, 1)):
            return False
        padding = 1 if blank or spaces > _CODE_INDENT else spaces
        self._add_item(marker, indent, indent + marker.width + padding)
        self._column = column
        self._rest = rest
        self._strip(padding)
        return True

    def _add_item(self, marker: Marker, indent: int, offset: int) -> None:
        if self._matched.kind != "list" or self._matched.mark != marker.kind:
            self._matched = self._add("list")
            self._matched.mark = marker.kind
            self._matched.level = marker.number
        self._matched = node = self._add("item")
        node.indent = indent
        node.offset = offset

    def _open_leaf(self, indent: int, text: str) -> None:
        first = text[0]
        if first in "`~":
            self._open_fence(indent, text)
        elif first in "|:-" and self._open_table(text):
            return
        elif self._is_setext(text):
            self._close_setext(1 if first == "=" else 2)
        elif first in "*-_" and syntax.THEMATIC.match(text):
            self._leaf("rule", "", closed=True)
        elif first == "#" and (heading := syntax.heading(text)):
            self._leaf("heading", heading[1], closed=True).level = heading[0]
        elif first in "$\\" and (math := syntax.math_opening(text)):
            node = self._leaf("math", math[1].strip() if math[2] else text.strip(), closed=math[2])
            node.mark = math[0]

    def _open_fence(self, indent: int, text: str) -> None:
        match = syntax.FENCE.match(text)
        if match is None:
            return
        node = self._leaf("fence", None)
        node.mark = text[0]
        node.level = len(match[1] or match[3])
        node.info = (match[2] or match[4] or "").strip()
        node.offset = indent

    def _is_setext(self, text: str) -> bool:
        node = self._paragraph()
        if node is None or not syntax.SETEXT.match(text):
            return False
        take_definitions(node, self.references)
        return bool(node.lines)

    def _close_setext(self, level: int) -> None:
        node = self.tip
        node.kind = "heading"
        node.level = level
        node.lines[-1] = node.lines[-1].rstrip()
        self._touch(node)
        self._close_to(self._matched)
        self._rest = ""

    def _open_table(self, text: str) -> bool:
        paragraph = self._paragraph()
        if paragraph is None or not syntax.DELIMITER_ROW.match(text):
            return False
        header = paragraph.lines[-1]
        align = syntax.alignments(text)
        if "|" not in header or len(syntax.split_row(header)) != len(align):
            return False
        if len(paragraph.lines) == 1:
            node = paragraph
            node.kind = "table"
        else:
            del paragraph.lines[-1]
            paragraph.last -= 1
            node = self._add("table", first=self.lines - 1)
            node.lines = [header]
        node.align = align
        self._touch(node)
        self._rest = ""
        return True

    # The text that is left.

    def _add_text(self) -> None:
        text = self._rest.lstrip(" \t")
        tip = self.tip
        if not text:
            if tip.last <= self.lines or tip.kind not in LEAVES:
                self._close_to(self._matched)
            return
        if tip.kind == "paragraph" or (tip.kind == "table" and tip.parent is self._matched):
            tip.lines.append(text)
            self._touch(tip)
        else:
            self._add_paragraph(text)

    def _add_paragraph(self, text: str) -> None:
        self._close_to(self._matched)
        item = self._matched
        if item.kind == "item" and not item.children and (task := syntax.TASK.match(text)):
            item.checked = task[1] != " "
            text = text[task.end() :]
        self._leaf("paragraph", text)

    # The tree.

    def _paragraph(self) -> Node | None:
        """The open paragraph, when this line continues its containers."""
        return self.tip if self.tip.kind == "paragraph" and self.tip.parent is self._matched else None

    def _leaf(self, kind: Kind, text: str | None, *, closed: bool = False) -> Node:
        node = self._add(kind)
        if text is not None:
            node.lines.append(text)
        self._rest = ""
        if closed:
            node.closed = True
            self.tip = _parent(node)
        return node

    def _add(self, kind: Kind, *, first: int | None = None) -> Node:
        self._close_to(self._matched)
        parent = self._matched
        if parent.kind == "list" and kind != "item":
            self._close_to(_parent(parent))
            self._matched = parent = _parent(parent)
        first = self.lines if first is None else first
        if parent.children and parent.children[-1].last < first:
            if parent.kind == "list":
                parent.loose = True
            elif parent.kind == "item":
                _parent(parent).loose = True
        node = Node(kind, first, parent=parent, depth=parent.depth + 1)
        parent.children.append(node)
        self.tip = node
        self._touch(node)
        return node

    def _touch(self, node: Node) -> None:
        last = self.lines + 1
        at: Node | None = node
        # Whoever is touched touches the blocks around it.
        while at is not None and at.last != last:
            at.last = last
            at = at.parent

    def _strip(self, columns: int) -> None:
        self._rest = strip_columns(self._rest, self._column, columns)
        self._column += columns

    def _take_quote_marker(self, indent: int, at: int) -> None:
        self._rest = self._rest[at + 1 :]
        self._column += indent + 1
        if self._rest[:1] in (" ", "\t") and self._rest:
            self._strip(1)

    def _close_to(self, node: Node) -> None:
        while self.tip is not node:
            tip = self.tip
            tip.closed = True
            self.tip = _parent(tip)
            if tip.kind == "paragraph":
                take_definitions(tip, self.references)
            elif tip.kind == "code":
                while tip.lines and not tip.lines[-1].strip():
                    tip.lines.pop()
            elif tip.kind == "math":
                # The closing delimiter never came: what looked like a formula is text.
                tip.kind = "paragraph"


def _parent(node: Node) -> Node:
    return node.parent if node.parent is not None else node
