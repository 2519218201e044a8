"""The one thread in which everything waits: an asyncio loop in a QThread.

The set-up is our own instead of `asyncio.run`, because that waits for the default executor at its end, and a stuck
name look-up or keyring prompt would keep the program alive for as long as it lasts.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QThread

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENT = "patient"
"""The name of tasks that are given a moment to finish when the thread ends; others are cancelled at once."""
_PATIENCE_S = 1.0
_IDLE_THREAD_S = 0.2


def name_as_patient() -> None:
    """Makes the running task one that may finish when the thread ends."""
    task = asyncio.current_task()
    if task is not None:
        task.set_name(PATIENT)


class IoThread(QThread):
    """Runs the loop from `start()` to `shutdown()`.

    Attributes:
        loop: the loop; other threads only ever use `call_soon_threadsafe` and `run_coroutine_threadsafe` on it.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tally-io")
        self.loop = asyncio.new_event_loop()
        self._executor = ThreadPoolExecutor(max_workers=4, thread_name_prefix="tally-wait")

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> "Future[T]":
        """Runs a coroutine on the loop; callable from any thread."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def call(self, function: Callable[[], object]) -> None:
        """Calls a function on the loop's thread soon; silently too late once the loop is closed."""
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(function)

    def shutdown(self, last: Callable[[], Awaitable[None]], limit_s: float) -> bool:
        """Ends the thread: patient tasks finish, all others are cancelled and end, then `last` runs.

        Args:
            last: closes what the tasks used.
            limit_s: the longest wait in seconds.

        Returns:
            Whether the thread ended in time and no waiting thread is left behind.
        """
        if self.isRunning():
            self.call(lambda: self.loop.create_task(self._end(last, limit_s * 0.6)))
        ended = self.wait(round(limit_s * 1000))
        self._executor.shutdown(wait=False, cancel_futures=True)
        waiting = list(self._executor._threads)  # noqa: SLF001  there is no public way to ask who is stuck
        for thread in waiting:
            thread.join(_IDLE_THREAD_S)
        return ended and not any(thread.is_alive() for thread in waiting)

    async def _end(self, last: Callable[[], Awaitable[None]], limit_s: float) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        patient = [task for task in tasks if task.get_name() == PATIENT]
        for task in tasks:
            if task not in patient:
                task.cancel()
        try:
            async with asyncio.timeout(limit_s):
                if patient:
                    await asyncio.wait(patient, timeout=_PATIENCE_S)
                for task in patient:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await last()
        except TimeoutError:
            log.warning("something did not end in %.1f s", limit_s)
        finally:
            self.loop.stop()

    # Qt's overrides

    def run(self) -> None:
        """The thread's body."""
        asyncio.set_event_loop(self.loop)
        self.loop.set_default_executor(self._executor)
        try:
            self.loop.run_forever()
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()
