"""Function calls in fragments: indices and ids that are missing, reused or repeated, arguments of every kind."""

import json
from collections.abc import Sequence
from typing import Any

from support.raw_server import DONE, LAST_CHUNK, chunked, delta, event, stream_head, usage
from support.situations import Expect, Situation, cut_after, fine, replies, whole

Calls = Sequence[tuple[str | None, str, dict[str, Any] | None, str | None]]

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = json.dumps([{"type": "function", "function": {"name": "f", "description": "d", "parameters": WEATHER}}])
END = delta(finish="tool_calls") + usage() + DONE


def calls(*fragments: dict[str, Any], **beside: Any) -> str:
    """An event with these fragments."""
    return event({"choices": [{"index": 0, "delta": {"tool_calls": list(fragments), **beside}, "finish_reason": None}]})


def part(
    index: int | None = None, id_: str | None = None, name: str | None = None, args: object = None, **more: Any
) -> dict[str, Any]:
    """A fragment; what is None is left out."""
    function = {key: value for key, value in (("name", name), ("arguments", args)) if value is not None}
    head = {key: value for key, value in (("index", index), ("id", id_)) if value is not None}
    return {**head, **more, "function": function}


def collects(name: str, *events: str, calls: Calls, text: str = "", end: str = END, **changes: Any) -> Situation:
    """A stream whose calls are assembled like this."""
    return Situation(
        name,
        replies(whole("".join(events) + end)),
        fine(text, state="tools", calls=calls, **changes),
        args=("--tools", "tools.json"),
        files={"tools.json": TOOLS},
    )


TWO: Calls = [("a", "f", {"x": 1}, '{"x":1}'), ("b", "g", {"y": 2}, '{"y":2}')]

ASSEMBLED = [
    collects("fragments are joined by index",
             calls(part(0, "a", "f", "", type="function")), calls(part(0, args='{"x"')), calls(part(0, args=":1}")),
             calls=TWO[:1]),
    collects("two calls side by side", calls(part(0, "a", "f", "")), calls(part(1, "b", "g", "")),
             calls(part(0, args='{"x":1}')), calls(part(1, args='{"y":2}')), calls=TWO),
    collects("two calls in one fragment list", calls(part(0, "a", "f", '{"x":1}'), part(1, "b", "g", '{"y":2}')),
             calls=TWO),
    collects("without index", calls(part(None, "a", "f", "")), calls(part(args='{"x":')), calls(part(args="1}")),
             calls(part(None, "b", "g", '{"y":2}')), calls=TWO),
    collects("index always 0, whole calls", calls(part(0, "a", "f", '{"x":1}')), calls(part(0, "b", "g", '{"y":2}')),
             calls=TWO),
    collects("index always 0, in fragments", calls(part(0, "a", "f", "")), calls(part(0, args='{"x":1}')),
             calls(part(0, "b", "g", "")), calls(part(0, args='{"y":')), calls(part(0, args="2}")), calls=TWO),
    collects("index always 0 and no ids, whole calls", calls(part(0, None, "f", '{"x":1}')),
             calls(part(0, None, "g", '{"y":2}')),
             calls=[(None, "f", {"x": 1}, None), (None, "g", {"y": 2}, None)]),
    collects("indices start at 1", calls(part(1, "a", "f", "")), calls(part(1, args='{"x":1}')),
             calls(part(2, "b", "g", '{"y":2}')), calls=TWO),
    collects("indices 0, 0, 1", calls(part(0, "a", "f", "")), calls(part(0, args='{"x":1}')),
             calls(part(0, "b", "g", "")), calls(part(0, args='{"y":2}')), calls(part(1, "c", "h", "{}")),
             calls=[*TWO, ("c", "h", {}, None)]),
    collects("the id is repeated in every fragment", calls(part(0, "a", "f", '{"x"')), calls(part(0, "a", args=":1}")),
             calls=TWO[:1]),
    collects("id and name are repeated in every fragment", calls(part(0, "a", "f", '{"x"')),
             calls(part(0, "a", "f", ":1}")), calls=TWO[:1]),
    collects("id and name are empty in later fragments", calls(part(0, "a", "f", '{"x"', type="function")),
             calls(part(0, "", "", ":1}", type="")), calls=TWO[:1]),
    collects("the id comes late", calls(part(0, None, "f", "")), calls(part(0, "a", args='{"x":1}')), calls=TWO[:1]),
    collects("a missing id is made up", calls(part(0, None, "f", '{"x":1}')),
             calls=[(None, "f", {"x": 1}, '{"x":1}')],
             also=lambda it: it.end["tool_calls"][0]["id"].startswith("call_")),
    collects("arguments never come", calls(part(0, "a", "f", "")), calls=[("a", "f", {}, None)]),
    collects("arguments are {}", calls(part(0, "a", "f", "{}")), calls=[("a", "f", {}, "{}")]),
    collects("arguments are white space", calls(part(0, "a", "f", " \n")), calls=[("a", "f", {}, None)]),
    collects("a call is sent again with {} at the end", calls(part(None, "a", "f", "")), calls(part(None, "a", "f",
                                                                                                    "{}")),
             calls=[("a", "f", {}, "{}")]),
    collects("{} comes first and real arguments follow", calls(part(0, "a", "f", "")), calls(part(0, args='{"x":1}')),
             calls(part(0, args="")), calls=TWO[:1]),
    collects("arguments are an object", calls(part(0, "a", "f", {"x": 1})), calls=[("a", "f", {"x": 1}, None)]),
    collects("arguments are null until they come", calls({"index": 0, "id": "a", "function": {"name": "f",
                                                                                              "arguments": None}}),
             calls(part(0, args='{"x":1}')), calls=TWO[:1]),
    collects("content is empty beside the calls", calls(part(0, "a", "f", '{"x":1}'), content="", role="assistant"),
             calls=TWO[:1]),
    collects("text comes before the calls", delta("Let me look."), calls(part(0, "a", "f", '{"x":1}')), calls=TWO[:1],
             text="Let me look."),
    collects("escapes are understood", calls(part(0, "a", "f", '{"x":"\\u0414\\/\\n"}')),
             calls=[("a", "f", {"x": "Д/\n"}, '{"x":"\\u0414\\/\\n"}')]),
    collects("calls are collected although the end says stop", calls(part(0, "a", "f", '{"x":1}')),
             calls=TWO[:1], end=delta(finish="stop") + usage() + DONE),
    collects("the end says tool_use", calls(part(0, "a", "f", '{"x":1}')), calls=TWO[:1],
             end=delta(finish="tool_use") + usage() + DONE),
    collects("a call of the old kind",
             event({"choices": [{"index": 0, "delta": {"function_call": {"name": "f", "arguments": '{"x"'}}}]}),
             event({"choices": [{"index": 0, "delta": {"function_call": {"arguments": ":1}"}}}]}),
             calls=[(None, "f", {"x": 1}, '{"x":1}')], end=delta(finish="function_call") + usage() + DONE),
    collects("broken arguments are kept raw", calls(part(0, "a", "f", '{"x": ')), calls=[("a", "f", None, '{"x": ')]),
    collects("arguments that are no object are kept raw", calls(part(0, "a", "f", "[1]")), calls=[("a", "f", None,
                                                                                                   "[1]")]),
    collects("a call without a name is dropped", calls(part(0, "a", "f", '{"x":1}')), calls(part(1, "b", None, "{}")),
             calls=TWO[:1]),
    collects("calls are in the order of arrival", calls(part(1, "b", "g", '{"y":2}')), calls(part(0, "a", "f",
                                                                                                  '{"x":1}')),
             calls=[TWO[1], TWO[0]]),
    collects("tool_calls is null beside text", event({"choices": [{"index": 0, "delta": {"content": "x",
                                                                                         "tool_calls": None}}]}),
             calls(part(0, "a", "f", '{"x":1}')), calls=TWO[:1], text="x"),
    collects("a single call stands where a list belongs",
             event({"choices": [{"index": 0, "delta": {"tool_calls": part(0, "a", "f", '{"x":1}')}}]}), calls=TWO[:1]),
]  # fmt: skip

_CALL = calls(part(0, "a", "f", '{"x":1}'))

UNFINISHED = [
    Situation("tool_calls without any call is an end like any other",
              replies(whole(delta("Hello") + END)), fine(calls=[])),
    Situation("calls cut off by the limit", replies(whole(calls(part(0, "a", "f", '{"x":')) + delta(finish="length")
                                                          + usage() + DONE)),
              Expect(state="length", requests=1, usage=(10, 5))),
    Situation("calls of a broken stream do not make it a tool turn",
              cut_after(stream_head() + chunked(_CALL)),
              Expect(state="cut", requests=1, kind="disconnected", exit=1)),
    Situation("calls of a stream that just ends do not make it a tool turn",
              replies(stream_head() + chunked(_CALL) + LAST_CHUNK),
              Expect(state="cut_silent", requests=1, exit=1)),
    Situation("calls before an error do not make it a tool turn",
              replies(whole(_CALL + event({"error": {"message": "Overloaded", "type": "overloaded_error"}}))),
              Expect(state="stream_error", requests=1, says=["Overloaded"], retries=0, exit=1)),
]  # fmt: skip

SITUATIONS = [*ASSEMBLED, *UNFINISHED]
