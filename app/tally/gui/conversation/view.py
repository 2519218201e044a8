"""The conversation on screen: the stream into its messages, the search through them, and the keyboard."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from tally.gui.conversation import focus
from tally.gui.conversation.answer_row import AnswerRow
from tally.gui.conversation.find import Finder
from tally.gui.conversation.find_marks import mark_hits, reveal_hit
from tally.gui.conversation.live_answer import LiveAnswer
from tally.gui.conversation.message_list import MessageList
from tally.gui.conversation.message_row import MessageRow
from tally.gui.conversation.pump import StreamPump
from tally.gui.conversation.segment_views import TextWidget
from tally.gui.conversation.shown import Shown
from tally.gui.theme import ThemeManager


class ConversationView(MessageList):
    """One path through a conversation, being written, searched and read; its signals are those of `MessageList`."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._finder = Finder()
        self._current: str | None = None
        self._pump = StreamPump(self)
        self._pump.frame.connect(self.flush)
        theme.changed.connect(self._mark_hits)
        for keys, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self.move_current(step))

    def show_path(self, path: Sequence[Shown], *, keep_position: bool = False) -> None:
        """See `MessageList.show_path`; what was found is forgotten."""
        self._finder.search("", ())
        if not keep_position:
            self._current = None
        super().show_path(path, keep_position=keep_position)

    # The stream

    def feed(self, answer_id: str, text: str) -> None:
        """More words of an answer."""
        live = self._live(answer_id)
        if live is not None and text:
            live.feed(text)
            self._pump.wake()

    def feed_reasoning(self, answer_id: str, text: str) -> None:
        """More reasoning of an answer."""
        live = self._live(answer_id)
        if live is not None and text:
            live.feed_reasoning(text)
            self._pump.wake()

    def flush(self) -> None:
        """Renders what has arrived; the pump calls it once per frame."""
        changed = False
        for answer_id, live in self._source.live.items():
            if live.waiting:
                changed = self._flush(answer_id, live) or changed
        if changed:
            self.relayout()

    def finish(self, shown: Shown) -> None:
        """Puts the finished answer in the place of its stream."""
        answer_id = shown.message.id
        live = self._source.live.get(answer_id)
        if live is not None:
            self._flush(answer_id, live)
            update = live.finish()
            row = self._row(answer_id)
            if live.text == shown.message.text:
                self._source.keep(shown.message, live.segments)
                if row is not None and update is not None:
                    row.body.set_segments(live.segments, update)
            del self._source.live[answer_id]
        self._notices.pop(answer_id, None)
        self.update_message(shown)

    def _live(self, answer_id: str) -> LiveAnswer | None:
        if answer_id not in self._places:
            return None
        if answer_id not in self._source.live:
            self._source.live[answer_id] = LiveAnswer(self._rows[self._places[answer_id]].message)
        return self._source.live[answer_id]

    def _flush(self, answer_id: str, live: LiveAnswer) -> bool:
        update, thought = live.flush()
        row = self._row(answer_id)
        if not isinstance(row, AnswerRow):
            return False
        if update is not None:
            row.body.set_segments(live.segments, update)
            row.invalidate()
        if thought or update is not None:
            row.set_reasoning(live.reasoning)
        return update is not None or thought

    # The search

    def find(  # type: ignore[override]  # QWidget.find(WId)
        self, text: str, *, forward: bool = True, near: str | None = None
    ) -> tuple[int, int]:
        """Goes to the next place where the words stand, in all messages whether on screen or not.

        Args:
            text: the words; empty takes the marks away.
            forward: towards the end.
            near: the message to begin with when these words are new; what is on screen when None.

        Returns:
            the number of the place shown, from 1 (0 when there is none), and how many there are.
        """
        if not self._finder.is_for(text):
            self._finder.search(text, [shown.message for shown in self._rows])
        begin = self._places.get(near or "", self.first_on_screen())
        hit = self._finder.step(forward=forward, near_row=begin)
        # What was selected before would keep its message on hand for ever.
        self._selection.clear()
        if hit is not None:
            if hit.row not in self.live:
                self.go_to(hit.row)
            row = self.live.get(hit.row)
            if isinstance(row, MessageRow):
                reveal_hit(self, row, hit, self._finder)
        self._mark_hits()
        return self._finder.current + 1, len(self._finder.hits)

    def count(self, text: str) -> int:
        """How often the words stand in all messages; marks them without going anywhere."""
        self._finder.search(text, [shown.message for shown in self._rows])
        self._mark_hits()
        return len(self._finder.hits)

    def _mark_hits(self) -> None:
        for row in self._message_rows():
            mark_hits(row.texts(), self._finder.pattern, self._theme)

    # The keyboard

    def move_current(self, step: int) -> None:
        """Moves the focus to the message before (-1) or after (+1), bringing it on screen."""
        if not self._rows:
            return
        current = self._places.get(self._current or "", -1)
        focused = QApplication.focusWidget()
        if current < 0 or focused is None or not self.isAncestorOf(focused):
            current = self._last_on_screen() if current < 0 else current
            target = current
        else:
            target = max(0, min(len(self._rows) - 1, current + step))
        self._current = self._rows[target].message.id
        row = self.live.get(target)
        self.reveal(target, 0, row.height() if row is not None else self.viewport().height())
        row = self.live.get(target)
        if isinstance(row, MessageRow):
            self._name(row, target)
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def focused_message(self) -> str | None:
        """The message that has the keyboard's focus, itself or with something in it."""
        focused = QApplication.focusWidget()
        if focused is None:
            return None
        rows = (row for row in self._message_rows() if focused is row or row.isAncestorOf(focused))
        return next((row.shown.message.id for row in rows), None)

    def focus_message(self, message_id: str) -> None:
        """Gives a message that is on screen the keyboard's focus."""
        row = self._row(message_id)
        if row is not None:
            self._current = message_id
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _last_on_screen(self) -> int:
        bottom = self.viewport().height()
        return max((index for index, row in self.live.items() if row.isVisible() and row.y() < bottom), default=0)

    def _on_text_made(self, text: TextWidget) -> None:
        super()._on_text_made(text)
        if self._finder.pattern is not None:
            mark_hits((text,), self._finder.pattern, self._theme)

    # Qt overrides

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down} and not event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier
        ):
            self.move_current(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001  Qt's signature
        """Tab walks through the controls of the current message, then leaves the view."""
        return focus.tab(self, self._row(self._current or ""), forward=forward)
