"""Tool calls out of fragments: every shape of protocol.md 2.3."""

from __future__ import annotations

import re

import pytest

from support.answers import DONE, chunk, data, read, stop
from tally.core.messages import EndState, ToolCallPart
from tally.gateway.tool_calls import ToolCalls, parsed_arguments

CITY = '{"city": "Toshkent"}'


def fragment(index=None, call_id=None, name=None, arguments=None, **more):
    found = {"index": index, "id": call_id, "function": {"name": name, "arguments": arguments}, **more}
    found["function"] = {key: value for key, value in found["function"].items() if value is not None}
    return {key: value for key, value in found.items() if value is not None}


def assembled(*fragments: object) -> list[tuple[str, str, dict[str, object] | None]]:
    ids = iter(f"new{number}" for number in range(100))
    calls = ToolCalls(lambda: next(ids))
    for each in fragments:
        calls.add([each])
    return [(call.call_id, call.name, call.arguments) for call in calls.assembled()]


A, B = ("a", "f", {"x": 1}), ("b", "g", {"y": 2})


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        pytest.param([fragment(0, "a", "f", ""), fragment(0, arguments='{"x"'), fragment(0, arguments=": 1}"),
                      fragment(1, "b", "g", ""), fragment(1, arguments='{"y": 2}')], [A, B], id="OpenAI"),
        pytest.param([fragment(None, "a", "f", '{"x":'), fragment(arguments="1}"), fragment(None, "b", "g", '{"y":2}')],
                     [A, B], id="no index"),
        pytest.param([fragment(0, "a", "f", '{"x":1}'), fragment(0, "b", "g", '{"y":2}')], [A, B],
                     id="always index 0"),
        pytest.param([fragment(0, None, "f", '{"x":1}'), fragment(0, None, "g", '{"y":2}')],
                     [("new0", "f", {"x": 1}), ("new1", "g", {"y": 2})], id="always index 0, no ids"),
        pytest.param([fragment(0, "a", "f"), fragment(0, arguments='{"x":1}'), fragment(0, "b", "g"),
                      fragment(0, arguments='{"y":'), fragment(0, arguments="2}"), fragment(1, "c", "h", "{}")],
                     [A, B, ("c", "h", {})], id="new-api: 0, 0, 1"),
        pytest.param([fragment(1, "a", "f", '{"x":1}'), fragment(2, "b", "g", '{"y":2}')], [A, B],
                     id="new-api: beginning at 1"),
        pytest.param([fragment(None, None, "f", '{"x":1}'), fragment(None, None, "g", '{"y":2}')],
                     [("new0", "f", {"x": 1}), ("new1", "g", {"y": 2})], id="neither index nor id"),
        pytest.param([fragment(0, "a", "f", '{"x"'), fragment(0, "a", "f", ":1"), fragment(0, "a", "f", "}")], [A],
                     id="id and name in every fragment"),
        pytest.param([fragment(0, None, "f", '{"x"'), fragment(0, None, "f", ":1}")], [("new0", "f", {"x": 1})],
                     id="name in every fragment, no id"),
        pytest.param([fragment(0, "a", "f", "", type="")], [("a", "f", {})], id="no arguments, empty type"),
        pytest.param([fragment(0, "a", "f", "{}")], [("a", "f", {})], id="no arguments, {}"),
        pytest.param([fragment(0, "a", "f")], [("a", "f", {})], id="no arguments, missing"),
        pytest.param([fragment(0, "a", "f", " \n")], [("a", "f", {})], id="no arguments, white space"),
        pytest.param([fragment(0, "a", "f", ""), fragment(0, "a", "f", "{}")], [("a", "f", {})],
                     id="one-api: sent again with {}"),
        pytest.param([fragment(0, "a", "f", "{}"), fragment(0, "a", "f", "{}")], [("a", "f", {})],
                     id="{} sent twice"),
        pytest.param([fragment(0, "a", "f", '{"x":1}'), fragment(0, "a", "f", "{}")], [A],
                     id="{} after the arguments"),
        pytest.param([fragment(0, "a", "f", '{"x":1}'), fragment(0, "a", "f", '{"x":1}')], [A],
                     id="the whole call sent twice"),
        pytest.param([fragment(0, "a", "f", "{}"), fragment(0, arguments='{"x":1}')], [A], id="{} as a placeholder"),
        pytest.param([fragment(0, "a", "f", {}), fragment(0, arguments='{"x":1}')], [A],
                     id="an empty object as a placeholder"),
        pytest.param([fragment(0, "a", "f", '{"x":'), fragment(0, arguments="{}"), fragment(0, arguments="}")],
                     [("a", "f", {"x": {}})], id="{} inside the arguments"),
        pytest.param([fragment(0, "a", "f", {"x": 1})], [A], id="arguments as an object"),
        pytest.param([fragment(0, "a"), fragment(0, name="f"), fragment(0, arguments='{"x":1}')], [A],
                     id="the name comes later"),
        pytest.param([fragment(0, None, "f", '{"x":'), fragment(0, "a", None, "1}")], [A], id="the id comes later"),
        pytest.param([fragment("0", "a", "f", '{"x":'), fragment(0.0, arguments="1}")], [A], id="index as text"),
        pytest.param([fragment(0, 7, "f", '{"x":1}')], [("7", "f", {"x": 1})], id="id as a number"),
        pytest.param([fragment(0, "z", None, '{"x":1}'), fragment(1, "b", "g", '{"y":2}')], [B],
                     id="a call without a name is dropped"),
        pytest.param([fragment(1, "b", "g", '{"y":2}'), fragment(0, "a", "f", '{"x":1}')], [B, A],
                     id="in order of arrival"),
        pytest.param([fragment(0, "a", "f", '{"x":'), fragment(1, "b", "g", '{"y":'), fragment(0, arguments="1}"),
                      fragment(1, arguments="2}")], [A, B], id="interleaved"),
        pytest.param([fragment(0, None, "f", '{"x": "}{\\"'), fragment(0, None, "f", '"}')],
                     [("new0", "f", {"x": '}{"'})], id="braces in strings do not close"),
        pytest.param([fragment(0, "a", "f", '{"x":')], [("a", "f", None)], id="broken arguments"),
        pytest.param([fragment(0, "a", "f", "[1]")], [("a", "f", None)], id="arguments that are no object"),
        pytest.param([None, 1, "x", {}, {"function": 3}, fragment(0, "a", "f", '{"x":1}')], [A], id="junk between"),
    ],
)  # fmt: skip
def test_calls_are_assembled(fragments, expected):
    assert assembled(*fragments) == expected


def test_raw_arguments_stay_as_the_server_wrote_them():
    (call,) = read(data(chunk({"tool_calls": [fragment(0, "a", "f", '{"x":  1e2, ')]})) + stop()).ending.tool_calls
    assert call == ToolCallPart("a", "f", '{"x":  1e2, ', None)


def test_empty_arguments_become_an_empty_object():
    (call,) = read(data(chunk({"tool_calls": [fragment(0, "a", "f", "")]})) + stop()).ending.tool_calls
    assert (call.raw, call.arguments) == ("{}", {})


def test_a_missing_id_is_made_up():
    calls = ToolCalls()
    calls.add([fragment(0, None, "f", "{}"), fragment(1, None, "f", "{}")])
    first, second = (call.call_id for call in calls.assembled())
    assert re.fullmatch(r"call_[0-9a-f]{12}", first)
    assert first != second


def test_numbers_in_arguments_sent_as_an_object_stay_numbers():
    body = data('{"choices":[{"delta":{"tool_calls":[{"id":"a","function":{"name":"f","arguments":{"x":0.5}}}]}}]}')
    (call,) = read(body + stop("tool_calls")).ending.tool_calls
    assert (call.raw, call.arguments) == ('{"x": 0.5}', {"x": 0.5})


@pytest.mark.parametrize("finish", ["tool_calls", "function_call", "tool_use", "stop", "TOOL_CALLS"])
def test_collected_calls_end_the_answer_as_tools(finish):
    body = data(chunk({"content": "", "tool_calls": [fragment(0, "a", "f", CITY)]})) + stop(finish) + DONE
    answer = read(body)
    assert (answer.ending.state, answer.ending.note) == (EndState.TOOLS, None)
    assert answer.ending.tool_calls[0].arguments == {"city": "Toshkent"}


def test_a_tool_finish_without_calls_is_a_complete_answer():
    body = data(chunk({"content": "Hi", "tool_calls": [fragment(0, "a")]})) + stop("tool_calls")
    assert (read(body).ending.state, read(body).ending.tool_calls) == (EndState.COMPLETE, ())


def test_the_old_function_call_is_a_call():
    body = b"".join(
        data(chunk({"function_call": part})) for part in ({"name": "f", "arguments": ""}, {"arguments": CITY})
    )
    answer = read(body + stop("function_call"))
    assert answer.ending.state is EndState.TOOLS
    assert [(call.name, call.raw) for call in answer.ending.tool_calls] == [("f", CITY)]


@pytest.mark.parametrize("raw", ["NaN", '{"x": NaN}', "null", '"{}"', "{", "", "[" * 100_000])
def test_what_is_no_json_object_has_no_arguments(raw):
    assert parsed_arguments(raw) is None


def test_arguments_hold_no_half_characters():
    assert parsed_arguments('{"\\ud83d": ["a\\ude00"], "b": "\\ud83d\\ude00"}') == {"�": ["a�"], "b": "😀"}


def test_very_many_fragments_are_assembled_without_delay():
    calls = ToolCalls()
    calls.add([fragment(0, None, "f", '{"x": "')])
    for _ in range(100_000):
        calls.add([fragment(0, None, "f", "0123456789")])
    calls.add([fragment(0, None, "f", '"}')])
    (call,) = calls.assembled()
    assert call.arguments == {"x": "0123456789" * 100_000}
