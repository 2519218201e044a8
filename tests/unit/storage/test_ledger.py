"""Every call is booked once, for ever, and added up exactly."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.stored import Store, entry, number, opened
from tally.core.events import CallPurpose
from tally.core.failures import StoreError
from tally.core.messages import EndState
from tally.core.money import NOT_BILLED, UNKNOWN_COST, Cost, CostStatus, Price, Total, Totals, Usage, Usd
from tally.core.ports import LedgerEntry
from tally.storage.schema import SLOT_MS

run = asyncio.run
C = "c" * 32
FULL = entry(
    model_returned="claude-sonnet-4-6-20260101",
    state=EndState.CUT,
    purpose=CallPurpose.RETRY,
    usage=Usage(1, 2, 3, 4, 5, 6),
    usage_reported=False,
    price=Price(1, 2, 3, 4),
    cost=Cost(Usd(123_456_789_012_345), CostStatus.LOWER_BOUND, at_most=True),
    server_cost="0.0001",
    first_token_ms=12,
    duration_ms=345,
    http_status=200,
    request_id="req_1",
    simulated=True,
)


@pytest.mark.parametrize(
    "kept", [entry(), FULL, entry(usage=None, price=None, cost=UNKNOWN_COST), entry(cost=NOT_BILLED)]
)
def test_a_row_is_read_back_as_it_was(store: Store, kept: LedgerEntry) -> None:
    run(store.ledger.record([kept]))
    assert run(store.ledger.conversation_entries(C)) == [kept]


def test_a_script_adds_rows_while_the_window_is_open(path: Path) -> None:
    with opened(path) as window, opened(path, owner=False) as script:
        run(script.ledger.record([entry(conversation=None, answer=None, purpose=CallPurpose.SCRIPT)]))
        run(window.ledger.record([entry(8)]))
        for store in (window, script):
            totals = run(store.ledger.totals(C, day=0, month=0, simulated=False))
            assert totals.today.usd == entry().cost.usd * 2
            assert totals.conversation.usd == entry().cost.usd


@pytest.mark.parametrize("statement", ["UPDATE calls SET cost_micro = 0", "DELETE FROM calls"])
def test_rows_can_be_neither_changed_nor_removed(store: Store, path: Path, statement: str) -> None:
    run(store.ledger.record([entry()]))
    with closing(sqlite3.connect(path)) as other, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        other.execute(statement)
    assert run(store.ledger.conversation_entries(C)) == [entry()]


def test_real_and_simulated_calls_are_never_added_together(store: Store) -> None:
    run(store.ledger.record([entry(), entry(8, simulated=True), entry(9, simulated=True)]))
    one, two = Total(exact=4_500_000_000), Total(exact=9_000_000_000)
    assert run(store.ledger.totals(C, day=0, month=0, simulated=False)) == Totals(one, one, one)
    assert run(store.ledger.totals(C, day=0, month=0, simulated=True)) == Totals(two, two, two)


def test_day_and_month_begin_at_the_given_millisecond(store: Store) -> None:
    day, month = 7 * SLOT_MS, 3 * SLOT_MS + 1_234
    moments = [month - 1, month, day - 1, day, day + SLOT_MS]
    run(store.ledger.record([entry(digit, at=at) for digit, at in enumerate(moments)]))
    totals = run(store.ledger.totals(None, day=day, month=month, simulated=False))
    assert totals.conversation == Total()
    assert totals.today.exact == 2 * 4_500_000_000
    assert totals.month.exact == 4 * 4_500_000_000


def test_a_total_beyond_64_bits_is_exact(store: Store) -> None:
    huge = Usd(9_000_000_000_000_000_001)  # just below 2^63 pico-dollars
    run(store.ledger.record([entry(digit, cost=Cost(huge, CostStatus.EXACT)) for digit in range(5)]))
    totals = run(store.ledger.totals(C, day=1_000, month=0, simulated=False))
    assert totals == Totals(*[Total(exact=5 * huge.pico)] * 3)


COSTS = st.one_of(
    st.just(UNKNOWN_COST),
    st.just(NOT_BILLED),
    st.builds(
        Cost,
        st.integers(0, 10**20).map(Usd),
        st.sampled_from([CostStatus.EXACT, CostStatus.ESTIMATED, CostStatus.LOWER_BOUND]),
    ),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4 * SLOT_MS), COSTS, st.booleans()), max_size=12), st.integers(0, 4 * SLOT_MS))
def test_the_kept_sums_are_the_sums_of_the_rows(
    tmp_path_factory: pytest.TempPathFactory, calls: list[tuple[int, Cost, bool]], since: int
) -> None:
    entries = [entry(n, at=at, cost=cost, simulated=demo) for n, (at, cost, demo) in enumerate(calls)]
    with opened(tmp_path_factory.mktemp("sums") / "tally.db") as store:
        run(store.ledger.record(entries))
        for simulated in (False, True):
            totals = run(store.ledger.totals(C, day=since, month=0, simulated=simulated))
            mine = [each for each in entries if each.simulated is simulated]
            expected = Total()
            for each in mine:
                expected = expected.plus(each.cost)
            later = Total()
            for each in mine:
                later = later.plus(each.cost) if each.at >= since else later
            assert totals == Totals(expected, later, expected)


def test_a_hundred_thousand_rows_are_added_up_exactly(store: Store) -> None:
    count = 100_000
    rows = [entry(n, at=n * 1_000, cost=Cost(Usd(n * 7 + 1), CostStatus.EXACT)) for n in range(count)]
    run(store.ledger.record(rows))
    totals = run(store.ledger.totals(C, day=50_000_500, month=0, simulated=False))
    assert totals.conversation.exact == totals.month.exact == sum(n * 7 + 1 for n in range(count))
    assert totals.today.exact == sum(n * 7 + 1 for n in range(50_001, count))


def test_all_rows_of_a_record_are_added_or_none(store: Store) -> None:
    with pytest.raises(StoreError, match="too large"):
        run(store.ledger.record([entry(), entry(8, at=2**63)]))
    assert run(store.ledger.conversation_entries(C)) == []


def test_entries_come_oldest_first(store: Store) -> None:
    run(store.ledger.record([entry(1, at=30), entry(2, at=10), entry(3, at=20)]))
    assert [each.id for each in run(store.ledger.conversation_entries(C))] == [number(2), number(3), number(1)]


def answers(*outputs: int, **changes: object) -> list[LedgerEntry]:
    return [replace(entry(n, at=n, **changes), usage=Usage(10, output)) for n, output in enumerate(outputs, start=1)]


def test_the_typical_answer_is_the_median_from_the_third_on(store: Store) -> None:
    run(store.ledger.record(answers(100, 900)))
    assert run(store.ledger.typical_output("claude-sonnet-4-6")) is None
    run(store.ledger.record(answers(100, 900, 300)))
    assert run(store.ledger.typical_output("claude-sonnet-4-6")) == 300
    assert run(store.ledger.typical_output("claude-haiku-4-5")) is None


def test_only_the_last_fifty_answers_are_typical(store: Store) -> None:
    run(store.ledger.record(answers(*[10_000] * 60, *[5] * 50)))
    assert run(store.ledger.typical_output("claude-sonnet-4-6")) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"simulated": True},
        {"usage_reported": False},
        {"state": EndState.CANCELLED},
        {"purpose": CallPurpose.TOOL_ROUND},
        {"purpose": CallPurpose.SCRIPT},
    ],
)
def test_what_is_no_finished_answer_of_the_user_is_not_typical(store: Store, changes: dict[str, object]) -> None:
    run(store.ledger.record(answers(5, 5, 5, **changes)))
    assert run(store.ledger.typical_output("claude-sonnet-4-6")) is None
