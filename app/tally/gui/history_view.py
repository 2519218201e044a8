"""Parts of the conversation list: the rows with their keys, the buttons over a row."""

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QWidget

from tally.gui.theme import ThemeManager
from tally.gui.widgets import IconButton, set_property


class RowActions(QWidget):
    """Pin, rename and delete, laid over the row under the pointer."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("row-actions")
        self._theme = theme
        self.opened = False
        self.pin = IconButton("pin", theme, self.tr("Pin"), self, size=16)
        self.rename = IconButton("rename", theme, self.tr("Rename"), self, size=16, keys="F2")
        self.delete = IconButton("trash", theme, self.tr("Delete"), self, size=16, keys="Del")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 2, 0)
        row.setSpacing(0)
        for button in (self.pin, self.rename, self.delete):
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the keyboard has keys and the context menu
            row.addWidget(button)
        self.hide()

    def set_pinned(self, *, pinned: bool) -> None:
        """Offers to unpin what is pinned."""
        self.pin.set_icon("pinned" if pinned else "pin")
        self.pin.set_text(self.tr("Unpin") if pinned else self.tr("Pin"))

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self._theme.color("accent_soft" if self.opened else "hover"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()  # a click between the buttons is not a click on the row


class HistoryView(QListView):
    """The list itself, with keys and the actions that follow the pointer.

    Signals:
        open_wanted(QModelIndex): a click or Enter.
        menu_wanted(QModelIndex, QPoint): the context menu, at a global position.
        rename_wanted(QModelIndex): F2.
        delete_wanted(QModelIndex): Del.
        hovered(QModelIndex): the pointer is on another row, or (invalid) on none.
    """

    open_wanted = Signal(QModelIndex)
    menu_wanted = Signal(QModelIndex, QPoint)
    rename_wanted = Signal(QModelIndex)
    delete_wanted = Signal(QModelIndex)
    hovered = Signal(QModelIndex)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("history-list")
        set_property(self, "plain", "true")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self.open_wanted)
        self.entered.connect(self.hovered)
        self.verticalScrollBar().valueChanged.connect(lambda: self.hovered.emit(QModelIndex()))

    def put_current(self, index: QModelIndex) -> None:
        """Makes a row the current one without scrolling to it."""
        self.setAutoScroll(False)
        self.setCurrentIndex(index)
        self.setAutoScroll(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        wanted = {
            Qt.Key.Key_Return: self.open_wanted,
            Qt.Key.Key_Enter: self.open_wanted,
            Qt.Key.Key_F2: self.rename_wanted,
            Qt.Key.Key_Delete: self.delete_wanted,
        }.get(Qt.Key(event.key()))
        if wanted is not None and self.currentIndex().isValid():
            wanted.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        if index.isValid():
            place = self.visualRect(index).center() if by_key else event.pos()
            self.menu_wanted.emit(index, self.viewport().mapToGlobal(place))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(QModelIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.hovered.emit(QModelIndex())
