"""From a question of the tree to what a turn needs."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tally.core.conversation import Conversation, ConversationHead, ConversationOptions
from tally.core.messages import AnswerInfo, EndState, Message, Role
from tally.core.ports import Clock
from tally.gui.state import AppState

if TYPE_CHECKING:
    from tally.core.turn import TurnRequest


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked where.

    Attributes:
        conversation: whose own options are kept with it.
        head: its entry in the list.
        history: the path up to the question; it ends with the question itself when that is asked again.
        question: a new question; None when an old one is asked again.
        options: model and parameters of this turn.
    """

    conversation: Conversation
    head: ConversationHead
    history: tuple[Message, ...]
    question: Message | None
    options: ConversationOptions

    @property
    def parent(self) -> Message:
        """The message that the answer follows."""
        return self.history[-1] if self.question is None else self.question


def empty_answer(asked: Asked, state: AppState, clock: Clock) -> Message:
    """The answer of a turn before it begins."""
    model = state.model(asked.options.model)
    return Message(
        id=clock.new_id(),
        parent=asked.parent.id,
        role=Role.ASSISTANT,
        parts=(),
        created=clock.now_ms(),
        answer=AnswerInfo(model.id, EndState.STREAMING, simulated=state.simulated),
    )


def turn_request(asked: Asked, answer: Message, state: AppState) -> "TurnRequest":
    """Everything a turn needs.

    Args:
        asked: what is asked where.
        answer: the empty answer.
        state: which gateway, which catalog, whether `user` is sent.
    """
    from tally.core.turn import TurnRequest  # noqa: PLC0415  asyncio is not wanted before the first paint

    model = state.model(asked.options.model)
    params = asked.options.params
    if params.user is None and state.settings.send_user:
        params = replace(params, user=state.settings.installation_id)
    return TurnRequest(
        head=asked.head,
        options=asked.conversation.options,
        history=asked.history,
        question=asked.question,
        answer_id=answer.id,
        connection=state.connection,
        model=model,
        model_key=state.catalog.key(model.id),
        params=params,
        simulated=state.simulated,
    )
