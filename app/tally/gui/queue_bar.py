"""The messages that wait for the end of the answer, above the composer."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from tally.gui.icons import pixmap
from tally.gui.message_queue import HoldReason, Queued
from tally.gui.theme import ThemeManager
from tally.gui.widgets import Button, Card, IconButton, PlainLabel

_ROW = 32
"""Height of a row in px."""
_MOST_ROWS = 3
"""So many are seen at once; the rest scrolls."""
_LOW_WINDOW = 640
"""In a window lower than this, in px, one is seen at once."""


def held_text(reason: HoldReason) -> str:
    """Why nothing is sent by itself."""
    translate = QCoreApplication.translate
    return {
        HoldReason.STOPPED: translate("Queue", "Not sent, because the answer was stopped."),
        HoldReason.FAILED: translate("Queue", "Not sent, because the answer did not end well."),
        HoldReason.LIMIT: translate("Queue", "Not sent yet, because the answer reached its limit."),
        HoldReason.ELSEWHERE: translate("Queue", "Not sent, because another version of the chat is on screen."),
    }[reason]


class _Item(QWidget):
    """One message that waits."""

    def __init__(self, theme: ThemeManager, item: Queued, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(_ROW)
        self.edit = IconButton("edit", theme, self.tr("Back to the message field"), self, size=16)
        self.remove = IconButton("close", theme, self.tr("Do not send"), self, size=16)
        draft = item.draft
        words = draft.text or self.tr("Without words")
        if draft.parts:
            words += " · " + self.tr("%n attachment(s)", "", len(draft.parts))
        self.label = PlainLabel(words, self, elide=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.label, 1)
        row.addWidget(self.edit)
        row.addWidget(self.remove)


class QueueBar(Card):
    """Hidden while nothing waits.

    Signals:
        edit_wanted(str): a message goes back to the composer; its id in the queue.
        remove_wanted(str): a message is not to be sent; its id in the queue.
        send_wanted(): the first message is to be sent although it is held.
    """

    edit_wanted = Signal(str)
    remove_wanted = Signal(str)
    send_wanted = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue-bar")
        self._theme = theme
        self._clock = QLabel(self)
        self._sentence = PlainLabel("", self, tone="muted")
        self._sentence.setWordWrap(True)
        self._send = Button(self.tr("Send now"), self, kind="quiet", name="queue-send")
        self._send.clicked.connect(self.send_wanted)
        self._items: list[_Item] = []
        self._rows = QVBoxLayout()
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(0)
        inner = QWidget()
        inner.setLayout(self._rows)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        for widget in (self._scroll.viewport(), inner):
            widget.setAutoFillBackground(False)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._clock)
        top.addWidget(self._sentence, 1)
        top.addWidget(self._send)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 6, 6, 6)
        column.setSpacing(2)
        column.addLayout(top)
        column.addWidget(self._scroll)
        theme.changed.connect(self._paint_clock)
        self._paint_clock()
        self.hide()

    def show_queue(self, items: Sequence[Queued], held: HoldReason | None) -> None:
        """Shows what waits.

        Args:
            items: first to be sent first.
            held: why nothing is sent by itself; None when it will be.
        """
        for old in self._items:
            self._rows.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._items = [self._row(item) for item in items]
        before: QWidget = self._send
        for row in self._items:
            self._rows.addWidget(row)
            # Widgets that are made later would come last in the whole window.
            for button in (row.edit, row.remove):
                QWidget.setTabOrder(before, button)
                before = button
        self._fit()
        self._sentence.set_text(
            held_text(held) if held is not None else self.tr("Waiting until the answer is finished")
        )
        self._sentence.set_tone("" if held is not None else "muted")
        self._send.setVisible(held is not None)
        self.setAccessibleName(self._sentence.whole_text())
        self.setVisible(bool(items))

    def _fit(self) -> None:
        most = _MOST_ROWS if self.window().height() >= _LOW_WINDOW else 1
        self._scroll.setFixedHeight(_ROW * min(most, len(self._items)))

    def sentence(self) -> str:
        """What it says above the messages."""
        return self._sentence.whole_text()

    def texts(self) -> list[str]:
        """The lines of the messages."""
        return [item.label.whole_text() for item in self._items]

    def _row(self, item: Queued) -> _Item:
        row = _Item(self._theme, item, self)
        row.edit.clicked.connect(lambda: self.edit_wanted.emit(item.id))
        row.remove.clicked.connect(lambda: self.remove_wanted.emit(item.id))
        return row

    def _paint_clock(self) -> None:
        self._clock.setPixmap(
            pixmap("clock", self._theme, token="muted", size=16, ratio=self.devicePixelRatioF())  # noqa: S106  a colour
        )

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
