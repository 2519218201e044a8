"""Reading an answer: the whole way from bytes to words, against decoding the same JSON and doing nothing with it."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from tally.gateway.chunks import AnswerParser

CHUNKS = 20_000
ROUNDS = 9
# What one read of the socket brings when a gateway is faster than the network; alone, an event comes per read.
READ_BYTES = 16_384
BIG_LINE_BYTES = 8 * 1024 * 1024
WORDS = (
    " the", " answer", " is", " that", ",", " consistency", " \\u2014", "\\n\\n", " и", " доступность", "。", " `code`",
    " 1.", " partition", " tolerance", "'s", " cannot", " be", " had", ".",
)  # fmt: skip


def payloads() -> list[bytes]:
    """Chunks as OpenAI-compatible gateways write them, one or two tokens each."""
    head = '{"id":"chatcmpl-9f8c2e1ab34d4c0f","object":"chat.completion.chunk","created":1763790000,'
    tail = '"model":"anthropic/claude-sonnet-4.6","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"'
    made = [
        (head + tail + WORDS[at % len(WORDS)] + WORDS[at * 7 % len(WORDS)] + '"},"finish_reason":null}]}').encode()
        for at in range(CHUNKS)
    ]
    made.append((head + '"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}').encode())
    return made


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def parse(reads: list[bytes]) -> None:
    """Reads one answer.

    Raises:
        RuntimeError: Words were lost, so that the figure would mean nothing.
    """
    parser = AnswerParser()
    words = sum(len(delta.text) for read in reads for delta in parser.feed(read))  # type: ignore[union-attr]
    if not words or not parser.finish().state.succeeded:
        raise RuntimeError("the answer was not read")


def decode(lines: list[bytes]) -> None:
    """Decodes the JSON alone."""
    for line in lines:
        json.loads(line)


def benchmarks() -> Iterator[dict[str, Any]]:
    """Ours and the baseline in turn, so that whatever else the machine does falls on both alike."""
    lines = payloads()
    body = b"".join(b"data: " + line + b"\n\n" for line in lines) + b"data: [DONE]\n\n"
    full_reads = [body[at : at + READ_BYTES] for at in range(0, len(body), READ_BYTES)]
    event_reads = [b"data: " + line + b"\n\n" for line in lines]
    takes: dict[str, list[float]] = {"json": [], "full": [], "event": []}
    for _ in range(ROUNDS):
        takes["json"].append(seconds(lambda: decode(lines)))
        takes["full"].append(seconds(lambda: parse(full_reads)))
        takes["event"].append(seconds(lambda: parse(event_reads)))
    megabytes = len(body) / 1e6
    speed = {name: megabytes / statistics.median(times) for name, times in takes.items()}
    for name, way in (("sse.parse_throughput", "full"), ("sse.parse_throughput_event_per_read", "event")):
        yield {
            "name": name,
            "value": round(speed[way], 1),
            "unit": "MB/s",
            "baseline": round(speed["json"], 1),
            "ratio": round(speed[way] / speed["json"], 3),
        }
    text = json.dumps({"choices": [{"delta": {"content": "x" * BIG_LINE_BYTES}, "finish_reason": "stop"}]}).encode()
    big = b"data: " + text + b"\n\n"
    reads = [big[at : at + READ_BYTES] for at in range(0, len(big), READ_BYTES)]
    ours = statistics.median(seconds(lambda: parse(reads)) for _ in range(5))
    alone = statistics.median(seconds(lambda: decode([text])) for _ in range(5))
    yield {
        "name": "sse.big_line",
        "value": round(ours, 4),
        "unit": "s",
        "baseline": round(alone, 4),
        "ratio": round(ours / alone, 2),
    }
