"""The price of the next message, beside Send."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel, plain_tooltip, use_font

_LEVELS = {"": ("muted", ""), "warning": ("warning", "warning"), "blocked": ("danger", "error")}
"""Tone and icon: a limit is not said by colour alone."""


class PriceLabel(QWidget):
    """An amount, and a mark when it passes a limit."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._level = ""
        self._mark = QLabel()
        self._amount = PlainLabel(tone="muted")
        self._amount.setObjectName("quote")
        use_font(self._amount, theme, FontRole.FIGURES)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self._mark)
        row.addWidget(self._amount)
        theme.changed.connect(self._paint_mark)
        self._paint_mark()

    def show_price(self, text: str, tooltip: str, level: str) -> None:
        """Shows an amount.

        Args:
            text: the amount; empty for none.
            tooltip: what it stands on.
            level: "", "warning" or "blocked".
        """
        self._level = level
        self._amount.set_text(text)
        self._amount.setAccessibleName(self.tr("This message costs {price}").format(price=text) if text else "")
        self._amount.set_tone(_LEVELS[level][0])
        plain_tooltip(self, tooltip)
        self._paint_mark()

    def _paint_mark(self) -> None:
        tone, drawing = _LEVELS[self._level]
        self._mark.setVisible(bool(drawing))
        if drawing:
            ratio = self.devicePixelRatioF()
            self._mark.setPixmap(pixmap(drawing, self._theme, token=tone, size=16, ratio=ratio))
