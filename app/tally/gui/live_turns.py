"""The turns that are running, whichever conversation is on screen."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from tally.core.conversation import Conversation, ConversationHead
from tally.core.events import (
    ReasoningDelta,
    Repaired,
    RequestStarted,
    RetryScheduled,
    StillWaiting,
    TextDelta,
    TurnEnded,
    TurnEvent,
    TurnStarted,
)
from tally.core.failures import FailureKind
from tally.core.messages import Message, ReasoningPart, TextPart
from tally.runtime.backend import Backend, TurnHandle

if TYPE_CHECKING:  # asyncio is not wanted before the first paint
    from tally.core.turn import TurnRequest


@dataclass(slots=True)
class LiveTurn:
    """One running turn.

    Attributes:
        handle: stops it.
        conversation: the tree it writes into.
        head: the conversation's entry in the list as it was when the turn began.
        answer: the empty answer it began with.
        question: the id of the question that it is to save; None when that was there already.
        begun: question and empty answer are on the disk.
        text: what has arrived.
        reasoning: likewise.
    """

    handle: TurnHandle
    conversation: Conversation
    head: ConversationHead
    answer: Message
    question: str | None = None
    begun: bool = False
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)

    def message(self) -> Message:
        """The answer with what has arrived so far."""
        reasoning, text = "".join(self.reasoning), "".join(self.text)
        parts = ((ReasoningPart(reasoning),) if reasoning else ()) + ((TextPart(text),) if text else ())
        return replace(self.answer, parts=parts)


class LiveTurns(QObject):
    """Starts turns, gathers what arrives, tells who listens.

    What the disk refused to keep of a conversation goes to it once more with the conversation's next turn.

    Signals:
        text(str, str): answer id, more text.
        reasoning(str, str): answer id, more reasoning.
        progressed(str, object): answer id and `RequestStarted`, `RetryScheduled`, `Repaired` or `StillWaiting`.
        ended(object, object): the `LiveTurn` and the finished answer, which is in the tree already.
    """

    text = Signal(str, str)
    reasoning = Signal(str, str)
    progressed = Signal(str, object)
    ended = Signal(object, object)

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._turns: dict[str, LiveTurn] = {}
        self._unsaved: dict[str, list[str]] = {}

    def start(self, request: "TurnRequest", conversation: Conversation, answer: Message) -> None:
        """Runs a turn whose empty answer is in the tree already."""
        waiting = [each for each in self._unsaved.get(conversation.id, ()) if each in conversation]
        request = replace(request, unsaved=tuple(map(conversation.message, waiting)))
        handle = self._backend.prepare_turn(request)
        question = request.question.id if request.question is not None else None
        turn = LiveTurn(handle, conversation, request.head, answer, question)
        self._turns[answer.id] = turn
        handle.updated.connect(lambda event: self._on_event(turn, event))
        handle.start()

    def _on_event(self, turn: LiveTurn, event: TurnEvent) -> None:
        answer_id = turn.answer.id
        if isinstance(event, TextDelta):
            turn.text.append(event.text)
            self.text.emit(answer_id, event.text)
        elif isinstance(event, ReasoningDelta):
            turn.reasoning.append(event.text)
            self.reasoning.emit(answer_id, event.text)
        elif isinstance(event, RequestStarted | RetryScheduled | Repaired | StillWaiting):
            self.progressed.emit(answer_id, event)
        elif isinstance(event, TurnStarted):
            turn.begun = True
            self._unsaved.pop(turn.conversation.id, None)
        elif isinstance(event, TurnEnded):
            del self._turns[answer_id]
            if answer_id in turn.conversation:
                turn.conversation.replace(event.answer)
            self._note_unsaved(turn, event.answer)
            self.ended.emit(turn, event.answer)

    def _note_unsaved(self, turn: LiveTurn, answer: Message) -> None:
        failure = answer.answer.failure if answer.answer is not None else None
        refused = [] if turn.begun or turn.question is None else [turn.question]
        if not turn.begun or (failure is not None and failure.kind is FailureKind.STORAGE):
            refused.append(answer.id)
        if refused:
            self._unsaved.setdefault(turn.conversation.id, []).extend(refused)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The tree of a conversation that has running turns; None when it has none."""
        return next(
            (turn.conversation for turn in self._turns.values() if turn.conversation.id == conversation_id), None
        )

    def refresh(self, conversation: Conversation) -> None:
        """Puts what has arrived so far into the tree, before it is shown again."""
        for turn in self.of(conversation.id):
            if turn.answer.id in conversation:
                conversation.replace(turn.message())

    def of(self, conversation_id: str) -> list[LiveTurn]:
        """The running turns of a conversation."""
        return [turn for turn in self._turns.values() if turn.conversation.id == conversation_id]

    def __len__(self) -> int:
        return len(self._turns)

    def stop(self, conversation_id: str) -> None:
        """Stops every turn of a conversation."""
        for turn in self.of(conversation_id):
            turn.handle.cancel()

    def stop_answer(self, answer_id: str) -> None:
        """Stops one turn."""
        if answer_id in self._turns:
            self._turns[answer_id].handle.cancel()

    def retry_now(self, answer_id: str) -> None:
        """Cuts the pause before a retry short."""
        if answer_id in self._turns:
            self._turns[answer_id].handle.retry_now()
