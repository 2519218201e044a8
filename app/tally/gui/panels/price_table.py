"""The table of models and prices: editable cells, with what is wrong said in words."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLineEdit, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from tally.gui.icons import icon
from tally.gui.money_text import UNKNOWN
from tally.gui.panels.price_rows import PRICE_FIELDS, PriceRow, price_texts
from tally.gui.theme import FontRole, ThemeManager

Index = QModelIndex | QPersistentModelIndex

NAME = 0
FIRST_PRICE = 1
ORIGIN = FIRST_PRICE + len(PRICE_FIELDS)


class PriceTable(QAbstractTableModel):
    """The lines as Qt's tables want them."""

    def __init__(self, theme: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[PriceRow] = []

    def set_rows(self, rows: list[PriceRow]) -> None:
        """Shows other lines."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rows(self) -> list[PriceRow]:
        """The lines, as edited."""
        return self._rows

    def add(self, row: PriceRow) -> None:
        """Appends a line."""
        self.beginInsertRows(QModelIndex(), len(self._rows), len(self._rows))
        self._rows.append(row)
        self.endInsertRows()

    def remove(self, number: int) -> None:
        """Takes a line away."""
        self.beginRemoveRows(QModelIndex(), number, number)
        del self._rows[number]
        self.endRemoveRows()

    def reset_row(self, number: int) -> None:
        """Gives a line the prices of the list again."""
        row = self._rows[number]
        row.texts = price_texts(row.model.price)
        self._tell(number)

    def first_problem(self) -> tuple[QModelIndex, str]:
        """The first cell that is wrong and why, with the model's name; an invalid index when all are right."""
        for number, row in enumerate(self._rows):
            for column in range(len(PRICE_FIELDS)):
                if problem := row.problem(column):
                    return self.index(number, FIRST_PRICE + column), f"{row.model.name}: {problem}"
        return QModelIndex(), ""

    def origin(self, row: PriceRow) -> str:
        """Where the prices of a line come from, in a word."""
        if row.own:
            return self.tr("yours")
        return self.tr("changed") if row.changed else self.tr("list")

    def titles(self) -> tuple[str, ...]:
        """The columns' headings."""
        return (
            self.tr("Model"),
            self.tr("Input"),
            self.tr("Output"),
            self.tr("Cache read"),
            self.tr("Cache write"),
            self.tr("Price from"),
        )

    def _tell(self, number: int) -> None:
        self.dataChanged.emit(self.index(number, NAME), self.index(number, ORIGIN))

    def _problem(self, index: Index) -> str:
        column = index.column() - FIRST_PRICE
        return self._rows[index.row()].problem(column) if 0 <= column < len(PRICE_FIELDS) else ""

    def _shown(self, index: Index, role: int) -> str:
        row, column = self._rows[index.row()], index.column()
        if column == NAME:
            return row.model.name
        if column == ORIGIN:
            return self.origin(row)
        text = row.texts[column - FIRST_PRICE]
        return text if text or role == Qt.ItemDataRole.EditRole else UNKNOWN

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else ORIGIN + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        priced = NAME < index.column() < ORIGIN
        found: object = None
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            found = self._shown(index, role)
        elif role == Qt.ItemDataRole.ToolTipRole:
            found = self._problem(index) or (self._rows[index.row()].model.id if index.column() == NAME else None)
        elif role == Qt.ItemDataRole.TextAlignmentRole and priced:
            found = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        elif role == Qt.ItemDataRole.FontRole and priced:
            font = self._theme.font(FontRole.FIGURES)
            font.setPixelSize(self._theme.px(13))
            found = font
        elif role == Qt.ItemDataRole.ForegroundRole:
            found = self._color(index)
        elif role == Qt.ItemDataRole.DecorationRole and self._problem(index):
            found = icon("error", self._theme, token="danger", size=14)  # noqa: S106  a colour
        elif role == Qt.ItemDataRole.AccessibleTextRole:
            words = f"{self.titles()[index.column()]}: {self._shown(index, Qt.ItemDataRole.DisplayRole)}"
            found = f"{words}. {self._problem(index)}".removesuffix(". ")
        return found

    def _color(self, index: Index) -> QColor | None:
        if self._problem(index):
            return self._theme.color("danger")
        row = self._rows[index.row()]
        if index.column() == ORIGIN and not row.own and not row.changed:
            return self._theme.color("muted")
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if NAME < index.column() < ORIGIN else flags

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        column = index.column() - FIRST_PRICE
        if role != Qt.ItemDataRole.EditRole or not 0 <= column < len(PRICE_FIELDS):
            return False
        row = self._rows[index.row()]
        text = str(value).strip()
        if row.texts[column] != text:
            row.texts[column] = text
            self._tell(index.row())
        return True

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles()[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if NAME < section < ORIGIN else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None


class PriceDelegate(QStyledItemDelegate):
    """Edits a price in its cell."""

    def __init__(self, table: PriceTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: ARG002  Qt's
        field = QLineEdit(parent)
        field.setObjectName("price-editor")
        row = self._table.rows()[index.row()]
        field.setAccessibleName(f"{row.model.name}, {self._table.titles()[index.column()]}")
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setPlaceholderText(UNKNOWN)
        return field
