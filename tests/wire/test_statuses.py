"""The status table of protocol.md 3.2: what each answer means, how often it is asked again, what it says of money."""

import json

import pytest

from support.asking import ANY_SAMPLING, KEY, Notes, ask, question
from support.raw_server import RawServer, answering, event, good_stream, http
from tally.core.events import CallFailed, CallPurpose, Repaired, RequestStarted, RetryScheduled
from tally.core.failures import FailureKind
from tally.core.messages import EndState
from tally.core.params import GenerationParams
from tally.gateway.call import Patience

K = FailureKind


def error(message="no", kind=None, code=None):
    return json.dumps({"error": {"message": message, "type": kind, "code": code}})


def always(status, body=b"", **headers):
    """The answer to a turn at a server that gives the same answer again and again."""
    answer = http(status, body, headers={name.replace("_", "-"): value for name, value in headers.items()}, reason="")
    with RawServer([answering(*[answer] * 5)]) as server:
        result = ask(question(server.base_url))[0]
        assert result.posts == len(server.posts)
    return result


@pytest.mark.parametrize(
    ("status", "kind", "posts"),
    [
        (300, K.WRONG_ADDRESS, 1), (307, K.WRONG_ADDRESS, 1), (400, K.BAD_REQUEST, 1), (401, K.AUTH, 1),
        (402, K.BALANCE, 1), (403, K.FORBIDDEN, 1), (404, K.NOT_FOUND, 1), (405, K.WRONG_ADDRESS, 1),
        (408, K.GATEWAY_TIMEOUT, 1), (409, K.SERVER, 2), (413, K.TOO_LARGE, 1), (415, K.BAD_REQUEST, 1),
        (422, K.BAD_REQUEST, 1), (429, K.RATE_LIMITED, 3), (499, K.UNREACHABLE, 1), (500, K.SERVER, 2),
        (501, K.SERVER, 2), (502, K.UNREACHABLE, 3), (503, K.UNREACHABLE, 3), (504, K.GATEWAY_TIMEOUT, 1),
        (520, K.UNREACHABLE, 2), (521, K.UNREACHABLE, 3), (522, K.UNREACHABLE, 3), (523, K.UNREACHABLE, 3),
        (524, K.GATEWAY_TIMEOUT, 1), (525, K.UNREACHABLE, 1), (526, K.UNREACHABLE, 1), (527, K.UNREACHABLE, 1),
        (529, K.OVERLOADED, 3),
    ],
)  # fmt: skip
def test_each_status_has_its_meaning_and_its_number_of_tries(status, kind, posts):
    answer = always(status)
    report = answer.end.report
    assert (report.state, report.failure.kind, report.failure.status) == (EndState.HTTP_ERROR, kind, status)
    assert answer.posts == posts
    assert report.failure.may_be_billed is (status in {408, 504, 524})


def test_the_inner_type_wins_over_the_status():
    inner = json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}).encode()
    answer = always(500, error(f"litellm.InternalServerError: AnthropicException - {inner!r}", code="500"))
    assert (answer.end.report.failure.kind, answer.posts) == (K.OVERLOADED, 3)
    assert answer.end.report.failure.message == "Overloaded"


@pytest.mark.parametrize("code", ["insufficient_quota", "credit_balance_exhausted", "monthly_spend_limit_exceeded"])
def test_an_empty_balance_behind_429_is_not_asked_again(code):
    answer = always(429, error(code=code), retry_after="1")
    assert (answer.end.report.failure.kind, answer.posts) == (K.BALANCE, 1)


def test_a_model_without_a_channel_is_not_asked_again():
    answer = always(503, error(code="model_not_found"))
    assert (answer.end.report.failure.kind, answer.posts) == (K.MODEL_UNAVAILABLE, 1)


def test_a_redirect_is_shown_and_never_followed():
    with RawServer([answering(good_stream())]) as elsewhere:
        target = f"{elsewhere.base_url}/chat/completions"
        for status in (301, 302, 303, 307, 308):
            answer = always(status, location=target)
            assert answer.end.report.failure.kind is K.WRONG_ADDRESS
            assert target in answer.end.report.failure.message
        assert elsewhere.requests == []


def test_the_key_is_masked_wherever_the_server_repeats_it():
    answer = always(401, error(f"Incorrect key {KEY}"), x_request_id=f"r-{KEY}")
    assert KEY not in repr(answer.events)
    assert "th-…ghij" in answer.end.report.failure.message


def test_a_key_repeated_inside_a_stream_is_masked_too():
    with RawServer([answering(good_stream(event({"error": {"message": f"bad {KEY}"}})))]) as server:
        answer = ask(question(server.base_url))[0]
    assert KEY not in repr(answer.events)


def test_a_huge_error_body_is_read_in_part():
    def script(peer):
        peer.request()
        peer.send(b"HTTP/1.1 400 Bad\r\nContent-Length: 100000000\r\n\r\n" + b'{"error":{"message":"big","x":"')
        peer.wait_for_close_while_sending(b"y" * 65536)

    with RawServer([script]) as server:
        answer = ask(question(server.base_url))[0]
        assert server.gate("closed").wait(10)
    assert answer.end.report.failure.status == 400
    assert len(answer.end.report.failure.details) <= 65_536


def test_an_error_body_that_never_ends_is_given_up():
    def script(peer):
        peer.request()
        peer.send(b'HTTP/1.1 400 Bad\r\nContent-Length: 1000\r\n\r\n{"error":"half a')
        peer.wait_for_close()

    with RawServer([script]) as server:
        answer = ask(question(server.base_url), patience=Patience(error_body=0.05))[0]
        assert server.gate("closed").wait(10)
    assert (answer.end.report.state, answer.end.report.failure.status) == (EndState.HTTP_ERROR, 400)
    assert "half a" in answer.end.report.failure.message


# Asking again


def test_what_happens_is_told_in_order():
    with RawServer([answering(http(503), good_stream())]) as server:
        answer = ask(question(server.base_url))[0]
    kinds = [type(each) for each in answer.events[:4]]
    assert kinds == [RequestStarted, CallFailed, RetryScheduled, RequestStarted]
    first, failed, pause, second = answer.events[:4]
    assert (first.number, first.purpose, second.number, second.purpose) == (1, None, 2, CallPurpose.RETRY)
    assert (failed.report.number, failed.report.state) == (1, EndState.HTTP_ERROR)
    assert (pause.attempt, pause.failure.status) == (1, 503)
    assert (answer.end.report.number, answer.end.report.purpose) == (2, CallPurpose.RETRY)
    assert answer.text == "Hello"


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after-ms": "80"},
        {"Retry-After": "0.08"},
        {"llm_provider-retry-after": "0.08"},
        {"x-ratelimit-reset-tokens": "80ms"},
    ],
)
def test_the_servers_wish_sets_the_pause(headers):
    with RawServer([answering(http(429, headers=headers), good_stream())]) as server:
        answer = ask(question(server.base_url))[0]
    (pause,) = answer.of(RetryScheduled)
    assert pause.in_s == pytest.approx(0.08)
    assert pause.failure.retry_after_s == pytest.approx(0.08)


def test_a_wish_of_more_than_a_minute_ends_the_turn_with_the_time():
    answer = always(429, retry_after="61")
    assert (answer.posts, answer.end.report.failure.retry_after_s) == (1, 61)


@pytest.mark.parametrize("value", ["-1", "NaN", "None"])
def test_a_nonsense_wish_is_ignored(value):
    assert always(429, retry_after=value).posts == 3


def test_the_servers_word_about_asking_again_wins():
    assert always(400, x_should_retry="true").posts == 3
    assert always(429, x_should_retry="false").posts == 1


def test_now_ends_the_pause():
    with RawServer([answering(http(429, headers={"retry-after": "50"}), good_stream())]) as server:
        answer = ask(
            question(server.base_url),
            watch=lambda seen, control: isinstance(seen, RetryScheduled) and control.retry_now.set(),
        )[0]
    assert (answer.text, answer.of(RetryScheduled)[0].in_s) == ("Hello", 50)


def test_a_now_from_before_does_not_count():
    with RawServer([answering(http(429), http(429), good_stream())]) as server:
        answer = ask(
            question(server.base_url),
            watch=lambda seen, control: isinstance(seen, RequestStarted) and control.retry_now.set(),
        )[0]
    assert (answer.text, answer.posts) == ("Hello", 3)


def test_an_error_inside_the_answer_is_asked_again_before_the_first_word_only():
    overloaded = event({"error": {"type": "overloaded_error", "message": "Overloaded"}})
    with RawServer([answering(good_stream(overloaded)), answering(good_stream())]) as server:
        answer = ask(question(server.base_url))[0]
    assert (answer.text, answer.posts) == ("Hello", 2)
    assert answer.of(CallFailed)[0].report.state is EndState.STREAM_ERROR

    words = event({"choices": [{"delta": {"content": "Hel"}}]})
    with RawServer([answering(good_stream(words + overloaded), good_stream())]) as server:
        answer = ask(question(server.base_url))[0]
    assert (answer.text, answer.posts, answer.end.report.state) == ("Hel", 1, EndState.STREAM_ERROR)


def test_a_document_with_an_error_behind_200_is_treated_alike():
    with RawServer([answering(http(200, error("wait", "rate_limit_error")), good_stream())]) as server:
        answer = ask(question(server.base_url))[0]
    assert (answer.text, answer.posts) == ("Hello", 2)


def test_after_three_failures_in_a_row_an_endpoint_is_left_in_peace():
    with RawServer([answering(*[http(503)] * 5, good_stream(), http(503), good_stream())]) as server:
        answers = ask(*(question(server.base_url) for _ in range(5)))
    assert [answer.posts for answer in answers] == [3, 1, 1, 1, 2]
    assert [answer.text for answer in answers] == ["", "", "", "Hello", "Hello"]


# Repairs


def test_stream_options_are_dropped_once_and_for_all():
    refusal = http(400, error("Argument not supported: stream_options"))
    with RawServer([answering(refusal, good_stream(), good_stream())]) as server:
        first, second = ask(question(server.base_url), question(server.base_url))
    assert [type(each) for each in first.events[:4]] == [RequestStarted, CallFailed, Repaired, RequestStarted]
    assert first.of(Repaired) == [Repaired("no_stream_options")]
    assert first.events[3].purpose is CallPurpose.REPAIR
    assert (first.posts, first.text, second.posts) == (2, "Hello", 1)
    assert ["stream_options" in request.json for request in server.requests] == [True, False, False]


def test_each_cause_is_repaired_once():
    refusals = [
        http(422, error("stream_options: extra_forbidden")),
        http(400, error("`temperature` is deprecated for this model.")),
        http(400, error("max_tokens: 1024 > 512, which is the maximum allowed number of output tokens")),
    ]
    notes = Notes()
    params = GenerationParams(temperature=0.5)
    with RawServer([answering(*refusals, good_stream())]) as server:
        answer = ask(question(server.base_url, model=ANY_SAMPLING, params=params), notes=notes)[0]
    changes = [each.change for each in answer.of(Repaired)]
    assert changes == ["no_stream_options", "no_sampling:temperature", "max_tokens:512"]
    sent = server.requests[-1].json
    assert sent["max_tokens"] == 512
    assert not {"temperature", "stream_options"} & set(sent)
    assert notes.by_topic() == {
        "stream_options": "refused", "sampling": "temperature", "max_output": "512", "finish_reason": "seen",
    }  # fmt: skip


def test_a_repair_that_does_not_help_is_not_remembered_and_not_repeated():
    notes = Notes()
    with RawServer([answering(*[http(400, error("stream_options is bad"))] * 3)]) as server:
        answer = ask(question(server.base_url), notes=notes)[0]
    assert (answer.posts, answer.end.report.failure.kind) == (2, K.BAD_REQUEST)
    assert notes.kept == {}


def test_repairs_do_not_count_as_retries():
    script = [http(503), http(400, error("stream_options")), http(503), good_stream()]
    with RawServer([answering(*script)]) as server:
        answer = ask(question(server.base_url))[0]
    assert (answer.text, answer.posts) == ("Hello", 4)
