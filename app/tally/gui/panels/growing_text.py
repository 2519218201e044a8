"""A text field that is as high as its text, within limits."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QWidget


class GrowingText(QPlainTextEdit):
    """Grows with its lines; beyond the most it scrolls.

    Args:
        least: lines that are always there.
        most: lines from which on it scrolls.
        parent: as usual.
    """

    def __init__(self, least: int, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least = least
        self._most = most
        self.setTabChangesFocus(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._grow())
        self._grow()

    def show_only(self) -> None:
        """Makes the text readable, by keyboard as well, and no longer writable."""
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def wanted_height(self) -> int:
        """The height that fits the text, in px."""
        # QPlainTextEdit's layout counts its height in lines.
        lines = max(self._least, min(self._most, round(self.document().documentLayout().documentSize().height())))
        edges = max(self.height() - self.viewport().height(), 2 * self.frameWidth())
        margin = 2 * round(self.document().documentMargin())
        return lines * QFontMetrics(self.font()).lineSpacing() + margin + edges

    def _grow(self) -> None:
        height = self.wanted_height()
        lines = self.document().documentLayout().documentSize().height()
        # Only beyond the most: a scroll bar takes width, which makes more lines, which would call for a scroll bar.
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if lines > self._most else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.wanted_height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in {QEvent.Type.FontChange, QEvent.Type.StyleChange}:
            self._grow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._grow()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._grow()
