"""The chunk variants: protocol.md 2.2, by its row numbers, and answers in one document (2.5)."""

from __future__ import annotations

import json

import pytest

from support.answers import DONE, chunk, data, read, stop, words
from tally.core.messages import EndState
from tally.gateway.chunks import AnswerParser

ROLE = {"role": "assistant", "content": ""}
USAGE = {"prompt_tokens": 25, "completion_tokens": 42, "total_tokens": 67}
ZEROS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}


def choice(**fields: object) -> dict[str, object]:
    return {"choices": [fields]}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([chunk(ROLE), chunk({"content": "Hi"}), chunk({}, "stop")], id="1"),
        pytest.param([chunk({"role": "assistant", "content": "Hi"}), chunk({}, "stop")], id="2"),
        pytest.param([chunk({"role": "assistant", "content": t}) for t in "Hi"] + [chunk({}, "stop")], id="3"),
        pytest.param([chunk({"role": "assistant", "content": None}), chunk({"content": "Hi"}), chunk({}, "stop")],
                     id="4"),
        pytest.param([choice(index=0, delta={"content": "Hi"}), choice(index=0, delta={}, finish_reason="stop")],
                     id="5 missing"),
        pytest.param([chunk({"content": "H"}, ""), chunk({"content": "i"}, ""), chunk({}, "stop")], id="5 empty"),
        pytest.param([chunk({"content": "Hi"}, "stop")], id="6 with the last words"),
        pytest.param([chunk({"content": "H"}, "stop"), chunk({"content": "i"}, "stop"), chunk({}, "stop")],
                     id="6 repeated"),
        pytest.param([choice(index=0, delta=None), choice(message={"content": "Hi"}), choice(finish_reason="stop")],
                     id="7 message instead of delta"),
        pytest.param([choice(text="Hi"), choice(text="", finish_reason="stop")], id="7 text"),
        pytest.param([choice(delta={"content": "Hi"}, finish_reason="stop", message={"content": "Hi"})],
                     id="7 message beside delta"),
        pytest.param([chunk({"content": "Hi"}, "stop"), {"choices": [], "usage": USAGE}], id="8 []"),
        pytest.param([chunk({"content": "Hi"}, "stop"), {"choices": None, "usage": USAGE}], id="8 null"),
        pytest.param([chunk({"content": "Hi"}, "stop"), {"usage": USAGE}], id="8 missing"),
        pytest.param([chunk({"content": "Hi"}, "stop"), choice(index=0, delta={}) | {"usage": USAGE}], id="9"),
        pytest.param([chunk({"content": "Hi"}), chunk({}, "stop", usage=USAGE)], id="10 with finish"),
        pytest.param([chunk({"content": t}, usage=ZEROS) for t in "Hi"] + [chunk({}, "stop", usage=ZEROS)],
                     id="10 zeros"),
        pytest.param([{"choices": [], "prompt_filter_results": []}, chunk({"content": "Hi"}, "stop")], id="11"),
        pytest.param([chunk({"content": [{"type": "text", "text": "H"}, {"type": "text", "text": "i"}]}, "stop")],
                     id="14"),
        pytest.param([chunk({"content": "Hi"}, "stop", obfuscation="xyz", service_tier="x", citations=[1],
                            native_finish_reason="end_turn", moderation=None, error=None)], id="15"),
        pytest.param([{"choices": [{"finish_reason": "stop", "delta": {"content": "Hi"}, "index": 0}], "model": "z",
                       "id": None, "created": "1"}], id="16"),
        pytest.param([{"choices": [{"index": 1, "delta": {"content": "no"}}, {"index": 0, "delta": {"content": "Hi"}}]},
                      {"choices": [{"index": 1, "delta": {"content": "no"}, "finish_reason": "length"}]},
                      chunk({}, "stop")], id="17"),
        pytest.param([{"choices": [{"delta": {"content": "Hi"}}, {"delta": {"content": "no"}}]}, chunk({}, "stop")],
                     id="17 without index"),
    ],
)  # fmt: skip
def test_every_variant_says_the_same(body):
    answer = read(b"".join(data(payload) for payload in body) + DONE)
    assert (answer.text, answer.ending.state, answer.ending.failure) == ("Hi", EndState.COMPLETE, None)


def test_row_10_zeros_are_no_usage():
    assert read(data(chunk({"content": "Hi"}, "stop", usage=ZEROS))).ending.usage is None


def test_row_10_cumulative_usage_is_told_as_it_grows():
    body = b"".join(
        data(chunk({"content": "x"}, usage={"prompt_tokens": 9, "completion_tokens": count})) for count in (1, 2, 2, 3)
    )
    answer = read(body + stop())
    assert [seen.usage.output for seen in answer.usages] == [1, 2, 3]
    assert answer.ending.usage is not None
    assert (answer.ending.usage.input, answer.ending.usage.output) == (9, 3)


@pytest.mark.parametrize(
    "deltas",
    [
        pytest.param([{"reasoning_content": "a"}, {"reasoning_content": "b"}], id="new-api"),
        pytest.param([{"reasoning": "a"}, {"reasoning": "b"}], id="OpenRouter"),
        pytest.param([{"reasoning": "ab", "reasoning_details": [{"type": "reasoning.text", "text": "ab"}]}],
                     id="OpenRouter with details"),
        pytest.param([{"reasoning_details": [{"type": "reasoning.text", "text": "ab"}, {"data": "x"}]}], id="details"),
        pytest.param([{"reasoning_content": "ab", "reasoning": "ab",
                       "thinking_blocks": [{"type": "thinking", "thinking": "ab"}] * 2,
                       "provider_specific_fields": {"thinking_blocks": [{"thinking": "ab"}]}}], id="LiteLLM"),
        pytest.param([{"reasoning_content": "ab"}, {"thinking_blocks": [{"thinking": "ab", "signature": "s"}]}],
                     id="the whole again under another name"),
        pytest.param([{"thinking_blocks": [{"thinking": "ab"}, {"thinking": "ab"}]}], id="thinking blocks alone"),
        pytest.param([{"reasoning_content": "", "reasoning": "ab"}], id="an empty first name"),
        pytest.param([{"reasoning_content": "ab"}, {"reasoning_content": "\n"}], id="new-api's signature"),
        pytest.param([{"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "ab"}]}]}], id="parts"),
    ],
)  # fmt: skip
def test_row_12_reasoning_is_read_once(deltas):
    answer = read(b"".join(data(chunk(delta)) for delta in deltas) + words("Hi") + stop())
    assert (answer.reasoning, answer.text) == ("ab", "Hi")


def test_row_12_a_line_break_between_reasoning_is_kept():
    body = b"".join(data(chunk({"reasoning_content": text})) for text in ("a", "\n", "\n", "b"))
    assert read(body + stop()).reasoning == "a\n\nb"


def test_row_13_a_refusal_is_shown_and_ends_as_filtered():
    answer = read(data(chunk({"refusal": "I can"})) + data(chunk({"refusal": "not."})) + stop())
    assert (answer.text, answer.ending.state, answer.ending.note) == ("I cannot.", EndState.FILTERED, None)


def test_row_13_a_refusal_in_parts_is_shown():
    answer = read(data(chunk({"content": [{"type": "refusal", "refusal": "No."}]}, "stop")))
    assert (answer.text, answer.ending.state) == ("No.", EndState.FILTERED)


def test_row_16_the_model_that_answered_is_told():
    body = data(chunk({"content": "a"})) + data(chunk({}, "stop") | {"model": "claude-sonnet-4-6-20260101"})
    assert read(body + data({"choices": [], "model": ""})).ending.model_returned == "claude-sonnet-4-6-20260101"


def test_row_16_the_id_of_a_chunk_is_not_that_of_the_request():
    assert read(words("a") + stop()).ending.request_id is None
    assert read(data(chunk({"content": "a"}, request_id="req_1")) + stop()).ending.request_id == "req_1"


@pytest.mark.parametrize("name", ["message", "chat.completion.chunk", "completion"])
def test_row_18_names_of_events_mean_nothing(name):
    body = f"event: {name}\n".encode() + words("Hi") + f"event: {name}\n".encode() + stop()
    assert read(body).text == "Hi"


@pytest.mark.parametrize(
    ("events", "whose"),
    [
        ([{"type": "message_start", "message": {"content": []}},
          {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Hi"}},
          {"type": "message_stop"}], "Anthropic"),
        ([{"type": "response.created", "response": {}}, {"type": "response.output_text.delta", "delta": "Hi"}],
         "OpenAI Responses"),
        ([{"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}], "Gemini"),
    ],
)  # fmt: skip
def test_row_19_another_vendors_events_are_named(events, whose):
    answer = read(b"".join(f"event: {event.get('type')}\n".encode() + data(event) for event in events))
    assert answer.ending.state is EndState.PROTOCOL_ERROR
    assert answer.ending.failure is not None
    assert whose in answer.ending.failure.message


def test_row_19_another_vendors_document_is_named():
    answer = read(json.dumps({"type": "message", "role": "assistant", "content": [{"type": "text"}]}).encode())
    assert answer.ending.failure is not None
    assert "Anthropic" in answer.ending.failure.message


def test_row_19_leaked_events_between_the_right_ones_are_ignored():
    leaked = data({"type": "message_start"}) + words("Hi") + data({"type": "content_block_delta"}) + stop()
    assert (read(leaked).text, read(leaked).ending.state) == ("Hi", EndState.COMPLETE)


def test_neighbouring_words_come_as_one_event_in_order():
    parser = AnswerParser()
    deltas = parser.feed(data(chunk({"reasoning": "a"})) + words("b") + words("c") + data(chunk({"reasoning": "d"})))
    assert [(type(delta).__name__, delta.text) for delta in deltas] == [
        ("ReasoningDelta", "a"), ("TextDelta", "bc"), ("ReasoningDelta", "d"),
    ]  # fmt: skip


@pytest.mark.parametrize("lone", ["\ud83d", "a\ude00b"])
def test_half_a_character_never_leaves_the_parser(lone):
    text = json.dumps(chunk({"content": lone}, "stop"))
    assert "\ufffd" in read(data(text)).text
    assert read(data(text)).text.encode()


def test_a_character_cut_into_two_chunks_is_whole():
    assert read(data(json.dumps(chunk({"content": "a\ud83d"}))) + data(json.dumps(chunk({"content": "\ude00b"})))
                ).text == "a😀b"  # fmt: skip


def test_activity_counts_what_says_something():
    parser = AnswerParser()
    parser.feed(data(chunk(ROLE)) + data(chunk({})) + b": ping\n\n" + data({"choices": []}))
    assert (parser.activity, parser.shown) == (0, False)
    parser.feed(words("a") + words("b") + stop() + data({"choices": [], "usage": USAGE}))
    assert (parser.activity, parser.shown) == (4, True)


@pytest.mark.parametrize(
    "delta",
    [{"content": "a"}, {"reasoning": "a"}, {"refusal": "a"}, {"tool_calls": [{"index": 0, "function": {"name": "f"}}]}],
)
def test_everything_visible_counts_as_shown(delta):
    parser = AnswerParser()
    parser.feed(data(chunk(delta)))
    assert parser.shown


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("content", ["Hi", [{"type": "text", "text": "Hi"}]])
def test_a_document_is_one_answer(indent, content):
    document = {
        "object": "chat.completion",
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
        "usage": USAGE,
    }
    answer = read(json.dumps(document, indent=indent).encode())
    assert (answer.text, answer.ending.state, answer.ending.model_returned) == ("Hi", EndState.COMPLETE, "m")
    assert answer.ending.usage is not None
    assert answer.ending.usage.output == 42


def test_a_document_with_tool_calls_asks_for_them():
    message = {
        "content": None,
        "reasoning_content": "hm",
        "tool_calls": [{"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}],
    }
    answer = read(json.dumps({"choices": [{"message": message, "finish_reason": "tool_calls"}]}).encode())
    assert (answer.ending.state, answer.reasoning) == (EndState.TOOLS, "hm")
    assert answer.ending.tool_calls[0].arguments == {"a": 1}


def test_a_whole_document_needs_no_finish_reason():
    answer = read(b'{"choices":[{"message":{"content":"Hi"}}]}')
    assert (answer.text, answer.ending.state, answer.ending.note) == ("Hi", EndState.COMPLETE, "no_finish_reason")


@pytest.mark.parametrize(
    "document", [b'{"hello":"world"}', b'{"object":"list","data":[]}', b'{"choices": [{', b"[1, 2]"]
)
def test_a_document_that_is_no_answer_is_shown(document):
    answer = read(document)
    assert answer.ending.state is EndState.PROTOCOL_ERROR
    assert answer.ending.failure is not None
    assert answer.ending.failure.details == document.decode()
