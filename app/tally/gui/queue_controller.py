"""Sends what waits when its answer has ended well, and keeps it when it has not."""

from PySide6.QtCore import QObject

from tally.core.conversation import Conversation, ConversationHead
from tally.core.messages import EndState, Message
from tally.gui.chat_controller import ChatController
from tally.gui.composer.composer import Composer
from tally.gui.live_turns import LiveTurn
from tally.gui.message_queue import HoldReason, joined
from tally.gui.queue_bar import QueueBar

_REASONS = {EndState.CANCELLED: HoldReason.STOPPED, EndState.LENGTH: HoldReason.LIMIT}


class QueueController(QObject):
    """Drives the queue bar and empties the queue."""

    def __init__(self, bar: QueueBar, chat: ChatController, composer: Composer, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar = bar
        self._chat = chat
        self._composer = composer
        self._usual_hint = composer.field.placeholderText()
        bar.edit_wanted.connect(self.edit)
        bar.remove_wanted.connect(self.remove)
        bar.send_wanted.connect(self.send_first)
        chat.queue.changed.connect(self._on_changed)
        chat.opened.connect(lambda _: self._show())
        chat.turn_ended.connect(self._on_ended)
        chat.busy_changed.connect(self._on_busy)

    @property
    def _conversation(self) -> Conversation:
        return self._chat.conversation

    def edit(self, item_id: str) -> None:
        """Takes a message back into the composer, before what stands there already."""
        item = self._chat.queue.take(self._conversation.id, item_id)
        if item is None:
            return
        draft = item.draft
        if item.replaces is not None and item.replaces in self._conversation and self._chat.editing is None:
            self._chat.edit(item.replaces, draft)
        else:
            self._composer.set_draft(joined([draft, self._composer.draft()]))
        self._chat.drafts.save()
        self._composer.focus_text()

    def edit_last(self) -> bool:
        """Takes the message that was queued last back into the composer; says whether there was one."""
        items = self._chat.queue.of(self._conversation.id)
        if items:
            self.edit(items[-1].id)
        return bool(items)

    def remove(self, item_id: str) -> None:
        """Forgets a message."""
        self._chat.queue.take(self._conversation.id, item_id)
        self._chat.drafts.save()
        self._composer.focus_text()

    def send_first(self) -> None:
        """Sends the first message at the end of the path on screen; the rest follows its answer."""
        item = None if self._chat.busy else self._chat.queue.take_first(self._conversation.id)
        if item is not None:
            self._chat.ask_parts(self._conversation, self._chat.head, item.parts, item.replaces)
            self._chat.drafts.save()

    def _on_ended(self, turn: LiveTurn, answer: Message) -> None:
        conversation = turn.conversation
        if not self._chat.queue.of(conversation.id) or self._chat.is_busy(conversation.id):
            return
        state = EndState.CANCELLED if answer.answer is None else answer.answer.state
        if state is not EndState.COMPLETE:
            self._chat.queue.hold(conversation.id, _REASONS.get(state, HoldReason.FAILED))
        elif conversation.tip() != answer.id:
            self._chat.queue.hold(conversation.id, HoldReason.ELSEWHERE)
        else:
            self._send_next(conversation, turn.head)

    def _send_next(self, conversation: Conversation, head: ConversationHead) -> None:
        item = self._chat.queue.take_first(conversation.id)
        if item is not None:
            self._chat.ask_parts(conversation, head, item.parts, item.replaces)
            self._chat.drafts.write(conversation.id)

    def _on_busy(self, busy: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        hint = self.tr("Write the next message; it waits for the answer") if busy else self._usual_hint
        self._composer.field.setPlaceholderText(hint)

    def _on_changed(self, conversation_id: str) -> None:
        if conversation_id == self._conversation.id:
            self._show()

    def _show(self) -> None:
        queue = self._chat.queue
        self._bar.show_queue(queue.of(self._conversation.id), queue.held(self._conversation.id))
