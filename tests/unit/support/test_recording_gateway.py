"""The gateway of the system tests: it keeps what is asked and answers what it was told, when it was told."""

import httpx
import pytest

from support.recording_gateway import Hold, RecordingGateway


@pytest.fixture
def gateway():
    with RecordingGateway() as gateway:
        yield gateway


@pytest.fixture
def client(gateway):
    with httpx.Client(base_url=gateway.base_url, trust_env=False, timeout=10) as client:
        yield client


def ask(text="?", **more):
    return {"json": {"model": "m", "messages": [{"role": "user", "content": text}], **more}}


def test_requests_are_kept_and_answers_come_in_order(gateway, client):
    gateway.will_answer("first")
    gateway.will_answer(status=429, error="slow down")
    answers = [client.post("/chat/completions", **ask(str(number))) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[0].json()["choices"][0]["message"]["content"] == "first"
    assert answers[1].json()["error"]["message"] == "slow down"
    assert [asked.texts for asked in gateway.asked] == [["0"], ["1"], ["2"]]


def test_a_held_answer_goes_on_when_it_is_released(gateway, client):
    hold = Hold()
    gateway.will_answer("before", hold, "after")
    with client.stream("POST", "/chat/completions", **ask(stream=True)) as answer:
        lines = answer.iter_lines()
        assert "before" in next(line for line in lines if "before" in line)
        assert hold.reached.wait(5)
        hold.released.set()
        rest = "\n".join(lines)
    assert "after" in rest
    assert rest.strip().endswith("data: [DONE]")


def test_a_client_that_leaves_a_held_answer_is_noticed(gateway, client):
    hold = Hold()
    gateway.will_answer("before", hold, "after")
    with client.stream("POST", "/chat/completions", **ask(stream=True)) as answer:
        next(answer.iter_lines())
    assert hold.client_left.wait(5)
