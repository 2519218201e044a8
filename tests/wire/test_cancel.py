"""Stop, at every phase of a request: the task ends and the connection is closed at once."""

import asyncio

import pytest

from support.asking import OneKey, collect, provider, question, user
from support.raw_server import GOOD_EVENTS, RawServer, chunked, delta, http, stream_head
from tally.core.control import TurnControl
from tally.core.events import RetryScheduled, StreamEnded, TextDelta
from tally.gateway.call import Patience
from tally.gateway.provider import GatewayProvider


def silent(*said):
    def script(peer):
        peer.request()
        for piece in said:
            peer.send(piece)
        peer.tell("here")
        peer.wait_for_close()

    return script


def stopped(server, *, reached="here", patience=None):
    """Asks, stops when the server has reached a point, and returns what had come."""
    events = []

    async def run():
        one = provider(patience=patience or Patience(drain=30))
        task = asyncio.create_task(collect(one, question(server.base_url), lambda event, _: events.append(event)))
        assert await asyncio.to_thread(server.gate(reached).wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(server.gate("closed").wait, 10)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not others, f"still running: {others}"
        await one.close()

    asyncio.run(run())
    assert not any(isinstance(event, StreamEnded) for event in events)
    return events


@pytest.mark.parametrize(
    "said",
    [
        [],
        [b"HTTP/1.1 200 OK\r\nContent-"],
        [stream_head()],
        [stream_head(), chunked(": ping\n\n")],
        [stream_head(), chunked(delta("Hel"))],
        [stream_head(), chunked(delta("Hel")), b"ff\r\ndata: {"],
        [stream_head(), chunked(GOOD_EVENTS)],
        [b'HTTP/1.1 500 Oops\r\nContent-Length: 99\r\n\r\n{"err'],
    ],
    ids=[
        "before the head",
        "in the head",
        "after the head",
        "pings",
        "words",
        "half a chunk",
        "after done",
        "error body",
    ],
)
def test_stop_closes_the_connection_at_once(said):
    with RawServer([silent(*said)]) as server:
        stopped(server)
    assert len(server.requests) == 1


def test_stop_while_the_request_is_being_written():
    def script(peer):
        peer.tell("here")
        peer.gate("go").wait(10)
        peer.wait_for_close()

    with RawServer([script]) as server:

        async def run():
            one = provider()
            asked = question(server.base_url, user("x" * 20_000_000))
            task = asyncio.create_task(collect(one, asked))
            assert await asyncio.to_thread(server.gate("here").wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            server.let("go")
            assert await asyncio.to_thread(server.gate("closed").wait, 10)
            await one.close()

        asyncio.run(run())


def test_stop_in_the_pause_before_asking_again():
    paused = asyncio.Event()

    async def run(url):
        one = provider()

        def watch(event, _):
            if isinstance(event, RetryScheduled):
                paused.set()

        task = asyncio.create_task(collect(one, question(url), watch))
        await paused.wait()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await one.close()

    with RawServer([silent(http(429, headers={"retry-after": "50"}))]) as server:
        asyncio.run(run(server.base_url))
    assert len(server.requests) == 1


def test_stop_while_the_name_is_looked_up(monkeypatch):
    async def run():
        loop = asyncio.get_running_loop()
        asked = asyncio.Event()

        async def never(*_args, **_named):
            asked.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(loop, "getaddrinfo", never)
        one = provider()
        task = asyncio.create_task(collect(one, question("http://localhost:1/v1")))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await one.close()

    asyncio.run(run())


def test_stop_while_the_keyring_asks():
    class AskingKeyring(OneKey):
        def __init__(self):
            super().__init__()
            self.asked = asyncio.Event()

        async def key_for(self, base_url):
            self.asked.set()
            await asyncio.Event().wait()

    async def run():
        secrets = AskingKeyring()
        one = provider(secrets)
        task = asyncio.create_task(collect(one, question("http://localhost:1/v1")))
        await secrets.asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await one.close()

    asyncio.run(run())


def test_a_consumer_that_leaves_closes_the_connection():
    async def run(url):
        one: GatewayProvider = provider()
        stream = one.stream(question(url), TurnControl())
        async for event in stream:
            if isinstance(event, TextDelta):
                break
        await stream.aclose()
        assert await asyncio.to_thread(server.gate("closed").wait, 10)
        await one.close()

    with RawServer([silent(stream_head(), chunked(delta("Hel")))]) as server:
        asyncio.run(run(server.base_url))


def test_other_answers_go_on():
    def slow(peer):
        peer.request()
        peer.send(stream_head() + chunked(delta("Hel")))
        peer.tell(f"here {peer.number}")
        if peer.number == 0:
            peer.wait("go on")
            peer.send(chunked(delta("lo", finish="stop")) + b"0\r\n\r\n")
        peer.wait_for_close()

    async def run(server):
        one = provider()
        staying = asyncio.create_task(collect(one, question(server.base_url)))
        assert await asyncio.to_thread(server.gate("here 0").wait, 10)
        leaving = asyncio.create_task(collect(one, question(server.base_url)))
        assert await asyncio.to_thread(server.gate("here 1").wait, 10)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        server.let("go on")
        answer = await staying
        await one.close()
        return answer

    with RawServer([slow]) as server:
        assert asyncio.run(run(server)).text == "Hello"
