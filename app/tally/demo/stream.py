"""An answer on the wire: server-sent events at a model's pace, or one JSON document."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any

from tally.core.catalog import ModelInfo, normalise
from tally.demo.connection import DropConnection
from tally.demo.errors import LOST_UPSTREAM
from tally.demo.models import speed_of
from tally.demo.reply import Fault, Reply, Usage, pieces_of
from tally.demo.turns import CalledTool

_ARGUMENTS_AT_ONCE = 12  # characters of a tool's arguments in one chunk


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply that is about to be sent.

    Attributes:
        id: of this completion.
        created: Unix time in seconds.
        model: who answers.
        reply: what is sent, within its limits.
        usage: what it counts.
        speed: factor of the model's speed; 0 sends without any delay.
    """

    id: str
    created: int
    model: ModelInfo
    reply: Reply
    usage: Usage
    speed: float

    @property
    def rate(self) -> float:
        """Tokens per second; 0 means at once."""
        return speed_of(self.model).rate * self.speed * self.reply.pace

    async def first_token(self) -> None:
        """Waits as long as the model takes to begin."""
        await asyncio.sleep(speed_of(self.model).delay / self.speed if self.speed else 0)


async def events(completion: Completion, *, include_usage: bool) -> AsyncGenerator[bytes, None]:
    """Yields the server-sent events of a streamed completion.

    The order is OpenAI's: the role, the deltas, the finish reason, the usage when it was asked for, `[DONE]`.

    Raises:
        DropConnection: the user asked for a broken connection.
    """
    reply = completion.reply
    pace = _Pace(completion)
    extra: dict[str, Any] = {"usage": None} if include_usage else {}

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return _event({**_head(completion, "chat.completion.chunk"), "choices": [choice], **extra})

    await completion.first_token()
    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces_of(reply.reasoning):
        yield chunk({"reasoning_content": piece})
        await pace.after(piece)
    sent = reply.text if reply.fault is None else reply.text[: reply.fault_at]
    for piece in pieces_of(sent):
        yield chunk({"content": piece})
        await pace.after(piece)
    if reply.fault is Fault.CUT:
        raise DropConnection
    if reply.fault is Fault.STALL:
        await _forever()
    if reply.fault is Fault.IN_BAND:
        yield b"data: " + LOST_UPSTREAM.body() + b"\n\n"
        return
    for delta in _call_deltas(reply.calls):
        yield chunk({"tool_calls": [delta]})
        await pace.after(delta["function"]["arguments"])
    yield chunk({}, reply.finish)
    if include_usage and reply.reports_usage:
        yield _event(
            {**_head(completion, "chat.completion.chunk"), "choices": [], "usage": completion.usage.as_object()}
        )
    yield b"data: [DONE]\n\n"


def document(completion: Completion) -> bytes:
    """Returns the body of a completion that is not streamed."""
    reply = completion.reply
    message: dict[str, Any] = {"role": "assistant", "content": reply.text}
    if reply.reasoning:
        message["reasoning_content"] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = [_call_object(call) for call in reply.calls]
    choice = {"index": 0, "message": message, "finish_reason": reply.finish}
    answer: dict[str, Any] = {**_head(completion, "chat.completion"), "choices": [choice]}
    if reply.reports_usage:
        answer["usage"] = completion.usage.as_object()
    return json.dumps(answer, ensure_ascii=False).encode()


async def broken_document(body: bytes, fault: Fault) -> AsyncGenerator[bytes, None]:
    """Yields half of a document, then breaks the connection, or never goes on."""
    yield body[: len(body) // 2]
    if fault is Fault.CUT:
        raise DropConnection
    await _forever()


async def whole_answer_time(completion: Completion) -> None:
    """Waits as long as the model would take for the whole answer."""
    await completion.first_token()
    if completion.rate:
        await asyncio.sleep(completion.usage.completion / completion.rate)


class _Pace:
    """Keeps the pieces to the model's speed, without adding up the inexactness of timers."""

    def __init__(self, completion: Completion) -> None:
        reply = completion.reply
        characters = len(reply.reasoning) + len(reply.text) + sum(len(call.arguments) for call in reply.calls)
        seconds = completion.usage.completion / completion.rate if completion.rate else 0.0
        self._per_character = seconds / max(1, characters)
        self._clock = asyncio.get_running_loop().time
        self._due: float | None = None

    async def after(self, piece: str) -> None:
        """Waits until the next piece is due; always lets others run."""
        now = self._clock()
        self._due = (now if self._due is None else self._due) + len(piece) * self._per_character
        await asyncio.sleep(max(0.0, self._due - now))


async def _forever() -> None:
    await asyncio.get_running_loop().create_future()


def _head(completion: Completion, kind: str) -> dict[str, Any]:
    return {"id": completion.id, "object": kind, "created": completion.created, "model": normalise(completion.model.id)}


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def _call_deltas(calls: tuple[CalledTool, ...]) -> Iterator[dict[str, Any]]:
    """Yields each call as OpenAI streams it: id and name first, then the arguments in fragments."""
    for index, call in enumerate(calls):
        yield {"index": index, **_call_object(CalledTool(call.id, call.name, ""))}
        for start in range(0, len(call.arguments), _ARGUMENTS_AT_ONCE):
            fragment = call.arguments[start : start + _ARGUMENTS_AT_ONCE]
            yield {"index": index, "function": {"arguments": fragment}}


def _call_object(call: CalledTool) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}
