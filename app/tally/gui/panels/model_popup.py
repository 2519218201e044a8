"""The list the model picker opens: search, columns, order, the keyboard."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tally.core.catalog import Catalog
from tally.core.quote import Quote
from tally.gui.icons import icon
from tally.gui.panels.model_delegate import ModelDelegate
from tally.gui.panels.model_table import ROW_ROLE, Column, ModelTable
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import IconButton, LineEdit, PlainLabel, use_font

MARGIN = 8
MAX_WIDTH = 760
_LEAST_HEIGHT = 220

_FOLDS_FIRST = ((Column.VISION,), (Column.CONTEXT,), (Column.INPUT, Column.OUTPUT))
_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: 5,
    Qt.Key.Key_PageUp: -5,
}


class ModelPopup(QWidget):
    """A list to choose a model from.

    Signals:
        chosen(str): the id of a model, listed or typed.
    """

    chosen = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("model-popup")
        self.setAccessibleName(self.tr("Choose a model"))
        self._theme = theme
        self._table = ModelTable(self)
        self._delegate = ModelDelegate(self._table, theme, self)
        self._search = LineEdit(
            self.tr("Search the models, or type any model's id"),
            self,
            placeholder=self.tr("Search, or type any model id"),
            name="model-search",
        )
        self._search.setClearButtonEnabled(True)
        self._search.addAction(icon("search", theme, size=16), LineEdit.ActionPosition.LeadingPosition)
        self._search.textChanged.connect(self._on_searched)
        self._search.installEventFilter(self)
        self._order = IconButton("sort", theme, self.tr("Sort"), self)
        self._order.setObjectName("model-order")
        self._order.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._view = self._make_view()
        self._order.setMenu(self._make_order_menu())
        self._hint = PlainLabel(
            self.tr("Dollars per million tokens. This message: with the chat so far and a likely answer."),
            self,
            tone="muted",
        )
        self._hint.setWordWrap(True)
        use_font(self._hint, theme, FontRole.META)
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self._search, 1)
        # A row is no higher than its lowest widget allows, unless that one may float.
        top.addWidget(self._order, 0, Qt.AlignmentFlag.AlignVCenter)
        box = QVBoxLayout(self)
        box.setContentsMargins(MARGIN + 1, MARGIN + 1, MARGIN + 1, MARGIN + 1)
        box.setSpacing(MARGIN)
        box.addLayout(top)
        box.addWidget(self._view, 1)
        box.addWidget(self._hint)
        self._table.modelReset.connect(self._on_reset)
        theme.changed.connect(self._dress)
        self._dress()

    def set_catalog(self, catalog: Catalog) -> None:
        """Lists other models."""
        self._table.set_catalog(catalog)

    def set_model(self, model_id: str) -> None:
        """Marks the model in use."""
        self._table.set_model(model_id)

    def set_quotes(self, quotes: Mapping[str, Quote]) -> None:
        """Prices this message anew."""
        self._table.set_quotes(quotes)

    def open_at(self, anchor: QWidget) -> None:
        """Opens under a widget, inside its window, ready to type.

        Args:
            anchor: the chip.
        """
        self._search.clear()
        window = anchor.window()
        room = QRect(window.mapToGlobal(QPoint(0, 0)), window.size()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        width = self._fold(min(self._theme.px(MAX_WIDTH), room.width()))
        below = anchor.mapToGlobal(QPoint(0, anchor.height() + 4))
        left = max(room.left(), min(below.x() + anchor.width() - width, room.right() - width + 1))
        height = max(_LEAST_HEIGHT, min(self._wanted_height(width), room.bottom() - below.y()))
        self.setGeometry(left, below.y(), width, height)
        self._select(self._table.first_row())
        self.show()
        self._search.setFocus(Qt.FocusReason.PopupFocusReason)

    # Building

    def _make_view(self) -> QTableView:
        view = QTableView(self)
        view.setObjectName("model-list")
        view.setAccessibleName(self.tr("Models"))
        view.setProperty("plain", True)  # noqa: FBT003  Qt's property
        view.setModel(self._table)
        view.setItemDelegate(self._delegate)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setShowGrid(False)
        view.setTabKeyNavigation(False)
        view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setMouseTracking(True)
        view.setCornerButtonEnabled(False)
        view.verticalHeader().hide()
        header = view.horizontalHeader()
        header.setObjectName("model-columns")
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSortIndicatorClearable(True)
        header.setMinimumSectionSize(24)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(Column.MODEL, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        view.setSortingEnabled(True)
        header.sortIndicatorChanged.connect(lambda *_: self._show_order())
        view.clicked.connect(self._on_clicked)
        return view

    def _make_order_menu(self) -> QMenu:
        menu = QMenu(self._order)
        group = QActionGroup(menu)
        titles = self._table.titles()
        choices: list[tuple[int, str]] = [(-1, self.tr("As listed"))]
        choices += [(column, titles[column]) for column in Column if column is not Column.VISION]
        for column, text in choices:
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setData(column)
            action.setActionGroup(group)
            action.triggered.connect(lambda _=False, column=column: self._sort(column))
            menu.addAction(action)
        self._orders = group
        self._show_order()
        return menu

    def _sort(self, column: int) -> None:
        descending = column == Column.CONTEXT
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        self._view.horizontalHeader().setSortIndicator(column, order)

    def _show_order(self) -> None:
        now = self._view.horizontalHeader().sortIndicatorSection()
        now = now if 0 <= now < len(Column) else -1
        for action in self._orders.actions():
            action.setChecked(action.data() == now)

    # Room

    def _fold(self, width: int) -> int:
        """Hides the columns for which `width` has no room, the least wanted first; the width that is used."""
        inner = width - 2 * (MARGIN + 1) - 14
        needed = {column: self._delegate.width_of(column) for column in Column if column is not Column.MODEL}
        name = max(self._delegate.name_width(), self._theme.px(150))
        folded: list[Column] = []
        for columns in _FOLDS_FIRST:
            if name + sum(needed[each] for each in needed if each not in folded) <= inner:
                break
            folded += columns
        for column, least in needed.items():
            self._view.setColumnHidden(column, column in folded)
            self._view.setColumnWidth(column, least)
        self._delegate.folded = tuple(column for column in Column if column in folded)
        return width

    def _wanted_height(self, width: int) -> int:
        rows = self._table.rowCount() * self._delegate.row_height()
        rest = self._search.sizeHint().height() + self._view.horizontalHeader().sizeHint().height()
        hint = self._hint.heightForWidth(width - 2 * (MARGIN + 1))
        return rows + rest + hint + 4 * MARGIN + 6

    def _dress(self) -> None:
        self._view.verticalHeader().setDefaultSectionSize(self._delegate.row_height())
        self._view.horizontalHeader().setFont(self._theme.font(FontRole.META))
        if self.isVisible():
            self._fold(self.width())

    # What the person does

    def _on_searched(self, text: str) -> None:
        self._table.set_search(text)

    def _on_reset(self) -> None:
        self._view.clearSpans()
        rows = self._table.rows()
        if rows and rows[-1].typed:
            self._view.setSpan(len(rows) - 1, 0, 1, len(Column))
        self._select(self._table.first_row())

    def _select(self, row: int) -> None:
        if row < 0:
            self._view.clearSelection()
            return
        index = self._table.index(row, Column.MODEL)
        self._view.setCurrentIndex(index)
        self._view.scrollTo(index)
        self._search.setAccessibleDescription(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))

    def _move(self, step: int) -> None:
        count = self._table.rowCount()
        if count:
            self._select(max(0, min(count - 1, self._view.currentIndex().row() + step)))

    def _on_clicked(self, index: QModelIndex) -> None:
        row = index.data(ROW_ROLE)
        self.hide()
        self.chosen.emit(row.model.id)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._search and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = Qt.Key(event.key())
            if key in _MOVES:
                self._move(_MOVES[key])
                return True
            if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                index = self._view.currentIndex()
                if index.isValid():
                    self._on_clicked(index)
                return True
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  all of it is painted
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("canvas"))
        painter.setPen(self._theme.color("line"))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
