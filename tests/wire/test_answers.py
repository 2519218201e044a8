"""Whole answers over a real connection: what is sent, what arrives, in which order."""

import gzip
import json
import zlib

import pytest

from support.asking import KEY, ask, question
from support.raw_server import (
    DONE,
    GOOD_EVENTS,
    LAST_CHUNK,
    RawServer,
    answering,
    chunked,
    closing,
    delta,
    event,
    good_stream,
    http,
    stream_head,
    usage,
)
from tally.core.events import RequestStarted, StreamEnded, TextDelta, UsageSeen
from tally.core.failures import FailureKind
from tally.core.messages import EndState
from tally.core.money import Usage
from tally.core.params import GenerationParams
from tally.gateway.call import Patience

WHOLE = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "model": "m-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5},
}
UNSTREAMED = GenerationParams(stream=False)


def one(script, **named):
    with RawServer([script]) as server:
        return ask(question(server.base_url, **named))[0]


def body(data: bytes, **headers: str) -> bytes:
    return http(200, data, headers={"Content-Type": "text/event-stream", **headers})


def test_a_streamed_answer_arrives_in_order():
    answer = one(answering(good_stream()))
    assert [type(each) for each in answer.events] == [RequestStarted, TextDelta, UsageSeen, StreamEnded]
    assert answer.text == "Hello"
    report = answer.end.report
    assert (report.state, report.failure, report.number) == (EndState.COMPLETE, None, 1)
    assert report.usage == Usage(uncached=10, output=5, prompt_reported=10)
    assert report.model_returned == "m-1"
    assert report.first_token_ms is not None
    assert report.first_token_ms <= report.duration_ms


def test_the_request_carries_what_the_protocol_asks_for():
    with RawServer([answering(good_stream())]) as server:
        ask(question(server.base_url), user_agent="Tally/9")
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/chat/completions")
    headers = request.headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"] == "application/json"
    assert headers["accept"] == "text/event-stream"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"] == "Tally/9"
    assert headers["x-client-request-id"] == "00000000-0000-4000-8000-000000000001"
    assert headers["content-length"] == str(len(request.body))
    assert request.json["messages"] == [{"role": "user", "content": "Hi"}]


def test_an_answer_that_is_not_streamed_is_one_piece():
    with RawServer([answering(http(200, json.dumps(WHOLE)))]) as server:
        answer = ask(question(server.base_url, params=UNSTREAMED))[0]
    assert answer.text == "Hello"
    assert answer.end.report.state is EndState.COMPLETE
    assert server.requests[0].json["stream"] is False
    assert server.requests[0].headers["accept"] == "application/json"


def test_a_stream_may_be_answered_by_one_document_and_the_other_way_round():
    assert one(answering(http(200, json.dumps(WHOLE)))).text == "Hello"
    assert one(answering(good_stream()), params=UNSTREAMED).text == "Hello"


def test_connections_are_kept_and_used_again():
    with RawServer([answering(good_stream(), good_stream(), good_stream())]) as server:
        answers = ask(*(question(server.base_url) for _ in range(3)))
    assert [answer.text for answer in answers] == ["Hello"] * 3
    assert server.connections == 1


def test_the_end_of_the_stream_may_come_byte_by_byte():
    def script(peer):
        peer.request()
        peer.send(stream_head())
        for position in range(len(GOOD_EVENTS)):
            peer.send(chunked(GOOD_EVENTS[position]))
        peer.send(LAST_CHUNK)

    answer = one(script)
    assert (answer.text, answer.end.report.state) == ("Hello", EndState.COMPLETE)


def test_the_words_come_before_the_stream_has_ended():
    def script(peer):
        peer.request()
        peer.send(stream_head() + chunked(delta("Hel")))
        peer.wait("seen")
        peer.send(chunked(delta("lo", finish="stop") + DONE) + LAST_CHUNK)

    with RawServer([script]) as server:
        answer = ask(
            question(server.base_url), watch=lambda seen, _: isinstance(seen, TextDelta) and server.let("seen")
        )[0]
    assert [piece.text for piece in answer.of(TextDelta)] == ["Hel", "lo"]


@pytest.mark.parametrize(
    ("headers", "data"),
    [
        ({"Content-Encoding": "gzip"}, gzip.compress(GOOD_EVENTS.encode())),
        ({"Content-Encoding": "deflate"}, zlib.compress(GOOD_EVENTS.encode())),
        ({"Content-Type": "text/event-stream; charset=iso-8859-1"}, GOOD_EVENTS.encode()),
        ({"Content-Type": "application/octet-stream"}, GOOD_EVENTS.encode()),
        ({"Content-Type": "application/json"}, GOOD_EVENTS.encode()),
    ],
)
def test_wrong_labels_and_unwanted_compression_do_no_harm(headers, data):
    answer = one(answering(body(data, **headers)))
    assert (answer.text, answer.end.report.state) == ("Hello", EndState.COMPLETE)


def test_a_wrong_charset_makes_no_mojibake():
    data = (delta("Oʻzbek – 你好") + delta(finish="stop") + DONE).encode()
    answer = one(answering(body(data, **{"Content-Type": "text/event-stream; charset=iso-8859-1"})))
    assert answer.text == "Oʻzbek – 你好"


def test_what_is_called_gzip_and_is_not_says_so():
    answer = one(answering(body(GOOD_EVENTS.encode(), **{"Content-Encoding": "gzip"})))
    report = answer.end.report
    assert (report.state, report.failure.kind) == (EndState.PROTOCOL_ERROR, FailureKind.WRONG_FORMAT)
    assert "compressed" in report.failure.message


def test_truncated_gzip_is_not_taken_for_a_whole_answer():
    data = gzip.compress((delta("Hello " * 500) + usage() + DONE).encode())[:-40]
    state = one(closing(body(data, **{"Content-Encoding": "gzip"}))).end.report.state
    assert state is not EndState.COMPLETE


def test_a_web_page_is_no_answer():
    page = b"<!DOCTYPE html><html><title>Welcome to nginx!</title></html>"
    answer = one(answering(http(200, page, headers={"Content-Type": "text/html"})))
    assert answer.end.report.state is EndState.PROTOCOL_ERROR
    assert "nginx" in answer.end.report.failure.message


def test_nothing_at_all_is_an_empty_answer():
    answer = one(answering(http(200, b"")))
    assert answer.end.report.state is EndState.EMPTY
    assert answer.end.report.failure.status == 200
    assert answer.posts == 1


def test_a_successful_answer_carries_the_ids_of_the_server():
    text = good_stream().replace(b"Transfer-Encoding", b"X-Request-Id: req-7\r\nTransfer-Encoding")
    assert one(answering(text)).end.report.request_id == "req-7"


def test_the_price_header_of_a_proxy_is_kept_as_information():
    headers = {"x-litellm-response-cost": "0.00027749999999999997"}
    answer = one(answering(http(200, json.dumps(WHOLE), headers=headers)), params=UNSTREAMED)
    assert answer.end.report.server_cost == "0.00027749999999999997"
    free = answering(http(200, json.dumps(WHOLE), headers={"x-litellm-response-cost": "0.0"}))
    assert one(free).end.report.server_cost is None


def test_tool_calls_are_handed_over_at_the_end():
    call = {"index": 0, "id": "toolu_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    answer = one(answering(good_stream(delta(None, tool_calls=[call]) + delta(finish="tool_calls") + DONE)))
    assert answer.end.report.state is EndState.TOOLS
    assert [(each.call_id, each.name, each.arguments) for each in answer.end.tool_calls] == [("toolu_1", "f", {"a": 1})]


# How the end is reached


def test_a_reset_in_mid_answer_keeps_the_words():
    def script(peer):
        peer.request()
        peer.send(stream_head() + chunked(delta("Hel")))
        peer.wait("seen")
        peer.reset()

    with RawServer([script]) as server:
        answer = ask(
            question(server.base_url), watch=lambda seen, _: isinstance(seen, TextDelta) and server.let("seen")
        )[0]
    report = answer.end.report
    assert answer.text == "Hel"
    assert (report.state, report.failure.kind, report.failure.may_be_billed) == (
        EndState.CUT, FailureKind.DISCONNECTED, True,
    )  # fmt: skip
    assert answer.posts == 1


@pytest.mark.parametrize("tail", [b"", b"5", b"ff\r\nda"])
def test_a_chunked_stream_without_its_last_chunk_is_cut(tail):
    answer = one(closing(stream_head() + chunked(delta("Hel")) + tail))
    assert (answer.text, answer.end.report.state) == ("Hel", EndState.CUT)


def test_an_end_without_framing_and_without_finish_is_a_silent_cut():
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    answer = one(closing(head + delta("Hel").encode()))
    assert (answer.text, answer.end.report.state) == ("Hel", EndState.CUT_SILENT)


def test_a_cut_after_the_finish_is_no_cut():
    answer = one(closing(stream_head() + chunked(delta("Hello", finish="stop"))))
    assert answer.end.report.state is EndState.COMPLETE


def test_an_endpoint_that_never_sends_a_finish_reason_is_believed_after_three_answers():
    plain = good_stream(delta("Hi") + DONE)
    with RawServer([answering(*[plain] * 4)]) as server:
        answers = ask(*(question(server.base_url) for _ in range(4)))
    states = [answer.end.report.state for answer in answers]
    assert states == [EndState.CUT_SILENT] * 3 + [EndState.COMPLETE]


@pytest.mark.parametrize(
    "framing",
    [
        event({"error": {"message": "boom", "type": "x"}}),
        event({"error": "boom"}),
        event({"object": "error", "message": "boom", "code": 40000}),
        'event: error\ndata: {"type":"error","error":{"type":"x","message":"boom"}}\n\n',
        'error: {"message":"boom"}\n\n',
        '{"error":{"message":"boom"}}\n\n',
        delta(finish="error").replace("}\n\n", ',"error":{"message":"boom"}}\n\n'),
        event({"success": False, "message": "boom"}),
    ],
)
def test_an_error_in_any_framing_stands_under_the_kept_words(framing):
    answer = one(answering(good_stream(delta("Kept words") + framing)))
    report = answer.end.report
    assert (answer.text, report.state) == ("Kept words", EndState.STREAM_ERROR)
    assert (report.failure.message, report.failure.status) == ("boom", 200)
    assert answer.posts == 1


def test_the_rest_is_read_after_done_but_not_for_ever():
    def script(peer):
        peer.request()
        peer.send(stream_head() + chunked(GOOD_EVENTS))
        peer.wait_for_close()

    with RawServer([script]) as server:
        answer = ask(question(server.base_url), patience=Patience(drain=0.05))[0]
        assert server.gate("closed").wait(10)
    assert answer.end.report.state is EndState.COMPLETE
