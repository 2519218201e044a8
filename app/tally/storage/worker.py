"""One thread that does one thing after another, and that a program can always leave.

`ThreadPoolExecutor` would do but for its end: the interpreter joins its threads on exit, so that a keyring prompt
nobody answers, or a disk that hangs, keeps the process alive. This thread is a daemon and `close` has a time limit.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, TypeVar

from tally.storage.errors import store_error

T = TypeVar("T")
_CLOSED = "Tally is closing; nothing more can be saved."


class Worker:
    """Runs callables in the order they were given, on one thread that starts with the first of them."""

    def __init__(self, name: str) -> None:
        """Prepares the worker.

        Args:
            name: of the thread, for stack dumps.
        """
        self._name = name
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._guard = threading.Lock()

    def submit(self, work: Callable[[], T]) -> "Future[T]":
        """Puts work in the queue.

        Raises:
            StoreError: the worker is closed.
        """
        future: Future[T] = Future()

        def run() -> None:
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001  it is raised where the result is awaited
                future.set_exception(error)
            else:
                future.set_result(result)

        with self._guard:
            if self._closed:
                raise store_error(_CLOSED)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name=self._name, daemon=True)
                self._thread.start()
            self._queue.put(run)
        return future

    async def run(self, work: Callable[[], T]) -> T:
        """Runs work on the thread and waits for its result.

        Cancelling the waiting task does not take the work out of the queue: what was given to be saved is saved.
        """
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[T] = loop.create_future()

        def deliver(done: "Future[T]") -> None:
            if waiting.done():
                return
            error = done.exception()
            if error is not None:
                waiting.set_exception(error)
            else:
                waiting.set_result(done.result())

        def hand_over(done: "Future[T]") -> None:
            # The loop may have ended while the work was running; then nobody waits for the result.
            if not loop.is_closed():
                try:
                    loop.call_soon_threadsafe(deliver, done)
                except RuntimeError:
                    return

        self.submit(work).add_done_callback(hand_over)
        return await waiting

    def call(self, work: Callable[[], T]) -> T:
        """Runs work on the thread and blocks until it is done; for start-up and the end, never on the loop."""
        return self.submit(work).result()

    def close(self, timeout_s: float, last: Callable[[], Any] | None = None) -> bool:
        """Finishes what is queued, then `last`, and ends the thread.

        Args:
            timeout_s: how long to wait for it.
            last: work that must come after everything else.

        Returns:
            Whether the thread has ended in time; if not, it dies with the process.
        """
        with self._guard:
            if not self._closed:
                self._closed = True
                if last is not None:
                    self._queue.put(last)
                self._queue.put(None)
        if self._thread is None:
            if last is not None:
                last()
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while (work := self._queue.get()) is not None:
            work()
