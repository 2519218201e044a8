"""What a message is made of once its Markdown has been read: the pieces that the conversation view draws one by one.

Only values: nothing here parses, so that the window can import these types before its first paint without loading
Python-Markdown. `tally.rendering.stream` makes them.

A message is a sequence of segments in reading order. Every segment knows the part of the source it came from, so that
"copy as Markdown" is a slice of what the model wrote and never a reconstruction.
"""

from dataclasses import dataclass
from typing import TypeAlias

PROSE_LIMIT = 4000
"""Characters of HTML after which a prose segment is closed, unless a single block is longer."""

TABLE_ROWS = 60
"""Body rows per table segment; a longer table becomes several segments with the same column widths."""


@dataclass(frozen=True, slots=True)
class ProseSegment:
    """Running text: paragraphs, headings, lists, quotes.

    Attributes:
        html: what `QTextDocument.setHtml` takes: classes only, no colours, no fetchable resource.
        source: the Markdown it came from.
        start: offset of the source in the message, in characters.
        end: offset after the source, in characters.
        closed: False while text may still be added to it.
    """

    html: str
    source: str
    start: int
    end: int
    closed: bool = True


@dataclass(frozen=True, slots=True)
class CodeSegment:
    """A fenced or indented code block.

    Attributes:
        language: first word of the fence's info string in lower case, empty when there is none.
        code: the code without the fences and without the indentation of the surrounding list.
        source: the Markdown it came from, fences included.
        start: offset of the source in the message, in characters.
        end: offset after the source, in characters.
        closed: False while the closing fence has not arrived.
        indent: how many lists the block stands in; the view moves it to the right by that many list indents.
    """

    language: str
    code: str
    source: str
    start: int
    end: int
    closed: bool = True
    indent: int = 0


@dataclass(frozen=True, slots=True)
class TableSegment:
    """A table, or up to `TABLE_ROWS` body rows of a long one.

    Attributes:
        html: one `<table>`.
        columns: number of columns.
        rows: number of body rows in this segment.
        source: the Markdown it came from.
        start: offset of the source in the message, in characters.
        end: offset after the source, in characters.
        closed: False while rows may still be added.
        continued: True when the rows continue the table of the segment before; there is no header row then.
    """

    html: str
    columns: int
    rows: int
    source: str
    start: int
    end: int
    closed: bool = True
    continued: bool = False


@dataclass(frozen=True, slots=True)
class MathSegment:
    """A displayed formula that stands alone.

    Attributes:
        latex: the formula without its delimiters.
        source: the Markdown it came from.
        start: offset of the source in the message, in characters.
        end: offset after the source, in characters.
        closed: False while the closing delimiter has not arrived.
        display: True for a formula in a line of its own.
    """

    latex: str
    source: str
    start: int
    end: int
    closed: bool = True
    display: bool = True


Segment: TypeAlias = ProseSegment | CodeSegment | TableSegment | MathSegment


@dataclass(frozen=True, slots=True)
class Update:
    """What one call of `StreamRenderer.feed` or `finish` changed.

    Attributes:
        first_changed: segments before this index are equal to those after the previous call; from it on, draw anew.
            Equal to the number of segments when nothing visible changed.
        appended: set when the segment at `first_changed` was a code segment before as well and only grew: the number
            of characters that are new at the end of its `code` (0 when only `closed` changed). None: replace it.
    """

    first_changed: int
    appended: int | None = None
