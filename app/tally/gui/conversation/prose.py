"""Running text as a segment of a message."""

from PySide6.QtWidgets import QWidget

from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.text_browser import MessageText
from tally.gui.theme import ThemeManager
from tally.rendering.segments import ProseSegment


class ProseView(MessageText):
    """Paragraphs, headings, lists and quotes.

    Attributes:
        segment: what it shows.
    """

    def __init__(
        self, segment: ProseSegment, theme: ThemeManager, formulas: Formulas, parent: QWidget | None = None
    ) -> None:
        super().__init__(theme, parent, formulas=formulas)
        self.segment = segment
        self.show_html(segment.html)

    def show_segment(self, segment: ProseSegment) -> None:
        """Takes a newer value of the same segment."""
        self.segment = segment
        self.show_html(segment.html)
