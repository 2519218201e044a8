"""Pieces and limits of an answer."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally.core.estimate import text_tokens
from tally.demo.models import find_model, speed_of
from tally.demo.reply import Fault, Reply, limited, pieces_of
from tally.demo.request import parse_request
from tally.demo.turns import CalledTool

REQUEST = parse_request(
    json.dumps({"model": "claude-sonnet-4-6", "messages": [{"role": "user", "content": "Hello"}]}).encode()
)
PROMPT = 17
PROSE = "One sentence follows another, as sentences do. " * 40


def limit(reply, **changes):
    return limited(reply, replace(REQUEST, **changes), PROMPT)


@given(st.text())
def test_the_pieces_of_any_text_are_the_text(text):
    assert "".join(pieces_of(text)) == text


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Hello, big world!", ["Hello", ",", " big", " world", "!"]),
        ("oʻzbek tili", ["oʻzbek", " tili"]),
        ("東京は大きい。", ["東京", "は", "大", "きい", "。"]),
        ("```python\n    x = 1\n```", ["```", "python", "\n    ", "x", " =", " 1", "\n", "```"]),
        ("é 👩\u200d👩\u200d👧 👍🏽", ["é", " 👩\u200d👩\u200d👧", " 👍🏽"]),
    ],
)
def test_pieces_are_words_or_a_few_characters_and_never_half_a_sign(text, pieces):
    assert pieces_of(text) == pieces


@given(st.text(max_size=400), st.integers(1, 100))
def test_a_limited_reply_is_a_beginning_within_the_limit(text, max_tokens):
    reply, usage = limit(Reply(text), max_tokens=max_tokens)

    assert text.startswith(reply.text)
    assert usage.completion <= max_tokens
    assert (reply.finish == "length") == (reply.text != text)


def test_reasoning_uses_up_the_limit_first():
    reply, usage = limit(Reply("The answer.", reasoning=PROSE), max_tokens=30)

    assert (reply.text, reply.finish) == ("", "length")
    assert PROSE.startswith(reply.reasoning)
    assert (usage.completion, usage.reasoning) == (30, pytest.approx(30, abs=2))


def test_calls_beyond_the_limit_are_not_made():
    call = CalledTool("id", "name", json.dumps({"text": PROSE}))
    asked = Reply("I ask.", calls=(call,), finish="tool_calls")

    within, _ = limit(asked, max_tokens=4000)
    beyond, _ = limit(asked, max_tokens=40)

    assert (within.calls, within.finish) == ((call,), "tool_calls")
    assert (beyond.calls, beyond.finish) == ((), "length")


def test_a_fault_beyond_the_limit_does_not_happen():
    faulty = Reply(PROSE, fault=Fault.CUT, fault_at=1000)

    assert limit(faulty, max_tokens=5000)[0].fault is Fault.CUT
    assert limit(faulty, max_tokens=20)[0].fault is None


def test_the_earliest_stop_sequence_wins():
    reply, _ = limit(Reply("one two three"), stop=("three", "two"))

    assert reply.text == "one "


def test_a_complete_answer_counts_what_the_estimate_counts():
    _, usage = limit(Reply(PROSE), max_tokens=5000)

    assert (usage.prompt, usage.completion) == (PROMPT, text_tokens(PROSE))


def test_smaller_models_are_faster():
    haiku, sonnet, opus = (speed_of(find_model(f"claude-{name}")) for name in ("haiku-4-5", "sonnet-4-6", "opus-4-7"))

    assert haiku.rate > sonnet.rate > opus.rate
    assert haiku.delay < sonnet.delay < opus.delay
