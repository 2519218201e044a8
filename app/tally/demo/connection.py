"""One client's HTTP/1.1 connection: h11 for the protocol, asyncio streams for the bytes, nothing about chat."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass

import h11

from tally.demo.errors import ApiError, Failure

MAX_BODY = 32 * 1024 * 1024
"""Largest accepted request body in bytes: the limit of Anthropic's standard endpoints."""

_READ_SIZE = 256 * 1024
_MAX_EARLY = 1024 * 1024  # bytes a client may send ahead while it waits for an answer
_IDLE_SECONDS = 75.0  # how long a silent client keeps its connection
_LINGER_SECONDS = 2.0  # how long the rest of a refused request is swallowed
_CLOSE_SECONDS = 1.0  # how long the last bytes may take to leave
_JSON = (("content-type", "application/json"),)


@dataclass(frozen=True, slots=True)
class Request:
    """A complete request. Header names are lower case; `path` has no query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A response to send.

    Attributes:
        status: HTTP status.
        body: the whole body, or its pieces as they come into being.
        headers: without framing headers, which the connection adds.
        length: bytes announced for a body in pieces; None sends it chunked.
    """

    status: int
    body: bytes | AsyncGenerator[bytes, None]
    headers: tuple[tuple[str, str], ...] = _JSON
    length: int | None = None


class DropConnection(Exception):  # noqa: N818 - an instruction to the connection, not an error
    """Raised by a response body: close the socket here and now, in the middle of the answer."""


class _ClientLeftError(Exception):
    """The client closed its side while an answer was being made."""


Handler = Callable[[Request], Awaitable[Response]]


class Connection:
    """Serves requests on one socket, one after the other, until either side closes it.

    Args:
        reader: bytes from the client.
        writer: bytes to the client.
        handler: turns a request into a response; it is cancelled when the client leaves.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
        self._reader = reader
        self._writer = writer
        self._handler = handler
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=64 * 1024)

    async def serve(self) -> None:
        """Runs until the connection ends. A client's bad manners never raise; cancelling drops the connection."""
        try:
            with suppress(OSError, TimeoutError, DropConnection, _ClientLeftError, h11.ProtocolError):
                while await self._exchange():
                    self._h11.start_next_cycle()
            await self._close()
        finally:
            self._writer.transport.abort()

    async def _exchange(self) -> bool:
        """Serves one request; returns whether another may follow."""
        try:
            request = await self._read_request()
        except h11.RemoteProtocolError as error:
            await self._refuse(Failure(error.error_status_hint, "This is not a well-formed HTTP request."))
            return False
        except ApiError as error:
            await self._refuse(error.failure)
            return False
        if request is None:
            return False
        await self._while_client_stays(self._answer(request))
        return self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE

    async def _read_request(self) -> Request | None:
        """Returns the next request, or None when the client closed the connection instead."""
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA:
                if self._h11.they_are_waiting_for_100_continue:
                    await self._write(h11.InformationalResponse(status_code=100, headers=[]))
                async with asyncio.timeout(_IDLE_SECONDS):
                    self._h11.receive_data(await self._reader.read(_READ_SIZE))
            elif isinstance(event, h11.Request):
                head = event
                _check_size(int(dict(event.headers).get(b"content-length", b"0")))
            elif isinstance(event, h11.Data):
                body += event.data
                _check_size(len(body))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                return _as_request(head, bytes(body))
            else:
                return None

    async def _answer(self, request: Request) -> None:
        await self._send(await self._handler(request), with_body=request.method != "HEAD")

    async def _while_client_stays(self, answer: Coroutine[None, None, None]) -> None:
        """Awaits the answer, and abandons it as soon as the client closes its side."""
        work = asyncio.create_task(answer)
        early = 0
        try:
            while not work.done():
                data = await self._read_unless(work)
                if data is None:
                    continue
                early += len(data)
                if not data or early > _MAX_EARLY:
                    raise _ClientLeftError
                self._h11.receive_data(data)  # the next request, sent ahead: it waits its turn
            await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)

    async def _read_unless(self, work: asyncio.Task[None]) -> bytes | None:
        """Returns what the client sends (nothing at its end), or None when the work is done before that."""
        read = asyncio.create_task(self._reader.read(_READ_SIZE))
        try:
            await asyncio.wait({work, read}, return_when=asyncio.FIRST_COMPLETED)
            return await read if read.done() else None
        finally:
            # A cancelled StreamReader.read loses nothing: it takes bytes out of the buffer only as it returns.
            read.cancel()
            await asyncio.gather(read, return_exceptions=True)

    async def _send(self, response: Response, *, with_body: bool = True) -> None:
        body = response.body
        length = len(body) if isinstance(body, bytes) else response.length
        framing = ("transfer-encoding", "chunked") if length is None else ("content-length", str(length))
        headers = [("server", "tally-demo"), ("cache-control", "no-cache"), *response.headers, framing]
        await self._write(h11.Response(status_code=response.status, headers=headers))
        if isinstance(body, bytes):
            if with_body:
                await self._write(h11.Data(data=body))
        else:
            async with aclosing(body):
                async for piece in body:
                    await self._write(h11.Data(data=piece))
        await self._write(h11.EndOfMessage())

    async def _write(self, event: h11.Event) -> None:
        self._writer.write(self._h11.send(event) or b"")
        await self._writer.drain()

    async def _refuse(self, failure: Failure) -> None:
        """Answers a request that was not read to its end, and swallows the rest so that the answer gets through."""
        await self._send(failure_response(failure, ("connection", "close")))
        self._writer.write_eof()
        async with asyncio.timeout(_LINGER_SECONDS):
            while await self._reader.read(_READ_SIZE):
                pass

    async def _close(self) -> None:
        self._writer.close()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._writer.wait_closed()


def _check_size(size: int) -> None:
    if size > MAX_BODY:
        message = f"The request has {size:,} bytes or more; at most {MAX_BODY:,} are accepted."
        raise ApiError(Failure(413, message, "request_too_large", "request_too_large"))


def _as_request(head: h11.Request, body: bytes) -> Request:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
    path, _, _ = head.target.decode("latin-1").partition("?")
    return Request(head.method.decode("latin-1"), path, headers, body)


def failure_response(failure: Failure, *headers: tuple[str, str]) -> Response:
    """Returns the response that tells of a failure, with more headers if need be."""
    return Response(failure.status, failure.body(), (*_JSON, *failure.headers, *headers))
