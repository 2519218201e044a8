"""The history as servers accept it (protocol.md 1.2, message hygiene and tool turns)."""

import json
from dataclasses import replace

import pytest

from support.asking import MODEL, assistant, question, user
from tally.core.messages import AnswerInfo, EndState, ReasoningPart, Role, ToolCallPart, ToolResultPart
from tally.gateway.hygiene import clean_text
from tally.gateway.wire import build_body


def messages(*history, model=MODEL):
    return json.loads(build_body(question("http://127.0.0.1:1/v1", *history, model=model)).data)["messages"]


def call(call_id, raw="{}", arguments=None):
    return ToolCallPart(call_id, "f", raw, {} if arguments is None else arguments)


def results(*pairs):
    return replace(user(*(ToolResultPart(*pair) for pair in pairs)), role=Role.TOOL)


def roles(sent):
    return [message["role"] for message in sent]


def test_empty_messages_are_dropped_and_their_neighbours_merged():
    sent = messages(user("One"), assistant("  "), user(""), user("Two"))
    assert sent == [{"role": "user", "content": "One\n\nTwo"}]


def test_an_answer_that_failed_without_words_is_not_sent():
    failed = replace(assistant(), answer=AnswerInfo("m", EndState.HTTP_ERROR))
    assert messages(user("One"), failed, user("Two")) == [{"role": "user", "content": "One\n\nTwo"}]


def test_neighbouring_answers_are_merged_as_paragraphs():
    sent = messages(user("Q"), assistant("A"), assistant("B"), user("C"))
    assert sent[1] == {"role": "assistant", "content": "A\n\nB"}


def test_the_first_message_is_the_users():
    assert roles(messages(assistant("Welcome!"), user("Hi"))) == ["user"]


def test_reasoning_is_never_sent_back():
    sent = messages(user("Q"), assistant(ReasoningPart("secret thought"), "A"), user("Next"))
    assert "secret thought" not in json.dumps(sent)


def test_a_model_without_prefill_is_asked_to_continue():
    sent = messages(user("Q"), assistant("Once upon a time  \n"))
    assert sent[1]["content"] == "Once upon a time"
    assert sent[2] == {
        "role": "user",
        "content": "Your previous response was interrupted and ended with “…Once upon a time”. Continue from there.",
    }


def test_only_the_end_of_a_long_answer_is_quoted():
    sent = messages(user("Q"), assistant("x" * 500 + "END"))
    assert len(sent[2]["content"]) < 350
    assert "END" in sent[2]["content"]


def test_a_model_with_prefill_continues_its_own_words():
    sent = messages(user("Q"), assistant("Once upon a time \n"), model=replace(MODEL, prefill=True))
    assert sent[-1] == {"role": "assistant", "content": "Once upon a time"}


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("a\0b", "ab"),
        ("cut \ud83d", "cut \ufffd"),
        ("\ude00 tail", "\ufffd tail"),
        ("\ud83d\ude00", "😀"),
        ("ok", "ok"),
    ],
)
def test_what_no_utf8_can_carry_is_replaced(dirty, clean):
    assert clean_text(dirty) == clean


# Tool turns


def test_results_follow_their_call_in_the_order_of_the_calls():
    sent = messages(
        user("Q"), assistant("Let me see", call("a"), call("b")), results(("b", "2"), ("a", "1")), user("Thanks")
    )
    assert roles(sent) == ["user", "assistant", "tool", "tool", "user"]
    assert sent[1]["content"] == "Let me see"
    assert [(message["tool_call_id"], message["content"]) for message in sent[2:4]] == [("a", "1"), ("b", "2")]


def test_results_kept_inside_the_answer_are_taken_apart():
    sent = messages(user("Q"), assistant(call("a"), ToolResultPart("a", "1"), "It is 1."), user("Sure?"))
    assert roles(sent) == ["user", "assistant", "tool", "assistant", "user"]
    assert sent[3]["content"] == "It is 1."


def test_a_call_that_was_never_answered_gets_a_result():
    sent = messages(user("Q"), assistant(call("a"), call("b")), results(("a", "1")), user("Go on"))
    assert [message["content"] for message in sent if message["role"] == "tool"] == ["1", "Cancelled by user"]


def test_an_empty_result_is_not_sent_empty():
    sent = messages(user("Q"), assistant(call("a")), results(("a", " \n")))
    assert sent[-1]["content"] == "(no output)"


def test_tool_results_are_never_merged():
    sent = messages(user("Q"), assistant(call("a"), call("b")), results(("a", "1")), results(("b", "2")))
    assert roles(sent)[-2:] == ["tool", "tool"]


def test_a_result_without_its_call_is_dropped():
    assert roles(messages(user("Q"), results(("ghost", "1")), assistant("A"), user("R"))) == [
        "user", "assistant", "user",
    ]  # fmt: skip


def test_an_id_used_again_gets_the_result_that_follows_it():
    sent = messages(
        user("Q"), assistant(call("call_0")), results(("call_0", "first")), assistant(call("call_0")),
        results(("call_0", "second")), user("R"),
    )  # fmt: skip
    assert [message["content"] for message in sent if message["role"] == "tool"] == ["first", "second"]


@pytest.mark.parametrize(
    ("raw", "arguments", "sent"),
    [
        ("", {}, {}),
        ("  ", {}, {}),
        ('{"a": 1.0}', {"a": 1.0}, {"a": 1.0}),
        ('{"a":', None, {"_raw": '{"a":'}),
        ("[1]", None, {"_raw": "[1]"}),
    ],
)
def test_arguments_are_sent_as_the_text_of_an_object(raw, arguments, sent):
    made = messages(user("Q"), assistant(ToolCallPart("a", "f", raw, arguments)))
    assert json.loads(made[1]["tool_calls"][0]["function"]["arguments"]) == sent


def test_broken_arguments_are_answered_with_an_error():
    made = messages(user("Q"), assistant(ToolCallPart("a", "f", '{"a":', None)))
    assert made[2]["content"].startswith("Error:")
