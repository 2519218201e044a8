"""One POST on its way: a task that sends it and collects what comes back, so that nobody's clock disturbs the reading.

httpx closes a response whose read was timed out, so time is not kept by httpx but by whoever waits here: `wait`
returns when something has happened or when the given moment has come, and the reading goes on undisturbed.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import httpx

MAX_ERROR_BYTES = 1024 * 1024
_FULL = 4 * 1024 * 1024


class Exchange:
    """One request and its answer. Times are those of the loop's clock, in seconds.

    Args:
        client: the way out.
        request: what is sent.
        error_body_s: the longest time to read the body of an error.

    Attributes:
        sent_at: when the request was written whole; None before.
        status: the answer's HTTP status; None before its head has come.
        headers: the answer's headers, names in lower case.
        last_byte_at: when something last came; None before the head.
        error_body: what was read of the body when the status is not a 2xx.
        done: nothing more will come.
        error: why it ended early; None when it did not.
        reused: the connection had served a request before.
    """

    def __init__(self, client: httpx.AsyncClient, request: httpx.Request, *, error_body_s: float) -> None:
        self._client = client
        self._request = request
        self._error_body_s = error_body_s
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._chunks: list[bytes] = []
        self._held = 0
        self._task: asyncio.Task[None] | None = None
        self.sent_at: float | None = None
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.last_byte_at: float | None = None
        self.error_body = b""
        self.done = False
        self.error: Exception | None = None
        self.reused = True

    @property
    def succeeded(self) -> bool:
        """Whether the head of a 2xx has come."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def has_bytes(self) -> bool:
        """Whether something waits to be taken."""
        return bool(self._chunks)

    def start(self) -> None:
        """Sends the request."""
        self._request.extensions["trace"] = self._on_trace
        self._task = asyncio.create_task(self._run())

    async def wait(self, until: float | None) -> None:
        """Waits for bytes or the end, at most until a moment of the loop's clock."""
        if self._chunks or self.done:
            return
        timer = None if until is None else self._loop.call_at(until, self._news.set)
        try:
            await self._news.wait()
        finally:
            self._news.clear()
            if timer is not None:
                timer.cancel()

    def take(self) -> bytes:
        """What has come since the last time."""
        if not self._chunks:
            return b""
        chunks, self._chunks, self._held = self._chunks, [], 0
        self._room.set()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def close(self) -> None:
        """Closes the connection at once unless the answer was read to its end."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            # Not awaited by itself: that would raise the task's own cancellation here.
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            response = await self._client.send(self._request, stream=True)
            try:
                await self._read(response)
            finally:
                with contextlib.suppress(httpx.HTTPError, OSError):
                    await response.aclose()
        except Exception as error:  # noqa: BLE001  whatever comes through httpx has to become a failure
            self.error = error
        finally:
            self.done = True
            self._news.set()

    async def _read(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.last_byte_at = self._loop.time()
        self._news.set()
        if not self.succeeded:
            await self._read_error(response)
            return
        async for chunk in response.aiter_bytes():
            self.last_byte_at = self._loop.time()
            self._chunks.append(chunk)
            self._held += len(chunk)
            self._news.set()
            while self._held > _FULL:
                self._room.clear()
                await self._room.wait()

    async def _read_error(self, response: httpx.Response) -> None:
        """At most 1 MiB, for a limited time; a broken body is as good as a short one."""
        with contextlib.suppress(TimeoutError, httpx.HTTPError, OSError):
            async with asyncio.timeout(self._error_body_s):
                async for chunk in response.aiter_bytes():
                    self.error_body = (self.error_body + chunk)[:MAX_ERROR_BYTES]
                    if len(self.error_body) == MAX_ERROR_BYTES:
                        break

    async def _on_trace(self, name: str, _info: Mapping[str, Any]) -> None:
        """Listens to httpcore: whether it connects anew, and when the request is out."""
        if name.endswith(".connect_tcp.started"):
            self.reused = False
        elif name.endswith(".send_request_body.complete"):
            self.sent_at = self._loop.time()
            # A limit begins here; whoever waits has to look at the time again.
            self._news.set()
