"""Settings, Models & prices: every model with its prices, which can be changed, and models of one's own."""

from typing import Any

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from tally.core.catalog import Catalog, normalise
from tally.core.settings import Settings
from tally.gui.panels.add_model import AddModelForm
from tally.gui.panels.price_rows import PriceRow, rows_of, stored
from tally.gui.panels.price_table import FIRST_PRICE, PriceDelegate, PriceTable
from tally.gui.panels.settings_page import Remark, SettingsPage, row_of
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button


class ModelsPage(SettingsPage):
    """The table, the buttons under it, the form for a new model."""

    def __init__(self, theme: ThemeManager, base: Catalog) -> None:
        super().__init__("models", QCoreApplication.translate("Settings", "Models & prices"), theme)
        self._base = base
        self._unreadable: list[dict[str, Any]] = []
        self._touched = False
        self._table = PriceTable(theme, self)
        self._view = self._make_view()
        self._problem = Remark(theme, "prices-problem")
        self._reset = Button(self.tr("Reset price"), name="prices-reset")
        self._reset.clicked.connect(self._on_reset)
        self._add = Button(self.tr("Add model…"), name="prices-add")
        self._remove = Button(self.tr("Remove"), name="prices-remove")
        self._remove.clicked.connect(self._on_remove)
        self._form = AddModelForm(theme, self._name_of)
        self._form.added.connect(self._on_added)
        self._form.closed.connect(lambda: self._add.setEnabled(True))
        self._add.clicked.connect(self._on_add)
        self._form.hide()
        self.column.addWidget(
            self.words(
                self.tr(
                    "Dollars per million tokens. A change holds from the next question on; what was asked before keeps"
                    " the price it had."
                )
            )
        )
        self.column.addWidget(self._view, 1)
        self.column.addWidget(self._problem)
        self.column.addLayout(row_of(self._reset, self._add, self._remove))
        self.column.addWidget(self._form)
        self.column.setSpacing(12)
        self._table.dataChanged.connect(self._on_changed)
        self._table.rowsInserted.connect(self._on_changed)
        self._table.rowsRemoved.connect(self._on_changed)
        self._view.selectionModel().currentChanged.connect(self._show_buttons)
        theme.changed.connect(self._dress)
        self._dress()

    def load(self, settings: Settings) -> None:
        rows, self._unreadable = rows_of(settings, self._base)
        self._table.set_rows(rows)
        self._touched = False
        self._view.setCurrentIndex(self._table.index(0, FIRST_PRICE))
        self._problem.say("")
        self._show_buttons()

    def store(self, settings: Settings) -> Settings:
        return stored(settings, self._table.rows(), self._unreadable) if self._touched else settings

    def problem(self) -> str:
        return self._table.first_problem()[1]

    def show_problem(self) -> None:
        index, _ = self._table.first_problem()
        if index.isValid():
            self._view.setCurrentIndex(index)
            self._view.scrollTo(index)
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _make_view(self) -> QTableView:
        view = QTableView()
        view.setObjectName("prices-table")
        view.setAccessibleName(self.tr("Models and prices"))
        view.setModel(self._table)
        view.setItemDelegate(PriceDelegate(self._table, view))
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setTabKeyNavigation(False)
        view.setShowGrid(False)
        view.setAlternatingRowColors(False)
        view.setMinimumHeight(240)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.SelectedClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        # The same room left and right of a cell as of its heading.
        view.setStyleSheet("QTableView::item { padding: 0 8px; }")
        view.verticalHeader().hide()
        header = view.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        return view

    def _dress(self) -> None:
        self._view.verticalHeader().setDefaultSectionSize(self.theme.px(34))
        header = self._view.horizontalHeader()
        header.setFont(self.theme.font(FontRole.META))
        header.setMinimumSectionSize(self.theme.px(62))
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)

    def _name_of(self, model_id: str) -> str:
        """The name of the line that has this id in any spelling; empty when none has."""
        short = normalise(model_id)
        return next((row.model.name for row in self._table.rows() if short in row.model.aliases), "")

    def _row(self) -> PriceRow | None:
        index = self._view.currentIndex()
        return self._table.rows()[index.row()] if index.isValid() else None

    def _show_buttons(self) -> None:
        row = self._row()
        self._reset.setEnabled(row is not None and not row.own and (row.changed or row.blank))
        self._remove.setEnabled(row is not None and row.own)
        self._remove.setToolTip(
            "" if row is not None and row.own else self.tr("Only models that you added can be removed.")
        )

    def _on_changed(self) -> None:
        self._touched = True
        self._problem.say(self.problem())
        self._show_buttons()
        self.edited.emit()

    def _on_reset(self) -> None:
        self._table.reset_row(self._view.currentIndex().row())

    def _on_remove(self) -> None:
        self._table.remove(self._view.currentIndex().row())

    def _on_add(self) -> None:
        self._add.setEnabled(False)
        self._form.open_form()
        self.ensureWidgetVisible(self._form)

    def _on_added(self, row: PriceRow) -> None:
        self._table.add(row)
        index = self._table.index(self._table.rowCount() - 1, FIRST_PRICE)
        self._view.setCurrentIndex(index)
        self._view.scrollTo(index)
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
