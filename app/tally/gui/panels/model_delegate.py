"""Paints the lines of the model picker: name over note, figures in columns, the marks of use and of price."""

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from tally.gui.icons import icon
from tally.gui.panels.model_table import (
    CHEAPEST_ROLE,
    CURRENT_ROLE,
    ROW_ROLE,
    Column,
    ModelRow,
    ModelTable,
    price_cell,
)
from tally.gui.theme import FontRole, ThemeManager

Index = QModelIndex | QPersistentModelIndex

PAD = 8
GUTTER = 28
"""Before the name: room for the mark of the model in use, in px."""
_BAR = 3


class ModelDelegate(QStyledItemDelegate):
    """Paints one cell.

    Attributes:
        folded: columns for which there is no room; their figures stand under the name instead of the note.
    """

    def __init__(self, table: ModelTable, theme: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._theme = theme
        self.folded: tuple[Column, ...] = ()

    def row_height(self) -> int:
        """The height of a line in px."""
        name, note = QFontMetrics(self._name_font()), QFontMetrics(self._theme.font(FontRole.META))
        return name.height() + note.height() + 14

    def width_of(self, column: Column) -> int:
        """How much room a column of figures needs, in px."""
        metrics = QFontMetrics(self._figures_font())
        widest = max(
            (metrics.horizontalAdvance(self._table.cell(row, column)) for row in self._table.rows()), default=0
        )
        if column is Column.QUOTE:
            meta = QFontMetrics(self._theme.font(FontRole.META))
            widest = max(widest, metrics.horizontalAdvance("$0.000000"), meta.horizontalAdvance(self._cheapest()) + 16)
        heading = QFontMetrics(self._theme.font(FontRole.META)).horizontalAdvance(self._table.titles()[column])
        return max(widest, heading + 18) + 2 * PAD

    def name_width(self) -> int:
        """The least room for the names, in px."""
        metrics = QFontMetrics(self._name_font())
        names = (metrics.horizontalAdvance(row.model.name) for row in self._table.rows() if row.model.listed)
        return max(max(names, default=0), self._theme.px(110)) + GUTTER + PAD

    def _name_font(self) -> QFont:
        font = self._theme.font(FontRole.CONTROL)
        font.setWeight(QFont.Weight.Medium)
        return font

    def _figures_font(self) -> QFont:
        font = self._theme.font(FontRole.FIGURES)
        font.setPixelSize(self._theme.px(13))
        return font

    def _cheapest(self) -> str:
        return self.tr("cheapest")

    def _second_line(self, row: ModelRow) -> str:
        if row.typed or Column.CONTEXT not in self.folded:
            return self._table.note(row)
        figures = []
        if Column.INPUT in self.folded:
            figures.append(f"{price_cell(_input(row))} / {price_cell(_output(row))}")
        if Column.CONTEXT in self.folded:
            figures.append(self.tr("{tokens} context").format(tokens=self._table.cell(row, Column.CONTEXT)))
        if not row.model.vision:
            figures.append(self.tr("no pictures"))
        return " · ".join(figures)

    def _paint_name(self, painter: QPainter, box: QRect, index: Index, row: ModelRow) -> None:
        mark = QRect(box.x() + 8, box.y() + (box.height() - 16) // 2, 16, 16)
        if row.typed:
            icon("plus", self._theme, token="accent", size=16).paint(painter, mark)  # noqa: S106  a colour
        elif index.data(CURRENT_ROLE):
            icon("check", self._theme, token="accent", size=16).paint(painter, mark)  # noqa: S106  a colour
        words = box.adjusted(GUTTER, 7, -PAD, -7)
        _elided(painter, words, self._table.cell(row, Column.MODEL), self._name_font(), top=True)
        painter.setPen(self._theme.color("muted"))
        _elided(painter, words, self._second_line(row), self._theme.font(FontRole.META), top=False)

    def _paint_figure(self, painter: QPainter, box: QRect, index: Index, row: ModelRow, column: Column) -> None:
        inner = box.adjusted(PAD, 7, -PAD, -7)
        if column is Column.QUOTE and index.data(CHEAPEST_ROLE):
            _elided(painter, inner, self._table.cell(row, column), self._figures_font(), top=True, right=True)
            font = self._theme.font(FontRole.META)
            painter.setPen(self._theme.color("accent"))
            _elided(painter, inner, self._cheapest(), font, top=False, right=True)
            metrics = QFontMetrics(font)
            left = inner.right() - metrics.horizontalAdvance(self._cheapest()) - 15
            mark = QRect(left, inner.bottom() - metrics.height() // 2 - 5, 12, 12)
            icon("arrow-down", self._theme, token="accent", size=12).paint(painter, mark)  # noqa: S106  a colour
            return
        if column is Column.VISION and row.model.vision:
            mark = QRect(inner.right() - 15, box.y() + (box.height() - 16) // 2, 16, 16)
            icon("image", self._theme, size=16).paint(painter, mark)
            return
        text = "—" if column is Column.VISION else self._table.cell(row, column)
        painter.setFont(self._figures_font())
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(ROW_ROLE)
        column = Column(index.column())
        box = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            painter.fillRect(box, self._theme.color("accent_soft"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, self._theme.color("hover"))
        if selected and column is Column.MODEL:
            painter.fillRect(QRect(box.x(), box.y(), _BAR, box.height()), self._theme.color("accent"))
        painter.setPen(self._theme.color("text"))
        if column is Column.MODEL:
            self._paint_name(painter, box, index, row)
        elif not row.typed:
            self._paint_figure(painter, box, index, row, column)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002  the same for all
        column = Column(index.column())
        width = self.name_width() if column is Column.MODEL else self.width_of(column)
        return QSize(width, self.row_height())


def _input(row: ModelRow) -> int | None:
    return row.model.price.input if row.model.price else None


def _output(row: ModelRow) -> int | None:
    return row.model.price.output if row.model.price else None


def _elided(painter: QPainter, box: QRect, text: str, font: QFont, *, top: bool, right: bool = False) -> None:
    painter.setFont(font)
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    edge = Qt.AlignmentFlag.AlignTop if top else Qt.AlignmentFlag.AlignBottom
    painter.drawText(box, side | edge | Qt.TextFlag.TextSingleLine, shown)
