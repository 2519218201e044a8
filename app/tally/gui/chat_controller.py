"""What the window makes of a conversation: which one is open, what is asked, what the view shows of it.

Turns run in `LiveTurns` whichever conversation is on screen; the tree they write into is the one that is shown.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from tally.core.conversation import Conversation, ConversationHead, ConversationOptions, title_from
from tally.core.events import ReasoningDelta, TextDelta
from tally.core.messages import AnswerInfo, EndState, Message, Part, Role, TextPart
from tally.core.ports import Clock, Draft, Services
from tally.gui.composer.composer import Composer
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.view import ConversationView
from tally.gui.live_turns import LiveTurns
from tally.gui.state import AppState
from tally.gui.turn_notices import TurnNotices
from tally.runtime.backend import Backend

DRAFT_DELAY_MS = 800
"""A draft is kept this long after the last keystroke."""


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
    """

    opened = Signal(str)
    busy_changed = Signal(bool)
    head_changed = Signal(object)
    options_changed = Signal(object)
    content_changed = Signal()
    answered = Signal(object)
    failed = Signal(object)

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
        self._positions: dict[str, object] = {}
        self._conversation = Conversation(clock.new_id(), options=self._fresh_options())
        self._head = self._fresh_head()
        self._draft_timer = QTimer(self)
        self._draft_timer.setSingleShot(True)
        self._draft_timer.setInterval(DRAFT_DELAY_MS)
        self._draft_timer.timeout.connect(self.save_draft)
        self._connect()

    def _connect(self) -> None:
        self._composer.changed.connect(self._draft_timer.start)
        self._composer.submitted.connect(self.send)
        self._composer.stop_wanted.connect(self.stop)
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
        self.edit(None)
        self._notices.clear()
        self.refresh(keep_position=False)
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

    def refresh(self, *, keep_position: bool) -> None:
        """Shows the path of the conversation on screen anew."""
        path = [self._shown(message) for message in self._conversation.path()]
        self._view.show_path(path, keep_position=keep_position)

    def edit(self, message_id: str | None) -> None:
        """The composer will replace a question by a sibling from now on; None ends that."""
        self._editing = message_id
        self._composer.set_editing(message_id is not None)

    def adopt(self, conversation: Conversation, head: ConversationHead) -> None:
        """Shows a conversation that was made just now."""
        self._wanted = conversation.id
        self._show(conversation, head)
        self.head_changed.emit(head)

    def save_choice(self) -> None:
        """Keeps which path is on screen."""
        conversation_id, chosen = self._conversation.id, self._conversation.chosen()
        self._write(lambda services: services.history.choose(conversation_id, chosen))

    def _write(self, work: Callable[[Services], Awaitable[None]]) -> None:
        self._backend.ask(work).then(_ignore, self.failed.emit)

    # Drafts

    def _draft_key(self) -> str:
        return self._conversation.id if len(self._conversation) else ""

    def save_draft(self) -> None:
        """Keeps what stands in the composer."""
        self._draft_timer.stop()
        if self._editing is None:
            key, draft = self._draft_key(), self._composer.draft()
            self._write(lambda services: services.history.save_draft(key, draft))

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
        self.edit(None)
        self._composer.clear()
        self._write(lambda services: services.history.save_draft(draft_key, Draft()))
        self.ask(question)

    def ask(self, question: Message) -> None:
        """Asks a question whose parent is in the tree on screen."""
        if not self._head.title:
            self._head = replace(self._head, title=title_from(question), simulated=self._state.simulated)
        history = self._conversation.path_to(question.parent)
        self._conversation.add(question)
        self._start(history, question, self._conversation.options)

    def ask_again(self, question_id: str, model_id: str | None = None) -> None:
        """Asks a question of the tree once more, perhaps of another model; its answers stay as siblings."""
        options = self._conversation.options
        self._conversation.choose(question_id)
        path = self._conversation.path_to(question_id)
        self._start(path, None, options if model_id is None else replace(options, model=model_id))

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
        self.refresh(keep_position=question is None)
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
        self._write(lambda services: services.history.save_head(head, options))


def _ignore(_: object) -> None:
    """The success of a write needs no word."""
