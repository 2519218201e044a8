"""The levers on a running turn: Stop, and Now for a retry that waits."""

import asyncio


class TurnControl:
    """Held by the turn and by whoever started it; used on the loop's thread only.

    Attributes:
        retry_now: set to cut a retry's pause short.
    """

    def __init__(self) -> None:
        self.retry_now = asyncio.Event()
        self._task: asyncio.Task[object] | None = None
        self._stopped = False

    def attach(self, task: "asyncio.Task[object] | None") -> None:
        """The turn's task has begun; a Stop that came earlier takes effect now.

        Raises:
            asyncio.CancelledError: Stop was pressed before the turn could begin.
        """
        self._task = task
        if self._stopped:
            raise asyncio.CancelledError

    def detach(self) -> None:
        """The network is done with; what follows must not be stopped."""
        self._task = None

    def stop(self) -> None:
        """Stops the turn at once; harmless when it is over."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
