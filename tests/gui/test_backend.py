"""The one crossing between threads: nothing lost, nothing twice, nothing late, and a bounded end."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from support.scripted import (
    MemoryHistory,
    MemoryLearnings,
    ScriptedProvider,
    SteppingClock,
    StubImages,
    Wait,
)
from tally.core.catalog import ModelInfo
from tally.core.conversation import ConversationHead, ConversationOptions
from tally.core.events import CallReport, RequestStarted, StreamEnded, TextDelta, TurnEnded, TurnStarted
from tally.core.failures import Failure, FailureKind, StoreError
from tally.core.messages import EndState, Message, Role, TextPart
from tally.core.money import Price, Usage
from tally.core.params import GenerationParams
from tally.core.ports import Services
from tally.core.settings import Connection
from tally.core.turn import TurnRequest
from tally.runtime.backend import Backend

QUESTION = Message("q", None, Role.USER, (TextPart("Hi"),), 1)
END = StreamEnded(CallReport(1, None, EndState.COMPLETE, usage=Usage(uncached=1, output=1)))


def services_with(provider: ScriptedProvider) -> Services:
    return Services(
        provider=provider,
        history=MemoryHistory(),
        ledger=None,  # type: ignore[arg-type]  not asked here
        secrets=None,  # type: ignore[arg-type]  not asked here
        images=StubImages(),
        learnings=MemoryLearnings(),
        clock=SteppingClock(),
        save_settings=None,  # type: ignore[arg-type]  not asked here
        start_demo=None,  # type: ignore[arg-type]  not asked here
    )


def request(answer_id: str = "a") -> TurnRequest:
    return TurnRequest(
        head=ConversationHead("c", "t", 1, 1),
        options=ConversationOptions(),
        history=(),
        question=QUESTION,
        answer_id=answer_id,
        connection=Connection(base_url="http://127.0.0.1:1/v1"),
        model=ModelInfo("m", "m", price=Price.per_million("1", "1")),
        model_key="m",
        params=GenerationParams(),
    )


class Running:
    """A backend over a script."""

    def __init__(self, *script) -> None:
        self.provider = ScriptedProvider(script)
        self.closed = 0
        self.failure: Exception | None = None
        self.backend = Backend(self._build, self._close)

    async def _build(self) -> Services:
        if self.failure is not None:
            raise self.failure
        return services_with(self.provider)

    async def _close(self, _: Services) -> None:
        self.closed += 1


@pytest.fixture
def running() -> Iterator[Running]:
    made = Running(RequestStarted(1), TextDelta("x"), END)
    yield made
    made.backend.stop()
    made.backend.deleteLater()


def test_five_hundred_turns_lose_no_event_and_end_exactly_once_each(qtbot, running):
    running.backend.start()
    events: dict[str, list[object]] = {}
    handles = []
    for number in range(500):
        handle = running.backend.prepare_turn(request(f"a{number}"))
        handle.updated.connect(lambda event, name=f"a{number}": events.setdefault(name, []).append(event))
        handle.start()
        handles.append(handle)
    qtbot.waitUntil(lambda: all(handle.ended for handle in handles), timeout=20_000)
    qtbot.waitUntil(lambda: all(isinstance(seen[-1], TurnEnded) for seen in events.values()))
    assert len(events) == 500
    for seen in events.values():
        assert [type(event) for event in seen] == [TurnStarted, RequestStarted, TextDelta, TurnEnded]


def test_events_arrive_in_the_gui_thread_and_later_than_start_returns(qtbot, running):
    running.backend.start()
    threads: list[threading.Thread] = []
    handle = running.backend.prepare_turn(request())
    handle.updated.connect(lambda _: threads.append(threading.current_thread()))
    handle.start()
    assert threads == []
    qtbot.waitUntil(lambda: handle.ended and len(threads) == 4)
    assert set(threads) == {threading.main_thread()}


def test_stop_pressed_the_moment_a_turn_was_started_still_ends_it(qtbot, running):
    running.backend.start()
    ends: list[TurnEnded] = []
    handle = running.backend.prepare_turn(request())
    handle.updated.connect(lambda event: ends.append(event) if isinstance(event, TurnEnded) else None)
    handle.start()
    handle.cancel()
    qtbot.waitUntil(lambda: bool(ends))
    assert ends[0].answer.answer.state in {EndState.CANCELLED, EndState.COMPLETE}


def test_stop_reaches_only_its_own_turn(qtbot):
    wait = Wait(asyncio.Event())
    running = Running(RequestStarted(1), TextDelta("x"), wait)
    running.backend.start()
    ended: dict[str, EndState] = {}

    def note(event: object) -> None:
        if isinstance(event, TurnEnded):
            ended[event.answer.id] = event.answer.answer.state

    one, other = running.backend.prepare_turn(request("one")), running.backend.prepare_turn(request("other"))
    for handle in (one, other):
        handle.updated.connect(note)
        handle.start()
    one.cancel()
    qtbot.waitUntil(lambda: "one" in ended)
    assert ended == {"one": EndState.CANCELLED}
    assert not other.ended
    assert running.backend.stop()
    running.backend.deleteLater()


def test_stopping_the_backend_lets_running_turns_save_and_closes_the_services_once(qtbot):
    wait = Wait(asyncio.Event())
    running = Running(RequestStarted(1), TextDelta("so far"), wait)
    running.backend.start()
    started: list[object] = []
    handle = running.backend.prepare_turn(request())
    handle.updated.connect(started.append)
    handle.start()
    qtbot.waitUntil(lambda: any(isinstance(event, TextDelta) for event in started))
    assert running.backend.stop()
    assert running.backend.stop()
    assert running.closed == 1
    assert running.provider.closed == 1
    running.backend.deleteLater()


def test_an_answer_to_a_question_and_a_failure_come_by_different_signals(qtbot, running):
    running.backend.start()
    failure = Failure(FailureKind.STORAGE, "The disk is full.")
    got: list[object] = []
    wrong: list[object] = []

    async def fails(_: Services) -> None:
        raise StoreError(failure)

    async def gives_a_failure(_: Services) -> Failure:
        return failure

    running.backend.ask(fails).then(got.append, wrong.append)
    running.backend.ask(gives_a_failure).then(got.append, wrong.append)
    qtbot.waitUntil(lambda: bool(got and wrong))
    assert (got, wrong) == ([failure], [failure])


def test_a_bug_in_a_question_is_an_internal_failure(qtbot, running, logged_errors):
    running.backend.start()
    wrong: list[Failure] = []

    async def broken(_: Services) -> None:
        raise KeyError("oops")

    running.backend.ask(broken).then(lambda _: None, wrong.append)
    qtbot.waitUntil(lambda: bool(wrong))
    assert wrong[0].kind is FailureKind.INTERNAL
    assert logged_errors


def test_when_the_services_cannot_be_built_every_turn_and_question_says_why(qtbot):
    running = Running()
    running.failure = StoreError(Failure(FailureKind.STORAGE, "The folder is read-only."))
    running.backend.start()
    wrong: list[Failure] = []
    ends: list[TurnEnded] = []

    async def nothing(_: Services) -> None:
        return None

    running.backend.ask(nothing).then(lambda _: None, wrong.append)
    handle = running.backend.prepare_turn(replace(request(), history=()))
    handle.updated.connect(ends.append)
    handle.start()
    qtbot.waitUntil(lambda: bool(wrong and ends))
    assert wrong[0].message == ends[0].answer.answer.failure.message == "The folder is read-only."
    assert running.backend.stop()
    running.backend.deleteLater()


def test_a_bug_while_the_services_are_built_ends_every_turn_as_well(qtbot, logged_errors):
    running = Running()
    running.failure = RuntimeError("oops")
    running.backend.start()
    ends: list[TurnEnded] = []
    handle = running.backend.prepare_turn(request())
    handle.updated.connect(ends.append)
    handle.start()
    qtbot.waitUntil(lambda: bool(ends))
    assert ends[0].answer.answer.failure.kind is FailureKind.INTERNAL
    assert logged_errors
    assert running.backend.stop()
    running.backend.deleteLater()


def test_what_is_asked_last_is_still_done_when_the_backend_stops(qtbot, running):
    running.backend.start()
    ready: list[object] = []

    async def nothing(_: Services) -> None:
        return None

    running.backend.ask(nothing).then(ready.append)
    qtbot.waitUntil(lambda: bool(ready))
    done = threading.Event()

    async def last(_: Services) -> None:
        await asyncio.sleep(0)
        done.set()

    running.backend.ask(last)
    assert running.backend.stop()
    assert done.is_set()


def test_what_is_asked_before_the_services_are_built_is_done_when_the_backend_stops_at_once(qtbot):
    building, done = threading.Event(), threading.Event()
    running = Running()
    build = running.backend._build

    async def slowly() -> Services:
        building.set()
        await asyncio.to_thread(threading.Event().wait, 0.1)
        return await build()

    running.backend._build = slowly
    running.backend.start()

    async def last(_: Services) -> None:
        done.set()

    running.backend.ask(last)
    assert building.wait(5)
    assert running.backend.stop()
    assert done.is_set()
    assert running.closed == 1
    running.backend.deleteLater()


def test_a_wait_that_nobody_can_end_does_not_keep_the_program(qtbot, running):
    running.backend.start()

    async def for_ever(_: Services) -> None:
        await asyncio.Event().wait()

    running.backend.ask(for_ever)
    assert running.backend.stop()
