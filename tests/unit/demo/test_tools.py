"""Function calling: the demo calls what it is asked to call, and uses the result."""

import json

import pytest

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string"},
                "days": {"type": "integer"},
                "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
                "details": {"type": "boolean"},
            },
            "required": ["city", "days", "unit"],
        },
    },
}
CLOCK = {"type": "function", "function": {"name": "clock", "parameters": {"type": "object", "properties": {}}}}


def calls_of(response):
    choice = response.json()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    return [
        (call["function"]["name"], json.loads(call["function"]["arguments"]))
        for call in choice["message"]["tool_calls"]
    ]


def test_a_written_call_is_made_with_the_written_arguments(demo):
    response = demo.post('/tool get_weather {"city": "Toshkent", "days": 2}', tools=[WEATHER])

    assert calls_of(response) == [("get_weather", {"city": "Toshkent", "days": 2})]


def test_several_written_calls_are_made_at_once(demo):
    text = '/tool get_weather {"city":\n "東京"}\n/tool clock\n/tool clock {}'
    response = demo.post(text, tools=[WEATHER, CLOCK])

    assert calls_of(response) == [("get_weather", {"city": "東京"}), ("clock", {}), ("clock", {})]
    ids = [call["id"] for call in response.json()["choices"][0]["message"]["tool_calls"]]
    assert len(set(ids)) == 3


def test_a_tool_named_in_the_question_is_called_with_what_the_question_offers(demo):
    response = demo.post("Use get_weather for Samarkand and the next 3 days", tools=[WEATHER, CLOCK])

    assert calls_of(response) == [("get_weather", {"city": "Samarkand", "days": 3, "unit": "celsius"})]


def test_a_quoted_text_is_preferred_as_argument(demo):
    response = demo.post('get_weather in "New York"', tools=[WEATHER])

    assert calls_of(response)[0][1]["city"] == "New York"


def test_a_demanded_tool_is_called_whatever_the_question(demo):
    named = {"type": "function", "function": {"name": "clock"}}

    assert calls_of(demo.post("Hello", tools=[WEATHER, CLOCK], tool_choice=named)) == [("clock", {})]
    assert calls_of(demo.post("Hello", tools=[WEATHER, CLOCK], tool_choice="required"))[0][0] == "get_weather"


@pytest.mark.parametrize("question", ["What is the time?", "clockwork", "pre-clock"])
def test_no_tool_is_called_when_none_is_named(demo, question):
    assert demo.post(question, tools=[CLOCK]).json()["choices"][0]["finish_reason"] == "stop"


def test_no_tool_is_called_when_tools_are_forbidden(demo):
    response = demo.post("Use clock", tools=[CLOCK], tool_choice="none")

    assert "tool_calls" not in response.json()["choices"][0]["message"]


def test_a_call_of_an_undeclared_tool_is_explained(demo):
    assert "Declared: `clock`" in demo.answer("/tool compass {}", tools=[CLOCK])
    assert "Declared: none" in demo.answer("/tool compass {}")


@pytest.mark.parametrize("arguments", ["{broken", "[1]", "5", "text"])
def test_arguments_that_are_no_object_are_explained(demo, arguments):
    assert "not a JSON object" in demo.answer(f"/tool clock {arguments}", tools=[CLOCK])


@pytest.mark.parametrize("text", ["/tool", "/tool {}", "/tool ☂"])
def test_a_call_without_a_name_is_explained(demo, text):
    assert "There is no tool" in demo.answer(text, tools=[CLOCK])


def test_a_streamed_call_comes_as_id_and_name_and_then_its_arguments_in_pieces(demo):
    arguments = {"city": "A city with a rather long name", "days": 5}
    events = demo.stream(f"/tool get_weather {json.dumps(arguments)}", tools=[WEATHER])

    deltas = [
        delta for event in events[:-1] for choice in event["choices"] for delta in choice["delta"].get("tool_calls", [])
    ]
    assert deltas[0]["type"] == "function"
    assert deltas[0]["function"] == {"name": "get_weather", "arguments": ""}
    assert all(set(delta) == {"index", "function"} for delta in deltas[1:])
    assert len(deltas) > 3
    assert json.loads("".join(delta["function"]["arguments"] for delta in deltas)) == arguments
    assert events[-2]["choices"][0]["finish_reason"] == "tool_calls"


def test_results_are_used_in_the_answer(demo):
    question = {"role": "user", "content": '/tool get_weather {"city": "Toshkent"}\n/tool clock {}'}
    calling = demo.post(messages=[question], tools=[WEATHER, CLOCK]).json()["choices"][0]["message"]
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": content}
        for call, content in zip(calling["tool_calls"], ['{"t": 21}', "half past ``` nine"], strict=True)
    ]

    answer = demo.answer(messages=[question, calling, *results], tools=[WEATHER, CLOCK])

    assert '`get_weather` has answered:\n\n```json\n{\n  "t": 21\n}\n```' in answer
    assert "`clock` has answered:\n\n````text\nhalf past ``` nine\n````" in answer


def test_declared_tools_count_as_input(demo):
    without, with_tool = (
        demo.post("Hello", tools=tools).json()["usage"]["prompt_tokens"] for tools in (None, [WEATHER])
    )

    assert with_tool > without + 350
