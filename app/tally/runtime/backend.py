"""Where threads meet, and the only place where they do.

Windows live in the GUI thread, everything that waits in the `IoThread`. Exactly one signal crosses, `Backend._crossed`,
and it carries a handle and a frozen event; every QObject lives and dies in the GUI thread. Prepare, connect, then
start: a turn that ran before its handle was connected would lose events.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from tally.core.events import TurnEnded
from tally.core.failures import ChatError, Failure, FailureKind
from tally.core.ports import Services

if TYPE_CHECKING:  # asyncio is imported when the backend starts, after the first paint
    from concurrent.futures import Future

    from tally.core.control import TurnControl
    from tally.core.turn import TurnRequest
    from tally.runtime.io_thread import IoThread

log = logging.getLogger(__name__)

T = TypeVar("T")

STOP_LIMIT_S = 5.0


class Reply(QObject, Generic[T]):
    """The answer to one `Backend.ask`.

    Signals:
        succeeded(object): the coroutine's result.
        failed(object): a `Failure`.
    """

    succeeded = Signal(object)
    failed = Signal(object)

    def then(self, done: Callable[[T], object], wrong: Callable[[Failure], object] | None = None) -> "Reply[T]":
        """Connects both ends."""
        self.succeeded.connect(done)
        if wrong is not None:
            self.failed.connect(wrong)
        return self


class TurnHandle(QObject):
    """One turn as the window holds it.

    Attributes:
        answer_id: the message the turn writes.
        ended: `TurnEnded` was delivered.

    Signals:
        updated(object): a `TurnEvent`; the last is always `TurnEnded`, exactly once.
    """

    updated = Signal(object)

    def __init__(self, backend: "Backend", request: "TurnRequest") -> None:
        super().__init__(backend)
        self.answer_id = request.answer_id
        self.ended = False
        self._backend = backend
        self._request = request
        self._control: TurnControl | None = None

    def start(self) -> None:
        """Begins; everything wanted of `updated` is connected by now."""
        self._control = self._backend.run_turn(self, self._request)

    def cancel(self) -> None:
        """Stops at once, at any phase; `TurnEnded` still comes."""
        if self._control is not None and not self.ended:
            self._backend.call(self._control.stop)

    def retry_now(self) -> None:
        """Cuts the pause before a retry short."""
        if self._control is not None and not self.ended:
            self._backend.call(self._control.retry_now.set)


class Backend(QObject):
    """Starts turns and answers questions; owns the loop's thread.

    Args:
        build: makes the services; runs on the loop's thread, where heavy imports disturb nobody.
    """

    _crossed = Signal(object, object)

    def __init__(
        self,
        build: Callable[[], Awaitable[Services]],
        close: Callable[[Services], Awaitable[None]],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._build = build
        self._close = close
        self._thread: IoThread | None = None
        self._services: Future[Services] | None = None
        self._alive: set[QObject] = set()
        self._crossed.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Starts the thread and begins to build the services."""
        from tally.runtime.io_thread import IoThread  # noqa: PLC0415  asyncio only now, after the first paint

        self._thread = IoThread(self)
        self._thread.start()
        self._services = self._thread.submit(self._built())

    async def _built(self) -> Services:
        from tally.runtime.io_thread import name_as_patient  # noqa: PLC0415  asyncio, after the first paint

        name_as_patient()  # what was asked before the end needs the services
        return await self._build()

    async def _ready(self) -> Services:
        import asyncio  # noqa: PLC0415  after the first paint

        if self._services is None:
            raise RuntimeError("the backend was not started")
        if self._services.done():
            return self._services.result()  # at once: what is asked last, while closing, must still be begun
        return await asyncio.wrap_future(self._services)

    def _running(self) -> "IoThread":
        if self._thread is None:
            raise RuntimeError("the backend was not started")
        return self._thread

    def ask(self, question: Callable[[Services], Awaitable[T]]) -> Reply[T]:
        """Awaits something of the services; the reply comes in the GUI thread, later than this call returns."""
        from tally.runtime.io_thread import name_as_patient  # noqa: PLC0415  asyncio, after the first paint

        reply: Reply[T] = Reply(self)
        self._alive.add(reply)

        async def run() -> None:
            name_as_patient()
            result: object
            try:
                result = _Success(await question(await self._ready()))
            except ChatError as error:
                result = error.failure
            except Exception as error:
                log.exception("a background request broke")
                result = _internal(error)
            self._crossed.emit(reply, result)

        self._running().submit(run())
        return reply

    def prepare_turn(self, request: "TurnRequest") -> TurnHandle:
        """Makes the handle of a turn that has not begun: connect it, then `start()` it."""
        handle = TurnHandle(self, request)
        self._alive.add(handle)
        return handle

    def run_turn(self, handle: TurnHandle, request: "TurnRequest") -> "TurnControl":
        """Runs a prepared turn and returns its levers; called by `TurnHandle.start`."""
        from tally.core.control import TurnControl  # noqa: PLC0415  asyncio, after the first paint
        from tally.core.turn import refused, run_turn  # noqa: PLC0415

        control = TurnControl()

        async def run() -> None:
            try:
                services = await self._ready()
                await run_turn(request, services, lambda event: self._crossed.emit(handle, event), control)
            except ChatError as error:
                self._crossed.emit(handle, TurnEnded(refused(request, error.failure)))
            except Exception as error:
                log.exception("a turn could not begin")
                self._crossed.emit(handle, TurnEnded(refused(request, _internal(error))))

        self._running().submit(run())
        return control

    def call(self, function: Callable[[], object]) -> None:
        """Calls a function on the loop's thread; too late is harmless."""
        if self._thread is not None:
            self._thread.call(function)

    def stop(self) -> bool:
        """Stops every turn, lets them save, closes the services; bounded and idempotent. Nothing is delivered any more.

        Returns:
            Whether everything ended in time.
        """
        thread, self._thread = self._thread, None
        self._alive.clear()
        if thread is None:
            return True
        services = self._services

        async def last() -> None:
            if services is not None and services.done() and not services.cancelled() and services.exception() is None:
                await self._close(services.result())

        return thread.shutdown(last, STOP_LIMIT_S)

    @Slot(object, object)
    def _deliver(self, target: QObject, event: object) -> None:
        if target not in self._alive:
            return
        if isinstance(target, TurnHandle):
            if isinstance(event, TurnEnded):
                target.ended = True
                self._release(target)
            target.updated.emit(event)
        elif isinstance(target, Reply):
            self._release(target)
            if isinstance(event, _Success):
                target.succeeded.emit(event.result)
            else:
                target.failed.emit(event)

    def _release(self, target: QObject) -> None:
        self._alive.discard(target)
        target.deleteLater()


def _internal(error: Exception) -> Failure:
    return Failure(FailureKind.INTERNAL, f"{type(error).__name__}: {error}")


class _Success:
    """Marks a result, so that a result may itself be a `Failure`."""

    __slots__ = ("result",)

    def __init__(self, result: object) -> None:
        self.result = result
