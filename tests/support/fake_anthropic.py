"""A small `/v1/messages` on loopback, to stand behind a real proxy: what it answers is named by the last user text."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

USAGE = {
    "input_tokens": 25, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 100, "output_tokens": 1,
}  # fmt: skip
ERRORS = {
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "limited": (429, "rate_limit_error", "Number of requests has exceeded your rate limit"),
    "too large": (413, "request_too_large", "Request exceeds the maximum size"),
    "too long": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
    "no credit": (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
    "bad key": (401, "authentication_error", "invalid x-api-key"),
}


def _sse(kind: str, **fields: Any) -> bytes:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **fields})}\n\n".encode()


def _text_block(index: int, *pieces: str) -> list[bytes]:
    return [
        _sse("content_block_start", index=index, content_block={"type": "text", "text": ""}),
        *(_sse("content_block_delta", index=index, delta={"type": "text_delta", "text": piece}) for piece in pieces),
        _sse("content_block_stop", index=index),
    ]


def _thinking_block(index: int, text: str) -> list[bytes]:
    block = {"type": "thinking", "thinking": "", "signature": ""}
    return [
        _sse("content_block_start", index=index, content_block=block),
        _sse("content_block_delta", index=index, delta={"type": "thinking_delta", "thinking": text}),
        _sse("content_block_delta", index=index, delta={"type": "signature_delta", "signature": "c2ln"}),
        _sse("content_block_stop", index=index),
    ]


def _tool_block(index: int, call_id: str, name: str, *pieces: str) -> list[bytes]:
    block = {"type": "tool_use", "id": call_id, "name": name, "input": {}}
    return [
        _sse("content_block_start", index=index, content_block=block),
        *(
            _sse("content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": piece})
            for piece in pieces
        ),
        _sse("content_block_stop", index=index),
    ]


def _stop(reason: str) -> list[bytes]:
    delta = {"stop_reason": reason, "stop_sequence": None}
    return [_sse("message_delta", delta=delta, usage={"output_tokens": 42}), _sse("message_stop")]


STREAMS = {
    "text": [*_text_block(0, "Hel", "lo – 你好"), *_stop("end_turn")],
    "long": [*_text_block(0, "Once"), *_stop("max_tokens")],
    "tools": [
        *_text_block(0, "Let me look."),
        *_tool_block(1, "toolu_1", "weather", '{"city": ', '"Toshkent"}'),
        *_tool_block(2, "toolu_2", "now"),
        *_stop("tool_use"),
    ],
    "thinking": [*_thinking_block(0, "Hmm."), *_text_block(1, "42"), *_stop("end_turn")],
    "refusal": [*_text_block(0, "No."), *_stop("refusal")],
    "late error": [
        *_text_block(0, "Half an ans")[:-1],
        _sse("error", error={"type": "overloaded_error", "message": "Overloaded"}),
    ],
    "cut": [*_text_block(0, "Half an ans")[:-1]],
}


class FakeAnthropic:
    """The server, running while entered.

    Attributes:
        requests: the bodies received.
    """

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        requests = self.requests

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                requests.append(body)
                wish = _wish(body)
                if wish in ERRORS:
                    self._refuse(*ERRORS[wish])
                elif body.get("stream"):
                    self._stream(wish, body["model"])
                else:
                    self._whole(body["model"])

            def _refuse(self, status: int, kind: str, message: str) -> None:
                answer = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_fake"}
                self._send(status, answer, {"retry-after": "1"} if status == 429 else {})

            def _whole(self, model: str) -> None:
                content = [{"type": "text", "text": "Hello"}]
                usage = {**USAGE, "output_tokens": 42}
                self._send(200, _message(model) | {"content": content, "stop_reason": "end_turn", "usage": usage}, {})

            def _send(self, status: int, answer: dict[str, Any], headers: dict[str, str]) -> None:
                data = json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {
                    "Content-Type": "application/json",
                    "Content-Length": str(len(data)),
                    **headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            def _stream(self, wish: str, model: str) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for piece in [_sse("message_start", message=_message(model)), *STREAMS[wish]]:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                    self.wfile.flush()
                self.close_connection = wish == "cut"
                if not self.close_connection:
                    self.wfile.write(b"0\r\n\r\n")

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the base class's name
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


def _message(model: str) -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": USAGE,
    }  # fmt: skip


def _wish(body: dict[str, Any]) -> str:
    """The last text of the last user message; "text" when it names nothing known."""
    content = next(message["content"] for message in reversed(body["messages"]) if message["role"] == "user")
    if isinstance(content, list):
        texts = [part["text"] for part in content if part.get("type") == "text"]
        content = texts[-1] if texts else ""
    return content if content in STREAMS or content in ERRORS else "text"
