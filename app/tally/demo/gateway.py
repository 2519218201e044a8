"""The demo gateway as a server: it listens on this computer only, and ends completely."""

import asyncio
import logging
from contextlib import suppress

from tally.demo.api import BASE_PATH, DemoApi
from tally.demo.connection import Connection

HOST = "127.0.0.1"
_STOP_SECONDS = 2.0
_log = logging.getLogger(__name__)


class DemoGateway:
    """An OpenAI-compatible gateway on loopback that answers with prepared texts.

    `start` and `stop` belong to one event loop. After `stop` it may be started again.

    Args:
        speed: factor of the simulated models' speed; 0 answers without any delay, for tests.
    """

    def __init__(self, speed: float = 1.0) -> None:
        if speed < 0:
            raise ValueError("speed must not be negative")
        self._api = DemoApi(speed)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> str:
        """Listens, and returns the base URL (`http://127.0.0.1:PORT/api/v1`).

        Args:
            port: 0 lets the system choose a free one.

        Raises:
            OSError: the port cannot be had.
            RuntimeError: it is running already.
        """
        if self._server is not None:
            raise RuntimeError("the demo gateway is running already")
        self._server = await asyncio.start_server(self._accept, HOST, port)
        chosen = self._server.sockets[0].getsockname()[1]
        return f"http://{HOST}:{chosen}{BASE_PATH}"

    async def stop(self) -> None:
        """Stops listening and drops every connection; returns within about two seconds. May be called twice."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        open_connections = set(self._connections)
        for connection in open_connections:
            connection.cancel()
        if open_connections:
            await asyncio.wait(open_connections, timeout=_STOP_SECONDS)
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await server.wait_closed()

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A plain function, not a coroutine: asyncio logs a cancelled connection coroutine as an error.
        connection = asyncio.get_running_loop().create_task(Connection(reader, writer, self._api.handle).serve())
        self._connections.add(connection)
        connection.add_done_callback(self._forget)

    def _forget(self, connection: asyncio.Task[None]) -> None:
        self._connections.discard(connection)
        if not connection.cancelled() and (error := connection.exception()) is not None:
            _log.error("a connection to the demo gateway failed", exc_info=error)
