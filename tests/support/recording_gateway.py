"""A gateway on loopback whose answers wait for the test: what is asked is kept, what is answered is told beforehand.

Nothing in it is timed. An answer stops at a `Hold` until the test releases it, so "in the middle of the answer" is a
state a test can be in for as long as it likes.
"""

from __future__ import annotations

import json
import queue
import select
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

USAGE = {"prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200}


class Hold:
    """A place where an answer waits.

    Attributes:
        reached: Set when everything before it was sent.
        released: Set by the test to let it go on.
        client_left: Set when the client closed the connection instead of waiting.
    """

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.released = threading.Event()
        self.client_left = threading.Event()

    def wait(self, connection: socket.socket) -> bool:
        """Wait for the release; whether the client is still there."""
        self.reached.set()
        while not self.released.is_set():
            readable, _, _ = select.select([connection], [], [], 0.02)
            if readable and _has_left(connection):
                self.client_left.set()
                return False
        return True


def _has_left(connection: socket.socket) -> bool:
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except ConnectionError:
        return True


@dataclass
class Answer:
    """What to answer one chat request with.

    Attributes:
        pieces: texts of the stream's deltas, and holds between them.
        usage: the usage object at the end; none is sent for None.
        status: other than 200, the request is refused with `error` as the body's message.
        error: what a refused request is told.
    """

    pieces: list[str | Hold] = field(default_factory=lambda: ["Hello", " from", " the gateway."])
    usage: dict[str, Any] | None = field(default_factory=lambda: dict(USAGE))
    status: int = 200
    error: str = ""


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def texts(self) -> list[str]:
        """All texts of its messages."""
        return list(_texts([message["content"] for message in self.body["messages"]]))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, list):
        for item in content:
            yield from _texts(item)
    elif isinstance(content, dict) and content.get("type") == "text":
        yield content["text"]


class RecordingGateway:
    """The server. Use it in a `with` statement.

    Attributes:
        asked: The chat requests so far.
        answers: What to answer the next ones with; when it is empty, a friendly default.
        base_url: What to enter as the gateway's address.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self._holds: list[Hold] = []
        self._server = _Server(self)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/api/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="gateway")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for hold in self._holds:
            hold.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def will_answer(self, *pieces: str | Hold, **facts: Any) -> Answer:
        """Prepare the answer to the next request that has none yet."""
        answer = Answer(list(pieces), **facts) if pieces else Answer(**facts)
        self._holds += [piece for piece in answer.pieces if isinstance(piece, Hold)]
        self.answers.put(answer)
        return answer

    def next_answer(self) -> Answer:
        """The answer for the request that has just come."""
        try:
            return self.answers.get_nowait()
        except queue.Empty:
            return Answer()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def __init__(self, gateway: RecordingGateway) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.gateway = gateway


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # A client that keeps its connection open must not keep the server from ending.
    timeout = 5

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "claude-sonnet-4-6", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.gateway.asked.append(Asked(self.path, headers, body))
        answer = self.server.gateway.next_answer()
        if answer.status != 200:
            error = {"message": answer.error, "type": "api_error", "param": None, "code": None}
            self._json(answer.status, {"error": error})
        elif body.get("stream"):
            self._stream(answer, body["model"])
        else:
            self._whole(answer, body["model"])

    def _whole(self, answer: Answer, model: str) -> None:
        message = {"role": "assistant", "content": "".join(p for p in answer.pieces if isinstance(p, str))}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        self._json(
            200,
            {"id": "c1", "object": "chat.completion", "model": model, "choices": [choice], "usage": answer.usage},
        )

    def _stream(self, answer: Answer, model: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._event(model, {"role": "assistant", "content": ""})
        for piece in answer.pieces:
            if isinstance(piece, Hold):
                if not piece.wait(self.connection):
                    self.close_connection = True
                    return
            else:
                self._event(model, {"content": piece})
        self._event(model, {}, finish="stop")
        if answer.usage is not None:
            self._send({"id": "c1", "object": "chat.completion.chunk", "choices": [], "usage": answer.usage})
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _event(self, model: str, delta: dict[str, Any], finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        self._send({"id": "c1", "object": "chat.completion.chunk", "model": model, "choices": [choice]})

    def _send(self, event: dict[str, Any]) -> None:
        self._chunk(b"data: " + json.dumps(event).encode() + b"\n\n")

    def _chunk(self, data: bytes) -> None:
        try:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        except OSError:
            # The client has left; a hold further on notices it too.
            self.close_connection = True

    def _json(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
