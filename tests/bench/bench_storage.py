"""What is kept, when there is a lot of it: against the plain SQL, or the plain reading, that does the same."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import cycle
from pathlib import Path
from typing import Any

from support.stored import OPTIONS, answer, entry, finished, head, number, open_call, opened, question
from tally.core.messages import TextPart
from tally.storage.codec import encode_parts
from tally.storage.database import Database
from tally.storage.ledger_rows import insert_calls
from tally.storage.message_rows import put_message

CALLS = 1_000_000
CONVERSATIONS = 2_000
MESSAGES = 10_000
ROUNDS = 15
C = "c" * 32
# A year of calls, one every half minute or so; "today" and "this month" are the end of it.
BEGIN_MS, STEP_MS = 1_700_000_000_000, 31_536
END_MS = BEGIN_MS + CALLS * STEP_MS
DAY_MS = 86_400_000
PARAGRAPH = "The quick brown fox considers consistency, availability and 分断耐性 before it jumps. "

_FILL = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
    INSERT INTO calls SELECT printf('%032x', i + 1000), ? + i * ?, printf('%032x', i % ?), NULL, host, model_asked,
        model_key, model_returned, purpose, state, usage, output, usage_reported, price, status, cost_micro + i % 997,
        i % 1000000, at_most, server_cost, first_token_ms, duration_ms, http_status, request_id, simulated
    FROM n, (SELECT * FROM calls LIMIT 1)
"""
_PLAIN_SUM = "SELECT sum(cost_micro), sum(cost_pico) FROM calls WHERE at >= ? AND simulated = 0"


def milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median time of the work."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) * 1_000)
    return statistics.median(times)


def figure(name: str, value: float, baseline: float | None) -> dict[str, Any]:
    """One line of the report, in milliseconds."""
    ratio = None if baseline is None else round(value / baseline, 3)
    return {
        "name": name,
        "value": round(value, 3),
        "unit": "ms",
        "baseline": None if baseline is None else round(baseline, 3),
        "ratio": ratio,
    }


def _fill_ledger(connection: sqlite3.Connection) -> None:
    insert_calls(connection, [entry()])
    connection.execute(_FILL, (CALLS, BEGIN_MS, STEP_MS, CONVERSATIONS))


def ledger(folder: Path) -> Iterator[dict[str, Any]]:
    """Sums over a million calls, and opening the file that holds them."""
    path = folder / "ledger.db"
    with opened(path) as store, asyncio.Runner() as runner:
        runner.run(store.database.write(_fill_ledger))
        day, month = END_MS - DAY_MS // 2, END_MS - 30 * DAY_MS

        def sums() -> None:
            runner.run(store.ledger.totals(number(7), day=day, month=month, simulated=False))

        with closing(sqlite3.connect(path)) as plain:

            def add_up() -> None:
                for since in (day, month):
                    plain.execute(_PLAIN_SUM, (since,)).fetchone()

            yield figure("ledger.sum_1m_rows", milliseconds(sums), milliseconds(add_up))
        rows = iter([entry(number, at=END_MS) for number in range(10, 10 + ROUNDS)])
        yield figure(
            "ledger.record_1m_rows_ms", milliseconds(lambda: runner.run(store.ledger.record([next(rows)]))), None
        )
    yield figure("database.open_1m_rows_ms", milliseconds(lambda: Database.open(path, owner=True).close()), None)


def _fill_conversation(connection: sqlite3.Connection) -> None:
    parent = None
    for digit in range(1, MESSAGES, 2):
        put_message(connection, C, question(f"{digit} {PARAGRAPH}", digit, parent))
        said = finished(answer(digit=digit + 1, parent=number(digit), usage=entry().usage), PARAGRAPH * 10)
        put_message(connection, C, said)
        parent = said.id


def history(folder: Path) -> Iterator[dict[str, Any]]:
    """A conversation of ten thousand messages, and an answer of 20,000 characters that is saved as it grows."""
    path = folder / "history.db"
    with opened(path) as store, asyncio.Runner() as runner, closing(sqlite3.connect(path)) as plain:
        runner.run(store.history.save_head(head(), OPTIONS))
        runner.run(store.database.write(_fill_conversation))

        def read() -> None:
            for parts, info in plain.execute("SELECT parts, answer FROM messages ORDER BY seq"):
                json.loads(parts)
                json.loads(info or "null")

        yield figure(
            "history.open_10k_ms", milliseconds(lambda: runner.run(store.history.load(C)), 5), milliseconds(read, 5)
        )
        yield figure(
            "history.search_10k_ms", milliseconds(lambda: runner.run(store.history.search("fox 分断耐性"))), None
        )
        yield figure("history.search_short_10k_ms", milliseconds(lambda: runner.run(store.history.search("猫"))), None)
        yield figure("history.heads_ms", milliseconds(lambda: runner.run(store.history.heads())), None)

        said = answer(digit=MESSAGES + 1, parent=None)
        runner.run(store.history.begin_turn(head(), OPTIONS, None, said, open_call(answer=said.id)))
        # Another text each time: SQLite notices when nothing changes.
        texts = cycle([[TextPart(PARAGRAPH * 240)], [TextPart(PARAGRAPH * 241)]])
        saved = milliseconds(lambda: runner.run(store.history.save_partial(said.id, next(texts))), 60)
        plain.execute("PRAGMA synchronous = NORMAL")

        def save() -> None:
            with plain:
                plain.execute("UPDATE messages SET parts = ? WHERE id = ?", (encode_parts(next(texts)), said.id))

        yield figure("history.save_partial_ms", saved, milliseconds(save, 60))


def benchmarks() -> Iterator[dict[str, Any]]:
    """All figures."""
    with tempfile.TemporaryDirectory() as folder:
        yield from ledger(Path(folder))
        yield from history(Path(folder))
