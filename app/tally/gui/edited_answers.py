"""An answer whose words the person has changed: a version of its own, which cost nothing."""

from tally.core.messages import AnswerInfo, EndState, Message, Part, Role
from tally.core.money import NOT_BILLED


def edited_answer(original: Message, parts: tuple[Part, ...], message_id: str, now_ms: int) -> Message:
    """The new version.

    Args:
        original: the answer as the model gave it, or an edited one.
        parts: the new words.
        message_id: of the new version.
        now_ms: Unix time in milliseconds.
    """
    was = original.answer
    info = AnswerInfo(
        was.model if was is not None else "",
        EndState.COMPLETE,
        cost=NOT_BILLED,
        simulated=was is not None and was.simulated,
    )
    return Message(message_id, original.parent, Role.ASSISTANT, parts, now_ms, info, edited=True)
