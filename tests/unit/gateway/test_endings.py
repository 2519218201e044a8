"""How an answer ends: protocol.md 2.4, states and error framings, and the finish reasons of 2.2."""

from __future__ import annotations

import json
import logging

import pytest

from support.answers import DONE, chunk, data, read, stop, words
from tally.core.failures import Failure, FailureKind
from tally.core.messages import EndState
from tally.gateway.chunks import AnswerParser
from tally.gateway.endings import Finish, finish_of

CUT = Failure(FailureKind.DISCONNECTED, "The connection was lost.")
USAGE = data({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}})
CALL = data(chunk({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]}))
ROLE = data(chunk({"role": "assistant", "content": ""}))


@pytest.mark.parametrize(
    ("reasons", "finish"),
    [
        ("stop end_turn stop_sequence eos eos_token complete completed STOP", Finish.STOP),
        ('"completed" whatever_comes', Finish.STOP),
        ("length max_tokens model_context_window_exceeded pause_turn compaction MAX_TOKENS", Finish.LENGTH),
        ("tool_calls function_call tool_use", Finish.TOOLS),
        ("content_filter refusal safety recitation SAFETY", Finish.FILTERED),
        ("error network_error", Finish.ERROR),
    ],
)
def test_finish_reasons_are_mapped(reasons, finish):
    assert {finish_of(reason) for reason in reasons.split()} == {finish}


@pytest.mark.parametrize("reason", [None, "", "null", 3, ["stop"]])
def test_what_is_no_finish_reason_is_none(reason):
    assert finish_of(reason) is None


def test_an_unknown_finish_reason_is_logged(caplog):
    with caplog.at_level(logging.INFO):
        finish_of("tired")
    assert "tired" in caplog.text


@pytest.mark.parametrize(
    ("body", "state", "note"),
    [
        pytest.param(words("a") + stop(), "complete", None, id="COMPLETE without [DONE] and usage"),
        pytest.param(words("a") + stop() + USAGE + DONE, "complete", None, id="COMPLETE with both"),
        pytest.param(ROLE + stop() + DONE, "complete", "empty_answer", id="COMPLETE, empty"),
        pytest.param(words(" \n") + stop(), "complete", "empty_answer", id="COMPLETE, white space only"),
        pytest.param(data(chunk({"reasoning": "a"})) + stop(), "complete", "empty_answer", id="reasoning only"),
        pytest.param(words("a") + stop("length"), "length", None, id="LENGTH"),
        pytest.param(words("a") + stop("length") + stop("stop"), "length", None, id="LENGTH, then stop"),
        pytest.param(words("a") + stop("stop") + stop("length"), "length", None, id="stop, then LENGTH"),
        pytest.param(CALL + stop("tool_calls"), "tools", None, id="TOOLS"),
        pytest.param(CALL + stop("stop"), "tools", None, id="TOOLS by calls"),
        pytest.param(CALL + stop("length"), "length", None, id="LENGTH with calls"),
        pytest.param(stop("content_filter"), "filtered", None, id="FILTERED, empty"),
        pytest.param(words("a") + stop("refusal"), "filtered", None, id="FILTERED, text"),
        pytest.param(data(chunk({"refusal": "No."})), "filtered", "no_finish_reason", id="a refusal that ends"),
        pytest.param(words("a"), "cut_silent", None, id="CUT_SILENT"),
        pytest.param(words("a") + DONE, "cut_silent", None, id="CUT_SILENT with [DONE]"),
        pytest.param(CALL, "cut_silent", None, id="CUT_SILENT with calls"),
        pytest.param(data(chunk({"content": "a"}, usage={"prompt_tokens": 9})), "cut_silent", None,
                     id="CUT_SILENT, usage beside words"),
        pytest.param(words("a") + USAGE + DONE, "complete", "done_without_finish", id="DONE_NO_FINISH"),
        pytest.param(words("a") + USAGE, "complete", "no_finish_reason", id="usage of its own at the end"),
        pytest.param(b"", "empty", None, id="EMPTY: nothing"),
        pytest.param(b" \r\n", "empty", None, id="EMPTY: white space"),
        pytest.param(b": ping\n\n: ping\n\n", "empty", None, id="EMPTY: comments"),
        pytest.param(DONE, "empty", None, id="EMPTY: [DONE]"),
        pytest.param(ROLE, "empty", None, id="EMPTY: role"),
        pytest.param(ROLE + DONE, "empty", None, id="EMPTY: role and [DONE]"),
        pytest.param(b'data: {"choices":[{"del', "empty", None, id="EMPTY: half a chunk"),
        pytest.param(b"data: [DO", "empty", None, id="EMPTY: half a [DONE]"),
        pytest.param(b"<!DOCTYPE html><html><title>Hi</title>", "protocol_error", None, id="PROTOCOL_ERROR: HTML"),
        pytest.param(b"upstream connect error", "protocol_error", None, id="PROTOCOL_ERROR: garbage"),
        pytest.param(b"\x00\x01\xfe\xff\n\n", "protocol_error", None, id="PROTOCOL_ERROR: binary"),
        pytest.param(data("nonsense") + data("{broken") + DONE, "protocol_error", None,
                     id="PROTOCOL_ERROR: no chunk can be parsed"),
        pytest.param(data("{broken"), "protocol_error", None, id="PROTOCOL_ERROR: the only chunk is broken"),
        pytest.param(data("{broken") + words("a") + stop(), "complete", None, id="one broken chunk among good ones"),
    ],
)  # fmt: skip
def test_clean_ends(body, state, note):
    ending = read(body).ending
    assert (ending.state.value, ending.note) == (state, note)
    assert (ending.failure is None) == (ending.state.succeeded)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        pytest.param(words("a"), "cut", id="after words"),
        pytest.param(ROLE, "cut", id="after any chunk"),
        pytest.param(words("a") + USAGE, "cut", id="after usage"),
        pytest.param(CALL, "cut", id="within calls"),
        pytest.param(b"", "network_error", id="before anything"),
        pytest.param(b": ping\n\n", "network_error", id="after comments"),
        pytest.param(b'{"choices":[{"mess', "network_error", id="within a document"),
    ],
)
def test_a_lost_connection_is_a_cut_with_its_reason(body, state):
    ending = read(body, CUT).ending
    assert (ending.state.value, ending.failure) == (state, CUT)


@pytest.mark.parametrize(
    ("body", "state"),
    [
        pytest.param(words("a") + stop(), "complete", id="after the finish reason"),
        pytest.param(CALL + stop("tool_calls"), "tools", id="after the finish reason of calls"),
        pytest.param(words("a") + stop() + DONE, "complete", id="after [DONE]"),
        pytest.param(words("a") + USAGE + DONE, "complete", id="after [DONE] without finish reason"),
        pytest.param(b'{"choices":[{"message":{"content":"a"}}]}', "complete", id="after a whole document"),
    ],
)
def test_a_connection_lost_after_the_end_takes_nothing(body, state):
    ending = read(body, CUT).ending
    assert (ending.state.value, ending.failure) == (state, None)


def test_words_before_a_cut_are_kept_with_half_an_event():
    answer = read(words("a") + b'data: {"choices":[{"delta":{"content":"b"}}]}', CUT)
    assert (answer.text, answer.ending.state) == ("ab", EndState.CUT)


@pytest.mark.parametrize(
    ("body", "state", "note"),
    [
        (words("a"), "complete", "no_finish_reason"),
        (words("a") + DONE, "complete", "no_finish_reason"),
        (CALL, "tools", "no_finish_reason"),
        (words("a") + stop(), "complete", None),
        (b"", "empty", None),
    ],
)
def test_where_finish_reasons_never_come_their_absence_says_nothing(body, state, note):
    ending = read(body, expects_finish=False).ending
    assert (ending.state.value, ending.note) == (state, note)
    assert read(words("a"), CUT, expects_finish=False).ending.state is EndState.CUT


def test_calls_of_an_answer_that_was_cut_are_told_but_not_to_be_run():
    ending = read(CALL, CUT).ending
    assert (ending.state, len(ending.tool_calls)) == (EndState.CUT, 1)


BUSY = {"message": "busy", "type": "overloaded_error"}
ANTHROPIC = {"type": "error", "error": BUSY, "request_id": "req_7"}
FRAMINGS = [
    pytest.param(data({"error": BUSY}), id="1 error object"),
    pytest.param(data({"error": "busy"}), id="2 error text"),
    pytest.param(data({"object": "error", "message": "busy", "type": "overloaded_error"}), id="3 vLLM"),
    pytest.param(b"event: error\n" + data(ANTHROPIC), id="4 event: error"),
    pytest.param(b"event: error\n" + data("busy"), id="4 event: error with text"),
    pytest.param(data(ANTHROPIC), id="4 without the event's name"),
    pytest.param(b"error: " + json.dumps(BUSY).encode() + b"\n\n", id="5 error field"),
    pytest.param(b"error: " + json.dumps({"error": BUSY}).encode() + b"\n\n", id="5 error field, wrapped"),
    pytest.param(b"error: busy\n\n", id="5 error field with text"),
    pytest.param(json.dumps({"error": BUSY}).encode(), id="6 bare"),
    pytest.param(json.dumps({"error": BUSY}).encode() + DONE, id="6 bare, glued to [DONE]"),
    pytest.param(json.dumps({"error": BUSY}, indent=2).encode() + b"\n", id="6 bare, several lines"),
    pytest.param(json.dumps({"code": 529, "message": "busy"}).encode(), id="6 bare message and code"),
    pytest.param(json.dumps({"success": False, "message": "busy"}).encode(), id="6 bare success: false"),
    pytest.param(data(chunk({"content": ""}, "error", error=BUSY)), id="7 finish and top-level error"),
    pytest.param(data({"choices": [{"delta": {}, "finish_reason": "error", "error": BUSY}]}), id="7 choice's error"),
    pytest.param(stop("error") + data({"error": BUSY}), id="7 finish first, the error after it"),
    pytest.param(data({"success": False, "message": "busy"}), id="8 success: false"),
    pytest.param(data({"code": 529, "msg": "busy"}), id="3.1 code and msg"),
    pytest.param(data({"detail": "busy"}), id="3.1 detail"),
    pytest.param(data({"errors": [{"message": "busy"}]}), id="3.1 errors"),
    pytest.param(data([{"error": BUSY}]), id="Gemini's list"),
    pytest.param(data("{'error': {'message': 'busy', 'type': None}}"), id="Python's idea of JSON"),
]


@pytest.mark.parametrize("framing", FRAMINGS)
def test_an_error_after_words_keeps_the_words(framing):
    answer = read(words("Hel") + words("lo") + framing + words("lost"))
    assert (answer.text, answer.ending.state) == ("Hello", EndState.STREAM_ERROR)
    assert answer.ending.failure is not None
    assert answer.ending.failure.message == "busy"
    assert answer.ending.failure.may_be_billed


@pytest.mark.parametrize("framing", FRAMINGS)
def test_an_error_instead_of_words_is_an_error(framing):
    answer = read(framing)
    assert (answer.text, answer.ending.state) == ("", EndState.STREAM_ERROR)
    assert answer.ending.failure is not None
    assert (answer.ending.failure.message, answer.ending.failure.may_be_billed) == ("busy", False)


@pytest.mark.parametrize("framing", FRAMINGS)
def test_an_error_counts_even_when_the_connection_is_lost_with_it(framing):
    assert read(words("a") + framing, CUT).ending.state is EndState.STREAM_ERROR


def test_words_in_the_chunk_of_an_error_are_kept():
    assert read(data(chunk({"content": "a"}, "error", error=BUSY))).text == "a"


def test_an_error_after_the_finish_reason_is_an_error_with_a_note():
    ending = read(words("a") + stop() + data({"error": BUSY})).ending
    assert (ending.state, ending.note, ending.saw_finish) == (EndState.STREAM_ERROR, "error_after_finish", True)


def test_a_finish_reason_error_alone_is_an_error():
    ending = read(words("a") + stop("error") + DONE).ending
    assert ending.state is EndState.STREAM_ERROR
    assert ending.failure is not None
    assert ending.failure.kind is FailureKind.STREAM


def test_the_first_error_is_the_one_that_counts():
    ending = read(data({"error": BUSY}) + data({"error": "later"})).ending
    assert ending.failure is not None
    assert (ending.failure.message, ending.failure.kind) == ("busy", FailureKind.OVERLOADED)


def test_the_request_id_of_an_error_is_told():
    assert read(data(ANTHROPIC)).ending.request_id == "req_7"


def test_an_error_stops_the_reading():
    parser = AnswerParser()
    parser.feed(data({"error": BUSY}))
    assert parser.failed
    assert not parser.done


@pytest.mark.parametrize(
    "harmless",
    [
        {"error": None},
        {"error": ""},
        {"error": {}},
        {"error": False},
        {"error": {"message": "", "type": "", "param": "", "code": None}},
        {"success": True},
        {"code": 0, "message": "success"},
    ],
)
def test_what_only_looks_like_an_error_is_none(harmless):
    answer = read(data(chunk({"content": "Hi"}) | harmless) + stop())
    assert (answer.text, answer.ending.state) == ("Hi", EndState.COMPLETE)


@pytest.mark.parametrize(
    "harmless", ["error: null\n\n", 'data: {"code":0,"message":"ok"}\n\n', 'data: {"error":null}\n\n']
)
def test_what_says_that_nothing_is_wrong_is_no_error(harmless):
    assert read(words("Hi") + harmless.encode() + stop()).ending.state is EndState.COMPLETE


def test_text_in_place_of_a_chunk_is_the_error_when_nothing_says_that_all_is_well():
    answer = read(words("a") + data("upstream timeout"))
    assert (answer.text, answer.ending.state) == ("a", EndState.STREAM_ERROR)
    assert answer.ending.failure is not None
    assert answer.ending.failure.message == "upstream timeout"


@pytest.mark.parametrize("text", ["[ERROR] upstream timeout", '"upstream timeout"'])
def test_text_that_begins_like_json_is_text(text):
    ending = read(words("a") + data(text)).ending
    assert ending.state is EndState.STREAM_ERROR
    assert ending.failure is not None
    assert "upstream timeout" in ending.failure.message


def test_text_in_place_of_a_chunk_is_forgotten_when_the_answer_finishes():
    assert read(words("a") + data("hiccup") + stop()).ending.state is EndState.COMPLETE


def test_text_alone_is_shown_as_what_the_server_said():
    ending = read(data("upstream timeout") + DONE).ending
    assert (ending.state, ending.failure) == (
        EndState.PROTOCOL_ERROR,
        Failure(FailureKind.WRONG_FORMAT, "upstream timeout", details="data: upstream timeout\n\ndata: [DONE]\n\n"),
    )


def test_a_web_page_is_shown_by_its_title_and_its_beginning():
    page = b"<html><head><title>504 Gateway Time-out</title></head>" + b"<p>" * 5_000
    parser = AnswerParser()
    for at in range(0, len(page), 100):
        parser.feed(page[at : at + 100])
    assert parser.failed
    failure = parser.finish().failure
    assert failure is not None
    assert failure.kind is FailureKind.WRONG_FORMAT
    assert "504 Gateway Time-out" in failure.message
    assert failure.details == page[:200].decode()


def test_a_web_page_stays_one_when_the_connection_is_lost():
    assert read(b"<html>", CUT).ending.state is EndState.PROTOCOL_ERROR


def test_a_web_page_within_an_answer_tells_why_it_ended():
    answer = read(
        words("a") + b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<center>nginx</center></html>"
    )
    assert (answer.text, answer.ending.state) == ("a", EndState.STREAM_ERROR)
    assert answer.ending.failure is not None
    assert "502 Bad Gateway" in answer.ending.failure.message


def test_an_error_as_a_document_is_an_error():
    body = json.dumps({"error": {"message": "no", "code": "model_not_found"}}, indent=4).encode()
    ending = read(body).ending
    assert ending.failure is not None
    assert (ending.state, ending.failure.kind) == (EndState.STREAM_ERROR, FailureKind.MODEL_UNAVAILABLE)


def test_errors_nested_beyond_reason_are_errors_all_the_same():
    assert read(b'data: {"error": ' + b"[" * 900 + b"1" + b"]" * 900 + b"}\n\n").ending.state in {
        EndState.STREAM_ERROR,
        EndState.PROTOCOL_ERROR,
    }
