"""Puts right what a killed program left: answers that were still streaming, and calls that were never booked.

Run only by the holder of the instance lock: elsewhere another window's answer may really be streaming.
"""

import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace

from tally.core.messages import AnswerInfo, EndState, Message, ReasoningPart, TextPart, ToolCallPart
from tally.core.money import UNKNOWN_COST, Cost, CostStatus, cost_of
from tally.core.ports import LedgerEntry, OpenCall
from tally.storage.codec import decode_record
from tally.storage.ledger_rows import insert_calls
from tally.storage.message_rows import message_of, put_message
from tally.storage.records import RecordError

_log = logging.getLogger(__name__)

EstimateOutput = Callable[[str, str], int]
"""Tokens of an answer's words (text, model id)."""


def recover(connection: sqlite3.Connection, estimate: EstimateOutput) -> int:
    """Closes what was left open.

    Every call that had begun is booked: its input estimated before it was sent, its output from the words that came.
    Nothing received does not mean nothing billed.

    Returns:
        How many answers were still streaming.
    """
    calls = {row["answer"]: _call(row["call"]) for row in connection.execute("SELECT * FROM open_calls")}
    rows = connection.execute("SELECT * FROM messages WHERE streaming = 1").fetchall()
    for row in rows:
        message = message_of(row)
        call = calls.pop(message.id, None)
        entry = None if call is None else _booked(call, message, estimate)
        info = message.answer or AnswerInfo(model="" if entry is None else entry.model_asked, state=EndState.STREAMING)
        cost = info.cost if entry is None else entry.cost
        info = replace(info, state=EndState.INTERRUPTED, cost=cost, requests=max(1, info.requests))
        put_message(connection, row["conversation"], replace(message, answer=info))
        if entry is not None:
            insert_calls(connection, [entry])
    # Their answers were removed while they were running; the money may be gone all the same.
    insert_calls(connection, [_booked(call, None, estimate) for call in calls.values() if call is not None])
    connection.execute("DELETE FROM open_calls")
    return len(rows)


def _call(text: str) -> OpenCall | None:
    try:
        return decode_record(OpenCall, text)
    except RecordError as error:
        _log.warning("a call that was left open cannot be read: %s", error)
        return None


def _booked(call: OpenCall, message: Message | None, estimate: EstimateOutput) -> LedgerEntry:
    entry = replace(call.entry, state=EndState.INTERRUPTED)
    if entry.usage is None:
        return replace(entry, cost=UNKNOWN_COST, usage_reported=False)
    words = "" if message is None else _words(message)
    usage = replace(entry.usage, output=estimate(words, entry.model_asked) if words else 0)
    return replace(entry, usage=usage, usage_reported=False, cost=_cost(call, replace(entry, usage=usage)))


def _cost(call: OpenCall, entry: LedgerEntry) -> Cost:
    status = CostStatus.LOWER_BOUND if call.hidden_thinking else CostStatus.ESTIMATED
    return UNKNOWN_COST if entry.usage is None else cost_of(entry.usage, entry.price, status)


def _words(message: Message) -> str:
    """Everything the model wrote, reasoning and arguments of calls included: all of it is output."""
    words: list[str] = []
    for part in message.parts:
        match part:
            case TextPart() | ReasoningPart():
                words.append(part.text)
            case ToolCallPart():
                words += [part.name, part.raw]
            case _:
                pass
    return "\n".join(words)
