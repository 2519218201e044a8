"""Messages to put into a conversation view, and looks at what it makes of them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tally.core.messages import AnswerInfo, EndState, Message, Part, Role, TextPart, Timings
from tally.core.money import Cost, CostStatus, Usage, Usd
from tally.gui.conversation.message_row import MessageRow
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.view import ConversationView

_ids = itertools.count(1)

FINISHED = AnswerInfo(
    "claude-sonnet-4.6",
    EndState.COMPLETE,
    usage=Usage(uncached=310, output=1204),
    cost=Cost(Usd(18_300_000_000), CostStatus.EXACT),
    timings=Timings(first_token_ms=1200, duration_ms=15_500),
)


def question(text: str, *parts: Part) -> Message:
    own = (*parts, TextPart(text)) if text else parts
    return Message(f"{next(_ids):032x}", None, Role.USER, own, 0)


def answer(text: str, info: AnswerInfo = FINISHED, *parts: Part) -> Message:
    own = (*parts, TextPart(text)) if text else parts
    return Message(f"{next(_ids):032x}", None, Role.ASSISTANT, own, 0, info)


def shown(messages: Sequence[Message]) -> list[Shown]:
    return [Shown(message) for message in messages]


def long_path(count: int) -> list[Shown]:
    """Questions and answers in turn, the answers of different lengths."""
    words = "A sentence about number {n} that goes on for a while so that it wraps. "
    return shown(
        [
            question(f"Question {n}?") if n % 2 == 0 else answer("\n\n".join([words.format(n=n) * 4] * (n % 5 + 1)))
            for n in range(count)
        ]
    )


def settle() -> None:
    """Lets everything that was asked for at once happen."""
    for _ in range(5):
        QCoreApplication.sendPostedEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        QApplication.processEvents()  # noqa: TID251  a test must see what the event loop would do


def row(view: ConversationView, index: int) -> MessageRow:
    found = view.live[index]
    assert isinstance(found, MessageRow)
    return found


def words_y(view: ConversationView, index: int, words: str) -> int:
    """Where in the viewport some words of a message stand."""
    for text in row(view, index).texts():
        found = text.document().find(words)
        if not found.isNull():
            return text.viewport().mapTo(view.viewport(), text.cursorRect(found).topLeft()).y()
    raise AssertionError(f"{words!r} is not on screen")
