"""Errors on request: each is what a client meets in the world."""

import asyncio

import httpx
import pytest


def text_of(events):
    return "".join(
        choice["delta"].get("content") or "" for event in events if event != "[DONE]" for choice in event["choices"]
    )


@pytest.mark.parametrize("status", [401, 402, 403, 404, 413, 429, 500, 502, 503, 504, 529])
@pytest.mark.parametrize("stream", [True, False])
def test_a_status_is_answered_on_request_with_a_reason(demo, status, stream):
    response = demo.post(f"/error {status}", stream=stream)

    assert response.status_code == status
    error = response.json()["error"]
    assert "You asked the demo for this error" in error["message"]
    assert set(error) == {"message", "type", "param", "code"}


def test_429_says_when_to_come_back_and_the_same_request_then_succeeds(demo):
    async def scenario(client):
        async def ask(text):
            return await client.post("chat/completions", json=demo.body(text))

        return [await ask(text) for text in ("/error 429", "/error 429 other", "/error 429", "/error 429")]

    first, other, second, third = demo.run(scenario)

    assert [first.status_code, other.status_code, second.status_code, third.status_code] == [429, 429, 200, 429]
    assert first.headers["retry-after"] == "2"
    assert "second attempt was accepted" in second.json()["choices"][0]["message"]["content"]


@pytest.mark.parametrize("stream", [True, False])
def test_a_cut_answer_ends_without_its_end(demo, stream):
    received = bytearray()

    async def scenario(client):
        async with client.stream("POST", "chat/completions", json=demo.body("/error cut", stream=stream)) as response:
            async for data in response.aiter_bytes():
                received.extend(data)

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        demo.run(scenario)
    assert b" middle" in received if stream else b'"choices"' in received
    assert b"[DONE]" not in received


@pytest.mark.parametrize("stream", [True, False])
def test_a_stalled_answer_begins_and_never_ends(demo, stream):
    async def scenario(client):
        body = demo.body("/error stall", stream=stream)
        received = b""
        async with client.stream("POST", "chat/completions", json=body) as response:
            pieces = response.aiter_bytes()
            while b'"content"' not in received or (stream and b'" of"' not in received):
                received += await anext(pieces)
            more = asyncio.ensure_future(anext(pieces, b""))
            for _ in range(1000):
                await asyncio.sleep(0)
            assert not more.done()
            more.cancel()
            await asyncio.gather(more, return_exceptions=True)

    demo.run(scenario)


def test_an_error_inside_a_running_stream_follows_the_text_and_ends_it(demo):
    events = demo.stream("/error stream", stream_options={"include_usage": True})

    assert events[-1]["error"]["type"] == "api_error"
    assert "in the middle of" in text_of(events[:-1])
    assert not any(choice["finish_reason"] for event in events[:-1] for choice in event["choices"])


def test_an_error_in_a_plain_answer_comes_with_status_200(demo):
    response = demo.post("/error stream")

    assert response.status_code == 200
    assert set(response.json()) == {"error"}


def test_usage_can_be_left_out(demo):
    events = demo.stream("/error nousage", stream_options={"include_usage": True})
    plain = demo.post("/error nousage").json()

    assert all(event.get("usage") is None for event in events[:-1])
    assert events[-2]["choices"][0]["finish_reason"] == "stop"
    assert "usage" not in plain


def test_a_refused_answer_is_filtered(demo):
    choice = demo.post("/refuse").json()["choices"][0]

    assert choice["finish_reason"] == "content_filter"
    assert choice["message"]["content"] == ""


def test_an_unknown_error_is_answered_with_the_known_ones(demo):
    answer = demo.answer("/error 418")

    assert "`429`" in answer
    assert "`stall`" in answer


def test_a_cut_answer_can_be_continued(demo):
    cut = text_of(demo.stream("/error stream")[:-1])
    history = [
        {"role": "user", "content": "/error cut"},
        {"role": "assistant", "content": cut},
        {"role": "user", "content": f'Your previous response was interrupted and ended with "{cut[-50:]}". Continue.'},
    ]

    assert "nothing of the first half was lost" in demo.answer(messages=history)


def test_a_failed_command_does_not_hold_for_the_question_after_it(demo):
    assert demo.answer("/error 500\n\nWhat does it cost?").startswith("# What an answer costs")
