"""What the buttons of a message do. Nothing is destroyed: edits and new answers become siblings, deletion has undo."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from tally.core.conversation import Conversation, ConversationHead, ConversationOptions
from tally.core.messages import EndState, ImagePart, Message, Part, Role, TextPart
from tally.core.ports import Clock, Draft, Services
from tally.gui.chat_controller import ChatController
from tally.gui.conversation.view import ConversationView
from tally.gui.edited_answers import edited_answer
from tally.gui.refused_images import refused_images
from tally.runtime.backend import Backend

CONTINUE_TAIL = 200
"""Characters of a cut answer that are quoted when it is to be continued (protocol.md 1.2)."""

_AFFORDABLE = re.compile(r"afford (\d+)")
"""Gateways that know the balance say how long an answer it would pay for."""


class MessageActions(QObject):
    """Carries out what the view asks for, on the conversation on screen. While it is being answered most of it waits.

    Signals:
        failed(object): a `Failure` of the store.
        refused(str): one sentence: why it is not done now.
        deleted(int): so many messages were removed; `undo_delete` brings them back.
        details_wanted(object): the `Message` whose details are to be shown.
        model_wanted(object): the answer (a `Message`) whose question is to be asked again, of a model to be chosen.
        settings_wanted(): the settings are to be opened where the gateway is set.
        copied(): something went to the clipboard.
    """

    failed = Signal(object)
    refused = Signal(str)
    deleted = Signal(int)
    details_wanted = Signal(object)
    model_wanted = Signal(object)
    settings_wanted = Signal()
    copied = Signal()

    def __init__(
        self,
        backend: Backend,
        chat: ChatController,
        view: ConversationView,
        clock: Clock,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._chat = chat
        self._view = view
        self._clock = clock
        self._removed: tuple[str, tuple[Message, ...], dict[str, str]] | None = None
        self._actions: dict[str, Callable[[str], None]] = {
            "edit": self.edit,
            "regenerate": self.regenerate,
            "regenerate_with": self.choose_model,
            "retry": self.regenerate,
            "retry_smaller": self.retry_smaller,
            "change_model": self.choose_model,
            "continue": self.continue_answer,
            "shorten": self._edit_question,
            "branch": self.branch,
            "delete": self.delete,
            "details": self._show_details,
            "retry_without_image": self.retry_without_images,
            "remove_image": self.retry_without_images,
            "open_settings": lambda _: self.settings_wanted.emit(),
            "copied": lambda _: self.copied.emit(),
        }
        view.action_wanted.connect(self._on_action)
        view.sibling_wanted.connect(self.show_sibling)
        chat.reworded.connect(self._keep_edited)

    @property
    def _conversation(self) -> Conversation:
        return self._chat.conversation

    def _write(self, work: Callable[[Services], Awaitable[None]]) -> None:
        self._backend.ask(work).then(_ignore, self.failed.emit)

    def _on_action(self, action: str, message_id: str) -> None:
        act = self._actions.get(action)
        if act is not None and message_id in self._conversation:
            act(message_id)

    def _must_wait(self) -> bool:
        """Whether an answer is being written; then it is said that this must wait."""
        if self._chat.busy:
            self.refused.emit(self.tr("An answer is being written. Wait for its end, or stop it first."))
        return self._chat.busy

    def _changed(self) -> None:
        """Another path is to be on screen."""
        self._chat.save_choice()
        self._chat.refresh(keep_position=True)
        self._chat.content_changed.emit()

    # Asking again

    def question_of(self, message_id: str) -> str | None:
        """The question that a message answers, or the message itself if it is one."""
        message = self._conversation.message(message_id)
        return message.parent if message.role is Role.ASSISTANT else message.id

    def regenerate(self, message_id: str, options: ConversationOptions | None = None) -> None:
        """Asks the question of an answer again; the old answer stays as a sibling.

        Args:
            message_id: the answer, or the question itself.
            options: another model or other parameters for this once; those of the conversation when None.
        """
        question_id = self.question_of(message_id)
        if question_id is not None and not self._must_wait():
            self._chat.ask_again(question_id, options)

    def choose_model(self, message_id: str) -> None:
        """Lets the person choose the model that answers the question again."""
        if self.question_of(message_id) is not None and not self._must_wait():
            self.model_wanted.emit(self._conversation.message(message_id))

    def retry_smaller(self, message_id: str) -> None:
        """Asks again for an answer that the balance may suffice for: the length the server names, else half."""
        options = self._chat.options
        answer = self._conversation.message(message_id).answer
        named = (
            _AFFORDABLE.search(answer.failure.message) if answer is not None and answer.failure is not None else None
        )
        limit = int(named[1]) if named is not None else options.params.max_tokens // 2
        self.regenerate(message_id, replace(options, params=replace(options.params, max_tokens=max(1, limit))))

    def continue_answer(self, message_id: str) -> None:
        """Asks the model to go on with an answer that was cut (a user turn; newer models refuse a prefill)."""
        message = self._conversation.message(message_id)
        if self._must_wait():
            return
        tail = message.text[-CONTINUE_TAIL:]
        words = f"Your previous response was interrupted and ended with “{tail}”. Continue from there."
        self._chat.ask(self._chat.question((TextPart(words),), message.id))

    def retry_without_images(self, message_id: str) -> None:
        """Asks again without the picture that was refused; later turns leave it out too."""
        question_id = self.question_of(message_id)
        if question_id is None or self._must_wait():
            return
        path = self._conversation.path_to(question_id)
        answer = self._conversation.message(message_id).answer
        sentence = answer.failure.message if answer is not None and answer.failure is not None else ""
        refused = set(refused_images(path, sentence))
        for message in path:
            if refused.intersection(message.images):
                self._exclude(message, refused)
        self.regenerate(message_id)

    def _exclude(self, message: Message, refused: set[ImagePart]) -> None:
        parts = tuple(
            replace(part, excluded=True) if isinstance(part, ImagePart) and part in refused else part
            for part in message.parts
        )
        changed = replace(message, parts=parts)
        self._conversation.replace(changed)
        conversation_id = self._conversation.id
        self._write(lambda services: services.history.save_message(conversation_id, changed))

    # Editing

    def edit(self, message_id: str) -> None:
        """Puts a message into the composer; sending it makes a sibling, of an answer without asking the model."""
        message = self._conversation.message(message_id)
        if self._must_wait():
            return
        attached = message.parts if message.role is Role.USER else ()
        self._chat.edit(message_id, Draft(message.text, tuple(part for part in attached if not _is_text(part))))

    def _edit_question(self, message_id: str) -> None:
        question_id = self.question_of(message_id)
        if question_id is not None:
            self.edit(question_id)

    def _keep_edited(self, parts: tuple[Part, ...]) -> None:
        """Adds an answer in the person's own words beside the model's."""
        edited = self._chat.editing
        if edited is None:
            return
        if not all(_is_text(part) for part in parts):
            self.refused.emit(self.tr("An answer is made of words only. Remove the attachments first."))
            return
        answer = edited_answer(self._conversation.message(edited), parts, self._clock.new_id(), self._clock.now_ms())
        conversation_id = self._conversation.id
        self._chat.stop_editing()
        self._conversation.add(answer)
        self._write(lambda services: services.history.save_message(conversation_id, answer))
        self._show_version(edited, answer.id)

    def edit_last(self) -> None:
        """Puts the last question into the composer."""
        questions = [message for message in self._conversation.path() if message.role is Role.USER]
        if questions:
            self.edit(questions[-1].id)

    # Versions

    def show_sibling(self, message_id: str, step: int) -> None:
        """Shows the next or previous version of a message, where the present one stands on screen."""
        siblings = self._conversation.siblings(message_id)
        index = siblings.index(message_id) + step
        if not 0 <= index < len(siblings):
            return
        self._conversation.choose(siblings[index])
        self._show_version(message_id, siblings[index])

    def _show_version(self, old: str, new: str) -> None:
        """Another version of a message is on the path now: shows it where the old one stood.

        What was read below it belongs to the old version; then the new one is brought on screen.
        """
        place, focused = self._view.position(), self._view.focused_message()
        self._changed()
        if place is not None and place[0] == old:
            self._view.restore((new, place[1]))
        elif place is not None and all(message.id != place[0] for message in self._conversation.path()):
            self._view.scroll_to(new)
        if focused == old:
            self._view.focus_message(new)

    def step_version(self, step: int) -> None:
        """Shows another version of the message with the keyboard's focus, else of the last that has versions."""
        current = self._view.focused_message()
        with_versions = [
            message.id for message in self._conversation.path() if len(self._conversation.siblings(message.id)) > 1
        ]
        if current in with_versions:
            self.show_sibling(current, step)
        elif with_versions:
            self.show_sibling(with_versions[-1], step)

    def branch(self, message_id: str) -> None:
        """Copies the path up to a message into a new conversation and shows that."""
        path = self._conversation.path_to(message_id)
        if any(message.answer is not None and message.answer.state is EndState.STREAMING for message in path):
            self._must_wait()
            return
        copy = Conversation(self._clock.new_id(), options=self._conversation.options)
        parent: str | None = None
        for message in path:
            # No request was made for the copy: its cost belongs to the conversation it came from.
            answer = message.answer and replace(message.answer, requests=0)
            twin = replace(message, id=self._clock.new_id(), parent=parent, answer=answer)
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

    # Deleting

    def delete(self, message_id: str) -> None:
        """Removes a message and all that follows it; `undo_delete` brings them back."""
        if self._must_wait():
            return
        conversation = self._conversation
        chosen = conversation.chosen()
        removed = conversation.remove(message_id)
        self._removed = (conversation.id, removed, chosen)
        ids = [message.id for message in removed]
        if self._chat.editing in ids:
            self._chat.stop_editing()
        self._write(lambda services: services.history.remove_messages(conversation.id, ids))
        self._changed()
        self.deleted.emit(len(removed))

    def undo_delete(self) -> None:
        """Puts the messages removed last back where they were, on screen or not."""
        if self._removed is None:
            return
        conversation_id, removed, chosen = self._removed
        self._removed = None

        async def restore(services: Services) -> None:
            await services.history.restore_messages(conversation_id, removed)
            await services.history.choose(conversation_id, chosen)

        self._write(restore)
        conversation = self._conversation
        parent = removed[0].parent
        if conversation.id == conversation_id and (parent is None or parent in conversation):
            conversation.restore(removed, chosen)
            self._changed()

    def _show_details(self, message_id: str) -> None:
        self.details_wanted.emit(self._conversation.message(message_id))


def _is_text(part: object) -> bool:
    return isinstance(part, TextPart)


def _ignore(_: object) -> None:
    """The success of a write needs no word."""
