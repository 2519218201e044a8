"""The chip in the top bar that names the model and its price, and opens the list."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from tally.core.catalog import Catalog, ModelInfo
from tally.gui.icons import icon
from tally.gui.money_text import UNKNOWN, price
from tally.gui.shortcuts import Command, keys_of
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, key_text, plain_tooltip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tally.core.quote import Quote
    from tally.gui.panels.model_popup import ModelPopup

_PAD = 11
_ARROW = 14
_GAP = 6
_LEAST_WIDTH = 72


class _ChipButton(Button):
    """Shows the longest of several texts that fits, and an arrow."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__("", parent, kind="chip", name="model-chip")
        self._theme = theme
        self._texts: tuple[str, ...] = ("",)
        theme.changed.connect(self._dress)
        self._dress()

    def set_texts(self, *texts: str) -> None:
        """What may be shown, the longest first; the last one is shortened where even that has no room."""
        self._texts = texts
        self.updateGeometry()
        self.update()

    def shown_text(self) -> str:
        """What is shown at the present width."""
        room = self.width() - 2 * _PAD - _ARROW - _GAP
        metrics = QFontMetrics(self.font())
        for text in self._texts:
            if metrics.horizontalAdvance(text) <= room:
                return text
        return metrics.elidedText(self._texts[-1], Qt.TextElideMode.ElideRight, room)

    def _dress(self) -> None:
        font = self._theme.font(FontRole.FIGURES)
        font.setPixelSize(self._theme.px(13))
        self.setFont(font)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)  # the frame: Qt knows of no text
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self._theme.color("text" if self.isEnabled() else "outline"))
        words = self.rect().adjusted(_PAD, 0, -_PAD - _ARROW - _GAP, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.shown_text())
        mark = QRect(self.width() - _PAD - _ARROW, (self.height() - _ARROW) // 2, _ARROW, _ARROW)
        icon("chevron-down", self._theme, size=_ARROW).paint(painter, mark)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self.font())
        width = metrics.horizontalAdvance(self._texts[0]) + 2 * _PAD + _ARROW + _GAP + 2
        return QSize(width, metrics.height() + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(_LEAST_WIDTH, self.sizeHint().width()), self.sizeHint().height())


class ModelPicker(QWidget):
    """The model of the next message and what it costs; a click or the shortcut opens the list.

    Signals:
        model_chosen(str): another model was chosen; its id, which may be one that no list knows.
    """

    model_chosen = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("model-picker")
        self._catalog = Catalog(())
        self._model_id = ""
        self._chip = _ChipButton(theme, self)
        self._chip.clicked.connect(self.open)
        self._theme = theme
        self._quotes: Mapping[str, Quote] = {}
        self._made_popup: ModelPopup | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._chip)

    def set_catalog(self, catalog: Catalog) -> None:
        """Lists other models or other prices."""
        self._catalog = catalog
        if self._made_popup is not None:
            self._made_popup.set_catalog(catalog)
        self._describe()

    def set_model(self, model_id: str) -> None:
        """Names the model in use. No signal."""
        self._model_id = model_id
        if self._made_popup is not None:
            self._made_popup.set_model(model_id)
        self._describe()

    def set_quotes(self, quotes: "Mapping[str, Quote]") -> None:
        """What the message being written would cost, by model id as the catalog spells it."""
        self._quotes = quotes
        if self._made_popup is not None:
            self._made_popup.set_quotes(quotes)

    def open(self) -> None:
        """Opens the list."""
        self._popup().open_at(self._chip)

    def _popup(self) -> "ModelPopup":
        """The list, made when it is opened for the first time."""
        if self._made_popup is None:
            from tally.gui.panels.model_popup import ModelPopup  # noqa: PLC0415  not needed for the first paint

            self._made_popup = ModelPopup(self._theme, self)
            self._made_popup.chosen.connect(self._on_chosen)
            self._made_popup.set_catalog(self._catalog)
            self._made_popup.set_model(self._model_id)
            self._made_popup.set_quotes(self._quotes)
        return self._made_popup

    def _describe(self) -> None:
        if not self._model_id:
            return
        model = self._catalog.find(self._model_id)
        self._chip.set_texts(f"{model.name} · {self._prices(model)}", model.name)
        words = self.tr("Model: {name}").format(name=model.name)
        if model.price is None:
            cost = self.tr("Its price is unknown; you can set one in the settings.")
        else:
            cost = self.tr("Per million tokens: {input} in, {output} out.").format(
                input=price(model.price.input), output=price(model.price.output)
            )
        keys = key_text(keys_of(Command.CHOOSE_MODEL))
        self._chip.setAccessibleName(words)
        self._chip.setAccessibleDescription(cost)
        plain_tooltip(self._chip, f"{words} ({keys}). {cost}" if keys else f"{words}. {cost}")

    @staticmethod
    def _prices(model: ModelInfo) -> str:
        if model.price is None:
            return UNKNOWN
        return f"{price(model.price.input)} / {price(model.price.output)}"

    def _on_chosen(self, model_id: str) -> None:
        if model_id != self._model_id:
            self.model_chosen.emit(model_id)
