"""How often, how long, and when not (protocol.md 3.2, 3.3)."""

from email.utils import formatdate

import pytest

from tally.core.failures import Failure, FailureKind
from tally.gateway.failures import failure_from_answer, failure_from_payload
from tally.gateway.retries import RetryBudget, RetryPolicy, Streaks, repeats_allowed
from tally.gateway.retry_hints import retry_after, should_retry

NOW = 1_800_000_000.0
K = FailureKind


def hint(headers, *, limited=True):
    return retry_after(headers, now=NOW, limited=limited)


# Which


@pytest.mark.parametrize(
    ("status", "times"),
    [
        (301, 0), (400, 0), (401, 0), (402, 0), (403, 0), (404, 0), (405, 0), (408, 0), (409, 1), (413, 0), (415, 0),
        (422, 0), (429, 2), (499, 0), (500, 1), (501, 1), (502, 2), (503, 2), (504, 0), (507, 1), (520, 1), (521, 2),
        (522, 2), (523, 2), (524, 0), (525, 0), (526, 0), (527, 0), (529, 2), (530, 1),
    ],
)  # fmt: skip
def test_each_status_is_repeated_as_often_as_the_table_says(status, times):
    assert repeats_allowed(failure_from_answer(status, {}, b""), None) == times


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        (K.DNS, 2), (K.CONNECT, 2), (K.TLS, 0), (K.PROXY, 0), (K.TIMEOUT, 0), (K.DISCONNECTED, 0), (K.EMPTY, 0),
        (K.WRONG_FORMAT, 0), (K.STREAM, 0), (K.INTERNAL, 0),
    ],
)  # fmt: skip
def test_what_never_reached_the_server_is_safe_to_repeat(kind, times):
    assert repeats_allowed(Failure(kind, "x"), None) == times


def test_a_quota_is_not_waited_for():
    body = b'{"error":{"message":"x","code":"insufficient_quota"}}'
    assert repeats_allowed(failure_from_answer(429, {}, body), None) == 0


def test_a_model_without_a_channel_is_not_waited_for():
    body = b'{"error":{"message":"x","code":"model_not_found"}}'
    assert repeats_allowed(failure_from_answer(503, {}, body), None) == 0


@pytest.mark.parametrize(
    ("payload", "times"),
    [
        ({"error": {"type": "overloaded_error", "message": "x"}}, 2),
        ({"error": {"type": "rate_limit_error", "message": "x"}}, 2),
        ({"error": {"code": 520, "message": "x"}}, 1),
        ({"error": {"code": 504, "message": "x"}}, 0),
        ({"error": {"type": "api_error", "message": "x"}}, 1),
        ({"error": "something"}, 0),
    ],
)
def test_an_error_inside_an_answer_is_repeated_like_its_inner_type(payload, times):
    assert repeats_allowed(failure_from_payload(payload, status=200), None) == times


def test_the_servers_own_word_wins():
    assert repeats_allowed(failure_from_answer(400, {}, b""), should_retry({"x-should-retry": "true"})) == 2
    assert repeats_allowed(failure_from_answer(429, {}, b""), should_retry({"x-should-retry": " False"})) == 0
    assert should_retry({"x-should-retry": "perhaps"}) is None
    assert should_retry({}) is None


# When


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500.5"}, 1.5005),
        ({"retry-after": "3"}, 3),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after-ms": "100", "retry-after": "9"}, 0.1),
        ({"retry-after-ms": "NaN", "retry-after": "9"}, 9),
        ({"retry-after": formatdate(NOW + 7, usegmt=True)}, 7),
        ({"retry-after": formatdate(NOW - 7, usegmt=True)}, 0),
        ({"retry-after": formatdate(NOW + 1000, usegmt=True), "date": formatdate(NOW + 990, usegmt=True)}, 10),
        ({"llm_provider-retry-after": "4"}, 4),
        ({"llm_provider-retry-after-ms": "40"}, 0.04),
        ({"x-ratelimit-reset-requests": "1s"}, 1),
        ({"x-ratelimit-reset-tokens": "6m0s"}, 360),
        ({"x-ratelimit-reset-tokens": "120ms"}, 0.12),
        ({"x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-reset-requests": "2"}, 2),
        ({"x-ratelimit-reset-requests": str(int(NOW + 5))}, 5),
        ({"x-ratelimit-reset-requests": "9s", "x-ratelimit-reset-tokens": "2s"}, 9),
        (
            {"x-ratelimit-reset-requests": "9s", "x-ratelimit-reset-tokens": "2s", "x-ratelimit-remaining-tokens": "0"},
            2,
        ),
        ({"anthropic-ratelimit-requests-reset": "2027-01-15T08:00:03Z"}, 3),
        ({"anthropic-ratelimit-input-tokens-reset": "2027-01-15T08:00:04+00:00"}, 4),
        ({"llm_provider-anthropic-ratelimit-tokens-reset": "2027-01-15T08:00:05Z"}, 5),
    ],
)
def test_the_wish_of_the_server_is_read_in_every_spelling(headers, seconds):
    assert hint(headers) == pytest.approx(seconds)


@pytest.mark.parametrize("value", ["-1", "NaN", "None", "", "inf", "soon", "-5s", "1 s", "2027-99-99T00:00:00Z"])
@pytest.mark.parametrize("name", ["retry-after", "retry-after-ms", "x-ratelimit-reset-tokens"])
def test_nonsense_is_no_wish(name, value):
    assert hint({name: value}) is None


def test_reset_times_mean_nothing_without_a_rate_limit():
    assert hint({"x-ratelimit-reset-tokens": "6m0s"}, limited=False) is None
    assert hint({"retry-after": "6"}, limited=False) == 6


# How long


def failure(wait=None):
    return Failure(K.RATE_LIMITED, "x", retry_after_s=wait)


def budget(random=0.0):
    return RetryBudget(RetryPolicy(), lambda: random)


def test_pauses_double_and_there_are_two():
    spend = budget()
    assert [spend.pause(failure(), 2) for _ in range(3)] == [1.0, 2.0, None]


def test_jitter_adds_up_to_a_quarter():
    assert budget(random=1.0).pause(failure(), 2) == 1.25


def test_a_longer_wish_is_granted_and_a_shorter_one_does_not_hurry():
    assert budget().pause(failure(30.0), 2) == 30.0
    assert budget().pause(failure(0.1), 2) == 1.0


def test_a_wish_of_more_than_a_minute_is_not_waited_for():
    assert budget().pause(failure(60.0), 2) == 60.0
    assert budget().pause(failure(60.1), 2) is None


def test_all_pauses_together_last_at_most_a_minute():
    spend = budget(random=1.0)
    assert spend.pause(failure(50.0), 2) == 60.0
    assert spend.pause(failure(), 2) == 0.0
    spend = budget()
    assert spend.pause(failure(40.0), 2) == 40.0
    assert spend.pause(failure(21.0), 2) is None


def test_what_may_be_repeated_once_is_repeated_once():
    spend = budget()
    assert spend.pause(failure(), 1) == 1.0
    assert spend.pause(failure(), 1) is None


# Streaks


def test_three_failures_of_one_kind_give_an_endpoint_five_minutes_of_rest():
    streaks = Streaks(RetryPolicy())
    for moment in (1.0, 2.0):
        streaks.failed("a", K.OVERLOADED, moment)
    assert not streaks.resting("a", 2.5)
    streaks.failed("a", K.OVERLOADED, 3.0)
    assert streaks.resting("a", 3.1)
    assert streaks.resting("a", 302.9)
    assert not streaks.resting("a", 303.1)
    assert not streaks.resting("b", 3.1)


def test_another_kind_or_an_answer_begins_a_new_streak():
    streaks = Streaks(RetryPolicy())
    for kind in (K.OVERLOADED, K.OVERLOADED, K.SERVER, K.OVERLOADED, K.OVERLOADED):
        streaks.failed("a", kind, 1.0)
    assert not streaks.resting("a", 1.1)
    streaks.answered("a")
    streaks.failed("a", K.OVERLOADED, 2.0)
    assert not streaks.resting("a", 2.1)
