"""A server made of raw sockets: every byte as a test wants it, at the moment the test wants it, cut where it wants.

Each connection is played by a script, a function that is given the `Peer` and reads and writes as it likes. Nothing
here knows HTTP beyond reading a request, so that any nonsense can be sent.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

TIMEOUT_S = 20.0


@dataclass(frozen=True)
class Received:
    """A request as it came.

    Attributes:
        method: GET or POST.
        path: with the query.
        headers: names in lower case.
        body: the bytes.
        connection: number of the connection it came on, from 0.
    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def json(self) -> Any:
        """The body parsed."""
        return json.loads(self.body)


class Gone(Exception):  # noqa: N818  not an error: the client has left, which ends a script
    """The client closed the connection."""


class Peer:
    """One accepted connection, as seen by a script."""

    def __init__(self, sock: socket.socket, server: RawServer, number: int) -> None:
        self._sock = sock
        self._server = server
        self._buffer = b""
        self.number = number

    def request(self) -> Received:
        """Read one request whole."""
        head = self._until(b"\r\n\r\n").decode("latin-1")
        first, *lines = head.split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = self._exactly(int(headers.get("content-length", "0")))
        received = Received(method, path, headers, body, self.number)
        self._server.requests.append(received)
        self._server.arrived.release()
        return received

    def read_some(self) -> bytes:
        """Read whatever comes next."""
        data = self._buffer or self._receive()
        self._buffer = b""
        return data

    def send(self, data: bytes | str) -> None:
        """Write bytes."""
        try:
            self._sock.sendall(data.encode() if isinstance(data, str) else data)
        except OSError as error:
            raise Gone from error

    def gate(self, name: str) -> threading.Event:
        """The event that the test sets with `server.let(name)`; the end of the test sets all of them."""
        return self._server.gate(name)

    def wait(self, name: str) -> None:
        """Go on when the test says so (`server.let(name)`)."""
        if not self._server.gate(name).wait(TIMEOUT_S):
            raise TimeoutError(f"nobody opened the gate {name!r}")

    def tell(self, name: str) -> None:
        """Let the test know that this point was reached."""
        self._server.let(name)

    def relay(self, onward: socket.socket) -> None:
        """Pass bytes on in both directions until either side closes, as a proxy does."""

        def back() -> None:
            with contextlib.suppress(OSError):
                while data := onward.recv(65536):
                    self._sock.sendall(data)
                self._sock.shutdown(socket.SHUT_WR)

        answering_side = threading.Thread(target=back, daemon=True)
        answering_side.start()
        try:
            while True:
                onward.sendall(self.read_some())
        except (Gone, OSError):
            with contextlib.suppress(OSError):
                onward.shutdown(socket.SHUT_RDWR)
        answering_side.join(TIMEOUT_S)

    def wait_for_close(self) -> None:
        """Return when the client has closed the connection."""
        try:
            while self._receive():
                pass
        except Gone:
            pass
        self.tell("closed")

    def wait_for_close_while_sending(self, data: bytes) -> None:
        """Send the same bytes again and again until the client has closed the connection."""
        try:
            while True:
                self.send(data)
        except Gone:
            self.tell("closed")

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close."""
        self._sock.close()

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._buffer += self._receive()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _exactly(self, count: int) -> bytes:
        parts = [self._buffer]
        have = len(self._buffer)
        while have < count:
            parts.append(self._receive())
            have += len(parts[-1])
        data = b"".join(parts)
        self._buffer = data[count:]
        return data[:count]

    def _receive(self) -> bytes:
        try:
            data = self._sock.recv(262_144)
        except TimeoutError:
            raise
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        return data


Script = Callable[[Peer], None]


@dataclass
class RawServer:
    """Listens on loopback and plays one script per connection; the last one again and again.

    Attributes:
        scripts: in the order of connections.
        tls: a server context; None for plain TCP.
        requests: what has been received.
        arrived: released once per request.
        errors: what went wrong inside scripts.
    """

    scripts: Sequence[Script]
    tls: ssl.SSLContext | None = None
    requests: list[Received] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    errors: list[BaseException] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        self._gates: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._stopping = False

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def base_url(self) -> str:
        """The base URL of the gateway it plays."""
        return f"{'https' if self.tls else 'http'}://{'localhost' if self.tls else '127.0.0.1'}:{self.port}/v1"

    @property
    def posts(self) -> list[Received]:
        """The POSTs among the requests."""
        return [request for request in self.requests if request.method == "POST"]

    def gate(self, name: str) -> threading.Event:
        """The event of that name."""
        with self._lock:
            return self._gates.setdefault(name, threading.Event())

    def let(self, name: str) -> None:
        """Open a gate."""
        self.gate(name).set()

    def __enter__(self) -> Self:
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._stopping = True
        with contextlib.suppress(OSError):
            # On Linux close() alone does not wake accept().
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            gates, connections = list(self._gates.values()), list(self._open)
        for gate in gates:
            gate.set()
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in [self._accepting, *self._threads]:
            thread.join(TIMEOUT_S)
        if kind is None:
            assert not self.errors, self.errors

    def _accept(self) -> None:
        while not self._stopping:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number, self.connections = self.connections, self.connections + 1
            thread = threading.Thread(target=self._play, args=(sock, number), daemon=True)
            with self._lock:
                self._open.append(sock)
            self._threads.append(thread)
            thread.start()

    def _play(self, sock: socket.socket, number: int) -> None:
        sock.settimeout(TIMEOUT_S)
        try:
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True)
                with self._lock:
                    self._open.append(sock)
            self.scripts[min(number, len(self.scripts) - 1)](Peer(sock, self, number))
        except (Gone, ssl.SSLError, ConnectionError):
            pass
        except BaseException as error:  # noqa: BLE001  shown by the test's thread
            if not self._stopping:
                self.errors.append(error)
        finally:
            sock.close()


def http(
    status: int = 200,
    body: bytes | str = b"",
    *,
    headers: dict[str, str] | None = None,
    length: bool = True,
    reason: str = "Whatever",
) -> bytes:
    """An answer as bytes. Without `length` the end of the body is the end of the connection."""
    data = body.encode() if isinstance(body, str) else body
    fields = {"Content-Type": "application/json", **(headers or {})}
    if length:
        fields["Content-Length"] = str(len(data))
    else:
        fields["Connection"] = "close"
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} {reason}\r\n{lines}\r\n".encode("latin-1") + data


def stream_head(**headers: str) -> bytes:
    """The head of a chunked event stream."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n{lines}\r\n").encode()


def chunked(data: bytes | str) -> bytes:
    """One chunk of a chunked body."""
    raw = data.encode() if isinstance(data, str) else data
    return f"{len(raw):x}\r\n".encode() + raw + b"\r\n"


LAST_CHUNK = b"0\r\n\r\n"


def event(payload: Any) -> str:
    """One event of a stream."""
    return f"data: {payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)}\n\n"


def delta(text: str | None = None, *, finish: str | None = None, **fields: Any) -> str:
    """An event with a piece of text, a finish_reason, or both."""
    content = {} if text is None else {"content": text}
    choice = {"index": 0, "delta": {**content, **fields}, "finish_reason": finish}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-1", "choices": [choice]})


def usage(prompt: int = 10, completion: int = 5) -> str:
    """The event with the usage."""
    numbers = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return event({"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [], "usage": numbers})


DONE = event("[DONE]")
GOOD_EVENTS = delta("", role="assistant") + delta("Hel") + delta("lo") + delta(finish="stop") + usage() + DONE


def good_stream(text: str = GOOD_EVENTS) -> bytes:
    """A whole answer, well ended, on a connection that stays open."""
    return stream_head() + chunked(text) + LAST_CHUNK


def answering(*answers: bytes) -> Script:
    """A script that gives these answers to the requests of one connection, then waits for its end."""

    def script(peer: Peer) -> None:
        for answer in answers:
            peer.request()
            peer.send(answer)
        peer.wait_for_close()

    return script


def closing(*answers: bytes) -> Script:
    """Like `answering`, but closes after the last answer."""

    def script(peer: Peer) -> None:
        for answer in answers:
            peer.request()
            peer.send(answer)

    return script
