"""Every status, what is tried again, and what the server's hints say."""

import datetime as dt
import json
from email.utils import format_datetime
from typing import Any

from support.raw_server import DONE, Peer, delta, event, good_stream, http, usage
from support.situations import Expect, Outcome, Situation, error, fine, replies

OK = good_stream(delta("Hello") + delta(finish="stop") + usage() + DONE)
SAID = {"error": {"message": "The server said so"}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


def _failed(status: int, kind: str | set[str], requests: int = 1, **changes: Any) -> Situation:
    expected: dict[str, Any] = {
        "state": "http_error",
        "text": "",
        "status": status,
        "kind": kind,
        "requests": requests,
        "retries": requests - 1,
        "usd": "0",
        "cost": "not_billed",
        "says": ["The server said so"],
        "exit": 1,
    }
    return Situation(f"{status} every time", replies(error(status, SAID)), Expect(**{**expected, **changes}))


BILLED_PERHAPS = {"usd": "null", "cost": "unknown"}

STATUSES = [
    _failed(400, "bad_request"),
    _failed(401, "auth"),
    _failed(402, "balance"),
    _failed(403, "forbidden"),
    _failed(404, {"not_found", "wrong_address", "model_unavailable"}),
    _failed(405, "wrong_address"),
    _failed(408, {"timeout", "gateway_timeout", "server"}, usd=None, cost=None),
    _failed(409, {"server", "bad_request"}, 2),
    _failed(413, "too_large"),
    _failed(415, "bad_request"),
    _failed(418, "bad_request"),
    _failed(422, "bad_request"),
    _failed(429, "rate_limited", 3),
    _failed(499, "unreachable", usd=None, cost=None),
    _failed(500, "server", 2),
    _failed(501, "server", 2),
    _failed(502, "unreachable", 3),
    _failed(503, {"unreachable", "overloaded"}, 3),
    _failed(504, "gateway_timeout", **BILLED_PERHAPS),
    _failed(507, "server", 2),
    _failed(520, "unreachable", 2, usd=None, cost=None),
    _failed(521, "unreachable", 3),
    _failed(522, "unreachable", 3),
    _failed(523, "unreachable", 3),
    _failed(524, "gateway_timeout", **BILLED_PERHAPS),
    _failed(525, "unreachable"),
    _failed(526, "unreachable"),
    _failed(529, "overloaded", 3),
    Situation("529 with an empty reason", replies(http(529, json.dumps(SAID), reason="",
                                                       headers={"x-should-retry": "false"})),
              Expect(state="http_error", status=529, kind="overloaded", requests=1)),
    Situation("429 with an empty body", replies(error(429)), Expect(state="http_error", status=429, kind="rate_limited",
                                                                    requests=3, says=["429"])),
]  # fmt: skip


def _redirect(status: int) -> Situation:
    answer = http(status, "", headers={"Location": "https://example.org/api/v1/chat/completions"})
    return Situation(f"{status} is not followed", replies(answer),
                     Expect(state={"http_error"}, requests=1, status=status, kind="wrong_address",
                            says=["https://example.org/api/v1/chat/completions"], usd="0", cost="not_billed",
                            exit=1))  # fmt: skip


REDIRECTS = [_redirect(status) for status in (301, 302, 303, 307, 308)]


def _recovers(name: str, *failures: bytes, **changes: Any) -> Situation:
    count = len(failures)
    return Situation(name, replies(*failures, OK), fine(**{"requests": count + 1, "retries": count, **changes}))


def _waits(seconds: float) -> Any:
    def at_least(outcome: Outcome) -> None:
        retry = next(line for line in outcome.lines if line["event"] == "retry")
        assert seconds <= retry["in_s"] <= seconds * 1.25 + 0.01, retry
        assert retry["reason"]

    return at_least


def _hinted(name: str, seconds: float, status: int = 429, **headers: str) -> Situation:
    return _recovers(name, error(status, SAID, **headers), also=_waits(seconds))


def _at_a_date(peer: Peer) -> None:
    peer.request()
    when = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4)
    peer.send(http(429, "{}", headers={"Retry-After": format_datetime(when, usegmt=True)}))
    peer.request()
    peer.send(OK)
    peer.wait_for_close()


def _at_an_instant(peer: Peer) -> None:
    peer.request()
    when = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4)
    name = "anthropic-ratelimit-requests-reset"
    peer.send(http(429, "{}", headers={name: when.isoformat(timespec="seconds").replace("+00:00", "Z")}))
    peer.request()
    peer.send(OK)
    peer.wait_for_close()


def _about(low: float, high: float) -> Any:
    def within(outcome: Outcome) -> None:
        retry = next(line for line in outcome.lines if line["event"] == "retry")
        assert low <= retry["in_s"] <= high, retry

    return within


RETRIES = [
    _recovers("429 once", error(429, SAID)),
    _recovers("529 twice", error(529, OVERLOADED), error(529, OVERLOADED)),
    _recovers("502 and then 503", error(502, "<html><h1>502 Bad Gateway</h1></html>"), error(503, SAID)),
    _recovers("500 once", error(500, SAID)),
    _recovers("the first pause is about a second", error(503, SAID), also=_waits(1.0)),
    _hinted("retry-after-ms", 1.5, Retry_After_Ms="1500"),
    _hinted("retry-after-ms goes before retry-after", 1.5, Retry_After_Ms="1500", Retry_After="9"),
    _hinted("retry-after in seconds", 2.0, Retry_After="2"),
    _hinted("retry-after with a fraction", 1.5, 529, Retry_After="1.5"),
    _recovers("retry-after of a proxy", http(429, json.dumps(SAID), headers={"llm_provider-retry-after": "2"}),
              also=_waits(2.0)),
    _hinted("a reset as a duration", 2.0, x_ratelimit_reset_requests="2s"),
    _hinted("a reset of tokens as a duration", 1.5, x_ratelimit_reset_tokens="1500ms"),
    _hinted("a hint shorter than the first pause", 1.0, Retry_After_Ms="20"),
    *(_hinted(f"retry-after {value} is no hint", 1.0, Retry_After=value) for value in ("-1", "NaN", "None", "soon",
                                                                                       "inf")),
    Situation("retry-after as a date", [_at_a_date], fine(requests=2, retries=1, also=_about(2.0, 9.0))),
    Situation("a reset as an instant", [_at_an_instant], fine(requests=2, retries=1, also=_about(2.0, 9.0))),
    *(
        Situation(f"a hint of more than a minute is not waited for ({name})",
                  replies(error(429, SAID, **{name: value}), OK),
                  Expect(state="http_error", status=429, kind="rate_limited", requests=1, retries=0))
        for name, value in (("Retry_After", "90"), ("Retry_After_Ms", "61000"), ("x_ratelimit_reset_requests", "6m0s"))
    ),
    Situation("x-should-retry: false", replies(error(529, OVERLOADED, x_should_retry="false"), OK),
              Expect(state="http_error", status=529, requests=1, retries=0)),
    _recovers("x-should-retry: true", error(400, SAID, x_should_retry="true")),
    Situation("a date in the far future is not waited for",
              replies(error(429, SAID, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT"), OK),
              Expect(state="http_error", status=429, requests=1, retries=0)),
    Situation("hints that add up to more than a minute", replies(error(429, SAID), error(429, SAID,
                                                                                         Retry_After="59.5"), OK),
              Expect(state="http_error", status=429, requests=2, retries=1)),
    _recovers("overload as an event in the body of a 529", error(529, "event: error\n" + event(OVERLOADED))),
    Situation("a rate limit ends after two more requests", replies(error(429, SAID, Retry_After_Ms="1")),
              Expect(state="http_error", requests=3, retries=2, kind="rate_limited")),
    _recovers("different failures share the two retries", error(500, SAID), error(529, OVERLOADED)),
    Situation("a 500 twice is given up", replies(error(500, SAID), error(500, SAID), OK),
              Expect(state="http_error", status=500, requests=2)),
    Situation("504 is not tried again", replies(error(504, SAID), OK),
              Expect(state="http_error", status=504, requests=1, retries=0, cost="unknown")),
]  # fmt: skip

SITUATIONS = [*STATUSES, *REDIRECTS, *RETRIES]
