"""Usage under all its names, cached tokens counted once, and what each answer costs."""

import json
from typing import Any

from support.raw_server import DONE, delta, event, http, stream_head, usage
from support.situations import Expect, Situation, cut_after, error, fine, replies, whole

HELLO = delta("Hello")
STOP = delta(finish="stop")
CACHED = json.dumps({"m": {"input": "3", "output": "15", "cache_read": "0.30", "cache_write": "3.75"}})
PRICED = ("--model", "m", "--prices", "prices.json")


def reported(report: object, *more: object) -> bytes:
    """A whole answer with these usage objects, each in an event of its own."""
    events = "".join(event({"choices": [], "usage": each}) for each in (report, *more))
    return whole(HELLO + STOP + events + DONE)


def counts(name: str, report: object, *more: object, tokens: tuple[int, int] = (10, 5), **changes: Any) -> Situation:
    """Usage of the default model, $3 and $15 per million."""
    return Situation(name, replies(reported(report, *more)), fine(usage=tokens, **changes))


def priced(name: str, report: object, usd: str, tokens: tuple[int, int] | None = None, **changes: Any) -> Situation:
    """Usage of a model with cache prices."""
    expect = fine(**{"usage": tokens, "usd": usd, **changes})
    return Situation(name, replies(reported(report)), expect, args=PRICED, files={"prices.json": CACHED})


LITELLM = {
    "prompt_tokens": 135,
    "completion_tokens": 42,
    "total_tokens": 177,
    "prompt_tokens_details": {"cached_tokens": 100, "cache_write_tokens": 10, "cache_creation_tokens": 10},
    "cache_creation_input_tokens": 10,
    "cache_read_input_tokens": 100,
    "cost": 0.00077249999999999997,
}
P, C = "prompt_tokens", "completion_tokens"

NAMES = [
    counts("prompt_tokens and completion_tokens", {P: 10, C: 5}),
    counts("input_tokens and output_tokens", {"input_tokens": 10, "output_tokens": 5}),
    counts("both spellings count once", {P: 10, C: 5, "input_tokens": 10, "output_tokens": 5}),
    counts("a wrong total changes nothing", {P: 10, C: 5, "total_tokens": 999}),
    counts("numbers as texts", {P: "10", C: "5"}),
    counts("numbers as floats", {P: 10.0, C: 5.0}),
    counts("numbers as texts of floats", {P: "10.0", C: "5.0"}),
    counts("null beside figures", {P: 10, C: 5, "prompt_tokens_details": None, "completion_tokens_details": None}),
    counts("details without figures", {P: 10, C: 5, "prompt_tokens_details": {"cached_tokens": None}}),
    counts("reasoning is part of the output", {P: 10, C: 5, "completion_tokens_details": {"reasoning_tokens": 4}}),
    counts("negative buckets are left out", {P: 10, C: 5, "cache_read_input_tokens": -3}),
    counts("figures grow", {P: 10, C: 1}, {P: 10, C: 3}, {P: 10, C: 5}),
    counts("zeros at the end undo nothing", {P: 10, C: 5}, {P: 0, C: 0}),
    counts("figures in two parts", {P: 10, C: 0}, {P: 0, C: 5}),
    counts("the same figures twice count once", {P: 10, C: 5}, {P: 10, C: 5}),
    counts("a server's own cost is not believed", {P: 10, C: 5, "cost": "99.5"}),
    *(
        Situation(f"usage of {json.dumps(nothing)} is none", replies(reported(nothing)),
                  fine(usage="null", cost="estimated", usd=None))
        for nothing in ({P: 0, C: 0}, {}, None, "many", [1, 2], {P: None, C: None}, {P: -1, C: -1}, {P: "x", C: True})
    ),
    Situation("usage with input alone", replies(reported({P: 10})),
              Expect(state="complete", text="Hello", requests=1, cost={"estimated", "lower_bound"})),
    Situation("usage of output alone is not exact", replies(reported({C: 5})),
              Expect(state="complete", text="Hello", requests=1, usage=(0, 5), cost={"estimated", "lower_bound"})),
    Situation("a negative input is missing", replies(reported({P: -5, C: 5})),
              Expect(state="complete", text="Hello", requests=1, usage=(0, 5), cost={"estimated", "lower_bound"})),
    Situation("usage without output although there was text is not exact", replies(reported({P: 10, C: 0})),
              Expect(state="complete", text="Hello", usage=(10, 0), cost={"estimated", "lower_bound"})),
    Situation("huge figures are exact", replies(reported({P: 1_000_000, C: 128_000})),
              fine(usage=(1_000_000, 128_000), usd="4.92")),
]  # fmt: skip

CACHES = [
    priced("the worked example", LITELLM, "0.0007725", (135, 42)),
    priced("written tokens under one name",
           {P: 135, C: 42, "prompt_tokens_details": {"cached_tokens": 100}, "cache_creation_input_tokens": 10},
           "0.0007725", (135, 42)),
    priced("written tokens under another name",
           {P: 135, C: 42, "prompt_tokens_details": {"cached_tokens": 100, "cached_creation_tokens": 10}}, "0.0007725"),
    priced("input that leaves the cached tokens out",
           {"input_tokens": 25, "output_tokens": 42, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 10},
           "0.0007725"),
    priced("prompt_tokens that leave the cached tokens out",
           {P: 25, C: 42, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 10}, "0.0007725"),
    priced("read tokens of another vendor", {P: 125, C: 42, "prompt_cache_hit_tokens": 100}, "0.000735", (125, 42)),
    priced("texts and floats in the buckets",
           {P: "135", C: "42.0", "prompt_tokens_details": {"cached_tokens": "100"},
            "cache_creation_input_tokens": 10.0},
           "0.0007725"),
    Situation("cached tokens without a price cost as input", replies(reported(LITELLM)),
              Expect(state="complete", usage=(135, 42), usd="0.001035", cost={"estimated", "exact"}, requests=1)),
]  # fmt: skip


def _of(model: str, usd: str | None, status: str = "exact") -> Situation:
    return Situation(f"a million each of {model}", replies(reported({P: 1_000_000, C: 1_000_000})),
                     fine(usage=(1_000_000, 1_000_000), usd=usd or "null", cost=status,
                          body=lambda body: body["model"] == model), args=("--model", model))  # fmt: skip


MODELS = [
    _of("anthropic/claude-opus-4-7", "30"),
    _of("claude-opus-4-7", "30"),
    _of("anthropic/claude-opus-4.7", "30"),
    _of("anthropic/claude-opus-4-6", "30"),
    _of("anthropic/claude-sonnet-4-6", "18"),
    _of("claude-sonnet-4.6", "18"),
    _of("claude-haiku-4-5", "6"),
    _of("claude-haiku-4-5-20251001", "6"),
    _of("anthropic/claude-sonnet-4-5", "18"),
    _of("anthropic/claude-opus-4-5", "30"),
    _of("anthropic/claude-4-sonnet", "18"),
    _of("claude-4-opus", "90"),
    _of("anthropic/claude-3-5-sonnet-latest", "18"),
    _of("claude-3-5-haiku-latest", "4.8"),
    _of("claude-3-5-haiku-20241022", "4.8"),
    _of("somebody/something-9", None, "unknown"),
    Situation("prices from a file go before the table", replies(reported({P: 1_000_000, C: 1_000_000})),
              fine(usage=(1_000_000, 1_000_000), usd="3.000001"),
              args=("--model", "anthropic/claude-sonnet-4-6", "--prices", "p.json"),
              files={"p.json": json.dumps({"claude-sonnet-4-6": {"input": "1.000001", "output": 2}})}),
    Situation("the server's other model changes no price",
              replies(whole(event({"model": "claude-opus-9", "choices": [{"delta": {"content": "Hello"}}]})
                            + STOP + usage() + DONE)), fine()),
]  # fmt: skip

OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

SUMS = [
    Situation("failed attempts cost nothing", replies(error(529, OVERLOADED), whole(HELLO + STOP + usage() + DONE)),
              fine(requests=2, retries=1)),
    Situation("a failed attempt that reported usage is counted",
              replies(whole(usage() + event(OVERLOADED)), whole(HELLO + STOP + usage() + DONE)),
              fine(requests=2, retries=1, usd="0.00021", cost="lower_bound")),
    Situation("calls alone are exact", replies(whole(
        event({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "id": "a", "function": {
            "name": "f", "arguments": "{}"}}]}}]}) + delta(finish="tool_calls") + usage() + DONE)),
        fine("", state="tools")),
    Situation("a filtered answer costs what was reported",
              replies(whole(HELLO + delta(finish="content_filter") + usage() + DONE)),
              Expect(state="filtered", usd="0.000105", cost="exact")),
    Situation("a failure before any word costs nothing", replies(http(400, "{}")),
              Expect(state="http_error", usd="0", cost="not_billed", usage="null")),
    Situation("an empty answer costs nothing", replies(whole()),
              Expect(state="empty", usd="0", cost="not_billed", usage="null")),
    Situation("an unknown price stays unknown when the answer is cut",
              cut_after(stream_head() + whole(HELLO).partition(b"\r\n\r\n")[2][:-5]),
              Expect(state="cut", usd="null", cost="unknown"), args=("--model", "somebody/x")),
    Situation("an answer without usage is an estimate", replies(whole(HELLO + STOP + DONE)),
              fine(usage="null", usd=None, cost="estimated", also=lambda it: float(it.end["cost"]["usd"]) > 0)),
    Situation("an answer without usage of a model that thinks unseen", replies(whole(HELLO + STOP + DONE)),
              fine(usage="null", usd=None, cost="lower_bound"), args=("--model", "anthropic/claude-opus-4-7")),
]  # fmt: skip

SITUATIONS = [*NAMES, *CACHES, *MODELS, *SUMS]
