"""What holds for all bytes: how they are cut does not matter, and none of them raise."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.answers import DONE, Answer, chunk, data, read, stop, words
from tally.core.failures import Failure, FailureKind
from tally.core.messages import EndState

CUT = Failure(FailureKind.DISCONNECTED, "The connection was lost.")

# Pieces of streams, right and wrong, from which whole ones are put together.
PIECES = [
    words("Hello"), words(" wörld, 你好 😀 \u2028"), data(json.dumps(chunk({"content": "\ud83d"}))),
    data(json.dumps(chunk({"content": "\ude00"}))), data(chunk({"reasoning_content": "hm"})),
    data(chunk({"reasoning_content": "\n"})), data(chunk({"role": "assistant", "content": None})), stop(),
    stop("length"), stop("error"), DONE, data({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3}}),
    data(chunk({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":'}}]})),
    data(chunk({"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]})), data({"error": {"message": "no"}}),
    b"error: no\n\n", b"event: error\ndata: no\n\n", b'{"error":"no"}', b'{\n "error": "no"\n}\n', data("upstream"),
    data("{half"), b"\n", b"\r", b"\r\n", b"\r\n\r\n", b": ping\n\n", b"data: ", b"data:", b"data", b"\xef\xbb\xbf",
    b"\xff", b"\xe2\x82", b"event: ping\n", b"{", b"[", b"}", b"<html>", b" ", b"garbage",
    b'{"choices":[{"message":{"content":"whole"},"finish_reason":"stop"}]}', data({"type": "content_block_delta"}),
    b'data: {"choices":[{"delta":{"content":"a"}}]}\n', b'{"choices":[{"delta":{"content":"b"}}]}\n',
]  # fmt: skip
BODIES = st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=8)), max_size=12).map(b"".join)

KEYS = [
    "choices", "delta", "message", "content", "text", "type", "index", "finish_reason", "usage", "error", "tool_calls",
    "function", "function_call", "name", "arguments", "id", "code", "success", "object", "detail", "errors", "model",
    "reasoning", "reasoning_content", "reasoning_details", "thinking_blocks", "thinking", "refusal", "prompt_tokens",
    "completion_tokens", "prompt_tokens_details", "cached_tokens", "cost", "request_id", "candidates", "done", "header",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
    | st.sampled_from(["error", "stop", "{}", "text", "ping", "message_start", "0", "-1", "\ud83d", "a\ude00"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def by_single_bytes(body: bytes) -> list[bytes]:
    return [body[at : at + 1] for at in range(len(body))]


@settings(max_examples=400, deadline=None)
@given(body=BODIES, cuts=st.lists(st.integers(0, 400), max_size=8), lost=st.booleans())
def test_how_the_bytes_are_cut_does_not_matter(body: bytes, cuts: list[int], lost: bool) -> None:
    cut = CUT if lost else None
    edges = [0, *sorted(cuts), len(body)]
    parts = [body[begin:end] for begin, end in pairwise(edges) if begin < end]
    whole = read(body, cut)
    for answer in (read(parts, cut), read(by_single_bytes(body), cut)):
        assert unmoved(answer) == unmoved(whole)


def unmoved(answer: Answer) -> tuple[object, ...]:
    """An answer without the difference that a cut may make: which words came only with the end."""
    ending = answer.ending
    return (
        answer.text, answer.reasoning, answer.usages, ending.state, ending.usage, ending.tool_calls, ending.failure,
        ending.note, ending.model_returned, ending.request_id, ending.server_cost, ending.saw_finish, ending.saw_done,
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(body=st.binary(max_size=400), lost=st.booleans())
def test_no_bytes_raise(body: bytes, lost: bool) -> None:
    assert read(body, CUT if lost else None).ending.state in EndState


@settings(max_examples=200, deadline=None)
@given(payloads=st.lists(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5), max_size=4), bare=st.booleans())
def test_no_json_raises_and_nothing_of_it_is_unwritable(payloads: list[dict[str, object]], bare: bool) -> None:
    texts = [json.dumps(payload) for payload in payloads]
    answer = read("".join(text + "\n" if bare else f"data: {text}\n\n" for text in texts).encode())
    ending = answer.ending
    written = [answer.text, answer.reasoning, ending.model_returned or "", ending.request_id or "", ending.note or ""]
    for call in ending.tool_calls:
        written += [call.call_id, call.name, call.raw, json.dumps(call.arguments, ensure_ascii=False)]
    if ending.failure is not None:
        failure = ending.failure
        written += [failure.message, failure.details, failure.code or "", failure.request_id or ""]
    assert all(text.encode() or not text for text in written)


@settings(max_examples=200, deadline=None)
@given(payload=VALUES)
def test_no_delta_raises(payload: object) -> None:
    for delta in ({"tool_calls": payload}, {"content": payload}, {"reasoning": payload}, payload):
        read(data(json.dumps(chunk(delta))))


@pytest.mark.parametrize("depth", [200, 950, 5_000])
@pytest.mark.parametrize("key", KEYS)
def test_no_depth_raises(key: str, depth: int) -> None:
    for opening, closing in (("[", "]"), ('{"' + key + '":', "}"), ('[{"type":"text","text":', "}]")):
        deep = opening * depth + "1" + closing * depth
        for body in (f'{{"{key}":{deep}}}', f'{{"choices":[{{"index":0,"delta":{{"{key}":{deep}}}}}]}}'):
            read(b"event: error\ndata: " + body.encode() + b"\n\n")
            read(b"data: " + body.encode() + b"\n\n")
            read(body.encode())


@given(texts=st.lists(st.text(), max_size=8), end=st.sampled_from(["\n", "\r", "\r\n"]))
def test_every_word_arrives(texts: list[str], end: str) -> None:
    body = b"".join(data(json.dumps(chunk({"content": text}))) for text in texts) + stop()
    answer = read(body.replace(b"\n", end.encode()))
    expected = "".join(texts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert (answer.text, answer.ending.state) == (expected, EndState.COMPLETE)
