"""Chunks of every shape that is known from real servers, and every spelling of the reason for the end."""

import json
from typing import Any

from support.raw_server import DONE, delta, event, http, usage
from support.situations import Expect, Situation, cut_after, fine, replies, whole

HELLO = delta("Hello")
STOP = delta(finish="stop")
END = STOP + usage() + DONE
NO_USAGE: dict[str, Any] = {"usage": "null", "cost": "estimated", "usd": None}


def chunk(choice: object = None, **fields: Any) -> str:
    """An event with one choice and further fields beside it."""
    return event({"object": "chat.completion.chunk", **({} if choice is None else {"choices": [choice]}), **fields})


def piece(delta_: object, **fields: Any) -> str:
    """An event with this delta."""
    return chunk({"index": 0, "delta": delta_, **fields})


def reads(name: str, *events: str, text: str = "Hello", **changes: Any) -> Situation:
    """A stream that must be read as a whole answer."""
    return Situation(name, replies(whole("".join(events))), fine(text, **changes))


ZEROS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
FIGURES = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}

SHAPES = [
    reads("the role comes first with an empty text", piece({"role": "assistant", "content": ""}), HELLO, END),
    reads("role and text come together", piece({"role": "assistant", "content": "Hel"}), delta("lo"), END),
    reads("the role is in every chunk", *(piece({"role": "assistant", "content": c}) for c in "Hello"), END),
    reads("content is null", piece({"role": "assistant", "content": None}), HELLO, END),
    reads("the delta is empty", piece({}), HELLO, piece({}, finish_reason=None), END),
    reads("finish_reason is missing until the end", piece({"content": "Hello"}), END),
    reads("finish_reason is empty until the end", piece({"content": "Hello"}, finish_reason=""), END),
    reads("an empty finish_reason after the real one does not undo it",
          HELLO, STOP, piece({}, finish_reason=""), piece({}, finish_reason=None), usage(), DONE),
    reads("finish_reason comes with the last text", delta("Hel"), delta("lo", finish="stop"), usage(), DONE),
    reads("finish_reason is repeated", HELLO, STOP, STOP, usage(), DONE),
    reads("text after finish_reason still counts", delta("Hel"), STOP, delta("lo"), usage(), DONE),
    reads("delta is null", chunk({"index": 0, "delta": None}), HELLO, END),
    reads("delta is missing", chunk({"index": 0}), HELLO, END),
    reads("message stands in place of delta", chunk({"index": 0, "message": {"content": "Hello"}}), END),
    reads("the legacy field text", chunk({"index": 0, "text": "Hello"}), END),
    reads("choices is null beside the usage", HELLO, STOP, event({"choices": None, "usage": FIGURES}), DONE),
    reads("choices is missing beside the usage", HELLO, STOP, event({"usage": FIGURES}), DONE),
    reads("the usage comes with an empty delta", HELLO, STOP,
          event({"choices": [{"index": 0, "delta": {}}], "usage": FIGURES, "cost": 1}), DONE),
    reads("the usage comes with finish_reason", HELLO, chunk({"delta": {}, "finish_reason": "stop"}, usage=FIGURES),
          DONE),
    reads("usage is null in every other chunk",
          chunk({"index": 0, "delta": {"content": "Hello"}, "finish_reason": None}, usage=None), END),
    reads("the usage grows in every chunk",
          *(chunk({"index": 0, "delta": {"content": letter}}, usage={"prompt_tokens": 10, "completion_tokens": n})
            for n, letter in enumerate("Hello", 1)), STOP, DONE),
    reads("zeros in every chunk are no usage",
          chunk({"index": 0, "delta": {"content": "Hello"}}, usage=ZEROS),
          chunk({"index": 0, "delta": {}, "finish_reason": "stop"}, usage=ZEROS), DONE, **NO_USAGE),
    reads("zeros after figures do not undo them", HELLO, STOP, usage(), event({"choices": [], "usage": ZEROS}), DONE),
    reads("a stream begins with empty choices",
          event({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}), HELLO, END),
    reads("content is a list of parts",
          piece({"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]}), END),
    reads("unknown fields at every level",
          chunk({"index": 0, "delta": {"content": "Hello", "audio": None, "x": [1]}, "native_finish_reason": None,
                 "logprobs": None}, obfuscation="aXz", service_tier="default", provider="p", citations=[],
                moderation={}, system_fingerprint=None), END),
    reads("nothing but choices", event({"choices": [{"delta": {"content": "Hello"}}]}),
          event({"choices": [{"finish_reason": "stop"}]}), usage(), DONE),
    reads("other choices than the first are left out",
          piece({"content": "Hello"}), chunk({"index": 1, "delta": {"content": "other"}}),
          chunk({"index": 1, "delta": {}, "finish_reason": "length"}), END),
    reads("id and model change on the way", chunk({"index": 0, "delta": {"content": "Hel"}}, id="a", model="x"),
          chunk({"index": 0, "delta": {"content": "lo"}}, id="b", model="y", created="soon"), END),
    reads("an error of null is no error", chunk({"index": 0, "delta": {"content": "Hello"}}, error=None), END),
    reads("chunks of null, numbers and lists are skipped", HELLO, "data: null\n\ndata: 1\n\ndata: []\n\n", END),
    reads("white space is text", delta(" "), delta("\n"), delta("x"), END, text=" \nx"),
    reads("a whole answer without usage", HELLO, STOP, DONE, **NO_USAGE),
    reads("a whole answer without usage and without [DONE]", HELLO, STOP, **NO_USAGE),
    reads("a whole answer without [DONE]", HELLO, STOP, usage()),
]  # fmt: skip

THINKING = [
    reads(f"reasoning in {field} is kept apart", piece({field: "Let me "}), piece({field: "see."}), HELLO, END,
          reasoning="Let me see.")
    for field in ("reasoning_content", "reasoning")
] + [
    reads("reasoning that comes under several names counts once",
          piece({"reasoning_content": "Hm.", "reasoning": "Hm.",
                 "thinking_blocks": [{"type": "thinking", "thinking": "Hm."}] * 2,
                 "reasoning_details": [{"type": "reasoning.text", "text": "Hm."}],
                 "provider_specific_fields": {"thinking_blocks": []}, "content": ""}),
          HELLO, END, reasoning="Hm."),
    reads("empty reasoning is none", piece({"reasoning_content": "", "content": "Hello"}),
          piece({"reasoning_content": None}), END, reasoning=""),
    Situation("a refusal is said by the model",
              replies(whole(piece({"refusal": "I cannot help."}), STOP, usage(), DONE)),
              Expect(text="I cannot help.", state={"filtered", "complete"}, requests=1, usage=(10, 5))),
]  # fmt: skip


def _ends(reason: object, state: str) -> Situation:
    exit_status = 0 if state in {"complete", "length", "tools"} else 1
    return Situation(
        f"finish_reason {reason} is {state}",
        replies(whole(HELLO + piece({}, finish_reason=reason) + usage() + DONE)),
        Expect(state=state, text="Hello", usage=(10, 5), requests=1, exit=exit_status),
    )


REASONS = [
    *(_ends(reason, "complete") for reason in
      ("stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed", "STOP", "whatever")),
    *(_ends(reason, "length") for reason in
      ("length", "max_tokens", "model_context_window_exceeded", "pause_turn", "compaction", "MAX_TOKENS")),
    *(_ends(reason, "filtered") for reason in ("content_filter", "refusal", "safety", "SAFETY", "recitation")),
    *(_ends(reason, "complete") for reason in ("tool_calls", "function_call", "tool_use")),
    *(_ends(reason, "stream_error") for reason in ("error", "network_error")),
]  # fmt: skip

NATIVE = [
    {"type": "message_start", "message": {"id": "m", "role": "assistant", "content": [], "usage": {"input_tokens": 9}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}},
    {"type": "message_stop"},
]

NATIVE_DOCUMENT = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 9, "output_tokens": 3},
}
GEMINI = {"candidates": [{"content": {"parts": [{"text": "Hi"}]}}], "usageMetadata": {"promptTokenCount": 3}}

OTHERS = [
    Situation("another vendor's document is named as such", replies(http(200, json.dumps(NATIVE_DOCUMENT))),
              Expect(state="protocol_error", text="", requests=1, kind="wrong_format", says=["Anthropic"], exit=1)),
    Situation("another vendor's document is named as such when it was not to be streamed",
              replies(http(200, json.dumps(NATIVE_DOCUMENT))),
              Expect(state="protocol_error", text="", requests=1, kind="wrong_format", says=["Anthropic"], exit=1),
              args=("--param", "stream=false")),
    Situation("a third vendor's document is named as such", replies(http(200, json.dumps(GEMINI))),
              Expect(state="protocol_error", text="", requests=1, kind="wrong_format", says=["Gemini"], exit=1)),
    Situation("another vendor's event within a right answer does no harm",
              replies(whole(HELLO + event({"type": "message_delta", "delta": {},
                                           "usage": {"output_tokens": 5}}) + END)),
              fine()),
    Situation("another vendor's events are named as such",
              replies(whole("".join(f"event: {e['type']}\n" + event(e) for e in NATIVE))),
              Expect(state="protocol_error", requests=1, kind="wrong_format", says=["Anthropic"], exit=1)),
]  # fmt: skip


def _document(message: dict[str, Any], finish: str | None = "stop", **fields: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return http(200, json.dumps({"object": "chat.completion", "choices": [choice], "usage": FIGURES, **fields}))


CALL = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
NOT_STREAMED = ("--param", "stream=false")


def _plain(name: str, answer: bytes, expect: Expect) -> Situation:
    return Situation(name, replies(answer), expect, args=NOT_STREAMED)


DOCUMENTS = [
    _plain("a whole answer that was not to be streamed", _document({"content": "Hello"}),
           fine(body=lambda b: b.get("stream", False) is False and "stream_options" not in b,
                also=lambda it: "application/json" in it.posts[0].headers["accept"])),
    _plain("a whole answer of parts", _document({"content": [{"type": "text", "text": "Hello"}]}), fine()),
    _plain("a whole answer with reasoning", _document({"content": "Hello", "reasoning_content": "Hm."}),
           fine(reasoning="Hm.")),
    _plain("a whole answer of calls", _document({"content": None, "tool_calls": [CALL]}, "tool_calls"),
           fine("", state="tools", calls=[("t1", "f", {"a": 1}, '{"a":1}')])),
    _plain("a whole answer of calls that says stop", _document({"content": "", "tool_calls": [CALL]}),
           fine("", state="tools", calls=[("t1", "f", {"a": 1}, None)])),
    _plain("a whole answer cut at the limit", _document({"content": "Hello"}, "length"), fine(state="length")),
    _plain("a whole answer that was filtered", _document({"content": ""}, "content_filter"),
           Expect(state="filtered", text="", usage=(10, 5), exit=1)),
    _plain("a whole refusal", _document({"content": None, "refusal": "I cannot."}),
           Expect(state={"filtered", "complete"}, text="I cannot.", usage=(10, 5))),
    _plain("a whole answer as an event stream", whole(HELLO + END), fine()),
    _plain("an error in place of a whole answer",
           http(200, json.dumps({"error": {"message": "No channel", "type": "x", "code": "model_not_found"}})),
           Expect(state="stream_error", text="", requests=1, says=["No channel"], usage="null", exit=1)),
    _plain("a whole answer without a reason", _document({"content": "Hello"}, None),
           Expect(state={"complete", "cut_silent"}, text="Hello", usage=(10, 5), requests=1)),
    _plain("an empty object is no answer", http(200, "{}"),
           Expect(state={"empty", "protocol_error"}, text="", requests=1, exit=1)),
    _plain("an empty body is no answer", http(200, ""), Expect(state="empty", text="", requests=1, exit=1)),
    Situation("a whole answer that breaks off",
              cut_after(http(200, '{"choices":[{"index":0,"message":{"content":"Hel', length=False)),
              Expect(state={"cut", "cut_silent", "protocol_error"}, requests=1, exit=1), args=NOT_STREAMED),
    Situation("a JSON document of calls in place of a stream",
              replies(_document({"content": None, "tool_calls": [CALL]}, "tool_calls")),
              fine("", state="tools", calls=[("t1", "f", {"a": 1}, '{"a":1}')])),
    Situation("a JSON list is not an answer", replies(http(200, "[1, 2]")),
              Expect(state={"protocol_error", "empty"}, text="", requests=1, exit=1)),
]  # fmt: skip

SITUATIONS = [*SHAPES, *THINKING, *REASONS, *OTHERS, *DOCUMENTS]
