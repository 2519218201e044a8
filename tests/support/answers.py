"""Bytes as servers send them, and what the parser makes of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tally.core.events import ReasoningDelta, TextDelta, UsageSeen
from tally.core.failures import Failure
from tally.gateway.chunks import AnswerParser
from tally.gateway.endings import Delta, Ending


def data(payload: object) -> bytes:
    """One event of a stream; text is sent as it is, everything else as JSON."""
    text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
    return f"data: {text}\n\n".encode()


def chunk(delta: object = None, finish: object = None, **more: Any) -> dict[str, Any]:
    """A chunk of the kind nearly all of a stream consists of."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "claude-sonnet-4-6",
        "choices": [{"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}],
        **more,
    }


def words(text: str) -> bytes:
    """An event with some words."""
    return data(chunk({"content": text}))


def stop(reason: str = "stop") -> bytes:
    """An event with the finish reason."""
    return data(chunk({}, reason))


DONE = b"data: [DONE]\n\n"


@dataclass(frozen=True)
class Answer:
    """What an answer amounts to, however its bytes were cut.

    Attributes:
        text: The words.
        reasoning: The words of the reasoning.
        usages: The usage reports in mid-stream.
        ending: The verdict.
    """

    text: str
    reasoning: str
    usages: tuple[UsageSeen, ...]
    ending: Ending


def read(body: bytes | Iterable[bytes], cut: Failure | None = None, *, expects_finish: bool = True) -> Answer:
    """Feeds the bytes, in one piece or in those given, and ends the answer."""
    ids = iter(range(10**6))
    parser = AnswerParser(expects_finish=expects_finish, new_id=lambda: f"call_{next(ids):012x}")
    deltas: list[Delta] = []
    for piece in [body] if isinstance(body, bytes) else body:
        deltas += parser.feed(piece)
    ending = parser.finish(cut)
    deltas += ending.deltas
    return Answer(
        text="".join(delta.text for delta in deltas if isinstance(delta, TextDelta)),
        reasoning="".join(delta.text for delta in deltas if isinstance(delta, ReasoningDelta)),
        usages=tuple(delta for delta in deltas if isinstance(delta, UsageSeen)),
        ending=ending,
    )
