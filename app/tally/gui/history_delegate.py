"""Paints the rows of the conversation list. Titles and snippets are drawn as they are, never as markup."""

from PySide6 import QtWidgets
from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from tally.core.conversation import ConversationHead
from tally.gui.history_model import Row, RowKind, RowRole, cost_note, cost_of
from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import escaped

_Index = QModelIndex | QPersistentModelIndex
_EDGE = 8
_INSET = 10
_DEMO_ICON = 14


def _row(index: _Index) -> Row | None:
    row = index.data(RowRole.ROW)
    return row if isinstance(row, Row) else None


def one_line(text: str) -> str:
    """A text without line breaks, for a row that has one line."""
    return " ".join(text.split())


class HistoryDelegate(QStyledItemDelegate):
    """Draws and edits rows.

    Signals:
        renamed(str, str): a conversation's id and its new title.

    Attributes:
        current: the id of the conversation that is open.
        searching: the rows are hits, which are taller.
        covered: the id of the conversation whose cost lies under its actions.
        covered_width: how wide the actions are, in px.
    """

    renamed = Signal(str, str)

    def __init__(self, theme: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.current = ""
        self.searching = False
        self.covered = ""
        self.covered_width = 0

    def row_height(self) -> int:
        """The height of every row at present, in px."""
        theme = self._theme
        return theme.px(13) + theme.px(12) + 31 if self.searching else theme.px(13) + 23

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row = _row(index)
        if row is None:
            return
        rect = self._inner(option)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.kind is RowKind.HEADING:
            self._paint_heading(painter, rect, row)
        else:
            self._paint_ground(painter, rect, option, row)
            if row.hit is not None:
                self._paint_hit(painter, rect, row)
            elif row.head is not None:
                self._paint_chat(painter, rect, row.head, row.text)
        painter.restore()

    @staticmethod
    def right_edge(view: QWidget, rect: QRect) -> int:
        """Where a row's ground ends at the right, in px; a scroll bar is margin enough."""
        scrolls = isinstance(view, QAbstractItemView) and view.verticalScrollBar().isVisible()
        return rect.right() + 1 - (2 if scrolls else _EDGE)

    def _inner(self, option: QStyleOptionViewItem) -> QRect:
        """The row, so wide that its ground ends at the right edge."""
        rect = QRect(option.rect)
        rect.setRight(self.right_edge(option.widget, rect) + _EDGE - 1)
        return rect

    def _paint_heading(self, painter: QPainter, rect: QRect, row: Row) -> None:
        painter.setFont(self._theme.font(FontRole.META))
        painter.setPen(self._theme.color("muted"))
        words = rect.adjusted(_EDGE + _INSET, 0, -_EDGE, -6)
        painter.drawText(words, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, row.text)

    def _paint_ground(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, row: Row) -> None:
        theme = self._theme
        flags = QtWidgets.QStyle.StateFlag  # named only here, for its dozens of enums cost milliseconds of the start
        state = option.state
        box = QRectF(rect).adjusted(_EDGE, 1, -_EDGE, -1)
        opened = row.conversation == self.current and row.head is not None
        painter.setPen(Qt.PenStyle.NoPen)
        if opened or state & flags.State_MouseOver:
            painter.setBrush(theme.color("accent_soft" if opened else "hover"))
            painter.drawRoundedRect(box, 6, 6)
        if opened:
            painter.setBrush(theme.color("accent"))
            painter.drawRoundedRect(QRectF(box.left(), box.top() + 8, 3, box.height() - 16), 1.5, 1.5)
        view = option.widget
        if state & flags.State_Selected and view.hasFocus():
            painter.setPen(QPen(theme.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 6, 6)

    def _paint_chat(self, painter: QPainter, rect: QRect, head: ConversationHead, title: str) -> None:
        theme = self._theme
        words = rect.adjusted(_EDGE + _INSET, 0, -_EDGE - _INSET, 0)
        if head.id == self.covered:
            words.setRight(words.right() + _INSET - self.covered_width - 2)
            self._draw_line(painter, words, title, FontRole.CONTROL, "text")
            return
        middle = Qt.AlignmentFlag.AlignVCenter
        cost = cost_of(head)
        painter.setFont(theme.font(FontRole.FIGURES))
        painter.setPen(theme.color("muted"))
        painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, cost)
        taken = painter.fontMetrics().horizontalAdvance(cost)
        if head.simulated:
            taken += _DEMO_ICON + (4 if cost else 0)
            place = QPoint(words.right() + 1 - taken, words.center().y() - _DEMO_ICON // 2 + 1)
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(place, pixmap("demo", theme, size=_DEMO_ICON, ratio=ratio))
        words.setRight(words.right() - taken - (8 if taken else 0))
        self._draw_line(painter, words, title, FontRole.CONTROL, "text")

    def _paint_hit(self, painter: QPainter, rect: QRect, row: Row) -> None:
        words = rect.adjusted(_EDGE + _INSET, 8, -_EDGE - _INSET, -8)
        upper = QRect(words.left(), words.top(), words.width(), words.height() // 2)
        lower = QRect(words.left(), upper.bottom() + 1, words.width(), words.height() - upper.height())
        self._draw_line(painter, upper, row.text, FontRole.CONTROL, "text")
        if row.hit is not None:
            self._draw_line(painter, lower, row.hit.snippet, FontRole.META, "muted")

    def _draw_line(self, painter: QPainter, rect: QRect, text: str, role: FontRole, token: str) -> None:
        line = one_line(text)
        font = self._theme.font(role, line)
        painter.setFont(font)
        painter.setPen(self._theme.color(token))
        shown = QFontMetrics(font).elidedText(line, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: ARG002  all rows are alike
        return QSize(120, self.row_height())

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: _Index
    ) -> bool:
        row = _row(index)
        if event.type() != QEvent.Type.ToolTip or row is None or row.kind is RowKind.HEADING:
            return super().helpEvent(event, view, option, index)
        lines = [row.text]
        if row.head is not None:
            lines.append(cost_note(row.head))
        elif row.hit is not None:
            lines.append(row.hit.snippet)
        QToolTip.showText(event.globalPos(), escaped("\n".join(lines)), view)
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:  # noqa: ARG002  Qt's signature
        editor = QLineEdit(parent)
        editor.setObjectName("rename-editor")
        editor.setAccessibleName(self.tr("Title of this chat"))
        editor.setToolTip(self.tr("Enter keeps the title, Esc leaves it as it was"))
        return editor

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        row = _row(index)
        if isinstance(editor, QLineEdit) and row is not None and not editor.text():
            editor.setText(row.text)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:  # noqa: ARG002  whoever keeps the titles changes the model
        row = _row(index)
        if not isinstance(editor, QLineEdit) or row is None:
            return
        title = one_line(editor.text())
        if title and title != row.text:
            self.renamed.emit(row.conversation, title)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: _Index) -> None:  # noqa: ARG002, N802  Qt's
        editor.setGeometry(self._inner(option).adjusted(_EDGE, 0, -_EDGE, 0))
