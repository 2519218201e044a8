"""Selecting across segments and messages: native inside one text widget, joined up where the pointer leaves it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QMouseEvent, QTextCursor
from PySide6.QtWidgets import QMenu

from tally.gui.conversation.markdown_copy import markdown
from tally.gui.conversation.message_row import MessageRow
from tally.gui.conversation.plain_copy import plain_text
from tally.gui.conversation.segment_views import TextWidget
from tally.gui.conversation.virtual_list import VirtualList

_EDGE_MS = 40
_EDGE_STEP = 24


class SelectionController(QObject):
    """Watches the text widgets of a view.

    Signals:
        copied: a selection was put on the clipboard; the id of the message it begins in.
    """

    copied = Signal(str)

    def __init__(self, rows: Callable[[], Sequence[MessageRow]], view: VirtualList) -> None:
        super().__init__(view)
        self._rows = rows
        self._view = view
        self._origin: TextWidget | None = None
        self._anchor = 0
        self._joined = False
        self._pointer = QPoint()
        self._edge = QTimer(self, interval=_EDGE_MS)
        self._edge.timeout.connect(self._on_edge)
        view.viewport().installEventFilter(self)

    def watch(self, text: TextWidget) -> None:
        """Takes a new text widget into the selection."""
        text.viewport().installEventFilter(self)
        text.installEventFilter(self)

    def clear(self) -> None:
        """Deselects everything."""
        self._joined = False
        for text in self._texts():
            _deselect(text)

    def selected_text(self) -> str:
        """All that is selected, as plain text."""
        blocks = []
        for row in self._rows():
            parts = [plain_text(text.textCursor()) for text in row.texts() if text.textCursor().hasSelection()]
            if parts:
                blocks.append("\n\n".join(parts))
        return "\n\n".join(blocks)

    def copy(self) -> bool:
        """Puts the selection on the clipboard; False when nothing is selected."""
        text = self.selected_text()
        if not text:
            return False
        data = QMimeData()
        data.setText(text)
        data.setData("text/markdown", self.selected_markdown().encode())
        QGuiApplication.clipboard().setMimeData(data)
        self._tell_copied()
        return True

    def copy_markdown(self) -> None:
        """Puts the selection on the clipboard as Markdown."""
        QGuiApplication.clipboard().setText(self.selected_markdown())
        self._tell_copied()

    def selected_markdown(self) -> str:
        """All that is selected: the source of whole blocks, plain text of those that are cut."""
        return "\n\n".join(words for words in map(markdown, self._rows()) if words)

    def _tell_copied(self) -> None:
        self.copied.emit(next(row.shown.message.id for row in self._rows() if _is_selected(row)))

    def select_all(self) -> None:
        """Selects every text that is on screen or near it."""
        self._joined = True
        for text in self._texts():
            text.selectAll()

    def _texts(self) -> list[TextWidget]:
        return [text for row in self._rows() for text in row.texts()]

    def _text_of(self, watched: QObject) -> TextWidget | None:
        return next((text for text in self._texts() if watched is text.viewport() or watched is text), None)

    def _on_press(self, text: TextWidget, event: QMouseEvent) -> None:
        self._joined = False
        for other in self._texts():
            if other is not text:
                _deselect(other)
        self._origin = text
        keeps = event.modifiers() & Qt.KeyboardModifier.ShiftModifier and text.textCursor().hasSelection()
        self._anchor = (
            text.textCursor().anchor() if keeps else text.cursorForPosition(event.position().toPoint()).position()
        )

    def _on_move(self, pointer: QPoint) -> bool:
        """Extends the selection to a point in global coordinates; False leaves it to the text widget itself."""
        if self._origin is None:
            return False
        self._pointer = pointer
        y = self._view.viewport().mapFromGlobal(pointer).y()
        if 0 <= y < self._view.viewport().height():
            self._edge.stop()
        elif not self._edge.isActive():
            self._edge.start()
        return self._extend(pointer)

    def _extend(self, pointer: QPoint) -> bool:
        texts = self._texts()
        if self._origin not in texts:
            return False
        here = texts.index(self._origin)
        there = self._nearest(texts, pointer)
        if there == here and not self._joined:
            return False
        self._joined = True
        first, last = min(here, there), max(here, there)
        for index, text in enumerate(texts):
            if index < first or index > last:
                _deselect(text)
            elif index not in {here, there}:
                text.selectAll()
        end = texts[there].cursorForPosition(texts[there].viewport().mapFromGlobal(pointer)).position()
        if here == there:
            _select(texts[here], self._anchor, end)
            return True
        down = there > here
        _select(texts[here], self._anchor, _last(texts[here]) if down else 0)
        _select(texts[there], 0 if down else _last(texts[there]), end)
        return True

    def _nearest(self, texts: Sequence[TextWidget], pointer: QPoint) -> int:
        y = pointer.y()
        best, best_distance = 0, 1 << 30
        for index, text in enumerate(texts):
            top = text.mapToGlobal(QPoint(0, 0)).y()
            distance = max(top - y, y - (top + text.height()), 0)
            if distance < best_distance:
                best, best_distance = index, distance
        return best

    def _on_edge(self) -> None:
        y = self._view.viewport().mapFromGlobal(self._pointer).y()
        self._view.scroll_by(-_EDGE_STEP if y < 0 else _EDGE_STEP)
        self._extend(self._pointer)

    def _on_release(self) -> None:
        self._edge.stop()
        self._origin = None

    def _open_menu(self, event: QContextMenuEvent) -> bool:
        """Opens the menu of a selection; False when nothing is selected, so that the text shows its own."""
        if not any(_is_selected(row) for row in self._rows()):
            return False
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy"), self.copy)
        menu.addAction(self.tr("Copy as Markdown"), self.copy_markdown)
        menu.addSeparator()
        menu.addAction(self.tr("Select all"), self.select_all)
        menu.popup(event.globalPos())
        return True

    # Qt overrides

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QMouseEvent):
            if watched is self._view.viewport():
                if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                    self.clear()
                return False
            if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
                text = self._text_of(watched)
                if text is not None:
                    self._on_press(text, event)
            elif kind == QEvent.Type.MouseMove and event.buttons() & Qt.MouseButton.LeftButton:
                return self._on_move(event.globalPosition().toPoint())
            elif kind == QEvent.Type.MouseButtonRelease:
                joined = self._joined
                self._on_release()
                return joined
        elif isinstance(event, QContextMenuEvent) and watched is not self._view.viewport():
            return self._open_menu(event)
        elif (
            isinstance(event, QKeyEvent)
            and kind == QEvent.Type.KeyPress
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            return self.copy()
        return False


def _is_selected(row: MessageRow) -> bool:
    return any(text.textCursor().hasSelection() for text in row.texts())


def _last(text: TextWidget) -> int:
    return text.document().characterCount() - 1


def _select(text: TextWidget, anchor: int, position: int) -> None:
    cursor = text.textCursor()
    cursor.setPosition(min(anchor, _last(text)))
    cursor.setPosition(min(position, _last(text)), QTextCursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)


def _deselect(text: TextWidget) -> None:
    cursor = text.textCursor()
    if cursor.hasSelection():
        cursor.clearSelection()
        text.setTextCursor(cursor)
