"""Requests that are refused for what they carry: repaired once per cause, and remembered."""

from collections.abc import Sequence
from typing import Any

from support.raw_server import DONE, delta, event, good_stream, usage
from support.situations import Expect, Outcome, Situation, error, fine, replies, whole

OK = good_stream(delta("Hello") + delta(finish="stop") + usage() + DONE)
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

NO_OPTIONS = "stream_options"


def _says(message: str, status: int = 400) -> bytes:
    return error(status, {"error": {"message": message, "type": "invalid_request_error"}})


def _repaired(name: str, failure: bytes | Sequence[bytes], bodies: Sequence[Any], args: Sequence[str] = (),
              **changes: Any) -> Situation:  # fmt: skip
    failures = [failure] if isinstance(failure, bytes) else list(failure)
    expect = fine(**{"requests": len(failures) + 1, "bodies": bodies, **changes})
    return Situation(name, replies(*failures, OK), expect, args=args)


def _remembered(name: str, failure: bytes, holds: Any, args: Sequence[str] = (), times: int = 2) -> Situation:
    """The second run must know: its only request has the change."""

    def second(outcome: Outcome) -> None:
        assert [run["requests"] for run in outcome.runs] == [2] + [1] * (times - 1), outcome.runs
        assert all(holds(post.json) for post in outcome.posts[1:]), [post.json for post in outcome.posts]

    return Situation(name, replies(failure, OK), fine(also=second), args=args, runs=times)


def _asks_in_full(outcome: Outcome) -> None:
    assert [run["requests"] for run in outcome.runs] == [2, 1]
    assert NO_OPTIONS in outcome.posts[2].json


FAST_API = error(422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"],
                                   "msg": "Extra inputs are not permitted",
                                   "input": {"include_usage": True}}]})  # fmt: skip
LIMIT = "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens for claude-sonnet-4-6"
WARM = ("--param", "temperature=0.5")
NUCLEUS = ("--param", "top_p=0.5")
LONG = ("--param", "max_tokens=100000")
OPTIONS = [lambda body: NO_OPTIONS in body, lambda body: NO_OPTIONS not in body and body["stream"] is True]
NO_HEAT = [lambda body: body["temperature"] == 0.5, lambda body: "temperature" not in body]

REPAIRS = [
    *(
        _repaired(f"stream_options is left out ({text[:24]})", _says(text), OPTIONS)
        for text in ("Argument not supported: stream_options", "Unrecognized request argument supplied: stream_options")
    ),
    _repaired("stream_options is left out (422)", FAST_API, OPTIONS),
    *(
        _repaired(f"temperature is left out ({text[:40]})", _says(text), NO_HEAT, WARM)
        for text in ("`temperature` is deprecated for this model.", "temperature is not supported with this model",
                     "Unsupported parameter: temperature",
                     "claude-x does not support temperature=0.5. Only temperature=1 is supported")
    ),
    _repaired("top_p is left out", _says("`top_p` is unsupported here"),
              [lambda body: body["top_p"] == 0.5, lambda body: "top_p" not in body], NUCLEUS),
    _repaired("max_tokens is lowered to the limit", _says(LIMIT),
              [lambda body: body["max_tokens"] == 100000, lambda body: body["max_tokens"] == 64000], LONG),
    _repaired("two causes are two repairs", [_says("Argument not supported: stream_options"), _says(LIMIT)],
              [lambda body: True, lambda body: body["max_tokens"] == 100000 and NO_OPTIONS not in body,
               lambda body: body["max_tokens"] == 64000 and NO_OPTIONS not in body], LONG),
    _repaired("repairs are no retries",
              [_says("Argument not supported: stream_options"), error(529, OVERLOADED), error(529, OVERLOADED)],
              OPTIONS, retries=2),
    Situation("a repair that does not help is not tried again",
              replies(_says("Argument not supported: stream_options")),
              Expect(state="http_error", status=400, requests=2, retries=0, kind="bad_request",
                     says=["stream_options"])),
    Situation("a temperature that was not sent is not repaired", replies(_says("`temperature` is deprecated"), OK),
              Expect(state="http_error", status=400, requests=1)),
    _remembered("a repair of stream_options is remembered", _says("Argument not supported: stream_options"),
                lambda body: NO_OPTIONS not in body, times=3),
    _remembered("a repair of temperature is remembered", _says("`temperature` is deprecated for this model."),
                lambda body: "temperature" not in body, WARM),
    _remembered("a limit of max_tokens is remembered", _says(LIMIT), lambda body: body["max_tokens"] == 64000, LONG),
    Situation("what is remembered of one model is not held against another",
              replies(_says("Argument not supported: stream_options"), OK), fine(usd=None, also=_asks_in_full), runs=2,
              later_args=("--model", "claude-haiku-4-5")),
    Situation("what did not help is not remembered", replies(*[_says("Argument not supported: stream_options")] * 2,
                                                             OK),
              fine(also=lambda it: all(NO_OPTIONS in it.posts[at].json for at in (0, 2))), runs=2),
    _repaired("a refusal inside a 200 is repaired",
              whole(event({"error": {"message": "Argument not supported: stream_options", "code": 400}})), OPTIONS),
    *(
        _repaired(f"max_tokens is lowered ({text[:28]})", _says(text), [lambda body: True,
                  lambda body: body["max_tokens"] == 8192], LONG)
        for text in ("max_tokens is too large: 100000. This model supports at most 8192 completion tokens",
                     "max_tokens (100000) must be less than or equal to 8192",
                     "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]")
    ),
    _repaired("temperature beside top_p is left out",
              _says("`temperature` and `top_p` cannot both be specified for this model. Please use only one."), NO_HEAT,
              WARM),
]  # fmt: skip

SITUATIONS = REPAIRS
