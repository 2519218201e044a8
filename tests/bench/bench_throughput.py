"""How many pieces of an answer get through the whole path to the view: socket, parser, turn, thread boundary, widgets.

`net.throughput`: deltas per second of a server on loopback that sends as fast as it can, until the view shows the
whole answer; the database is written as always. The baseline is a plain httpx client that only reads the lines and
parses their JSON; the ratio is ours / plain.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from support.raw_server import DONE, LAST_CHUNK, Peer, RawServer, chunked, delta, stream_head, usage

DELTAS = 20_000
PER_CHUNK = 20
RUNS = 3


def _body() -> list[bytes]:
    words = ["The ", "cost ", "of ", "every ", "answer ", "is ", "counted ", "**exactly**.", "\n\n"]
    events = [delta(words[index % len(words)]) for index in range(DELTAS)]
    chunks = [chunked("".join(events[at : at + PER_CHUNK])) for at in range(0, DELTAS, PER_CHUNK)]
    return [*chunks, chunked(delta(finish="stop") + usage(10, DELTAS) + DONE)]


def _serve(peer: Peer) -> None:
    body = _body()
    while True:
        peer.request()
        peer.send(stream_head())
        for chunk in body:
            peer.send(chunk)
        peer.send(LAST_CHUNK)


async def _plain(base_url: str) -> float:
    begin = time.perf_counter()
    pieces = 0
    async with (
        httpx.AsyncClient(trust_env=False) as client,
        client.stream("POST", f"{base_url}/chat/completions", json={}) as response,
    ):
        async for line in response.aiter_lines():
            if line.startswith("data: {"):
                pieces += len(json.loads(line[6:])["choices"])
    return pieces / (time.perf_counter() - begin)


def _ours(base_url: str, folder: Path) -> float:
    from support.desk import OpenDesk

    desk = OpenDesk(folder, demo=False, environ={"TOKENHUB_API_KEY": "th-bench-key"})
    connection = replace(desk.state.settings.connection, base_url=base_url)
    desk.state.change(connection=connection)
    desk.until(lambda: desk.desk.keys.key_state is not None, "the key")
    begin = time.perf_counter()
    desk.ask("Go")
    seconds = time.perf_counter() - begin
    desk.close()
    return DELTAS / seconds


def benchmarks() -> Iterator[dict[str, Any]]:
    """Yield the figure."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])
    with RawServer([_serve] * (2 * RUNS)) as server, tempfile.TemporaryDirectory() as folder:
        plain = max(asyncio.run(_plain(server.base_url)) for _ in range(RUNS))
        ours = max(_ours(server.base_url, Path(folder) / str(run)) for run in range(RUNS))
    app.quit()
    yield {
        "name": "net.throughput",
        "value": round(ours),
        "unit": "deltas/s",
        "baseline": round(plain),
        "ratio": round(ours / plain, 3),
    }
