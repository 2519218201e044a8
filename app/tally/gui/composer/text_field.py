"""The field for the words of a message: Enter sends, but never while an input method is composing."""

from PySide6.QtCore import QEvent, QMimeData, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QResizeEvent,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from tally.core.settings import SendKey
from tally.gui.drop_overlay import image_of, is_welcome, local_files
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import use_font

LONG_PASTE = 6000
"""A pasted text longer than this many characters may become a file."""
HUGE_PASTE = 100_000
"""A longer one would make the field slow; it becomes a file at once."""

_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class TextField(QPlainTextEdit):
    """Grows with its text up to a limit.

    Signals:
        send_wanted(): the key that sends was pressed.
        edit_last_wanted(): Up was pressed in the empty field.
        files_pasted(list): paths of files on the clipboard.
        image_pasted(QImage): a picture on the clipboard.
        long_pasted(): a long text was pasted; `take_pasted` takes it out again.
        huge_pasted(str): a text too long for the field, which it did not take.
        focus_changed(bool): the field got or lost the keyboard's focus.
    """

    send_wanted = Signal()
    edit_last_wanted = Signal()
    files_pasted = Signal(list)
    image_pasted = Signal(QImage)
    long_pasted = Signal()
    huge_pasted = Signal(str)
    focus_changed = Signal(bool)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message-field")
        self.setProperty("plain", True)  # noqa: FBT003  Qt's signature
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setAccessibleName(self.tr("Message"))
        self.setPlaceholderText(self.tr("Write a message"))
        self._send_key = SendKey.ENTER
        self._limit = 240
        self._pasted: QTextCursor | None = None
        use_font(self, theme, FontRole.BODY)
        self.textChanged.connect(self._fit)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def set_send_key(self, key: SendKey) -> None:
        """Chooses the key that sends."""
        self._send_key = key

    def set_height_limit(self, limit: int) -> None:
        """The tallest the field gets, in pixels; then it scrolls."""
        if limit != self._limit:
            self._limit = limit
            self._fit()

    def empty(self) -> None:
        """Removes the words; Undo brings them back."""
        cursor = self.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()

    def take_pasted(self) -> str:
        """Removes the long text that was pasted last and returns it, with what was changed in it since."""
        cursor, self._pasted = self._pasted, None
        if cursor is None:
            return ""
        text = cursor.selection().toPlainText()
        cursor.removeSelectedText()
        return text

    def is_composing(self) -> bool:
        """Whether an input method shows text that is not yet confirmed."""
        return bool(self.textCursor().block().layout().preeditAreaText())

    def _fit(self) -> None:
        margins = round(2 * self.document().documentMargin())
        line = self.fontMetrics().lineSpacing()
        limit = max(self._limit, 2 * line + margins)
        wanted = self._text_height(limit) + margins
        height = max(line + margins, min(wanted, limit))
        bar = Qt.ScrollBarPolicy.ScrollBarAsNeeded if wanted > limit else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(bar)
        if height != self.minimumHeight():
            self.setFixedHeight(height)

    def _text_height(self, enough: int) -> int:
        """The height of all lines; counting stops once it is enough."""
        height = 0.0
        block = self.document().begin()
        while block.isValid() and height <= enough:
            height += self.blockBoundingRect(block).height()
            block = block.next()
        return round(height)

    def _sends(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control = modifiers == Qt.KeyboardModifier.ControlModifier
        if self._send_key is SendKey.CTRL_ENTER:
            return control
        return control or modifiers == Qt.KeyboardModifier.NoModifier

    def _on_enter(self, event: QKeyEvent) -> None:
        event.accept()
        if self.is_composing():
            return  # it confirms the candidate, and the input method hears of it by itself
        if self._sends(event):
            self.send_wanted.emit()
        else:
            self.insertPlainText("\n")
            self.ensureCursorVisible()

    def _paste_text(self, text: str) -> None:
        if len(text) > HUGE_PASTE:
            self.huge_pasted.emit(text)
            return
        start = self.textCursor().selectionStart()
        self.insertPlainText(text)
        self.ensureCursorVisible()
        if len(text) > LONG_PASTE:
            self._pasted = self.textCursor()
            self._pasted.setPosition(start)
            self._pasted.setPosition(self.textCursor().position(), QTextCursor.MoveMode.KeepAnchor)
            self.long_pasted.emit()

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        up = event.key() == Qt.Key.Key_Up and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _ENTER:
            self._on_enter(event)
        elif up and self.document().isEmpty() and not self.is_composing():
            self.edit_last_wanted.emit()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focus_changed.emit(True)  # noqa: FBT003  Qt's signature

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.focus_changed.emit(False)  # noqa: FBT003  Qt's signature

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if is_welcome(event.mimeData()):
            event.ignore()  # files and pictures are the window's
        else:
            super().dragEnterEvent(event)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or is_welcome(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        files = local_files(source)
        if files:
            self.files_pasted.emit(files)
            return
        text = source.text()
        # Office programs add a picture to a text, browsers the address to a picture.
        if source.hasImage() and (source.hasUrls() or not text.strip()):
            image = image_of(source)
            if not image.isNull():
                self.image_pasted.emit(image)
                return
        if text:
            self._paste_text(text)
