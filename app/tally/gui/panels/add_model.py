"""The form for a model of one's own."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from tally.core.catalog import CatalogError
from tally.core.money import MoneyError
from tally.gui.panels.price_rows import new_row
from tally.gui.panels.settings_page import Remark, row_of
from tally.gui.theme import ThemeManager
from tally.gui.widgets import Button, LineEdit


class AddModelForm(QWidget):
    """Id, name and two prices.

    Args:
        theme: whose colours.
        taken: the name of the model that already has an id; empty when none has.
        parent: as usual.

    Signals:
        added(object): a `PriceRow`.
        closed: the form was given up or is done.
    """

    added = Signal(object)
    closed = Signal()

    def __init__(self, theme: ThemeManager, taken: Callable[[str], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("add-model")
        self._taken = taken
        tr = self.tr
        self._id = LineEdit(tr("Model id"), self, placeholder=tr("Model id, like vendor/model-1"), name="add-model-id")
        self._name = LineEdit(tr("Name"), self, placeholder=tr("Name (optional)"), name="add-model-name")
        self._input = LineEdit(tr("Input price"), self, placeholder=tr("Input $/M"), name="add-model-input")
        self._output = LineEdit(tr("Output price"), self, placeholder=tr("Output $/M"), name="add-model-output")
        self._problem = Remark(theme, "add-model-problem", self)
        self._add = Button(tr("Add"), self, kind="primary", name="add-model-add")
        self._add.clicked.connect(self._on_add)
        cancel = Button(tr("Cancel"), self, kind="quiet", name="add-model-cancel")
        cancel.clicked.connect(self.close_form)
        for field in (self._id, self._name, self._input, self._output):
            field.returnPressed.connect(self._on_add)
            field.textEdited.connect(lambda _: self._say(""))
        grid = QGridLayout()
        grid.setSpacing(8)
        grid.addWidget(self._id, 0, 0)
        grid.addWidget(self._name, 0, 1)
        grid.addWidget(self._input, 1, 0)
        grid.addWidget(self._output, 1, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addLayout(grid)
        box.addWidget(self._problem)
        box.addLayout(row_of(self._add, cancel))

    def open_form(self) -> None:
        """Shows the form, empty."""
        for field in (self._id, self._name, self._input, self._output):
            field.clear()
        self._say("")
        self.show()
        self._id.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_form(self) -> None:
        """Hides the form."""
        self.hide()
        self.closed.emit()

    def _say(self, text: str, field: LineEdit | None = None) -> None:
        for each in (self._id, self._name, self._input, self._output):
            each.set_invalid(invalid=each is field)
        self._problem.say(text)
        if field is not None:
            field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_add(self) -> None:
        model_id = self._id.text().strip()
        tr = QCoreApplication.translate
        if not model_id or any(char.isspace() for char in model_id):
            self._say(tr("AddModelForm", "A model id is one word, like vendor/model-1."), self._id)
            return
        if taken := self._taken(model_id):
            self._say(tr("AddModelForm", "That is {name}, which is in the list already.").format(name=taken), self._id)
            return
        prices = [self._input.text().strip(), self._output.text().strip()]
        if any(prices) and not all(prices):
            missing = self._output if prices[0] else self._input
            self._say(tr("AddModelForm", "Input and output both need a price, or neither."), missing)
            return
        try:
            row = new_row(model_id, " ".join(self._name.text().split()), prices)
        except (MoneyError, CatalogError):
            words = tr("AddModelForm", "Prices are dollars per million tokens, like 3 or 0.80.")
            self._say(words, self._input)
            return
        self.close_form()
        self.added.emit(row)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter in one of these fields is not the dialog's Save.
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)
