"""A folded text: the model's reasoning, a tool call, technical details. One line until it is opened."""

from html import escape

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QToolButton, QWidget

from tally.gui.conversation.text_browser import MessageText
from tally.gui.icons import icon
from tally.gui.theme import FontRole, ThemeManager

_BAR = 2
_INDENT = 14
_GAP = 6


class Fold(QWidget):
    """A title that opens and closes a plain text.

    Attributes:
        text: the text widget; empty while folded.

    Signals:
        toggled: it was opened or closed, so that the height is another.
    """

    toggled = Signal(bool)

    def __init__(self, title: str, theme: ThemeManager, parent: QWidget | None = None, *, mono: bool = False) -> None:
        super().__init__(parent)
        self._theme = theme
        self._mono = mono
        self._words = ""
        self._shown: str | None = None
        self._title = QToolButton(self)
        self._title.setText(title)
        self._title.setCheckable(True)
        self._title.setAutoRaise(True)
        self._title.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._title.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._title.setCursor(Qt.CursorShape.PointingHandCursor)
        self._title.toggled.connect(self._on_toggled)
        self.text = MessageText(theme, self)
        self.text.hide()
        self.restyle()

    @property
    def is_open(self) -> bool:
        """Whether the text is shown."""
        return self._title.isChecked()

    def set_open(self, is_open: bool) -> None:  # noqa: FBT001  a property's setter
        """Shows or folds the text."""
        self._title.setChecked(is_open)

    def set_title(self, title: str) -> None:
        """Changes the line that is always visible."""
        self._title.setText(title)

    def set_words(self, words: str) -> None:
        """Takes the text; it costs nothing while folded."""
        self._words = words

    def restyle(self) -> None:
        """Takes the theme's present colours and size."""
        self._title.setFont(self._theme.font(FontRole.META))
        self._title.setIcon(icon("chevron-down" if self.is_open else "chevron-right", self._theme, size=14))
        color = self._theme.tokens.muted
        self._title.setStyleSheet(
            f"QToolButton {{ color: {color}; border: none; background: transparent; padding: 2px 4px 2px 0; }}"
            f"QToolButton:hover, QToolButton:focus {{ color: {self._theme.tokens.text}; }}"
        )
        self._shown = None
        self.update()

    def tab_stops(self) -> list[QWidget]:
        """What the keyboard can reach, in order."""
        return [self._title]

    def fit(self, width: int) -> int:
        """Arranges title and text in a width and returns the height, both in px."""
        size = self._title.sizeHint()
        self._title.setGeometry(0, 0, min(width, size.width()), size.height())
        if not self.is_open:
            return size.height()
        if self._shown != self._words:
            self._shown = self._words
            tag = "samp" if self._mono else "span"
            color = self._theme.tokens.muted
            lines = escape(self._words.strip("\n")).replace("\n", "<br>")
            self.text.show_html(f'<p style="white-space: pre-wrap; color: {color};"><{tag}>{lines}</{tag}></p>')
        inner = width - _INDENT
        height = self.text.fit(inner)
        self.text.setGeometry(_INDENT, size.height() + _GAP, inner, height)
        return size.height() + height + _GAP

    def _on_toggled(self, is_open: bool) -> None:  # noqa: FBT001  a slot of Qt's toggled(bool)
        self.text.setVisible(is_open)
        self._title.setIcon(icon("chevron-down" if is_open else "chevron-right", self._theme, size=14))
        self.toggled.emit(is_open)

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  Qt's signature
        if self.is_open:
            top = self.text.y()
            QPainter(self).fillRect(QRect(4, top, _BAR, self.height() - top), self._theme.color("line"))
