"""Small values for tests of what is kept: a history with a ledger on a real file, messages, calls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tally.core.conversation import ConversationHead, ConversationOptions
from tally.core.events import CallPurpose
from tally.core.messages import AnswerInfo, EndState, Message, Part, Role, TextPart
from tally.core.money import Price, Usage, cost_of
from tally.core.ports import LedgerEntry, OpenCall
from tally.storage.database import Database
from tally.storage.history import SqliteHistory
from tally.storage.ledger import SqliteLedger

PRICE = Price.per_million("3", "15")


def four_letters_a_token(text: str, _model: str) -> int:
    """A tokenizer for tests."""
    return len(text) // 4


@dataclass(frozen=True)
class Store:
    """History and ledger on one open file."""

    database: Database
    history: SqliteHistory
    ledger: SqliteLedger


@contextmanager
def opened(path: Path, *, owner: bool = True) -> Iterator[Store]:
    """Opens a file and closes it afterwards."""
    database = Database.open(path, owner=owner)
    try:
        yield Store(database, SqliteHistory(database, four_letters_a_token), SqliteLedger(database))
    finally:
        assert database.close(), "the database did not close in time"


def number(digit: int) -> str:
    """An id."""
    return f"{digit:032x}"


def head(conversation: str = "c" * 32, **changes: Any) -> ConversationHead:
    """A conversation."""
    return replace(ConversationHead(conversation, "A title", created=1_000, updated=1_000), **changes)


def question(text: str, digit: int = 1, parent: str | None = None) -> Message:
    """What a user asks."""
    return Message(number(digit), parent, Role.USER, (TextPart(text),), created=1_000 + digit)


def answer(*parts: Part, digit: int = 2, parent: str | None = number(1), **info: Any) -> Message:
    """What a model says; streaming unless told otherwise."""
    facts = replace(AnswerInfo(model="claude-sonnet-4-6", state=EndState.STREAMING), **info)
    return Message(number(digit), parent, Role.ASSISTANT, parts, created=1_000 + digit, answer=facts)


def finished(message: Message, text: str, state: EndState = EndState.COMPLETE) -> Message:
    """An answer with its words and its end."""
    assert message.answer is not None
    return replace(message, parts=(TextPart(text),), answer=replace(message.answer, state=state))


def entry(digit: int = 7, **changes: Any) -> LedgerEntry:
    """A call: 1,000 tokens in, 100 out, reported, 0.0045 dollars."""
    usage = Usage(uncached=1_000, output=100)
    whole = LedgerEntry(
        id=number(digit),
        at=1_000,
        conversation="c" * 32,
        answer=number(2),
        host="gateway.test",
        model_asked="claude-sonnet-4-6",
        model_key="claude-sonnet-4-6",
        model_returned=None,
        purpose=CallPurpose.CHAT,
        state=EndState.COMPLETE,
        usage=usage,
        usage_reported=True,
        price=PRICE,
        cost=cost_of(usage, PRICE),
    )
    return replace(whole, **changes)


def open_call(digit: int = 7, *, hidden_thinking: bool = False, **changes: Any) -> OpenCall:
    """A call about to be made: 1,000 tokens in by estimate."""
    facts = {"usage": Usage(uncached=1_000, output=0), "usage_reported": False, "state": EndState.STREAMING} | changes
    return OpenCall(entry(digit, **facts), hidden_thinking)


OPTIONS = ConversationOptions(model="claude-sonnet-4-6")
