"""What a Claude gateway refuses, the demo refuses too, with the status and the field at fault."""

import pytest

OPUS_47, SONNET_46, HAIKU_45, OLD_SONNET = (
    f"anthropic/claude-{name}" for name in ("opus-4-7", "sonnet-4-6", "haiku-4-5", "3-5-sonnet-latest")
)
USER = {"role": "user", "content": "Hello"}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}


def result(call_id):
    return {"role": "tool", "tool_call_id": call_id, "content": "seen"}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"', b'{"a": NaN}', b"[" * 100_000, b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_refused(demo, body):
    response = demo.run(lambda client: client.post("chat/completions", content=body))

    assert response.status_code == 400
    assert "JSON" in response.json()["error"]["message"]


def test_an_unknown_model_is_not_found(demo):
    status, error = demo.refusal(model="gpt-4o")

    assert (status, error["code"], error["param"]) == (404, "model_not_found", "model")
    assert "gpt-4o" in error["message"]


@pytest.mark.parametrize(
    ("fields", "param", "said"),
    [
        ({"model": None}, "model", "must provide"),
        ({"model": 5}, "model", "string"),
        ({"messages": None}, "messages", "non-empty"),
        ({"messages": []}, "messages", "non-empty"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages", "role"),
        ({"messages": [{"role": "system", "content": "Be brief."}]}, "messages", "user message"),
        ({"messages": [{"role": "assistant", "content": "Hi"}, USER]}, "messages", "user message"),
        ({"messages": [{"role": "user", "content": "  "}]}, "messages", "non-empty"),
        ({"messages": [{"role": "user", "content": None}]}, "messages", "string or an array"),
        ({"messages": [{"role": "user", "content": [{"type": "audio"}]}]}, "messages", "unexpected part"),
        ({"max_tokens": 0}, "max_tokens", "at least 1"),
        ({"max_tokens": 2.5}, "max_tokens", "integer"),
        ({"max_tokens": True}, "max_tokens", "integer"),
        ({"max_tokens": 64_001, "model": HAIKU_45}, "max_tokens", "64001 > 64000"),
        ({"temperature": 1.5}, "temperature", "range"),
        ({"temperature": "hot"}, "temperature", "number"),
        ({"top_p": -0.1}, "top_p", "range"),
        ({"temperature": 0.5, "top_p": 0.9}, "top_p", "cannot both be specified"),
        ({"temperature": 0.5, "model": OPUS_47}, "temperature", "`temperature` is deprecated for this model."),
        ({"top_p": 0.5, "model": OPUS_47}, "top_p", "deprecated"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "at most 4"),
        ({"stop": [" "]}, "stop", "non-whitespace"),
        ({"stop": [1]}, "stop", "strings"),
        ({"n": 2}, "n", "only 1"),
        ({"user": 7}, "user", "string"),
        ({"stream": "yes"}, "stream", "boolean"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "stream"),
        ({"response_format": {"type": "yaml"}}, "response_format", "json_object"),
        ({"tools": [{"type": "function"}]}, "tools", "function"),
        ({"tools": [TOOL, TOOL]}, "tools", "unique"),
        ({"tools": [{**TOOL, "function": {"name": "no spaces", "parameters": {"type": "object"}}}]}, "tools", "match"),
        ({"tools": [{**TOOL, "function": {"name": "look"}}]}, "tools", "parameters"),
        ({"tool_choice": "auto"}, "tool_choice", "together with tools"),
        ({"tools": [TOOL], "tool_choice": "any"}, "tool_choice", "required"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": ["x"]}}},
            "tool_choice",
            "name one of the tools",
        ),
        ({"messages": [USER, {"role": "assistant", "content": "So"}]}, "messages", "prefill"),
        ({"messages": [USER, CALLING, USER]}, "messages", "c1"),
        ({"messages": [USER, CALLING]}, "messages", "c1"),
        ({"messages": [USER, CALLING, result("c2")]}, "messages", "c2"),
        ({"messages": [USER, result("c1")]}, "messages", "c1"),
        ({"messages": [USER, {**CALLING, "tool_calls": [{"id": "c1"}]}]}, "messages", "arguments"),
        (
            {"messages": [USER, {**CALLING, "tool_calls": [{**CALL, "function": {"name": "x", "arguments": "{"}}]}]},
            "messages",
            "JSON object",
        ),
    ],
)
def test_a_request_claude_would_not_take_is_refused(demo, fields, param, said):
    status, error = demo.refusal(**fields)

    assert (status, error["param"]) == (400, param)
    assert said in error["message"]
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "fields",
    [
        {"temperature": 0.0},
        {"top_p": 1},
        {"temperature": None, "top_p": 0.4},
        {"temperature": 0.3, "top_p": 0.4, "model": OLD_SONNET},
        {"model": OPUS_47},
        {"stop": "one"},
        {"stop": ["a", "b", "c", "d"]},
        {"user": "an-id", "n": 1, "response_format": {"type": "text"}},
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "look"}}},
        {"messages": [{"role": "system", "content": "Be brief."}, USER]},
        {"messages": [{"role": "developer", "content": "Be brief."}, USER]},
        {"messages": [USER, USER]},
        {"messages": [USER, CALLING, result("c1")]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]}]},
        {"unknown_field": 1},
    ],
)
def test_a_request_within_the_rules_is_answered(demo, fields):
    assert demo.post(**fields).status_code == 200


def test_a_beginning_written_by_the_client_is_continued_where_the_model_takes_it(demo):
    whole = demo.answer("Hello", model=HAIKU_45)
    begun = [USER, {"role": "assistant", "content": whole[:40].rstrip()}]

    assert whole[:40].rstrip() + demo.answer(messages=begun, model=HAIKU_45) == whole


def test_a_beginning_may_not_end_with_a_space(demo):
    status, error = demo.refusal(messages=[USER, {"role": "assistant", "content": "So "}], model=HAIKU_45)

    assert status == 400
    assert "trailing whitespace" in error["message"]


def test_a_prompt_beyond_the_context_is_too_long(demo):
    status, error = demo.refusal("word " * 220_000, model=HAIKU_45)

    assert (status, error["code"]) == (400, "context_length_exceeded")
    assert "> 200000 maximum" in error["message"]
