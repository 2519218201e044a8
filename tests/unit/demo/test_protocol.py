"""The demo speaks the gateway's protocol: addresses, key, shapes of answers, usage."""

import json

import httpx
import pytest

from tally.demo import DEMO_KEY


def text_of(events):
    return "".join(choice["delta"].get("content") or "" for event in events[:-1] for choice in event["choices"])


def test_a_plain_answer_is_a_chat_completion_with_usage(demo):
    response = demo.post("Hello")

    body = response.json()
    assert response.headers["content-type"] == "application/json"
    assert body["object"] == "chat.completion"
    assert body["model"] == "claude-sonnet-4-6"
    (choice,) = body["choices"]
    assert choice["index"] == 0
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"].startswith("# Welcome")
    usage = body["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["completion_tokens"] > 100


def test_a_stream_has_role_deltas_finish_reason_usage_and_done_in_this_order(demo):
    events = demo.stream("Hello", stream_options={"include_usage": True})

    assert events[-1] == "[DONE]"
    assert events[-2]["choices"] == []
    assert events[-2]["usage"]["completion_tokens"] > 100
    assert events[-3]["choices"] == [{"index": 0, "delta": {}, "finish_reason": "stop"}]
    assert events[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    deltas = events[1:-3]
    assert len(deltas) > 50
    assert all(set(event["choices"][0]["delta"]) == {"content"} for event in deltas)
    assert all(event["usage"] is None for event in events[:-2])
    assert {event["object"] for event in events[:-1]} == {"chat.completion.chunk"}
    assert len({event["id"] for event in events[:-1]}) == 1


def test_streamed_and_plain_answers_say_and_count_the_same(demo):
    events = demo.stream("What does it cost?", stream_options={"include_usage": True})
    plain = demo.post("What does it cost?").json()

    assert text_of(events) == plain["choices"][0]["message"]["content"]
    assert events[-2]["usage"] == plain["usage"]


def test_usage_is_streamed_only_when_asked_for(demo):
    events = demo.stream("Hello")

    assert all("usage" not in event for event in events[:-1])
    assert events[-2]["choices"][0]["finish_reason"] == "stop"


def test_the_same_request_gets_the_same_answer_and_each_answer_its_own_id(demo):
    async def scenario(client):
        return [(await client.post("chat/completions", json=demo.body("Why?"))).json() for _ in range(2)]

    first, second = demo.run(scenario)

    assert first["choices"] == second["choices"]
    assert first["id"] != second["id"]


def test_more_history_counts_more_input(demo):
    question = {"role": "user", "content": "Hello"}
    history = [question, {"role": "assistant", "content": "A rather long answer. " * 20}, question]

    short, long = (demo.post(messages=messages).json()["usage"] for messages in ([question], history))

    assert long["prompt_tokens"] > short["prompt_tokens"] + 80


def test_the_new_tokenizer_counts_more_for_the_same_text(demo):
    usual, new = (
        demo.post("Hello", model=f"claude-opus-{version}").json()["usage"]["completion_tokens"]
        for version in ("4-6", "4-7")
    )

    assert new > 1.2 * usual


def test_models_are_listed_under_the_documented_ids(demo):
    models = demo.run(lambda client: client.get("models")).json()

    ids = [model["id"] for model in models["data"]]
    assert models["object"] == "list"
    assert len(ids) == 10
    assert "anthropic/claude-sonnet-4-6" in ids
    assert "anthropic/claude-3-5-haiku-latest" in ids


def test_one_model_can_be_looked_up_by_any_spelling(demo):
    found = demo.run(lambda client: client.get("models/claude-haiku-4.5"))
    missing = demo.run(lambda client: client.get("models/gpt-4"))

    assert found.json()["id"] == "claude-haiku-4.5"
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "name",
    ["claude-sonnet-4-6", "anthropic/claude-sonnet-4.6", "anthropic/claude-4-sonnet", "claude-3-5-haiku-20241022"],
)
def test_canonical_ids_and_aliases_are_served(demo, name):
    assert demo.post("Hello", model=name).status_code == 200


@pytest.mark.parametrize(
    ("authorization", "code"),
    [(None, "missing_api_key"), ("Bearer th-wrong", "invalid_api_key"), (f"Basic {DEMO_KEY}", "invalid_api_key")],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "models"), ("POST", "chat/completions")])
def test_every_address_needs_the_key(demo, authorization, code, method, path):
    async def scenario(client):
        client.headers.pop("authorization")
        headers = {"Authorization": authorization} if authorization else {}
        return await client.request(method, path, headers=headers, json=demo.body())

    response = demo.run(scenario)

    assert response.status_code == 401
    assert response.json()["error"]["code"] == code
    assert "wrong" not in response.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/chat/completions", 404),
        ("GET", "/", 404),
        ("GET", "/api/v1/credits", 404),
        ("GET", "/api/v1/chat/completions", 405),
        ("POST", "/api/v1/models", 405),
        ("HEAD", "/api/v1/chat/completions", 405),
    ],
)
def test_other_addresses_and_methods_are_refused(demo, method, path, status):
    response = demo.run(lambda client: client.request(method, httpx.URL(client.base_url).join(path)))

    assert response.status_code == status
    if status == 405:
        assert response.headers["allow"] in ("GET", "POST")


def test_every_response_carries_a_request_id_of_its_own(demo):
    async def scenario(client):
        return [await client.get(path) for path in ("models", "nowhere", "models")]

    ids = [response.headers["x-request-id"] for response in demo.run(scenario)]

    assert len(set(ids)) == 3


def test_an_answer_ends_at_max_tokens_and_says_so(demo):
    whole = demo.answer("/long 500")
    events = demo.stream("/long 500", max_tokens=40, stream_options={"include_usage": True})

    assert events[-3]["choices"][0]["finish_reason"] == "length"
    assert events[-2]["usage"]["completion_tokens"] == 40
    assert whole.startswith(text_of(events))
    assert 60 < len(text_of(events)) < 220


def test_max_tokens_is_1024_when_not_sent(demo):
    body = demo.post("/long 3000", max_tokens=None).json()

    assert body["usage"]["completion_tokens"] == 1024
    assert body["choices"][0]["finish_reason"] == "length"


def test_an_answer_ends_before_the_first_stop_sequence(demo):
    whole = demo.answer("Hello")
    response = demo.post("Hello", stop=["Things worth", "No model"]).json()["choices"][0]

    assert response["message"]["content"] == whole[: whole.index("No model")]
    assert response["finish_reason"] == "stop"


def test_json_mode_gives_one_json_object_about_the_question(demo):
    answer = json.loads(demo.answer("Wie geht es dir?", response_format={"type": "json_object"}))

    assert answer["question"] == "Wie geht es dir?"
    assert answer["words"] == 4


def test_reasoning_comes_before_the_answer_and_is_counted(demo):
    events = demo.stream("/think What does it cost?", stream_options={"include_usage": True})

    keys = [next(iter(event["choices"][0]["delta"])) for event in events[1:-3]]
    assert keys.index("content") == keys.count("reasoning_content") > 10
    usage = events[-2]["usage"]
    assert 0 < usage["completion_tokens_details"]["reasoning_tokens"] < usage["completion_tokens"]
    assert text_of(events) == demo.answer("What does it cost?")


def test_lone_surrogates_in_a_question_do_not_break_the_answer(demo):
    body = b'{"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "zzz \\ud83d zzz"}]}'

    response = demo.run(lambda client: client.post("chat/completions", content=body))

    assert response.status_code == 200
    assert "zzz" in response.json()["choices"][0]["message"]["content"]
