"""Shows where found words stand in the rows that are on screen."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit

from tally.gui.conversation.find import Finder, Hit
from tally.gui.conversation.message_row import MessageRow
from tally.gui.conversation.segment_views import TextWidget
from tally.gui.theme import ThemeManager

if TYPE_CHECKING:
    from tally.gui.conversation.virtual_list import VirtualList


def _places(text: TextWidget, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    return [match.span() for match in pattern.finditer(text.visible_text())]


def _cursor(text: TextWidget, span: tuple[int, int]) -> QTextCursor:
    cursor = QTextCursor(text.document())
    last = text.document().characterCount() - 1
    cursor.setPosition(min(span[0], last))
    cursor.setPosition(min(span[1], last), QTextCursor.MoveMode.KeepAnchor)
    return cursor


def mark_hits(texts: Iterable[TextWidget], pattern: re.Pattern[str] | None, theme: ThemeManager) -> None:
    """Lays a background over every hit in some texts; None takes the marks away."""
    look = QTextCharFormat()
    look.setBackground(theme.color("warning_soft"))
    look.setForeground(theme.color("text"))
    for text in texts:
        marks = []
        for span in _places(text, pattern) if pattern is not None else []:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = _cursor(text, span)
            mark.format = look
            marks.append(mark)
        if marks or text.extraSelections():
            text.setExtraSelections(marks)


def reveal_hit(view: "VirtualList", row: MessageRow, hit: Hit, finder: Finder) -> None:
    """Scrolls to one hit of a row and selects it.

    A hit is known by its place in the source; in what is drawn it is the hit of the same number within the segment
    that came from there.
    """
    if finder.pattern is None:
        return
    found = row.body.text_at(hit.offset)
    places = _places(found[1], finder.pattern) if found is not None else []
    row.invalidate()
    if found is None or not places:
        view.reveal(hit.row, 0, min(row.height(), 200))
        return
    segment, text = found
    cursor = _cursor(text, places[min(finder.before(hit, segment.start), len(places) - 1)])
    text.setTextCursor(cursor)
    top = text.viewport().mapTo(row, text.cursorRect(cursor).topLeft()).y()
    view.reveal(hit.row, top - 40, top + 80)
