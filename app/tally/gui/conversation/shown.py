"""What the controller hands to the conversation view."""

from dataclasses import dataclass
from enum import StrEnum

from tally.core.messages import Message


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on the path.

    Attributes:
        message: the message.
        index: its place among its siblings, from 0.
        siblings: how many share its parent, itself included.
    """

    message: Message
    index: int = 0
    siblings: int = 1


class NoticeKind(StrEnum):
    """How loud a notice is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Notice:
    """One line about an answer: what happened, what can be done.

    Attributes:
        kind: how loud.
        text: one sentence; plain text.
        actions: (id, label) of what can be done; "retry_now" and "stop" have signals of their own.
        details: the technical rest, folded away; plain text.
    """

    kind: NoticeKind
    text: str
    actions: tuple[tuple[str, str], ...] = ()
    details: str = ""
