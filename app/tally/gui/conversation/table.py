"""A table as a segment: natural widths, light rules, and a scroll bar of its own when it is wider than the column."""

from math import ceil

from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QWidget

from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.text_browser import WideText
from tally.gui.theme import ThemeManager
from tally.rendering.segments import TableSegment

_COMFORT = 130
"""Width in px at 100 % below which a column of words is not squeezed; a table that needs more scrolls."""


class TableView(WideText):
    """A table, or a piece of a long one.

    Attributes:
        segment: what it shows.
    """

    def __init__(
        self, segment: TableSegment, theme: ThemeManager, formulas: Formulas, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent, formulas=formulas)
        self.segment = segment
        self._natural = 0
        self.show_html(segment.html)

    def show_segment(self, segment: TableSegment) -> None:
        """Takes a newer value of the same segment."""
        self.segment = segment
        self.show_html(segment.html)

    def fit(self, width: int) -> int:
        """Lays the table out, wider than `width` if it must be, and returns the height including a scroll bar."""
        if self._stale or not self._natural:
            self._natural = self._natural_table_width()
        squeezed = min(self._natural, self.segment.columns * self.theme.px(_COMFORT))
        return self.fit_wide(width, squeezed)

    def _natural_table_width(self) -> int:
        self._refresh()
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(self.font())
        document.setDefaultStyleSheet(self.document().defaultStyleSheet())
        document.setHtml(self._html or "")
        document.setTextWidth(-1)
        return ceil(document.idealWidth())
