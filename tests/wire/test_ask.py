"""`tally ask --json` keeps its contract: JSON Lines, exactly one end, the right exit status, no key anywhere."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from support.raw_server import (
    GOOD_EVENTS,
    Peer,
    RawServer,
    answering,
    chunked,
    delta,
    good_stream,
    http,
    stream_head,
    usage,
)

KEY = "th-canary-0123456789"


class Asked:
    """What a finished `tally ask` left behind."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.status = process.returncode
        self.stderr = process.stderr
        self.lines = [json.loads(line) for line in process.stdout.splitlines()]
        ends = [line for line in self.lines if line["event"] == "end"]
        assert len(ends) == 1, process.stdout + process.stderr
        assert self.lines[-1] is ends[0]
        self.end = ends[0]


@pytest.fixture
def data_folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tally", "ask", *arguments]


@pytest.fixture
def environment(data_folder: Path) -> dict[str, str]:
    return {**os.environ, "TALLY_DATA_DIR": str(data_folder), "TOKENHUB_API_KEY": KEY}


@pytest.fixture
def ask(environment):
    def run(server: RawServer | None, *arguments: str, **changes: str) -> Asked:
        where = ("--base-url", server.base_url) if server else ()
        process = subprocess.run(
            command("--json", *where, *arguments),
            env={**environment, **changes},
            capture_output=True,
            text=True,
            timeout=60,
            encoding="utf-8",
            check=False,
        )
        return Asked(process)

    return run


def test_a_streamed_answer_is_printed_piece_by_piece_and_ends_with_its_exact_cost(ask):
    body = delta("Hel") + delta("lo") + delta(finish="stop") + usage(25, 42) + "data: [DONE]\n\n"
    with RawServer([answering(good_stream(body))]) as server:
        asked = ask(server, "Hi", "--model", "claude-sonnet-4-6")
    assert {line["event"] for line in asked.lines[:-1]} == {"delta"}
    assert "".join(line["text"] for line in asked.lines[:-1]) == "Hello"
    assert asked.end == {
        "event": "end",
        "state": "complete",
        "text": "Hello",
        "tool_calls": [],
        "usage": {"prompt_tokens": 25, "completion_tokens": 42},
        "cost": {"usd": "0.000705", "status": "exact"},
        "error": None,
        "requests": 1,
    }
    assert asked.status == 0


def test_the_request_carries_what_was_asked_for_and_nothing_else(ask, tmp_path):
    with RawServer([answering(good_stream())]) as server:
        ask(
            server, "Hi", "--model", "anthropic/claude-sonnet-4-6", "--system", "Be brief.",
            "--param", "temperature=0.3", "--param", 'stop=["END", " ", "END"]', "--param", "max_tokens=512",
        )  # fmt: skip
        [request] = server.posts
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.json == {
        "model": "anthropic/claude-sonnet-4-6",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}],
        "max_tokens": 512,
        "temperature": 0.3,
        "stop": ["END"],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_prices_from_a_file_give_the_worked_example_exactly(ask, tmp_path):
    prices = tmp_path / "prices.json"
    table = {"m": {"input": "3", "output": "15", "cache_read": "0.30", "cache_write": "3.75"}}
    prices.write_text(json.dumps(table), encoding="utf-8")
    report = {
        "choices": [],
        "usage": {
            "prompt_tokens": 135,
            "completion_tokens": 42,
            "prompt_tokens_details": {"cached_tokens": 100},
            "cache_creation_input_tokens": 10,
        },
    }
    body = delta("x") + delta(finish="stop") + f"data: {json.dumps(report)}\n\ndata: [DONE]\n\n"
    with RawServer([answering(good_stream(body))]) as server:
        asked = ask(server, "Hi", "--model", "m", "--prices", str(prices))
    assert asked.end["cost"] == {"usd": "0.0007725", "status": "exact"}


def test_a_picture_is_sent_as_a_data_url_before_the_words(ask, tmp_path):
    from PySide6.QtGui import QImage

    picture = tmp_path / "red.png"
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(0xFF0000)
    assert image.save(str(picture))
    with RawServer([answering(good_stream())]) as server:
        ask(server, "What is it?", "--image", str(picture))
        content = server.posts[0].json["messages"][0]["content"]
    assert [part["type"] for part in content] == ["image_url", "text"]
    assert content[0]["image_url"]["url"].startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--image", "missing.png"),
        ("--param", "colour=red"),
        ("--param", "temperature=hot"),
        ("--param", "max_tokens=0"),
        ("--tools", "missing.json"),
        ("--prices", "missing.json"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_any_request(ask, arguments):
    with RawServer([answering(good_stream())]) as server:
        asked = ask(server, "Hi", *arguments)
        assert server.posts == []
    assert asked.end["requests"] == 0
    assert asked.end["error"]["message"]
    assert asked.end["cost"] == {"usd": "0", "status": "not_billed"}
    assert asked.status == 1


@pytest.mark.parametrize(("key", "kind"), [("th-ключ", "bad_key"), ("th-“smart”", "bad_key"), ("", "no_key")])
def test_a_key_that_cannot_be_sent_is_refused_before_any_request(ask, key, kind):
    with RawServer([answering(good_stream())]) as server:
        asked = ask(server, "Hi", TOKENHUB_API_KEY=key)
        assert server.posts == []
    assert asked.end["error"]["kind"] == kind
    assert asked.end["requests"] == 0


def test_plain_http_to_another_computer_is_refused(ask):
    asked = ask(None, "Hi", "--base-url", "http://192.0.2.1/v1")
    assert (asked.end["requests"], asked.status) == (0, 1)


def test_tools_are_declared_and_their_calls_reported_not_run(ask, tmp_path):
    tools = tmp_path / "tools.json"
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    function = {"name": "get_weather", "description": "now", "parameters": parameters}
    tools.write_text(json.dumps([{"type": "function", "function": function}]), encoding="utf-8")
    call = {"index": 0, "id": "t1", "function": {"name": "get_weather", "arguments": '{"city":"Toshkent"}'}}
    body = f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'tool_calls': [call]}}]})}\n\n"
    body += delta(finish="tool_calls") + usage() + "data: [DONE]\n\n"
    with RawServer([answering(good_stream(body))]) as server:
        asked = ask(server, "Weather?", "--tools", str(tools), "--param", "tool_choice=required")
        sent = server.posts[0].json
    assert sent["tools"][0]["function"] == function
    assert sent["tool_choice"] == "required"
    assert asked.end["state"] == "tools"
    assert asked.end["tool_calls"] == [
        {"id": "t1", "name": "get_weather", "arguments": {"city": "Toshkent"}, "raw": '{"city":"Toshkent"}'}
    ]
    assert asked.status == 0


def test_an_error_status_is_one_sentence_without_the_key(ask):
    body = json.dumps({"error": {"message": f"Invalid key {KEY}", "type": "invalid_request_error"}})
    with RawServer([answering(http(401, body))]) as server:
        asked = ask(server, "Hi")
    assert (asked.end["state"], asked.end["error"]["status"]) == ("http_error", 401)
    assert KEY not in json.dumps(asked.lines) + asked.stderr


def test_a_retry_is_announced_and_both_requests_are_counted(ask):
    busy = http(
        529,
        '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
        headers={"Retry-After-Ms": "1"},
    )
    with RawServer([answering(busy, good_stream())]) as server:
        asked = ask(server, "Hi")
    retries = [line for line in asked.lines if line["event"] == "retry"]
    assert len(retries) == 1
    assert retries[0]["reason"]
    assert (asked.end["state"], asked.end["requests"]) == ("complete", 2)


def test_interrupting_keeps_the_text_and_still_prints_the_end(environment):
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(stream_head() + chunked(delta("so far")))
        peer.wait_for_close()

    with RawServer([script]) as server:
        process = subprocess.Popen(
            command("--json", "--base-url", server.base_url, "Hi"),
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"event": "delta", "text": "so far"}
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    end = json.loads(rest.splitlines()[-1])
    assert (end["state"], end["text"], process.returncode) == ("cancelled", "so far", 130)
    assert end["cost"]["status"] == "estimated"


def test_the_call_is_booked_in_the_ledger_and_the_key_is_written_nowhere(ask, data_folder):
    with RawServer([answering(good_stream())]) as server:
        ask(server, "Hi")
    files = [path for path in data_folder.rglob("*") if path.is_file()]
    assert data_folder / "tally.db" in files
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


def test_plain_output_is_the_answer_alone_with_the_cost_on_stderr(environment):
    with RawServer([answering(good_stream(GOOD_EVENTS))]) as server:
        process = subprocess.run(
            command("--base-url", server.base_url, "Hi"),
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert process.returncode == 0
    assert process.stdout.strip()
    assert "event" not in process.stdout
    assert "exact" in process.stderr
