"""Ledger entries ⇄ rows of the table `calls`, and sums of its amounts."""

import sqlite3
from collections.abc import Sequence

from tally.core.events import CallPurpose
from tally.core.messages import EndState
from tally.core.money import Cost, CostStatus, Price, Total, Usage, Usd
from tally.core.ports import LedgerEntry
from tally.storage.codec import decode_record, encode_record, storable

_PICO_PER_MICRO = 10**6
_COLUMNS = (
    "id", "at", "conversation", "answer", "host", "model_asked", "model_key", "model_returned", "purpose", "state",
    "usage", "output", "usage_reported", "price", "status", "cost_micro", "cost_pico", "at_most", "server_cost",
    "first_token_ms", "duration_ms", "http_status", "request_id", "simulated",
)  # fmt: skip
_INSERT = (
    f"INSERT INTO calls ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "  # noqa: S608  constants
    "ON CONFLICT (id) DO NOTHING"
)


def insert_calls(connection: sqlite3.Connection, entries: Sequence[LedgerEntry]) -> None:
    """Adds rows; the triggers of `schema.py` add them to the sums. An entry that is there already stays as it is."""
    connection.executemany(_INSERT, [_values(entry) for entry in entries])


def _values(entry: LedgerEntry) -> tuple[object, ...]:
    # A cost without an amount is unknown whatever its status says: better than not to keep the row.
    usd = None if entry.cost.status is CostStatus.UNKNOWN else entry.cost.usd
    status = CostStatus.UNKNOWN if usd is None else entry.cost.status
    micro, pico = (None, None) if usd is None else divmod(usd.pico, _PICO_PER_MICRO)
    return (
        entry.id,
        entry.at,
        entry.conversation,
        entry.answer,
        storable(entry.host),
        storable(entry.model_asked),
        storable(entry.model_key),
        _storable(entry.model_returned),
        entry.purpose.value,
        entry.state.value,
        None if entry.usage is None else encode_record(entry.usage),
        None if entry.usage is None else entry.usage.output,
        entry.usage_reported,
        None if entry.price is None else encode_record(entry.price),
        status.value,
        micro,
        pico,
        entry.cost.at_most,
        _storable(entry.server_cost),
        entry.first_token_ms,
        entry.duration_ms,
        entry.http_status,
        _storable(entry.request_id),
        entry.simulated,
    )


def _storable(text: str | None) -> str | None:
    return None if text is None else storable(text)


def entry_of(row: sqlite3.Row) -> LedgerEntry:
    """The entry of a whole row."""
    usd = None if row["cost_micro"] is None else Usd(row["cost_micro"] * _PICO_PER_MICRO + row["cost_pico"])
    return LedgerEntry(
        id=row["id"],
        at=row["at"],
        conversation=row["conversation"],
        answer=row["answer"],
        host=row["host"],
        model_asked=row["model_asked"],
        model_key=row["model_key"],
        model_returned=row["model_returned"],
        purpose=CallPurpose(row["purpose"]),
        state=EndState(row["state"]),
        usage=None if row["usage"] is None else decode_record(Usage, row["usage"]),
        usage_reported=bool(row["usage_reported"]),
        price=None if row["price"] is None else decode_record(Price, row["price"]),
        cost=Cost(usd, CostStatus(row["status"]), bool(row["at_most"])),
        server_cost=row["server_cost"],
        first_token_ms=row["first_token_ms"],
        duration_ms=row["duration_ms"],
        http_status=row["http_status"],
        request_id=row["request_id"],
        simulated=bool(row["simulated"]),
    )


def total_of(row: sqlite3.Row | None) -> Total:
    """The total of a row that holds the five sums; nothing spent for no row or a sum over no rows."""
    if row is None or row["exact_micro"] is None:
        return Total()
    return Total(
        row["exact_micro"] * _PICO_PER_MICRO + row["exact_pico"],
        row["estimated_micro"] * _PICO_PER_MICRO + row["estimated_pico"],
        row["unknown"],
    )
