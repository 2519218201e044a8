"""Whatever a server sends, a turn ends with exactly one event and raises nothing."""

import asyncio
import gzip
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.asking import LIMITS, ask, collect, provider, question, user
from support.raw_server import (
    GOOD_EVENTS,
    LAST_CHUNK,
    RawServer,
    chunked,
    closing,
    good_stream,
    http,
    stream_head,
)
from tally.core.events import StreamEnded
from tally.core.messages import EndState

HEADS = [
    b"",
    stream_head(),
    b"HTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n",
    b"HTTP/1.1 400 \r\n\r\n",
    b"HTTP/1.1 599 Odd\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.1 999 What\r\n\r\n",
    b"HTTP/2 200\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
]


def one(sent: bytes):
    def script(peer):
        peer.request()
        peer.send(sent)

    with RawServer([script]) as server:
        return ask(question(server.base_url, limits=LIMITS))[0]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(HEADS), st.binary(max_size=300), st.booleans())
def test_any_bytes_end_in_one_event(head, body, framed):
    answer = one(head + (chunked(body) + LAST_CHUNK if framed and body else body))
    assert sum(isinstance(event, StreamEnded) for event in answer.events) == 1
    assert answer.end.report.state is not EndState.STREAMING
    assert answer.posts >= 1


def test_a_good_answer_cut_anywhere_is_never_called_complete_before_its_finish():
    whole = good_stream()
    finish = whole.index(b'"finish_reason": "stop"')
    rolls = random.Random(7)
    for position in sorted(rolls.sample(range(len(whole)), 60)):
        answer = one(whole[:position])
        state = answer.end.report.state
        assert "Hello".startswith(answer.text)
        if position < finish:
            assert state in {EndState.NETWORK_ERROR, EndState.CUT, EndState.CUT_SILENT}, (position, state)
        else:
            assert state in {EndState.CUT, EndState.COMPLETE}, (position, state)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_the_size_of_the_pieces_changes_nothing(size):
    def script(peer):
        peer.request()
        data = stream_head() + b"".join(
            chunked(GOOD_EVENTS.encode()[at : at + size]) for at in range(0, len(GOOD_EVENTS.encode()), size)
        )
        for at in range(0, len(data), size):
            peer.send(data[at : at + size])
        peer.send(LAST_CHUNK)

    with RawServer([script]) as server:
        answer = ask(question(server.base_url))[0]
    assert (answer.text, answer.end.report.state, answer.end.report.usage.output) == ("Hello", EndState.COMPLETE, 5)


def test_many_answers_at_once_do_not_mix():
    def script(peer):
        while True:
            request = peer.request()
            word = request.json["messages"][0]["content"]
            peer.send(good_stream(GOOD_EVENTS.replace("Hel", word).replace('"lo"', '""')))

    async def run(base_url):
        one_provider = provider()
        try:
            return await asyncio.gather(
                *(collect(one_provider, question(base_url, user(f"word{number}"))) for number in range(30))
            )
        finally:
            await one_provider.close()

    with RawServer([script]) as server:
        answers = asyncio.run(run(server.base_url))
    assert [answer.text for answer in answers] == [f"word{number}" for number in range(30)]


def test_a_flood_in_one_line_is_refused_and_the_connection_closed():
    def script(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\ndata: ")
        peer.wait_for_close_while_sending(b"x" * 1_000_000)

    with RawServer([script]) as server:
        answer = ask(question(server.base_url))[0]
        assert server.gate("closed").wait(10)
    assert answer.end.report.state is EndState.PROTOCOL_ERROR


def test_a_gzip_bomb_is_refused():
    bomb = gzip.compress(b"data: " + b"x" * 200_000_000, compresslevel=9)
    with RawServer([closing(http(200, bomb, headers={"Content-Encoding": "gzip"}))]) as server:
        answer = ask(question(server.base_url))[0]
    assert answer.end.report.state is EndState.PROTOCOL_ERROR
