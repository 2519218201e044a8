"""A program that was killed starts again and shows what was there, with what it may have cost."""

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from support.stored import OPTIONS, Store, answer, entry, finished, head, number, open_call, opened, question
from tally.core.messages import EndState, ReasoningPart, TextPart, ToolCallPart
from tally.core.money import UNKNOWN_COST, Cost, CostStatus, Usage, Usd
from tally.core.ports import LedgerEntry

run = asyncio.run
C = "c" * 32

# 1,000 tokens in at 3 dollars and 2 tokens out at 15 dollars per million.
INPUT_PICO, TWO_OUT_PICO = 3_000_000_000, 30_000_000

CHILD = """
import asyncio, itertools, sys
from pathlib import Path
from support.stored import OPTIONS, answer, head, open_call, opened, question
from tally.core.messages import TextPart

async def main(store):
    said = answer()
    await store.history.begin_turn(head(), OPTIONS, question("Hi?"), said, open_call(answer=said.id))
    print("begun", flush=True)
    for count in itertools.count(1):
        await store.history.save_partial(said.id, [TextPart("word " * count * 50)])
        print(count, flush=True)

with opened(Path(sys.argv[1])) as store:
    asyncio.run(main(store))
"""

BUSY_CHILD = """
import asyncio, itertools, sys
from pathlib import Path
from support.stored import OPTIONS, answer, entry, finished, head, number, open_call, opened, question
from tally.core.messages import TextPart

async def main(store):
    parent = None
    for turn in itertools.count():
        asked = question(f"turn {turn}", 2 * turn + 1, parent)
        said = answer(digit=2 * turn + 2, parent=asked.id)
        await store.history.begin_turn(head(), OPTIONS, asked, said, open_call(turn, answer=said.id))
        await store.history.save_partial(said.id, [TextPart("half")])
        print(f"begun {turn}", flush=True)
        await store.history.finish_turn(finished(said, f"whole {turn}"), [entry(turn, answer=said.id)])
        print(f"done {turn}", flush=True)
        parent = said.id

with opened(Path(sys.argv[1])) as store:
    asyncio.run(main(store))
"""


def crashed(store: Store, *parts: object, **call: object) -> tuple[LedgerEntry, Cost]:
    """Begins a turn, saves these parts, and recovers as after a crash."""
    said = answer()
    run(store.history.begin_turn(head(), OPTIONS, question("Hi?"), said, open_call(answer=said.id, **call)))
    if parts:
        run(store.history.save_partial(said.id, parts))
    assert run(store.history.recover()) == 1
    [row] = run(store.ledger.conversation_entries(C))
    kept = run(store.history.load(C)).message(said.id)
    assert kept.answer is not None
    assert kept.answer.state is row.state is EndState.INTERRUPTED
    assert kept.answer.cost == row.cost
    assert kept.parts == parts
    return row, row.cost


def test_a_partial_answer_is_booked_by_estimate(store: Store) -> None:
    row, cost = crashed(store, TextPart("12345678"))
    assert row.usage == Usage(1_000, 2)
    assert not row.usage_reported
    assert cost == Cost(Usd(INPUT_PICO + TWO_OUT_PICO), CostStatus.ESTIMATED)


def test_reasoning_and_tool_arguments_are_output_too(store: Store) -> None:
    row, _ = crashed(store, ReasoningPart("1234567"), ToolCallPart("id", "f", "{}", {}))
    assert row.usage == Usage(1_000, 3)


def test_hidden_thinking_makes_it_a_lower_bound(store: Store) -> None:
    _, cost = crashed(store, TextPart("12345678"), hidden_thinking=True)
    assert cost.status is CostStatus.LOWER_BOUND


def test_a_call_of_which_nothing_came_may_still_be_billed(store: Store) -> None:
    row, cost = crashed(store)
    assert row.usage == Usage(1_000, 0)
    assert cost == Cost(Usd(INPUT_PICO), CostStatus.ESTIMATED)


@pytest.mark.parametrize("unknown", [{"price": None}, {"usage": None}])
def test_an_unknown_price_stays_unknown(store: Store, unknown: dict[str, None]) -> None:
    _, cost = crashed(store, TextPart("12345678"), **unknown)
    assert cost == UNKNOWN_COST


def test_a_demo_call_stays_simulated(store: Store) -> None:
    row, _ = crashed(store, TextPart("12345678"), simulated=True)
    assert row.simulated


def test_what_came_before_the_crash_is_found_by_searching(store: Store) -> None:
    crashed(store, TextPart("photosynthesis"))
    assert len(run(store.history.search("synthesis"))) == 1


def test_finished_turns_are_left_alone(store: Store) -> None:
    said = answer()
    run(store.history.begin_turn(head(), OPTIONS, question("Hi?"), said, open_call(answer=said.id)))
    done = finished(said, "Hello.")
    run(store.history.finish_turn(done, [entry()]))
    assert run(store.history.recover()) == 0
    assert run(store.history.load(C)).message(said.id) == done
    assert run(store.ledger.conversation_entries(C)) == [entry()]


def test_recovering_twice_books_once(store: Store) -> None:
    crashed(store, TextPart("12345678"))
    assert run(store.history.recover()) == 0
    assert len(run(store.ledger.conversation_entries(C))) == 1


def test_a_call_whose_answer_was_removed_is_booked_all_the_same(store: Store) -> None:
    said = answer()
    run(store.history.begin_turn(head(), OPTIONS, question("Hi?"), said, open_call(answer=said.id)))
    run(store.history.remove_messages(C, [said.id]))
    assert run(store.history.recover()) == 0
    assert [row.state for row in run(store.ledger.conversation_entries(C))] == [EndState.INTERRUPTED]


def test_a_streaming_answer_without_its_call_is_marked_and_keeps_its_words(store: Store) -> None:
    run(store.history.save_head(head(), OPTIONS))
    run(store.history.save_message(C, question("Hi?")))
    run(store.history.save_message(C, answer(TextPart("half"))))
    assert run(store.history.recover()) == 1
    kept = run(store.history.load(C)).message(number(2))
    assert kept.answer == replace(answer().answer, state=EndState.INTERRUPTED, requests=1)
    assert kept.text == "half"


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter")
@pytest.mark.parametrize("seed", range(6))
def test_nothing_that_was_saved_is_lost_when_the_process_is_killed(path: Path, seed: int) -> None:
    reported = killed_after(random.Random(seed).randrange(1, 40), CHILD, path)
    assert reported[0] == "begun"
    last = int(reported[-1]) if len(reported) > 1 else 0

    with opened(path) as store:
        assert run(store.history.recover()) == 1
        kept = run(store.history.load(C)).message(number(2))
        assert kept.answer is not None
        assert kept.answer.state is EndState.INTERRUPTED
        assert kept.text in {"word " * count * 50 for count in (last, last + 1)}
        [row] = run(store.ledger.conversation_entries(C))
        assert row.usage == Usage(1_000, len(kept.text) // 4)
        assert run(store.history.heads())[0].estimated == row.cost.usd.pico
        assert store.database.notice == ""
    assert sound(path)


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter")
@pytest.mark.parametrize("seed", range(6))
def test_every_answer_is_booked_once_whenever_the_process_is_killed(path: Path, seed: int) -> None:
    reported = killed_after(random.Random(seed).randrange(1, 60), BUSY_CHILD, path)
    begun = 1 + max(int(line.split()[1]) for line in reported)
    done = sum(line.startswith("done") for line in reported)
    with opened(path) as store:
        run(store.history.recover())
        answers = [message for message in run(store.history.load(C)).path() if message.answer is not None]
        rows = run(store.ledger.conversation_entries(C))
        assert begun <= len(answers) <= begun + 1
        assert sorted(row.answer or "" for row in rows) == sorted(message.id for message in answers)
        for turn, message in enumerate(answers):
            assert message.answer is not None
            finished_in_time = message.answer.state is EndState.COMPLETE
            assert finished_in_time or turn >= done
            assert message.text == (f"whole {turn}" if finished_in_time else message.text)
        total = sum(row.cost.usd.pico for row in rows if row.cost.usd)
        assert run(store.history.heads())[0].cost == total
        run(store.database.write(lambda c: c.execute("INSERT INTO found_text (found_text) VALUES ('integrity-check')")))
    assert sound(path)


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as other:
        return bool(other.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def killed_after(lines: int, script: str, path: Path) -> list[str]:
    """Runs a process until it has said so many lines, kills it, and returns all it has said."""
    child = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True, cwd=_tests())
    assert child.stdout is not None
    with child.stdout as output:
        reported = [output.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        # What it still managed to say before the signal came was done as well.
        reported += output.read().splitlines(keepends=True)
    child.wait()
    return [line.strip() for line in reported if line.endswith("\n")]


def _tests() -> Path:
    return Path(__file__).resolve().parents[2]
