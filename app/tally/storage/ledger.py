"""The ledger: every call that left the program, added up."""

import sqlite3
from collections.abc import Sequence

from tally.core.money import Total, Totals
from tally.core.ports import LedgerEntry
from tally.storage.database import Database
from tally.storage.ledger_rows import entry_of, insert_calls, total_of
from tally.storage.schema import SLOT_MS

_SLOTS = """
    SELECT sum(exact_micro) AS exact_micro, sum(exact_pico) AS exact_pico, sum(estimated_micro) AS estimated_micro,
           sum(estimated_pico) AS estimated_pico, sum(unknown) AS unknown
    FROM spent_by_slot WHERE simulated = ? AND slot >= ?
"""
_ROWS = """
    SELECT sum(iif(status = 'exact', cost_micro, 0)) AS exact_micro,
           sum(iif(status = 'exact', cost_pico, 0)) AS exact_pico,
           sum(iif(status IN ('estimated', 'lower_bound'), cost_micro, 0)) AS estimated_micro,
           sum(iif(status IN ('estimated', 'lower_bound'), cost_pico, 0)) AS estimated_pico,
           sum(status = 'unknown') AS unknown
    FROM calls WHERE simulated = ? AND at >= ? AND at < ?
"""
_OUTPUTS = """
    SELECT output FROM calls
    WHERE model_key = ? AND usage_reported = 1 AND simulated = 0 AND output IS NOT NULL
      AND state IN ('complete', 'length') AND purpose NOT IN ('tool_round', 'script')
    ORDER BY at DESC LIMIT 50
"""
_FEWEST_OUTPUTS = 3


class SqliteLedger:
    """`core.ports.Ledger` in the database of the history."""

    def __init__(self, database: Database) -> None:
        """Uses an open database."""
        self._database = database

    async def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Adds rows; all of them or none."""
        await self._database.write(lambda connection: insert_calls(connection, entries))

    async def totals(self, conversation: str | None, *, day: int, month: int, simulated: bool) -> Totals:
        """Sums of a conversation, and since two moments (Unix ms); real calls or simulated ones, never both."""

        def work(connection: sqlite3.Connection) -> Totals:
            return Totals(
                _of_conversation(connection, conversation, simulated=simulated),
                _since(connection, day, simulated=simulated),
                _since(connection, month, simulated=simulated),
            )

        return await self._database.read(work)

    async def conversation_entries(self, conversation: str) -> list[LedgerEntry]:
        """The rows of one conversation, oldest first; also of one that was deleted."""
        query = "SELECT * FROM calls WHERE conversation = ? ORDER BY at, rowid"
        return await self._database.read(
            lambda connection: [entry_of(row) for row in connection.execute(query, (conversation,))]
        )

    async def typical_output(self, model_key: str) -> int | None:
        """The median of the last 50 reported answer lengths in tokens; None before the third answer.

        Answers that ended by themselves or at `max_tokens` count; tool rounds, scripts and the demo do not.
        """

        def work(connection: sqlite3.Connection) -> int | None:
            outputs = sorted(row["output"] for row in connection.execute(_OUTPUTS, (model_key,)))
            return outputs[len(outputs) // 2] if len(outputs) >= _FEWEST_OUTPUTS else None

        return await self._database.read(work)


def _of_conversation(connection: sqlite3.Connection, conversation: str | None, *, simulated: bool) -> Total:
    query = "SELECT * FROM spent_by_conversation WHERE conversation = ? AND simulated = ?"
    return total_of(connection.execute(query, (conversation, simulated)).fetchone())


def _since(connection: sqlite3.Connection, moment: int, *, simulated: bool) -> Total:
    """Whole slots from their sums; where the moment lies within a slot, that slot's rest row by row."""
    first = -(-moment // SLOT_MS)
    total = total_of(connection.execute(_SLOTS, (simulated, first)).fetchone())
    if first * SLOT_MS != moment:
        total += total_of(connection.execute(_ROWS, (simulated, moment, first * SLOT_MS)).fetchone())
    return total
