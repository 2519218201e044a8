"""What the gateway room adds to the network: time to the first token, and how long Stop takes.

`net.first_token`: milliseconds from asking `GatewayProvider` to its first word, more than a plain httpx client needs
for the same bytes from the same server on loopback; both take turns, medians of all turns. The baseline is the plain
client's median, the ratio that of the two medians.
`stop.latency`: milliseconds from cancelling the task to its end, within a stalled answer; the median.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import httpx

from support.asking import provider, question
from support.raw_server import GOOD_EVENTS, LAST_CHUNK, Peer, RawServer, chunked, delta, stream_head
from tally.core.control import TurnControl
from tally.core.events import TextDelta
from tally.core.ports import ChatRequest
from tally.gateway.provider import GatewayProvider
from tally.gateway.wire import build_body

TURNS = 300
WARM_UP = 20
STOPS = 60


def _serve(peer: Peer) -> None:
    while True:
        peer.request()
        peer.send(stream_head() + chunked(GOOD_EVENTS) + LAST_CHUNK)


def _stall(peer: Peer) -> None:
    peer.request()
    peer.send(stream_head() + chunked(delta("Hel")))
    peer.wait_for_close()


async def _plain(client: httpx.AsyncClient, url: str, body: bytes) -> float:
    begin = time.perf_counter()
    first = 0.0
    async with client.stream("POST", url, content=body, headers={"Content-Type": "application/json"}) as response:
        async for _ in response.aiter_bytes():
            first = first or time.perf_counter()
    return (first - begin) * 1000


async def _ours(one: GatewayProvider, request: ChatRequest) -> float:
    begin = time.perf_counter()
    first = 0.0
    async with aclosing(one.stream(request, TurnControl())) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                first = first or time.perf_counter()
    return (first - begin) * 1000


async def _first_token(base_url: str) -> tuple[float, float]:
    one, request = provider(), question(base_url)
    body, url = build_body(request).data, f"{base_url}/chat/completions"
    plain: list[float] = []
    ours: list[float] = []
    async with httpx.AsyncClient(trust_env=False) as client:
        for turn in range(WARM_UP + TURNS):
            pair = await _plain(client, url, body), await _ours(one, request)
            if turn >= WARM_UP:
                plain.append(pair[0])
                ours.append(pair[1])
    await one.close()
    return statistics.median(plain), statistics.median(ours)


async def _stop(base_url: str) -> float:
    one, request = provider(), question(base_url)
    taken: list[float] = []
    for _ in range(STOPS):
        talking = asyncio.Event()

        async def listen(talking: asyncio.Event = talking) -> None:
            async with aclosing(one.stream(request, TurnControl())) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        talking.set()

        task = asyncio.create_task(listen())
        await talking.wait()
        begin = time.perf_counter()
        task.cancel()
        await asyncio.wait({task})
        taken.append((time.perf_counter() - begin) * 1000)
    await one.close()
    return statistics.median(taken)


def benchmarks() -> Iterator[dict[str, Any]]:
    """Yields both figures."""
    with RawServer([_serve]) as server:
        plain, ours = asyncio.run(_first_token(server.base_url))
    yield {
        "name": "net.first_token",
        "value": round(ours - plain, 3),
        "unit": "ms",
        "baseline": round(plain, 3),
        "ratio": round(ours / plain, 3),
    }
    with RawServer([_stall]) as server:
        stop = asyncio.run(_stop(server.base_url))
    yield {"name": "stop.latency", "value": round(stop, 3), "unit": "ms", "baseline": None, "ratio": None}
