"""What the window makes of a conversation: which one is open, what is asked, what the view shows of it.

Turns run in `LiveTurns` whichever conversation is on screen; the tree they write into is the one that is shown.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from tally.core.conversation import Conversation, ConversationHead, ConversationOptions, title_from
from tally.core.messages import Message, Part, Role, TextPart
from tally.core.ports import Clock, Draft, Services
from tally.gui.composer.composer import Composer
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.view import ConversationView
from tally.gui.drafts import NEW, Drafts
from tally.gui.live_turns import LiveTurn, LiveTurns
from tally.gui.message_queue import MessageQueue, Queued
from tally.gui.state import AppState
from tally.gui.turn_display import TurnDisplay
from tally.gui.turn_notices import TurnNotices
from tally.gui.turn_requests import Asked, empty_answer, turn_request
from tally.runtime.backend import Backend


class ChatController(QObject):
    """Drives conversation view and composer.

    Signals:
        opened(str): the id of the conversation on screen is new.
        busy_changed(bool): the conversation on screen began or ceased to be answered.
        head_changed(object): a `ConversationHead` is new or changed.
        options_changed(object): `ConversationOptions` of the conversation on screen.
        content_changed(): something was added to or removed from the path on screen.
        answered(object): a finished `Message`, of any conversation.
        turn_ended(object, object): the `LiveTurn` and its finished `Message`, of any conversation.
        reworded(object): the parts that an answer, `editing`, is to have in a new version.
        failed(object): a `Failure` that belongs to no answer.

    Attributes:
        queue: messages that wait for the end of an answer.
        drafts: what stands in the composer.
    """

    opened = Signal(str)
    busy_changed = Signal(bool)
    head_changed = Signal(object)
    options_changed = Signal(object)
    content_changed = Signal()
    answered = Signal(object)
    turn_ended = Signal(object, object)
    reworded = Signal(object)
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
        self.queue = MessageQueue(self)
        self.drafts = Drafts(backend, composer, self.queue.drafts, self)
        self._turns = LiveTurns(backend, self)
        self._notices = TurnNotices(view, self)
        self._display = TurnDisplay(
            self._turns, view, self._notices, lambda answer_id: answer_id in self.conversation, self
        )
        self._wanted = ""
        self._editing: str | None = None
        self._positions: dict[str, tuple[str, int] | None] = {}
        self._conversation = Conversation(clock.new_id(), options=self._fresh_options())
        self._head = self._fresh_head()
        self._connect()

    def _connect(self) -> None:
        self._composer.submitted.connect(self.send)
        self._composer.stop_wanted.connect(self.stop)
        self._view.retry_now.connect(self._turns.retry_now)
        self._view.stop_wanted.connect(self._turns.stop_answer)
        self._turns.ended.connect(self._on_ended)
        self.drafts.failed.connect(self.failed)

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
        return self.is_busy(self._conversation.id)

    def is_busy(self, conversation_id: str) -> bool:
        """Whether an answer is being written in a conversation, on screen or not."""
        return bool(self._turns.of(conversation_id))

    @property
    def running(self) -> int:
        """How many answers are being written in all conversations."""
        return len(self._turns)

    @property
    def editing(self) -> str | None:
        """The message that the composer will give a sibling: a question, or an answer whose words are changed."""
        return self._editing

    @property
    def asks(self) -> bool:
        """Whether sending asks the model; false while the words of an answer are edited."""
        return self._editing is None or self._conversation.message(self._editing).role is not Role.ASSISTANT

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
        self._wanted = ""
        if not len(self._conversation) and not self.busy:
            self._composer.focus_text()
            return
        self._show(Conversation(self._clock.new_id(), options=self._fresh_options()), None)

    def open(self, head: ConversationHead) -> None:
        """Shows a kept conversation."""
        self._wanted = head.id
        if head.id == self._conversation.id:
            return
        running = self._turns.conversation(head.id)
        if running is not None:
            self._show(running, head)
            return
        reply = self._backend.ask(lambda services: services.history.load(head.id))
        reply.then(lambda conversation: self._on_loaded(conversation, head), self.failed.emit)

    def _on_loaded(self, conversation: Conversation, head: ConversationHead) -> None:
        if self._wanted == head.id:
            # A turn may have begun in it while it was read.
            self._show(self._turns.conversation(head.id) or conversation, head)

    def reopen(self, head: ConversationHead, position: tuple[str, int] | None, otherwise: Callable[[], object]) -> None:
        """Shows the conversation that was on screen when the program ended.

        Args:
            head: its entry in the list.
            position: where the reader was, see `ConversationView.position`.
            otherwise: is called instead when something else was begun by then, or when it cannot be read.
        """
        self._wanted = head.id

        def show(conversation: Conversation) -> None:
            if self._wanted == head.id and not len(self._conversation) and self._composer.draft() == Draft():
                self._positions[head.id] = position
                self._show(conversation, head)
            else:
                otherwise()

        def fail(failure: object) -> None:
            self.failed.emit(failure)
            otherwise()

        self._backend.ask(lambda services: services.history.load(head.id)).then(show, fail)

    def _show(self, conversation: Conversation, head: ConversationHead | None) -> None:
        self._positions[self._conversation.id] = self._view.position()
        self._conversation = conversation
        self._head = head or self._fresh_head()
        self._set_editing(None)
        self.drafts.open(self._draft_key())
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
        self._turns.refresh(self._conversation)
        path = [self._shown(message) for message in self._conversation.path()]
        self._view.show_path(path, keep_position=keep_position)

    def edit(self, message_id: str, draft: Draft) -> None:
        """The composer will give a message a sibling; what stood there comes back when that is done or given up."""
        self.drafts.put_aside(draft)
        self._set_editing(message_id)
        self._composer.focus_text()
        self.content_changed.emit()

    def stop_editing(self) -> None:
        """Leaves the message as it is and brings the draft back."""
        if self._editing is not None:
            self._set_editing(None)
            self.drafts.put_back()
            self.content_changed.emit()

    def _set_editing(self, message_id: str | None) -> None:
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

    def _draft_key(self) -> str:
        return self._conversation.id if len(self._conversation) else NEW

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

    def _parts(self) -> tuple[Part, ...]:
        """What stands in the composer."""
        text = self._composer.text().strip()
        return (*self._composer.parts(), TextPart(text)) if text else self._composer.parts()

    def question(self, parts: tuple[Part, ...], parent: str | None) -> Message:
        """A new question, not yet in the tree."""
        return Message(self._clock.new_id(), parent, Role.USER, parts, self._clock.now_ms())

    def draft_message(self) -> Message:
        """What the composer would send now."""
        base = self.base()
        return self.question(self._parts(), base[-1].id if base else None)

    def send(self) -> None:
        """Asks what stands in the composer; while an answer is being written it waits for the end of that."""
        parts, replaces = self._parts(), self._editing
        if self._composer.is_pending() or not parts:
            return
        if not self.asks:
            self.reworded.emit(parts)
            return
        self._set_editing(None)
        if self.busy:
            self.queue.add(self._conversation.id, Queued(self._clock.new_id(), parts, replaces))
        else:
            self.ask_parts(self._conversation, self._head, parts, replaces)
        self.drafts.sent(self._draft_key())

    def ask_parts(
        self, conversation: Conversation, head: ConversationHead, parts: tuple[Part, ...], replaces: str | None
    ) -> None:
        """Asks a question in any conversation, on screen or not.

        Args:
            conversation: which.
            head: its entry in the list.
            parts: what the question is made of.
            replaces: the question it is a new version of; None puts it at the end of the path.
        """
        if replaces is not None and replaces in conversation:
            parent = conversation.message(replaces).parent
        else:
            parent = conversation.tip()
        self._ask(conversation, head, self.question(parts, parent))

    def ask(self, question: Message) -> None:
        """Asks a question whose parent is in the tree on screen."""
        self._ask(self._conversation, self._head, question)

    def _ask(self, conversation: Conversation, head: ConversationHead, question: Message) -> None:
        if not head.title:
            head = replace(head, title=title_from(question), simulated=self._state.simulated)
        history = conversation.path_to(question.parent)
        conversation.add(question)
        self._start(Asked(conversation, head, history, question, conversation.options))

    def ask_again(self, question_id: str, options: ConversationOptions | None = None) -> None:
        """Asks a question of the tree on screen once more; its answers stay as siblings.

        Args:
            question_id: which.
            options: model and parameters for this once; those of the conversation when None.
        """
        conversation = self._conversation
        conversation.choose(question_id)
        path = conversation.path_to(question_id)
        self._start(Asked(conversation, self._head, path, None, options or conversation.options))

    def _start(self, asked: Asked) -> None:
        conversation = asked.conversation
        on_screen = conversation is self._conversation
        answer = empty_answer(asked, self._state, self._clock)
        conversation.add(answer)
        head = replace(asked.head, updated=answer.created, messages=len(conversation))
        if on_screen:
            self._head = head
        self.head_changed.emit(head)
        request = turn_request(replace(asked, head=head), answer, self._state)
        self._turns.start(request, conversation, answer)
        if on_screen:
            self.refresh(keep_position=asked.question is None)
            self._composer.set_streaming(True)
            self.busy_changed.emit(self.busy)
            self.content_changed.emit()

    def stop(self) -> None:
        """Stops the answers of the conversation on screen."""
        self._turns.stop(self._conversation.id)

    def put_away(self, conversation_id: str) -> None:
        """Stops the answers of a conversation; what waited for their end becomes its draft."""
        self.drafts.absorb(conversation_id)
        self.queue.clear(conversation_id)
        self.drafts.write(conversation_id)
        self._turns.stop(conversation_id)

    def _on_ended(self, turn: LiveTurn, answer: Message) -> None:
        conversation = turn.conversation
        if conversation is self._conversation and answer.id in conversation:
            self._notices.drop(answer.id)
            if any(shown.id == answer.id for shown in conversation.path()):
                self._view.finish(self._shown(answer))
            self._composer.set_streaming(self.busy)
            self.busy_changed.emit(self.busy)
            self.content_changed.emit()
        self.answered.emit(answer)
        self.turn_ended.emit(turn, answer)

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
