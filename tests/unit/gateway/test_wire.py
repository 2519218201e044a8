"""What stands in the body of a request (protocol.md 1.2–1.4)."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.asking import ANY_SAMPLING, MODEL, assistant, question, user
from tally.core.catalog import Sampling
from tally.core.failures import FailureKind, RefusedError
from tally.core.messages import FilePart, ImagePart, Role, ToolCallPart, ToolResultPart
from tally.core.params import GenerationParams, ToolDefinition
from tally.core.ports import PreparedImage
from tally.gateway import wire
from tally.gateway.wire import Quirks, build_body

BASE = "http://127.0.0.1:1/v1"
PNG = PreparedImage("image/png", b"\x89PNG....", 10, 10)
IMAGE = ImagePart("d1", "cat.png", "image/png", 10, 10, 8)
TOOL = ToolDefinition("weather", "Tells the weather", {"type": "object", "properties": {"city": {"type": "string"}}})
CALL = ToolCallPart("toolu_1", "weather", '{"city":"Toshkent"}', {"city": "Toshkent"})


def body(*messages, quirks=None, model=MODEL, tools=(), images=None, **params):
    request = question(BASE, *messages, model=model, params=GenerationParams(**params))
    request = replace(request, tools=tools, images=images or {})
    return json.loads(build_body(request, quirks).data)


def refusal(*messages, **named):
    with pytest.raises(RefusedError) as caught:
        body(*messages, **named)
    return caught.value.failure


def test_a_plain_question_sends_the_documented_minimum():
    assert body(user("Salom")) == {
        "model": "anthropic/claude-sonnet-4-6",
        "messages": [{"role": "user", "content": "Salom"}],
        "max_tokens": 1024,
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_text_is_sent_as_utf8_not_as_escapes():
    data = build_body(question(BASE, user("Oʻzbekcha 🙂"))).data
    assert "Oʻzbekcha 🙂".encode() in data


def test_nothing_is_ever_null_except_the_content_beside_tool_calls():
    sent = body(user("Hi"), assistant(CALL), tools=(TOOL,), tool_choice="auto", temperature=0.5, json_mode=True)
    empty = [name for name, value in sent.items() if value is None]
    assert empty == []
    assert [message["content"] for message in sent["messages"] if message["role"] == "assistant"] == [None]


def test_without_streaming_no_stream_options_are_sent():
    sent = body(user("Hi"), stream=False)
    assert sent["stream"] is False
    assert "stream_options" not in sent


# Parameters


def test_every_parameter_that_is_on_is_sent():
    sent = body(user("Hi"), temperature=0.3, stop=("END", "", " ", "END", "\n"), user="abc123", max_tokens=7)
    assert (sent["temperature"], sent["stop"], sent["user"], sent["max_tokens"]) == (0.3, ["END"], "abc123", 7)
    assert "top_p" not in sent


def test_top_p_is_sent_alone():
    sent = body(user("Hi"), top_p=0.9)
    assert sent["top_p"] == 0.9
    assert "temperature" not in sent


def test_a_model_without_sampling_gets_none():
    model = replace(MODEL, sampling=Sampling.NONE)
    assert not {"temperature", "top_p"} & set(body(user("Hi"), model=model, temperature=0.3))


def test_max_tokens_is_lowered_to_what_the_model_or_the_endpoint_takes():
    assert body(user("Hi"), model=replace(MODEL, max_output=100), max_tokens=500)["max_tokens"] == 100
    assert body(user("Hi"), quirks=Quirks(max_output=64), max_tokens=500)["max_tokens"] == 64
    assert body(user("Hi"), quirks=Quirks(max_output=64), max_tokens=50)["max_tokens"] == 50


def test_what_an_endpoint_refused_is_left_out():
    quirks = Quirks(no_stream_options=True, no_sampling=frozenset({"temperature"}))
    sent = body(user("Hi"), quirks=quirks, model=ANY_SAMPLING, temperature=0.3)
    assert not {"temperature", "stream_options"} & set(sent)


@pytest.mark.parametrize("name", ["ann@example.org", "+998 90 123-45-67", "  "])
def test_a_user_id_that_servers_refuse_is_left_out(name):
    assert "user" not in body(user("Hi"), user=name)


def test_the_model_id_is_sent_exactly():
    assert (
        body(user("Hi"), model=replace(MODEL, id="Anthropic/Claude.X@1:beta"))["model"] == "Anthropic/Claude.X@1:beta"
    )


# System message


def test_there_is_one_system_message_and_it_comes_first():
    middle = replace(user("Be kind."), role=Role.SYSTEM)
    sent = body(user("Hi"), middle, assistant("Hello"), user("Bye"), system="Be brief.", json_mode=True)
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "user"]
    assert sent["messages"][0]["content"] == f"Be brief.\n\nBe kind.\n\n{wire.JSON_MODE_LINE}"
    assert sent["response_format"] == {"type": "json_object"}


def test_an_empty_system_prompt_sends_no_system_message():
    assert body(user("Hi"), system="  \n")["messages"][0]["role"] == "user"


# Pictures and files


def test_pictures_come_before_the_words_as_strict_data_urls():
    content = body(user("What is this?", IMAGE), images={"d1": PNG})["messages"][0]["content"]
    assert [part["type"] for part in content] == ["image_url", "text"]
    url = content[0]["image_url"]["url"]
    assert re.fullmatch(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}", url)
    assert "detail" not in content[0]["image_url"]


def test_image_jpg_is_not_a_media_type():
    image = replace(PNG, media_type="image/JPG")
    content = body(user("?", IMAGE), images={"d1": image})["messages"][0]["content"]
    assert content[0]["image_url"]["url"].startswith("data:image/jpeg;base64,")


@pytest.mark.parametrize(("part", "images"), [(replace(IMAGE, excluded=True), {"d1": PNG}), (IMAGE, {})])
def test_a_picture_left_out_is_named_in_its_place(part, images):
    content = body(user("And now?", part), images=images)["messages"][0]["content"]
    assert content == "And now?\n\n[The image “cat.png” is not included.]"


def test_a_model_without_eyes_gets_the_note_instead_of_the_picture():
    content = body(user("?", IMAGE), images={"d1": PNG}, model=replace(MODEL, vision=False))["messages"][0]["content"]
    assert isinstance(content, str)


def test_a_picture_of_another_type_is_refused():
    failure = refusal(user(IMAGE), images={"d1": replace(PNG, media_type="image/tiff")})
    assert failure.kind is FailureKind.UNUSABLE_IMAGE


def test_a_picture_over_five_megabytes_of_base64_is_refused():
    assert body(user(IMAGE), images={"d1": replace(PNG, data=b"x" * 3_932_160)})
    failure = refusal(user(IMAGE), images={"d1": replace(PNG, data=b"x" * 3_932_161)})
    assert failure.kind is FailureKind.UNUSABLE_IMAGE


def test_many_pictures_must_be_smaller():
    wide = replace(PNG, width=2500)
    few = [replace(IMAGE, digest=str(number)) for number in range(20)]
    assert body(user(*few), images={part.digest: wide for part in few})
    many = [*few, IMAGE]
    failure = refusal(user(*many), images={part.digest: wide for part in many})
    assert failure.kind is FailureKind.UNUSABLE_IMAGE
    assert "2000" in failure.message


def test_a_body_over_thirty_mebibytes_is_refused_and_names_the_largest_attachments():
    parts = [FilePart(f"part{number}.txt", "x" * (8 + number) * 1024 * 1024, 0) for number in range(4)]
    failure = refusal(user("Read", *parts))
    assert failure.kind is FailureKind.TOO_LARGE
    assert "part3.txt (11.0 MiB), part2.txt" in failure.message


def test_a_file_is_fenced_text_with_its_name_before_the_question():
    content = body(user("Explain", FilePart("a b.md", "```py\n1\n```", 9)))["messages"][0]["content"]
    assert content == "Attached file “a b.md”:\n````\n```py\n1\n```\n````\n\nExplain"


# Tools


def test_tools_are_functions_with_an_object_schema():
    bare = ToolDefinition("now", "", {"additionalProperties": False})
    sent = body(user("Hi"), tools=(TOOL, bare), tool_choice="auto")
    assert sent["tool_choice"] == "auto"
    assert sent["tools"][0] == {
        "type": "function",
        "function": {"name": "weather", "description": "Tells the weather", "parameters": TOOL.parameters},
    }
    assert sent["tools"][1]["function"] == {
        "name": "now",
        "parameters": {"additionalProperties": False, "type": "object", "properties": {}},
    }


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (None, None),
        ("auto", "auto"),
        ("required", "required"),
        ("function:weather", {"type": "function", "function": {"name": "weather"}}),
    ],
)
def test_a_choice_of_tools_is_sent_as_documented(choice, sent):
    assert body(user("Hi"), tools=(TOOL,), tool_choice=choice).get("tool_choice") == sent


def test_forbidden_tools_are_not_sent_at_all():
    assert not {"tools", "tool_choice"} & set(body(user("Hi"), tools=(TOOL,), tool_choice="none"))


def test_forbidden_tools_are_still_declared_when_the_history_used_them():
    sent = body(user("Hi"), assistant(CALL), user("So?"), tools=(TOOL,), tool_choice="none")
    assert (len(sent["tools"]), sent["tool_choice"]) == (1, "none")


def test_a_choice_without_tools_is_not_sent():
    assert "tool_choice" not in body(user("Hi"), tool_choice="required")


@pytest.mark.parametrize(
    ("tools", "choice"),
    [
        ((replace(TOOL, name="a b"),), None),
        ((replace(TOOL, name="x" * 65),), None),
        ((TOOL, TOOL), None),
        ((TOOL,), "function:other"),
        ((TOOL,), "sometimes"),
    ],
)
def test_tools_that_no_server_takes_are_refused_before_sending(tools, choice):
    assert refusal(user("Hi"), tools=tools, tool_choice=choice).kind is FailureKind.BAD_REQUEST_HERE


def test_an_empty_conversation_is_refused():
    assert refusal(user("  ")).kind is FailureKind.BAD_REQUEST_HERE


# Anything goes

texts = st.text(st.characters(codec=None), max_size=20)
parts = st.one_of(
    texts,
    st.just(IMAGE),
    st.builds(FilePart, texts, texts, st.just(0)),
    st.builds(ToolCallPart, st.sampled_from("ab"), st.just("weather"), texts, st.none()),
    st.just(CALL),
    st.builds(ToolResultPart, st.sampled_from(["a", "b", "toolu_1"]), texts),
)
spoken = st.builds(
    lambda role, found: replace(user(*found), role=role), st.sampled_from(Role), st.lists(parts, max_size=4)
)
histories = st.lists(spoken, max_size=6)


@given(histories)
def test_any_history_becomes_turns_that_every_server_accepts(messages):
    # With one more question there is always something to send.
    sent = body(*messages, user("Well?"), tools=(TOOL,), images={"d1": PNG}, system="S")["messages"]
    roles = [message["role"] for message in sent]
    assert roles[:2] == ["system", "user"]
    assert roles[-1] == "user"
    waiting: list[str] = []
    for before, message in zip([None, *sent], sent, strict=False):
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0)
            assert message["content"].strip()
            continue
        assert waiting == []
        assert before is None or before["role"] != message["role"]
        assert message["content"] or message.get("tool_calls")
        for call in message.get("tool_calls", []):
            assert isinstance(json.loads(call["function"]["arguments"]), dict)
            waiting.append(call["id"])
    assert waiting == []
