"""Colours for code, worked out in small slices between other things."""

from collections import deque

from PySide6.QtCore import QObject, QTimer

from tally.gui.conversation.code_block import CodeView
from tally.gui.theme import ThemeManager

SLICE_MS = 3
"""How long one slice may take on the GUI thread."""


class Highlighter(QObject):
    """A queue of code blocks that wait for their colours."""

    def __init__(self, theme: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._queue: deque[CodeView] = deque()
        self._timer = QTimer(self, interval=0)

    def enqueue(self, view: CodeView) -> None:
        """A complete code block wants its colours."""
