"""A selection of a document as the plain text people expect: bullets and numbers kept, table cells on one line.

A formula is copied as its TeX source.
"""

from collections.abc import Iterator
from typing import cast

from PySide6.QtGui import QTextBlock, QTextCursor, QTextDocument, QTextFormat, QTextList, QTextListFormat, QTextTable

_OBJECT = "\ufffc"

_STRUCTURE = str.maketrans(
    {"\u2028": "\n", "\u2029": "\n", "\ufdd0": None, "\ufdd1": None, "\ufffc": None, "\xa0": " "}
)


def plain_text(cursor: QTextCursor) -> str:
    """The selected words of a cursor; empty without a selection."""
    if not cursor.hasSelection():
        return ""
    begin, end = cursor.selectionStart(), cursor.selectionEnd()
    document = cursor.document()
    block = document.findBlock(begin)
    lines: list[str] = []
    row: tuple[QTextTable, int] | None = None
    while block.isValid() and block.position() <= end:
        text = _slice(block, begin, end)
        cell = _cell(block)
        if cell is None:
            row = None
            lines.append(_prefix(block, begin) + text)
        elif row is not None and cell == row:
            lines[-1] += f"\t{text}"
        else:
            row = cell
            lines.append(text)
        block = block.next()
    return "\n".join(lines).translate(_STRUCTURE).strip("\n")


def _slice(block: QTextBlock, begin: int, end: int) -> str:
    start = max(begin - block.position(), 0)
    stop = min(end - block.position(), block.length() - 1)
    text = block.text()[start:stop]
    if _OBJECT not in text:
        return text
    sources = iter(_formulas(block, start, stop))
    return "".join(next(sources, "") if letter == _OBJECT else letter for letter in text)


def _formulas(block: QTextBlock, start: int, stop: int) -> Iterator[str]:
    """The sources of the pictures in a part of a block; two of the same formula side by side are one fragment."""
    pieces = block.begin()
    while not pieces.atEnd():
        fragment = pieces.fragment()
        begin = fragment.position() - block.position()
        covered = min(begin + fragment.length(), stop) - max(begin, start)
        if covered > 0 and _OBJECT in fragment.text():
            source = fragment.charFormat().property(QTextFormat.Property.ImageAltText.value)
            yield from [str(source or "")] * covered
        pieces += 1


def _cell(block: QTextBlock) -> tuple[QTextTable, int] | None:
    cursor = QTextCursor(block)
    table = cast("QTextTable | None", cursor.currentTable())  # the stubs forget None
    if table is None or (table.columns() <= 2 and table.rows() == 1):
        # A quotation is drawn as a table of one row; for the reader it is none.
        return None
    return table, table.cellAt(cursor).row()


def _prefix(block: QTextBlock, begin: int) -> str:
    found = cast("QTextList | None", block.textList())  # the stubs forget None
    if found is None or begin > block.position():
        return ""
    numbered = found.format().style() not in {
        QTextListFormat.Style.ListDisc,
        QTextListFormat.Style.ListCircle,
        QTextListFormat.Style.ListSquare,
    }
    indent = "  " * max(found.format().indent() - 1, 0)
    return f"{indent}{found.itemText(block) if numbered else '-'} "


def whole_text(document: QTextDocument) -> str:
    """All words of a document."""
    cursor = QTextCursor(document)
    cursor.select(QTextCursor.SelectionType.Document)
    return plain_text(cursor)
