"""The field for the words of a message: Enter sends, but never while an input method is composing."""

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QImage, QInputMethodEvent, QKeyEvent, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from tally.core.settings import SendKey
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import use_font

LONG_PASTE = 6000
"""A pasted text longer than this many characters may become a file."""

_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class TextField(QPlainTextEdit):
    """Grows with its text up to a limit.

    Signals:
        send_wanted(): the key that sends was pressed.
        edit_last_wanted(): Up was pressed in the empty field.
        files_pasted(list): paths of files on the clipboard.
        image_pasted(QImage): a picture on the clipboard.
        long_pasted(str): a long text was pasted; it is in the field already.
        resized(): the height that suits the text is new.
    """

    send_wanted = Signal()
    edit_last_wanted = Signal()
    files_pasted = Signal(list)
    image_pasted = Signal(QImage)
    long_pasted = Signal(str)
    resized = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message-field")
        self.setProperty("plain", True)  # noqa: FBT003  Qt's signature
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setAccessibleName(self.tr("Message"))
        self.setPlaceholderText(self.tr("Write a message"))
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.viewport().setAutoFillBackground(False)
        use_font(self, theme, FontRole.BODY)
        self._send_key = SendKey.ENTER
        self._composing = False
        self._limit = 240
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        theme.changed.connect(self._fit)
        self._fit()

    def set_send_key(self, key: SendKey) -> None:
        """Chooses the key that sends."""
        self._send_key = key

    def set_height_limit(self, limit: int) -> None:
        """The tallest the field gets, in pixels; then it scrolls."""
        if limit != self._limit:
            self._limit = limit
            self._fit()

    def _fit(self) -> None:
        lines = max(1, round(self.document().size().height()))
        line = self.fontMetrics().lineSpacing()
        wanted = lines * line + round(2 * self.document().documentMargin()) + 2
        height = max(line + 12, min(wanted, self._limit))
        if height != self.height() or self.minimumHeight() != height:
            self.setFixedHeight(height)
            self.resized.emit()

    def _sends(self, event: QKeyEvent) -> bool:
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        control = modifiers == Qt.KeyboardModifier.ControlModifier
        if self._send_key is SendKey.CTRL_ENTER:
            return control
        return control or modifiers == Qt.KeyboardModifier.NoModifier

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER and not self._composing:
            if self._sends(event):
                event.accept()
                self.send_wanted.emit()
            else:
                self.textCursor().insertText("\n")
                self.ensureCursorVisible()
            return
        if event.key() == Qt.Key.Key_Up and not self.toPlainText() and not self._composing:
            self.edit_last_wanted.emit()
            return
        super().keyPressEvent(event)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        # Some input methods send the Enter that confirms a candidate as a key press as well.
        self._composing = bool(event.preeditString())
        super().inputMethodEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return source.hasText() or source.hasImage() or source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        paths = [url.toLocalFile() for url in source.urls() if url.isLocalFile()]
        if paths:
            self.files_pasted.emit(paths)
            return
        if source.hasImage() and not source.hasText():
            image = source.imageData()
            if isinstance(image, QImage) and not image.isNull():
                self.image_pasted.emit(image)
                return
        text = source.text()
        if text:
            self.textCursor().insertText(text)
            self.ensureCursorVisible()
            if len(text) > LONG_PASTE:
                self.long_pasted.emit(text)
