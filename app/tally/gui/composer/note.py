"""One line above the words: an icon, a sentence, perhaps an action, and a way to close it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, IconButton, PlainLabel, Surface, use_font

_ICON = 16
_LINE = 28
"""Height of a line with a button, in px."""


class Note(Surface):
    """Hidden until something is said.

    Args:
        theme: whose colours.
        name: the object name.
        icon: what is said is also said by this icon.
        warns: it is a warning.
        action: the words of its button; empty for none.
        closable: has a closing button.
        parent: as usual.

    Signals:
        acted(): its button was pressed.
        closed(): it was closed; it hides itself.
    """

    acted = Signal()
    closed = Signal()

    def __init__(
        self,
        theme: ThemeManager,
        name: str,
        icon: str,
        parent: QWidget | None = None,
        *,
        warns: bool = False,
        action: str = "",
        closable: bool = True,
    ) -> None:
        super().__init__("warning" if warns else "raised", parent)
        self.setObjectName(name)
        self._theme = theme
        self._drawing = icon
        self._token = "warning" if warns else "muted"
        self._icon = QLabel(self)
        self._icon.setFixedSize(_ICON, _LINE)
        self._text = PlainLabel(parent=self)
        self._text.setWordWrap(True)
        self._text.setMinimumHeight(_LINE)
        use_font(self._text, theme, FontRole.CONTROL)
        row = QHBoxLayout(self)
        row.setContentsMargins(8 if warns else 4, 2, 2, 2)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self.last_button: QWidget = self
        if action:
            button = Button(action, self, kind="quiet", name=f"{name}-action")
            button.clicked.connect(self.acted)
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self.last_button = button
        if closable:
            close = IconButton("close", theme, self.tr("Close this note"), self, size=12)
            close.setFixedSize(_LINE, _LINE)
            close.clicked.connect(self._on_close)
            row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
            self.last_button = close
        theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self.hide()

    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._text.whole_text()

    def say(self, text: str) -> None:
        """Shows a sentence; an empty one hides the note."""
        self._text.set_text(text)
        self.setAccessibleName(text)
        self.setVisible(bool(text))

    def _paint_icon(self) -> None:
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(pixmap(self._drawing, self._theme, token=self._token, size=_ICON, ratio=ratio))

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()
