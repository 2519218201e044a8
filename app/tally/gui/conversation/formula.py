"""A displayed formula in a line of its own; its TeX source is shown until it is drawn, and when it cannot be."""

from html import escape
from typing import ClassVar

from PySide6.QtWidgets import QWidget

from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.text_browser import WideText
from tally.gui.theme import ThemeManager
from tally.rendering.segments import MathSegment


class FormulaView(WideText):
    """A formula, centred; one that is wider than the column scrolls.

    Attributes:
        segment: what it shows.
    """

    SHRINKS: ClassVar[bool] = False

    def __init__(
        self, segment: MathSegment, theme: ThemeManager, formulas: Formulas, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent, formulas=formulas)
        self.show_segment(segment)

    def show_segment(self, segment: MathSegment) -> None:
        """Takes a newer value of the same segment."""
        self.segment = segment
        # Half a formula is not worth drawing.
        name = "math display" if segment.closed else "unfinished"
        self.show_html(f'<p align="center"><code class="{name}">{escape(segment.latex.strip())}</code></p>')

    def fit(self, width: int) -> int:
        """Lays the formula out, wider than `width` if it must be, and returns the height including a scroll bar."""
        self._refresh()
        return self.fit_wide(width, self._widest_formula)
