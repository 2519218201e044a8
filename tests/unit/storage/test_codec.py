"""What is written as JSON is read back as it was."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.stored import entry
from tally.core.conversation import ConversationOptions
from tally.core.failures import Failure
from tally.core.messages import (
    AnswerInfo,
    FilePart,
    ImagePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from tally.core.money import Usage
from tally.core.params import GenerationParams
from tally.core.ports import OpenCall
from tally.storage.codec import decode_parts, decode_record, encode_parts, encode_record, length, searched_text
from tally.storage.records import RecordError

ANY_TEXT = st.text(st.characters(), max_size=30)  # half surrogate pairs and NUL included
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=6,
)
PARTS: st.SearchStrategy[Part] = st.one_of(
    st.builds(TextPart, ANY_TEXT),
    st.builds(ImagePart, ANY_TEXT, ANY_TEXT, ANY_TEXT, st.integers(), st.integers(), st.integers(), st.booleans()),
    st.builds(FilePart, ANY_TEXT, ANY_TEXT, st.integers()),
    st.builds(ReasoningPart, ANY_TEXT),
    st.builds(ToolCallPart, ANY_TEXT, ANY_TEXT, ANY_TEXT, st.none() | st.dictionaries(ANY_TEXT, JSON, max_size=3)),
    st.builds(ToolResultPart, ANY_TEXT, ANY_TEXT),
)


@given(st.lists(PARTS, max_size=4))
def test_parts_come_back_as_they_were(parts: list[Part]) -> None:
    assert decode_parts(encode_parts(parts)) == tuple(parts)


@given(st.from_type(AnswerInfo).filter(lambda info: info.failure is None or info.failure.retry_after_s is None))
def test_answers_come_back_as_they_were(info: AnswerInfo) -> None:
    assert decode_record(AnswerInfo, encode_record(info)) == info


@given(
    st.builds(
        GenerationParams,
        temperature=st.none() | st.floats(0, 1),
        top_p=st.none() | st.floats(0, 1),
        system=ANY_TEXT,
    ),
    ANY_TEXT,
)
def test_options_come_back_as_they_were(params: GenerationParams, model: str) -> None:
    options = ConversationOptions(model, params)
    assert decode_record(ConversationOptions, encode_record(options)) == options


def test_open_calls_come_back_as_they_were() -> None:
    call = OpenCall(entry(), hidden_thinking=True)
    assert decode_record(OpenCall, encode_record(call)) == call


def test_a_failure_keeps_its_seconds() -> None:
    failure = Failure("rate_limited", "Slow down.", 429, retry_after_s=1.5)  # type: ignore[arg-type]  as JSON has it
    info = AnswerInfo("m", "http_error", failure=failure)  # type: ignore[arg-type]  likewise
    assert decode_record(AnswerInfo, encode_record(info)) == info


def test_unknown_keys_are_passed_over() -> None:
    written = json.loads(encode_record(Usage(3, 4)))
    assert decode_record(Usage, json.dumps({**written, "moon": "full"})) == Usage(3, 4)


def test_a_part_that_cannot_be_read_is_left_out_and_the_rest_stays() -> None:
    text = json.dumps({"v": 9, "parts": [{"kind": "hologram"}, {"kind": "text"}, 5, {"kind": "text", "text": "here"}]})
    assert decode_parts(text) == (TextPart("here"),)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"uncached": "three", "output": 1}', '{"output": 1}', "null"])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(RecordError):
        decode_record(Usage, text)


def test_words_names_and_files_are_searched_but_reasoning_is_not() -> None:
    parts = (
        TextPart("said"),
        ReasoningPart("thought"),
        FilePart("a.py", "code", 4),
        ImagePart("d", "cat.png", "", 1, 1, 1),
    )
    assert searched_text(parts).split() == ["said", "a.py", "code", "cat.png"]


def test_the_length_counts_characters_not_bytes() -> None:
    assert length((TextPart("日本語"), ReasoningPart("ab"))) == 5
