"""What the buttons of a message do. Nothing is destroyed: edits and new answers become siblings, deletion has undo."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from tally.core.conversation import Conversation, ConversationHead
from tally.core.messages import ImagePart, Message, Role, TextPart
from tally.core.ports import Clock, Draft, Services
from tally.gui.chat_controller import ChatController
from tally.gui.composer.composer import Composer
from tally.gui.conversation.view import ConversationView
from tally.runtime.backend import Backend

CONTINUE_TAIL = 200
"""Characters of a cut answer that are quoted when it is to be continued (protocol.md 1.2)."""


class MessageActions(QObject):
    """Carries out what the view asks for, on the conversation on screen. While it is being answered most of it waits.

    Signals:
        failed(object): a `Failure` of the store.
        deleted(int): so many messages were removed; `undo_delete` brings them back.
        details_wanted(object): the `Message` whose details are to be shown.
        copied(): something went to the clipboard.
    """

    failed = Signal(object)
    deleted = Signal(int)
    details_wanted = Signal(object)
    copied = Signal()

    def __init__(
        self,
        backend: Backend,
        chat: ChatController,
        view: ConversationView,
        composer: Composer,
        clock: Clock,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._chat = chat
        self._composer = composer
        self._clock = clock
        self._removed: tuple[Conversation, tuple[Message, ...]] | None = None
        self._actions: dict[str, Callable[[str], None]] = {
            "edit": self.edit,
            "regenerate": self.regenerate,
            "retry": self.regenerate,
            "continue": self.continue_answer,
            "branch": self.branch,
            "delete": self.delete,
            "details": self._show_details,
            "retry_without_image": self.retry_without_images,
            "copied": lambda _: self.copied.emit(),
        }
        view.action_wanted.connect(self._on_action)
        view.sibling_wanted.connect(self.show_sibling)
        composer.editing_cancelled.connect(self.cancel_editing)

    @property
    def _conversation(self) -> Conversation:
        return self._chat.conversation

    def _write(self, work: Callable[[Services], Awaitable[None]]) -> None:
        self._backend.ask(work).then(_ignore, self.failed.emit)

    def _on_action(self, action: str, message_id: str) -> None:
        act = self._actions.get(action)
        if act is not None and message_id in self._conversation:
            act(message_id)

    def regenerate(self, message_id: str, model_id: str | None = None) -> None:
        """Asks the question of an answer again, perhaps of another model; the old answer stays as a sibling."""
        message = self._conversation.message(message_id)
        question_id = message.parent if message.role is Role.ASSISTANT else message.id
        if self._chat.busy or question_id is None:
            return
        self._chat.ask_again(question_id, model_id)

    def edit(self, message_id: str) -> None:
        """Puts a question into the composer; sending it makes a sibling."""
        message = self._conversation.message(message_id)
        if self._chat.busy or message.role is not Role.USER:
            return
        self._chat.save_draft()
        self._chat.edit(message_id)
        parts = tuple(part for part in message.parts if not isinstance(part, TextPart))
        self._composer.set_draft(Draft(message.text, parts))
        self._composer.focus_text()
        self._chat.content_changed.emit()

    def edit_last(self) -> None:
        """Puts the last question into the composer."""
        questions = [message for message in self._conversation.path() if message.role is Role.USER]
        if questions:
            self.edit(questions[-1].id)

    def cancel_editing(self) -> None:
        """Leaves the question as it is and brings the draft back."""
        if self._chat.editing is not None:
            self._chat.edit(None)
            self._chat.restore_draft()
            self._chat.content_changed.emit()

    def continue_answer(self, message_id: str) -> None:
        """Asks the model to go on with an answer that was cut (a user turn; newer models refuse a prefill)."""
        message = self._conversation.message(message_id)
        if self._chat.busy:
            return
        tail = message.text[-CONTINUE_TAIL:]
        words = f"Your previous response was interrupted and ended with “{tail}”. Continue from there."
        question = Message(self._clock.new_id(), message.id, Role.USER, (TextPart(words),), self._clock.now_ms())
        self._chat.ask(question)

    def retry_without_images(self, message_id: str) -> None:
        """Asks again without the pictures of the question; later turns leave them out too."""
        message = self._conversation.message(message_id)
        question_id = message.parent if message.role is Role.ASSISTANT else message.id
        if self._chat.busy or question_id is None:
            return
        for earlier in self._conversation.path_to(question_id):
            if earlier.images:
                self._exclude_images(earlier)
        self.regenerate(message_id)

    def _exclude_images(self, message: Message) -> None:
        parts = tuple(replace(part, excluded=True) if isinstance(part, ImagePart) else part for part in message.parts)
        changed = replace(message, parts=parts)
        self._conversation.replace(changed)
        conversation_id = self._conversation.id
        self._write(lambda services: services.history.save_message(conversation_id, changed))

    def show_sibling(self, message_id: str, step: int) -> None:
        """Shows the next or previous version of a message."""
        siblings = self._conversation.siblings(message_id)
        index = siblings.index(message_id) + step
        if not 0 <= index < len(siblings):
            return
        self._conversation.choose(siblings[index])
        self._chat.save_choice()
        self._chat.refresh(keep_position=True)
        self._chat.content_changed.emit()

    def delete(self, message_id: str) -> None:
        """Removes a message and all that follows it; `undo_delete` brings them back."""
        if self._chat.busy:
            return
        conversation = self._conversation
        removed = conversation.remove(message_id)
        self._removed = (conversation, removed)
        ids = [message.id for message in removed]
        self._write(lambda services: services.history.remove_messages(conversation.id, ids))
        self._chat.save_choice()
        self._chat.refresh(keep_position=True)
        self._chat.content_changed.emit()
        self.deleted.emit(len(removed))

    def undo_delete(self) -> None:
        """Puts the messages removed last back where they were."""
        if self._removed is None:
            return
        conversation, removed = self._removed
        self._removed = None
        conversation.restore(removed)
        self._write(lambda services: services.history.restore_messages(conversation.id, removed))
        if conversation is self._conversation:
            self._chat.save_choice()
            self._chat.refresh(keep_position=True)
            self._chat.content_changed.emit()

    def branch(self, message_id: str) -> None:
        """Copies the path up to a message into a new conversation and shows that."""
        copy = Conversation(self._clock.new_id(), options=self._conversation.options)
        parent: str | None = None
        for message in self._conversation.path_to(message_id):
            twin = replace(message, id=self._clock.new_id(), parent=parent)
            copy.add(twin)
            parent = twin.id
        now = self._clock.now_ms()
        head = ConversationHead(
            copy.id, self._chat.head.title, now, now, messages=len(copy), simulated=self._chat.head.simulated
        )

        async def save(services: Services) -> None:
            await services.history.save_head(head, copy.options)
            for message in copy.messages():
                await services.history.save_message(copy.id, message)
            await services.history.choose(copy.id, copy.chosen())

        self._write(save)
        self._chat.adopt(copy, head)

    def _show_details(self, message_id: str) -> None:
        self.details_wanted.emit(self._conversation.message(message_id))


def _ignore(_: object) -> None:
    """The success of a write needs no word."""
