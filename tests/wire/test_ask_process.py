"""`tally ask` as a process: Ctrl+C at every phase, the exit status, and output that others can split into lines."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from support.raw_server import DONE, Peer, RawServer, chunked, delta, event, http, stream_head, usage

KEY = "th-canary-0123456789"
TOLD = "told"


@pytest.fixture
def started(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """Starts `tally ask --json` against a server."""

    def start(server: RawServer, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tally", "ask", "--json", "--base-url", server.base_url, *arguments, "Hi"],
            env={**os.environ, "TALLY_DATA_DIR": str(tmp_path), "TOKENHUB_API_KEY": KEY},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    return start


def ended(process: "subprocess.Popen[str]") -> tuple[dict, int]:
    out, err = process.communicate(timeout=30)
    assert "Traceback" not in err
    return json.loads(out.splitlines()[-1]), process.returncode


def before_headers(peer: Peer) -> None:
    peer.request()
    peer.tell(TOLD)
    peer.wait_for_close()


def after_headers(peer: Peer) -> None:
    peer.request()
    peer.send(stream_head())
    peer.tell(TOLD)
    peer.wait_for_close()


def in_keepalives(peer: Peer) -> None:
    peer.request()
    peer.send(stream_head() + chunked(": ping\n\n"))
    peer.tell(TOLD)
    peer.wait_for_close_while_sending(chunked(": ping\n\n" * 100))


@pytest.mark.parametrize("script", [before_headers, after_headers, in_keepalives])
@pytest.mark.parametrize("more", [(), ("--param", "stream=false")], ids=["streamed", "whole"])
def test_ctrl_c_before_any_word_ends_the_process_and_the_connection(started, script, more):
    with RawServer([script]) as server:
        process = started(server, *more)
        assert server.gate(TOLD).wait(20)
        process.send_signal(signal.SIGINT)
        end, status = ended(process)
        assert server.gate("closed").wait(20)
    assert (end["state"], end["text"], end["requests"], status) == ("cancelled", "", 1, 130)


def test_ctrl_c_in_the_pause_before_a_retry_sends_nothing_more(started):
    def busy(peer: Peer) -> None:
        peer.request()
        peer.send(http(529, "{}", headers={"Retry-After": "50"}))
        peer.wait_for_close()

    with RawServer([busy]) as server:
        process = started(server)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "retry"
        process.send_signal(signal.SIGINT)
        end, status = ended(process)
        assert len(server.posts) == 1
    assert (end["state"], end["requests"], end["cost"], status) == (
        "cancelled", 1, {"usd": "0", "status": "not_billed"}, 130,
    )  # fmt: skip


def test_a_second_ctrl_c_does_no_harm(started):
    def words(peer: Peer) -> None:
        peer.request()
        peer.send(stream_head() + chunked(delta("so far")))
        peer.wait_for_close()

    with RawServer([words]) as server:
        process = started(server)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["text"] == "so far"
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        end, status = ended(process)
    assert (end["state"], end["text"], status) == ("cancelled", "so far", 130)


@pytest.mark.parametrize(
    ("answer", "state", "status"),
    [
        (delta("x", finish="length") + usage() + DONE, "length", 0),
        (delta("x", finish="content_filter") + usage() + DONE, "filtered", 1),
        (delta("x") + event({"error": "broken"}), "stream_error", 1),
        (delta("x"), "cut_silent", 1),
        ("", "empty", 1),
        ("<html></html>", "protocol_error", 1),
    ],
)
def test_the_exit_status_tells_an_answer_from_a_failure(started, answer, state, status):
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(http(200, answer, headers={"Content-Type": "text/event-stream"}))
        peer.wait_for_close()

    with RawServer([script]) as server:
        end, got = ended(started(server))
    assert (end["state"], got) == (state, status)


def test_every_line_of_the_output_is_one_line_to_everyone(started):
    text = "a\u2028b\u2029c\u0085d\u000be 東京 \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(stream_head() + chunked(delta(text) + delta(finish="stop") + usage() + DONE) + b"0\r\n\r\n")
        peer.wait_for_close()

    with RawServer([script]) as server:
        out, _ = started(server).communicate(timeout=30)
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["event"] for line in lines] == ["delta", "end"]
    assert lines[-1]["text"] == text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no broken pipes")
def test_whoever_stops_reading_stops_the_answer_which_is_booked_all_the_same(started, tmp_path):
    def words(peer: Peer) -> None:
        peer.request()
        peer.send(stream_head() + chunked(delta("so far")))
        peer.wait_for_close_while_sending(chunked(delta("and on")))

    with RawServer([words]) as server:
        process = started(server)
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(30) == 130
        assert "Traceback" not in process.stderr.read()
        process.stderr.close()
        assert server.gate("closed").wait(20)
    with contextlib.closing(sqlite3.connect(tmp_path / "tally.db")) as database:
        assert database.execute("SELECT count(*) FROM calls").fetchone() == (1,)
