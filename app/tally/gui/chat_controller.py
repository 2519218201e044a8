"""What the window makes of a conversation: which one is open, what is asked, what the view shows of it.

Turns run in `LiveTurns` whichever conversation is on screen; the tree they write into is the one that is shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from tally.core.conversation import Conversation, ConversationHead, ConversationOptions, title_from
from tally.core.events import ReasoningDelta, TextDelta
from tally.core.failures import Failure
from tally.core.messages import AnswerInfo, EndState, ImagePart, Message, Part, Role, TextPart
from tally.core.ports import Clock, Draft, Services
from tally.gui.composer.composer import Composer
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.view import ConversationView
from tally.gui.live_turns import LiveTurns
from tally.gui.state import AppState
from tally.gui.turn_notices import TurnNotices
from tally.runtime.backend import Backend

CONTINUE_TAIL = 200
"""Characters of a cut answer that are quoted when it is to be continued (protocol.md 1.2)."""


class ChatController(QObject):
    """Drives conversation view and composer.

    Signals:
        opened(str): the id of the conversation on screen is new.
        busy_changed(bool): the conversation on screen began or ceased to be answered.
        head_changed(object): a `ConversationHead` is new or changed.
        options_changed(object): `ConversationOptions` of the conversation on screen.
        content_changed(): something was added to or removed from the path on screen.
        answered(object): a finished `Message`, of any conversation.
        failed(object): a `Failure` that belongs to no answer.
        deleted(int): so many messages were removed; `undo_delete` brings them back.
        details_wanted(object): the `Message` whose details are to be shown.
        copied(): something went to the clipboard.
    """

    opened = Signal(str)
    busy_changed = Signal(bool)
    head_changed = Signal(object)
    options_changed = Signal(object)
    content_changed = Signal()
    answered = Signal(object)
    failed = Signal(object)
    deleted = Signal(int)
    details_wanted = Signal(object)
    copied = Signal()

    def __init__(
        self,
        backend: Backend,
        state: AppState,
        view: ConversationView,
        composer: Composer,
        clock: Clock,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._state = state
        self._view = view
        self._composer = composer
        self._clock = clock
        self._turns = LiveTurns(backend, self)
        self._notices = TurnNotices(view, self)
        self._wanted = ""
        self._editing: str | None = None
        self._removed: tuple[Conversation, tuple[Message, ...]] | None = None
        self._positions: dict[str, object] = {}
        self._conversation = Conversation(clock.new_id(), options=self._fresh_options())
        self._head = self._fresh_head()
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
        self._connect()

    def _connect(self) -> None:
        self._composer.submitted.connect(self.send)
        self._composer.stop_wanted.connect(self.stop)
        self._composer.editing_cancelled.connect(self.cancel_editing)
        self._view.action_wanted.connect(self._on_action)
        self._view.sibling_wanted.connect(self.show_sibling)
        self._view.retry_now.connect(self._turns.retry_now)
        self._view.stop_wanted.connect(self._turns.stop_answer)
        self._turns.text.connect(self._on_text)
        self._turns.reasoning.connect(self._on_reasoning)
        self._turns.progressed.connect(self._on_progress)
        self._turns.ended.connect(self._on_ended)

    # What is on screen

    @property
    def conversation(self) -> Conversation:
        """The tree on screen."""
        return self._conversation

    @property
    def head(self) -> ConversationHead:
        """Its entry in the list."""
        return self._head

    @property
    def options(self) -> ConversationOptions:
        """Its model and parameters."""
        return self._conversation.options

    @property
    def busy(self) -> bool:
        """Whether an answer is being written in it."""
        return bool(self._turns.of(self._conversation.id))

    @property
    def running(self) -> int:
        """How many answers are being written in all conversations."""
        return len(self._turns)

    @property
    def editing(self) -> str | None:
        """The question that the composer will replace by a sibling."""
        return self._editing

    def base(self) -> tuple[Message, ...]:
        """The messages before the one in the composer."""
        if self._editing is not None:
            return self._conversation.path_to(self._conversation.message(self._editing).parent)
        return self._conversation.path()

    def _fresh_options(self) -> ConversationOptions:
        defaults = self._state.settings.defaults
        return replace(defaults, model=self._state.model(defaults.model).id)

    def _fresh_head(self) -> ConversationHead:
        now = self._clock.now_ms()
        return ConversationHead(self._conversation.id, "", now, now, simulated=self._state.simulated)

    def new(self) -> None:
        """Shows an empty conversation; it is not kept before its first question."""
        if not len(self._conversation) and not self.busy:
            self._composer.focus_text()
            return
        conversation = Conversation(self._clock.new_id(), options=self._fresh_options())
        self._wanted = ""
        self._show(conversation, None)
        self._ask_draft("")

    def open(self, head: ConversationHead) -> None:
        """Shows a kept conversation."""
        if head.id == self._conversation.id:
            return
        self._wanted = head.id
        running = self._turns.conversation(head.id)
        if running is not None:
            self._turns.refresh(running)
            self._show(running, head)
            self._ask_draft(head.id)
            return
        reply = self._backend.ask(lambda services: services.history.load(head.id))
        reply.then(lambda conversation: self._on_loaded(conversation, head), self.failed.emit)

    def _on_loaded(self, conversation: Conversation, head: ConversationHead) -> None:
        if self._wanted == head.id:
            self._show(conversation, head)
            self._ask_draft(head.id)

    def _show(self, conversation: Conversation, head: ConversationHead | None) -> None:
        self.save_draft()
        self._positions[self._conversation.id] = self._view.position()
        self._conversation = conversation
        self._head = head or self._fresh_head()
        self._set_editing(None)
        self._notices.clear()
        self._refresh_view(keep_position=False)
        if conversation.id in self._positions:
            self._view.restore(self._positions[conversation.id])
        self._composer.set_streaming(self.busy)
        self.opened.emit(conversation.id)
        self.options_changed.emit(conversation.options)
        self.busy_changed.emit(self.busy)
        self.content_changed.emit()
        self._composer.focus_text()

    def _shown(self, message: Message) -> Shown:
        siblings = self._conversation.siblings(message.id)
        return Shown(message, siblings.index(message.id), len(siblings))

    def _refresh_view(self, *, keep_position: bool) -> None:
        path = [self._shown(message) for message in self._conversation.path()]
        self._view.show_path(path, keep_position=keep_position)

    # Drafts

    def _draft_key(self) -> str:
        return self._conversation.id if len(self._conversation) else ""

    def save_draft(self) -> None:
        """Keeps what stands in the composer."""
        if self._editing is None:
            key, draft = self._draft_key(), self._composer.draft()
            self._backend.ask(lambda services: services.history.save_draft(key, draft)).then(_ignore, self.failed.emit)

    def _ask_draft(self, key: str) -> None:
        self._composer.clear()
        expected = self._conversation.id

        def put(draft: Draft) -> None:
            if self._conversation.id == expected and not self._composer.text() and not self._composer.parts():
                self._composer.set_draft(draft)

        self._backend.ask(lambda services: services.history.draft(key)).then(put, self.failed.emit)

    def restore_draft(self) -> None:
        """Brings back what stood in the composer when the program ended."""
        self._ask_draft(self._draft_key())

    # Asking

    def set_options(self, options: ConversationOptions) -> None:
        """Model or parameters were changed by hand."""
        if options == self._conversation.options:
            return
        self._conversation.options = options
        self.options_changed.emit(options)
        if len(self._conversation):
            self._save_head()

    def set_model(self, model_id: str) -> None:
        """Another model was chosen for the next question."""
        self.set_options(replace(self._conversation.options, model=model_id))

    def draft_message(self) -> Message:
        """What the composer would send now."""
        text = self._composer.text().strip()
        parts: tuple[Part, ...] = self._composer.parts()
        if text:
            parts = (*parts, TextPart(text))
        base = self.base()
        return Message(self._clock.new_id(), base[-1].id if base else None, Role.USER, parts, self._clock.now_ms())

    def send(self) -> None:
        """Asks what stands in the composer."""
        question = self.draft_message()
        if self.busy or self._composer.is_pending() or not question.parts:
            return
        draft_key = self._draft_key()
        self._set_editing(None)
        self._composer.clear()
        self._backend.ask(lambda services: services.history.save_draft(draft_key, Draft()))
        self._ask(question)

    def _ask(self, question: Message) -> None:
        if not self._head.title:
            self._head = replace(self._head, title=title_from(question), simulated=self._state.simulated)
        history = self._conversation.path_to(question.parent)
        self._conversation.add(question)
        self._start(history, question, self._conversation.options)

    def _start(self, history: Sequence[Message], question: Message | None, options: ConversationOptions) -> None:
        from tally.core.turn import TurnRequest  # noqa: PLC0415  asyncio is not wanted before the first paint

        conversation, state = self._conversation, self._state
        model = state.model(options.model)
        parent = question or history[-1]
        answer = Message(
            id=self._clock.new_id(),
            parent=parent.id,
            role=Role.ASSISTANT,
            parts=(),
            created=self._clock.now_ms(),
            answer=AnswerInfo(model.id, EndState.STREAMING, simulated=state.simulated),
        )
        params = options.params
        if params.user is None and state.settings.send_user:
            params = replace(params, user=state.settings.installation_id)
        conversation.add(answer)
        self._head = replace(self._head, updated=answer.created, messages=len(conversation))
        self.head_changed.emit(self._head)
        request = TurnRequest(
            head=self._head,
            options=conversation.options,
            history=tuple(history),
            question=question,
            answer_id=answer.id,
            connection=state.connection,
            model=model,
            model_key=state.catalog.key(model.id),
            params=params,
            simulated=state.simulated,
        )
        self._turns.start(request, conversation, answer)
        self._refresh_view(keep_position=question is None)
        self._composer.set_streaming(True)
        self.busy_changed.emit(self.busy)
        self.content_changed.emit()

    def stop(self) -> None:
        """Stops the answers of the conversation on screen."""
        self._turns.stop(self._conversation.id)

    # What arrives

    def _on_text(self, answer_id: str, text: str) -> None:
        if answer_id in self._conversation:
            self._view.feed(answer_id, text)

    def _on_reasoning(self, answer_id: str, text: str) -> None:
        if answer_id in self._conversation:
            self._view.feed_reasoning(answer_id, text)

    def _on_progress(self, answer_id: str, event: object) -> None:
        if answer_id in self._conversation and not isinstance(event, TextDelta | ReasoningDelta):
            self._notices.show(answer_id, event)

    def _on_ended(self, conversation: Conversation, answer: Message) -> None:
        if conversation is self._conversation and answer.id in conversation:
            self._notices.drop(answer.id)
            if any(shown.id == answer.id for shown in conversation.path()):
                self._view.finish(self._shown(answer))
            self._composer.set_streaming(self.busy)
            self.busy_changed.emit(self.busy)
            self.content_changed.emit()
        self.answered.emit(answer)

    # Actions of a message

    def _on_action(self, action: str, message_id: str) -> None:
        act = self._actions.get(action)
        if act is not None and message_id in self._conversation:
            act(message_id)

    def _options_for(self, model_id: str | None) -> ConversationOptions:
        options = self._conversation.options
        return options if model_id is None else replace(options, model=model_id)

    def regenerate(self, message_id: str, model_id: str | None = None) -> None:
        """Asks the question of an answer again, perhaps of another model; the old answer stays as a sibling."""
        message = self._conversation.message(message_id)
        question_id = message.parent if message.role is Role.ASSISTANT else message.id
        if self.busy or question_id is None:
            return
        self._conversation.choose(question_id)
        self._start(self._conversation.path_to(question_id), None, self._options_for(model_id))

    def edit(self, message_id: str) -> None:
        """Puts a question into the composer; sending it makes a sibling."""
        message = self._conversation.message(message_id)
        if self.busy or message.role is not Role.USER:
            return
        self.save_draft()
        self._set_editing(message_id)
        parts = tuple(part for part in message.parts if not isinstance(part, TextPart))
        self._composer.set_draft(Draft(message.text, parts))
        self._composer.focus_text()
        self.content_changed.emit()

    def edit_last(self) -> None:
        """Puts the last question into the composer."""
        questions = [message for message in self._conversation.path() if message.role is Role.USER]
        if questions:
            self.edit(questions[-1].id)

    def cancel_editing(self) -> None:
        """Leaves the question as it is and brings the draft back."""
        if self._editing is not None:
            self._set_editing(None)
            self._ask_draft(self._draft_key())
            self.content_changed.emit()

    def _set_editing(self, message_id: str | None) -> None:
        self._editing = message_id
        self._composer.set_editing(message_id is not None)

    def continue_answer(self, message_id: str) -> None:
        """Asks the model to go on with an answer that was cut (a user turn; newer models refuse a prefill)."""
        message = self._conversation.message(message_id)
        if self.busy:
            return
        tail = message.text[-CONTINUE_TAIL:]
        words = f"Your previous response was interrupted and ended with “{tail}”. Continue from there."
        question = Message(self._clock.new_id(), message.id, Role.USER, (TextPart(words),), self._clock.now_ms())
        self._ask(question)

    def retry_without_images(self, message_id: str) -> None:
        """Asks again without the pictures of the question; later turns leave them out too."""
        message = self._conversation.message(message_id)
        question_id = message.parent if message.role is Role.ASSISTANT else message.id
        if self.busy or question_id is None:
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
        self._backend.ask(lambda services: services.history.save_message(conversation_id, changed)).then(
            _ignore, self.failed.emit
        )

    def show_sibling(self, message_id: str, step: int) -> None:
        """Shows the next or previous version of a message."""
        siblings = self._conversation.siblings(message_id)
        index = siblings.index(message_id) + step
        if not 0 <= index < len(siblings):
            return
        self._conversation.choose(siblings[index])
        self._save_choice()
        self._refresh_view(keep_position=True)
        self.content_changed.emit()

    def _save_choice(self) -> None:
        conversation_id, chosen = self._conversation.id, self._conversation.chosen()
        self._backend.ask(lambda services: services.history.choose(conversation_id, chosen)).then(
            _ignore, self.failed.emit
        )

    def delete(self, message_id: str) -> None:
        """Removes a message and all that follows it; `undo_delete` brings them back."""
        if self.busy:
            return
        conversation = self._conversation
        removed = conversation.remove(message_id)
        self._removed = (conversation, removed)
        ids = [message.id for message in removed]
        self._backend.ask(lambda services: services.history.remove_messages(conversation.id, ids)).then(
            _ignore, self.failed.emit
        )
        self._save_choice()
        self._refresh_view(keep_position=True)
        self.content_changed.emit()
        self.deleted.emit(len(removed))

    def undo_delete(self) -> None:
        """Puts the messages removed last back where they were."""
        if self._removed is None:
            return
        conversation, removed = self._removed
        self._removed = None
        conversation.restore(removed)
        self._backend.ask(lambda services: services.history.restore_messages(conversation.id, removed)).then(
            _ignore, self.failed.emit
        )
        if conversation is self._conversation:
            self._save_choice()
            self._refresh_view(keep_position=True)
            self.content_changed.emit()

    def branch(self, message_id: str) -> None:
        """Copies the path up to a message into a new conversation and shows that."""
        copy = Conversation(self._clock.new_id(), options=self._conversation.options)
        parent: str | None = None
        for message in self._conversation.path_to(message_id):
            twin = replace(message, id=self._clock.new_id(), parent=parent)
            copy.add(twin)
            parent = twin.id
        now = self._clock.now_ms()
        head = ConversationHead(copy.id, self._head.title, now, now, messages=len(copy), simulated=self._head.simulated)

        async def save(services: Services) -> None:
            await services.history.save_head(head, copy.options)
            for message in copy.messages():
                await services.history.save_message(copy.id, message)
            await services.history.choose(copy.id, copy.chosen())

        self._backend.ask(save).then(_ignore, self.failed.emit)
        self._wanted = copy.id
        self._show(copy, head)
        self.head_changed.emit(head)

    def _show_details(self, message_id: str) -> None:
        self.details_wanted.emit(self._conversation.message(message_id))

    # The conversation's entry in the list

    def rename(self, title: str) -> None:
        """Gives the conversation on screen a title."""
        self._head = replace(self._head, title=title.strip() or self._head.title)
        self.head_changed.emit(self._head)
        if len(self._conversation):
            self._save_head()

    def adopt_head(self, head: ConversationHead) -> None:
        """The list knows something newer of the conversation on screen."""
        if head.id == self._conversation.id:
            self._head = head

    def _save_head(self) -> None:
        head, options = self._head, self._conversation.options
        self._backend.ask(lambda services: services.history.save_head(head, options)).then(_ignore, self.failed.emit)

    def report(self, failure: Failure) -> None:
        """Something went wrong that belongs to no answer."""
        self.failed.emit(failure)


def _ignore(_: object) -> None:
    """The success of a write needs no word."""
