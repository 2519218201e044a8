"""A displayed formula; its TeX source is shown until something can draw it."""

from html import escape

from PySide6.QtWidgets import QWidget

from tally.gui.conversation.text_browser import MessageText
from tally.gui.theme import ThemeManager
from tally.rendering.segments import MathSegment


class FormulaView(MessageText):
    """A formula in a line of its own.

    Attributes:
        segment: what it shows.
    """

    def __init__(self, segment: MathSegment, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.show_segment(segment)

    def show_segment(self, segment: MathSegment) -> None:
        """Takes a newer value of the same segment."""
        self.segment = segment
        lines = "<br>".join(escape(line) for line in segment.latex.strip().splitlines())
        self.show_html(f'<p align="center"><code class="math">{lines}</code></p>')
