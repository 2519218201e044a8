"""One thing after another, on one thread that a program can always leave."""

import asyncio
import subprocess
import sys
import threading

import pytest

from tally.core.failures import StoreError
from tally.storage.worker import Worker

run = asyncio.run


def test_work_is_done_in_order_on_one_other_thread() -> None:
    worker, seen = Worker("test"), []

    async def work() -> None:
        await asyncio.gather(*(worker.run(lambda n=n: seen.append((n, threading.get_ident()))) for n in range(50)))

    run(work())
    assert [number for number, _ in seen] == list(range(50))
    assert len({thread for _, thread in seen}) == 1
    assert threading.get_ident() not in {thread for _, thread in seen}
    assert worker.close(5)


def test_an_error_is_raised_where_it_is_awaited_and_the_next_work_is_done() -> None:
    worker = Worker("test")
    with pytest.raises(ZeroDivisionError):
        run(worker.run(lambda: 1 // 0))
    assert run(worker.run(lambda: 5)) == worker.call(lambda: 5) == 5
    assert worker.close(5)


def test_cancelling_the_one_who_waits_does_not_drop_the_work() -> None:
    worker, release, done = Worker("test"), threading.Event(), threading.Event()

    async def leave() -> None:
        first = asyncio.ensure_future(worker.run(lambda: release.wait(10)))
        second = asyncio.ensure_future(worker.run(done.set))
        await asyncio.sleep(0)
        second.cancel()
        release.set()
        assert await first
        with pytest.raises(asyncio.CancelledError):
            await second

    run(leave())
    assert worker.close(5)
    assert done.is_set()


def test_a_result_that_comes_after_the_loop_has_ended_harms_nobody() -> None:
    worker, release = Worker("test"), threading.Event()

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.run(lambda: release.wait(10)), 0.01)

    run(leave())
    release.set()
    assert worker.close(5)


def test_closing_does_what_is_queued_then_the_last_thing() -> None:
    worker, seen = Worker("test"), []
    for number in range(3):
        worker.submit(lambda number=number: seen.append(number))
    assert worker.close(5, lambda: seen.append("last"))
    assert seen == [0, 1, 2, "last"]
    with pytest.raises(StoreError, match="closing"):
        worker.submit(lambda: None)


def test_a_worker_that_never_began_still_does_the_last_thing() -> None:
    seen: list[str] = []
    assert Worker("test").close(0, lambda: seen.append("last"))
    assert seen == ["last"]


def test_work_that_never_ends_keeps_neither_close_nor_the_process() -> None:
    script = (
        "import threading; from tally.storage.worker import Worker; worker = Worker('stuck'); "
        "worker.submit(threading.Event().wait); print(worker.close(0.05))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert ended.stdout == "False\n"
