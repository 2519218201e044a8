"""Bars that say something and offer something: a notice with folded details, and Undo.

All words are plain text. What a notice is about is said by its icon and its words, never by colour alone.
"""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, Card, IconButton, PlainLabel, Surface, fade_in, use_font

UNDO_MS = 8000


class NoticeKind(StrEnum):
    """How serious a notice is."""

    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


_SURFACE = {NoticeKind.INFO: "card", NoticeKind.WARNING: "warning", NoticeKind.DANGER: "danger"}
_ICON = {NoticeKind.INFO: "info", NoticeKind.WARNING: "warning", NoticeKind.DANGER: "error"}
_TOKEN = {NoticeKind.INFO: "muted", NoticeKind.WARNING: "warning", NoticeKind.DANGER: "danger"}


class InlineNotice(Surface):
    """One line with an icon, a sentence, actions, and the technical rest folded away.

    Signals:
        action(str): the id of the button that was pressed.
        closed: the person closed it (it hides itself).
    """

    action = Signal(str)
    closed = Signal()

    def __init__(
        self,
        theme: ThemeManager,
        kind: NoticeKind,
        text: str,
        actions: Sequence[tuple[str, str]] = (),
        parent: QWidget | None = None,
        *,
        details: str = "",
        title: str = "",
        closable: bool = False,
    ) -> None:
        """Builds the notice.

        Args:
            theme: whose colours.
            kind: how serious it is.
            text: one sentence, plain.
            actions: ids and button texts.
            parent: as usual.
            details: the technical rest; empty for none.
            title: a few bold words before the sentence.
            closable: offers a closing button.
        """
        super().__init__(_SURFACE[kind], parent)
        self.setObjectName("notice")
        self._theme = theme
        self._kind = kind
        self._picture = QLabel(self)
        self._picture.setAccessibleName(self._kind_name())
        self._title = PlainLabel(title, self)
        use_font(self._title, theme, FontRole.TITLE)
        self._title.setVisible(bool(title))
        self.text_label = PlainLabel(text, self, selectable=True)
        self.text_label.setWordWrap(True)
        self.text_label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._details = QPlainTextEdit(details, self)
        self._details.setReadOnly(True)
        self._details.setAccessibleName(self.tr("Technical details"))
        self._details.setMaximumHeight(160)
        use_font(self._details, theme, FontRole.CODE)
        self._details.hide()
        self._lay_out(actions, details=bool(details), closable=closable)
        self.setAccessibleName(f"{self._kind_name()}: {title} {text}".replace(":  ", ": "))
        theme.changed.connect(self._paint_icon)
        self._paint_icon()

    def _kind_name(self) -> str:
        return {
            NoticeKind.INFO: self.tr("Note"),
            NoticeKind.WARNING: self.tr("Warning"),
            NoticeKind.DANGER: self.tr("Problem"),
        }[self._kind]

    def _lay_out(self, actions: Sequence[tuple[str, str]], *, details: bool, closable: bool) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.setContentsMargins(-10, 0, 0, 0)  # the words of the first button stand under the sentence
        for action_id, label in actions:
            button = Button(label, self, kind="quiet", name=f"notice-{action_id}")
            button.clicked.connect(lambda _checked=False, chosen=action_id: self.action.emit(chosen))
            buttons.addWidget(button)
        if details:
            self._fold = Button(self.tr("Details"), self, kind="quiet", name="notice-details")
            self._fold.setCheckable(True)
            self._fold.toggled.connect(self._details.setVisible)
            buttons.addWidget(self._fold)
        buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self.text_label)
        if actions or details:
            words.addSpacing(4)
            words.addLayout(buttons)
            words.setContentsMargins(0, 0, 0, 0)
        words.addWidget(self._details)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        if closable:
            close = IconButton("close", self._theme, self.tr("Close this note"), self, size=16)
            close.clicked.connect(self._on_close)
            row.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)

    def _paint_icon(self) -> None:
        self._picture.setPixmap(
            pixmap(_ICON[self._kind], self._theme, token=_TOKEN[self._kind], size=20, ratio=self.devicePixelRatioF())
        )
        self._picture.setFixedSize(QSize(20, 20))

    def _on_close(self) -> None:
        self.hide()
        self.closed.emit()


class UndoBar(Card):
    """Says what was just done and takes it back for a few seconds; the time stands still under pointer and focus.

    Signals:
        undone(str): Undo was pressed; the id given with the text.
        expired(str): the time is over, or something else took the bar; the id given with the text.
    """

    undone = Signal(str)
    expired = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("undo-bar")
        self._id = ""
        self._text = PlainLabel("", self, elide=True)
        self._undo = Button(self.tr("Undo"), self, kind="quiet", name="undo")
        self._undo.clicked.connect(self._on_undo)
        close = IconButton("close", theme, self.tr("Close"), self, size=16)
        close.clicked.connect(self._on_expired)
        self._timer = QTimer(self, singleShot=True, interval=UNDO_MS)
        self._timer.timeout.connect(self._on_expired)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 6, 6)
        row.setSpacing(8)
        row.addWidget(self._text, 1)
        row.addWidget(self._undo)
        row.addWidget(close)
        self.hide()

    def offer(self, text: str, undo_id: str) -> None:
        """Shows a text with Undo; an offer still standing expires at once."""
        if self._id:
            self._on_expired()
        self._id = undo_id
        self._text.set_text(text)
        self.setAccessibleName(text)
        fade_in(self)
        self._timer.start()

    def withdraw(self) -> None:
        """Ends the offer as if its time were over."""
        if self._id:
            self._on_expired()

    def _take(self) -> str:
        taken, self._id = self._id, ""
        self._timer.stop()
        self.hide()
        return taken

    def _on_undo(self) -> None:
        self.undone.emit(self._take())

    def _on_expired(self) -> None:
        taken = self._take()
        if taken:
            self.expired.emit(taken)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        if self._id:
            self._timer.start()
        super().leaveEvent(event)
