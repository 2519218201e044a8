"""Against the real LiteLLM proxy: what the fake Anthropic behind it says must reach the user unbent."""

import asyncio
import json
from dataclasses import replace

import pytest

from support.asking import LIMITS, MODEL, Notes, OneKey, ask, assistant, provider, question, user
from tally.core.catalog import Sampling
from tally.core.events import Repaired
from tally.core.failures import FailureKind
from tally.core.messages import EndState, ImagePart, Role, ToolCallPart, ToolResultPart
from tally.core.money import Price, Usage, amount_of
from tally.core.params import GenerationParams, ToolDefinition
from tally.core.ports import PreparedImage

pytestmark = pytest.mark.peers

SONNET = replace(MODEL, id="claude-sonnet-4-6")
TOOL = ToolDefinition("weather", "Tells the weather", {"type": "object", "properties": {"city": {"type": "string"}}})
WAIT = replace(LIMITS, first_byte=60, idle=60, whole=60)


def answered(proxy, *messages, key=None, notes=None, model=SONNET, params=None, **changes):
    """One turn, and the bodies that reached Anthropic's side."""
    before = len(proxy.upstream.requests)
    request = replace(question(proxy.base_url, *messages, model=model, limits=WAIT, params=params), **changes)
    answer = ask(request, secrets=OneKey(key or proxy.key), notes=notes)[0]
    return answer, proxy.upstream.requests[before:]


@pytest.mark.parametrize(
    ("wish", "state", "text", "reasoning"),
    [
        ("text", EndState.COMPLETE, "Hello – 你好", ""),
        ("long", EndState.LENGTH, "Once", ""),
        ("thinking", EndState.COMPLETE, "42", "Hmm."),
        ("refusal", EndState.FILTERED, "No.", ""),
        ("tools", EndState.TOOLS, "Let me look.", ""),
        ("late error", EndState.STREAM_ERROR, "Half an ans", ""),
    ],
)
def test_a_streamed_answer_ends_as_it_should(litellm, wish, state, text, reasoning):
    answer, sent = answered(litellm, user(wish))
    assert (answer.end.report.state, answer.text, answer.reasoning) == (state, text, reasoning)
    assert (answer.posts, len(sent)) == (1, 1)


def test_the_usage_of_every_bucket_is_read_and_costs_exactly_what_litellm_says(litellm):
    answer, _ = answered(litellm, user("text"))
    report = answer.end.report
    assert report.usage == Usage(uncached=25, output=42, cache_read=100, cache_write=10, prompt_reported=135)
    price = Price.per_million("3", "15", "0.30", "3.75")
    assert amount_of(report.usage, price).plain() == "0.0007725" == report.server_cost
    assert report.request_id


def test_tool_calls_are_assembled(litellm):
    answer, _ = answered(litellm, user("tools"), tools=(TOOL,))
    assert [(call.call_id, call.name, call.arguments) for call in answer.end.tool_calls] == [
        ("toolu_1", "weather", {"city": "Toshkent"}), ("toolu_2", "now", {}),
    ]  # fmt: skip


def test_an_answer_that_is_not_streamed_is_read(litellm):
    answer, sent = answered(litellm, user("text"), params=GenerationParams(stream=False))
    assert (answer.text, answer.end.report.state) == ("Hello", EndState.COMPLETE)
    assert answer.end.report.usage.output == 42
    assert not sent[0].get("stream")


def test_an_upstream_cut_is_never_taken_for_more_than_was_said(litellm):
    # LiteLLM may notice the cut before it has passed a word on (status 500), report it after the words, or invent a
    # "stop" for it; what must not happen is a lost word or an exception.
    answer, _ = answered(litellm, user("cut"))
    state = answer.end.report.state
    assert state in {
        EndState.HTTP_ERROR, EndState.COMPLETE, EndState.STREAM_ERROR, EndState.CUT, EndState.CUT_SILENT,
    }  # fmt: skip
    assert answer.text == ("" if state is EndState.HTTP_ERROR else "Half an ans")


@pytest.mark.parametrize(
    ("wish", "kind", "posts", "message"),
    [
        ("overloaded", FailureKind.OVERLOADED, 3, "Overloaded"),
        ("limited", FailureKind.RATE_LIMITED, 3, "Number of requests has exceeded your rate limit"),
        ("too large", FailureKind.TOO_LARGE, 1, "Request exceeds the maximum size"),
        ("too long", FailureKind.CONTEXT_TOO_LONG, 1, "prompt is too long: 210000 tokens > 200000 maximum"),
        ("no credit", FailureKind.BALANCE, 1, "Your credit balance is too low to access the Anthropic API."),
        ("bad key", FailureKind.AUTH, 1, "invalid x-api-key"),
    ],
)
def test_errors_are_unwrapped_to_what_anthropic_said(litellm, wish, kind, posts, message):
    answer, sent = answered(litellm, user(wish))
    failure = answer.end.report.failure
    assert (answer.end.report.state, failure.kind, failure.message) == (EndState.HTTP_ERROR, kind, message)
    assert (answer.posts, len(sent)) == (posts, posts)


def test_a_late_error_is_one_sentence_under_the_kept_words(litellm):
    answer, _ = answered(litellm, user("late error"))
    failure = answer.end.report.failure
    assert (failure.kind, failure.message, failure.may_be_billed) == (FailureKind.OVERLOADED, "Overloaded", True)


def test_a_wrong_key_is_told_and_masked(litellm):
    wrong = "sk-th-this-is-not-the-key"
    answer, sent = answered(litellm, user("text"), key=wrong)
    assert answer.end.report.failure.kind is FailureKind.AUTH
    assert wrong not in repr(answer.events)
    assert (answer.posts, sent) == (1, [])


def test_a_model_the_proxy_does_not_know_is_told(litellm):
    answer, sent = answered(litellm, user("text"), model=replace(MODEL, id="claude-unheard-of"))
    assert answer.end.report.failure.kind in {FailureKind.MODEL_UNAVAILABLE, FailureKind.BAD_REQUEST}
    assert "claude-unheard-of" in answer.end.report.failure.message
    assert sent == []


def test_a_refused_temperature_is_repaired_and_remembered(litellm):
    model = replace(MODEL, id="claude-opus-4-7", sampling=Sampling.BOTH)
    notes = Notes()
    answer, sent = answered(litellm, user("text"), model=model, params=GenerationParams(temperature=0.2), notes=notes)
    assert answer.text == "Hello – 你好"
    assert answer.of(Repaired) == [Repaired("no_sampling:temperature")]
    assert notes.by_topic()["sampling"] == "temperature"
    assert "temperature" not in sent[-1]


def test_a_whole_conversation_reaches_anthropic_in_its_form(litellm):
    call = ToolCallPart("toolu_1", "weather", '{"city":"Toshkent"}', {"city": "Toshkent"})
    result = replace(user(ToolResultPart("toolu_1", "21 °C")), role=Role.TOOL)
    image = ImagePart("d", "dot.png", "image/png", 1, 1, 8)
    history = (
        user("What is this?", image),
        assistant("A dot."),
        user("Weather?"),
        assistant(call),
        result,
        user("text"),
    )
    answer, sent = answered(
        litellm, *history, tools=(TOOL,), images={"d": PreparedImage("image/png", b"\x89PNG", 1, 1)},
        params=GenerationParams(system="Be brief.", stop=("END",), max_tokens=77),
    )  # fmt: skip
    assert answer.end.report.state is EndState.COMPLETE
    (body,) = sent
    assert (body["max_tokens"], body["stop_sequences"]) == (77, ["END"])
    assert "Be brief." in json.dumps(body["system"])
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    first, last = body["messages"][0]["content"], body["messages"][-1]["content"]
    assert [part["type"] for part in first] == ["image", "text"]
    assert [part["type"] for part in last] == ["tool_result", "text"]
    assert body["messages"][3]["content"][-1]["input"] == {"city": "Toshkent"}


def test_the_connection_is_tested_for_free(litellm):
    async def run(key):
        one = provider(OneKey(key))
        try:
            return await one.check(question(litellm.base_url, limits=WAIT).connection)
        finally:
            await one.close()

    before = len(litellm.upstream.requests)
    found = asyncio.run(run(litellm.key))
    assert (found.reachable, found.key_accepted, found.problem) == (True, True, "")
    assert "claude-sonnet-4-6" in found.models
    assert asyncio.run(run("sk-wrong-key-entirely")).key_accepted is False
    assert len(litellm.upstream.requests) == before
