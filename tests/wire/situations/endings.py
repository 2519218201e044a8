"""How an answer ends: whole, cut, silent, empty, stopped; and errors that a server reports inside a 200."""

import json
from typing import Any

from support.raw_server import DONE, Peer, chunked, delta, event, good_stream, http, stream_head, usage
from support.situations import Expect, Situation, cut_after, fine, replies, until_close, whole

HELLO = delta("Hello")
STOP = delta(finish="stop")
ROLE = delta("", role="assistant")
OK = HELLO + STOP + usage() + DONE

CUT = Expect(state="cut", text="Hello", requests=1, kind="disconnected", usage="null", cost="estimated", exit=1)
SILENT = Expect(state="cut_silent", text="Hello", requests=1, usage="null", cost="estimated", retries=0, exit=1)
EMPTY = Expect(state="empty", text="", requests=1, kind="empty", usage="null", retries=0, exit=1)


def _length_too_long(peer: Peer) -> None:
    peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 9999\r\n\r\n" + HELLO.encode())


CUTS = [
    Situation("a connection that closes within the answer", cut_after(stream_head() + chunked(HELLO)), CUT),
    Situation("a reset within the answer", cut_after(stream_head() + chunked(HELLO), reset=True),
              Expect(state="cut", requests=1, exit=1)),
    Situation("a body shorter than announced", [_length_too_long], CUT),
    Situation("a chunk length that is no number", cut_after(stream_head() + chunked(HELLO) + b"zz\r\n"),
              Expect(state="cut", text="Hello", requests=1, exit=1)),
    Situation("a cut within an event keeps what was whole",
              cut_after(stream_head() + chunked(HELLO + 'data: {"choices":[{"index":0,"delta":{"content":"wor')), CUT),
    Situation("a cut after usage was seen is a lower bound",
              cut_after(stream_head() + chunked(event({"choices": [{"index": 0, "delta": {"content": "Hello"}}],
                                                       "usage": {"prompt_tokens": 10, "completion_tokens": 5}}))),
              Expect(state="cut", text="Hello", usage=(10, 5), cost="lower_bound", usd="0.000105", requests=1)),
    Situation("a cut after finish_reason and before the usage is still an answer",
              cut_after(stream_head() + chunked(HELLO + STOP)),
              Expect(state={"complete", "cut"}, text="Hello", requests=1, usage="null")),
    Situation("a cut of a model that thinks unseen is a lower bound",
              cut_after(stream_head() + chunked(HELLO)),
              Expect(state="cut", text="Hello", cost="lower_bound", requests=1), args=("--model", "claude-opus-4-7")),
    Situation("a cut after the headers", cut_after(stream_head()),
              Expect(state={"cut", "network_error", "empty"}, text="", requests=1, cost="unknown", exit=1)),
    Situation("a cut after reasoning only", cut_after(stream_head() + chunked(delta(reasoning_content="Hm."))),
              Expect(state="cut", text="", reasoning="Hm.", requests=1, exit=1)),
]  # fmt: skip

SILENT_CUTS = [
    Situation("an end without a reason", replies(whole(HELLO)), SILENT),
    Situation("an end of the connection without a reason", cut_after(until_close(HELLO)), SILENT),
    Situation("[DONE] without a reason or usage", replies(whole(HELLO + DONE)), SILENT),
    Situation("an end within an event",
              replies(whole(HELLO + 'data: {"choices":[{"index":0,"delta":{"content":"wor')), SILENT),
    Situation("an end within an event after blank lines are missing",
              cut_after(until_close(HELLO.rstrip() + '\ndata: {"choi')),
              Expect(state={"cut_silent", "protocol_error"}, requests=1, exit=1)),
    Situation("[DONE] and usage without a reason are a whole answer", replies(whole(HELLO + usage() + DONE)), fine()),
    Situation("usage alone at the end, without reason and [DONE]", replies(whole(HELLO + usage())),
              Expect(state={"complete", "cut_silent"}, text="Hello", usage=(10, 5), requests=1)),
    Situation("zeros as usage do not make a whole answer",
              replies(whole(HELLO + usage(0, 0) + DONE)), SILENT),
]  # fmt: skip

NOTHING = [
    Situation("nothing at all", replies(whole()), EMPTY),
    Situation("nothing with a length", replies(http(200, "", headers={"Content-Type": "text/event-stream"})), EMPTY),
    Situation("204", replies(http(204, "")), Expect(text="", requests=1, state={"empty", "http_error"}, exit=1)),
    Situation("nothing but [DONE]", replies(whole(DONE)), EMPTY),
    Situation("nothing but comments", replies(whole(": ping\n\n" * 5)), EMPTY),
    Situation("nothing but a role", replies(whole(ROLE + DONE)),
              Expect(state={"empty", "cut_silent"}, text="", requests=1, exit=1)),
    Situation("an empty answer that ends well is whole", replies(whole(ROLE + STOP + usage(10, 0) + DONE)),
              fine("", usage=(10, 0), usd="0.00003")),
    Situation("an answer that is filtered before its first word",
              replies(whole(ROLE + delta(finish="content_filter") + usage(10, 0) + DONE)),
              Expect(state="filtered", text="", usage=(10, 0), requests=1, retries=0, exit=1)),
    Situation("an answer that is filtered in its midst",
              replies(whole(HELLO + delta(finish="content_filter") + usage() + DONE)),
              Expect(state="filtered", text="Hello", usage=(10, 5), cost="exact", usd="0.000105", requests=1, exit=1)),
    Situation("an answer that reached its limit", replies(whole(HELLO + delta(finish="length") + usage() + DONE)),
              fine(state="length")),
]  # fmt: skip

SAID = "The request cannot be answered"
INVALID = {"message": SAID, "type": "invalid_request_error"}


def bare(value: object) -> str:
    """JSON without `data:`."""
    return json.dumps(value) + "\n\n"


FRAMINGS: dict[str, str] = {
    "data with an error object": event({"error": INVALID}),
    "data with an error text": event({"error": SAID}),
    "data with object error": event({"object": "error", "message": SAID, "type": "BadRequestError", "code": 400}),
    "event error": "event: error\n" + event({"type": "error", "error": INVALID}),
    "event error with a plain sentence": f"event: error\ndata: {SAID}\n\n",
    "the field error": "error: " + json.dumps({"code": 400, "message": SAID, "type": "invalid_request_error"}) + "\n\n",
    "bare JSON": bare({"error": INVALID}),
    "bare JSON over several lines": json.dumps({"error": INVALID}, indent=2) + "\n",
    "bare JSON with message and code": bare({"code": "bad", "message": SAID}),
    "finish_reason error with an error beside": event(
        {"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}],
         "error": {"code": 400, "message": SAID}}
    ),
    "finish_reason error with an error in the choice": event(
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "error", "error": {"code": 400, "message": SAID}}]}
    ),
    "success false": event({"success": False, "message": SAID}),
    "bare JSON with success false": bare({"success": False, "message": SAID}),
    "an error glued to a broken piece": 'data: {"choices":[{"index":0,"delta":{"content":"wo\n'
    "data: " + json.dumps({"type": "error", "error": INVALID}) + "\n\n",
    "the type error in a data line": event({"type": "error", "error": INVALID}),
}  # fmt: skip

FAILED = Expect(state="stream_error", requests=1, says=[SAID], usage="null", retries=0, exit=1)


def _framed(how: str, framing: str) -> list[Situation]:
    after = {**vars(FAILED), "text": "Hello", "cost": "estimated"}
    before = {**vars(FAILED), "text": "", "cost": "not_billed", "usd": "0"}
    return [
        Situation(f"{how}, after text", replies(whole(HELLO + framing)), Expect(**after)),
        Situation(f"{how}, after text, then [DONE]", replies(whole(HELLO + framing + DONE)), Expect(**after)),
        Situation(f"{how}, before any text", replies(whole(framing)), Expect(**before)),
    ]


OVERLOADED: dict[str, Any] = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
BUSY = "event: error\n" + event(OVERLOADED)

ERRORS = [
    *(situation for how, framing in FRAMINGS.items() for situation in _framed(how, framing)),
    Situation("an error document in place of a stream", replies(http(200, json.dumps({"error": INVALID}))),
              Expect(**{**vars(FAILED), "text": "", "cost": "not_billed"})),
    Situation("an error in a flushed stream, cut off by the connection",
              cut_after(until_close(HELLO + json.dumps({"error": INVALID}))), Expect(**{**vars(FAILED),
                                                                                        "text": "Hello"})),
    Situation("a plain sentence in place of a piece, then the end",
              replies(whole(HELLO + f"data: {SAID}\n\n" + DONE)), Expect(**{**vars(FAILED), "text": "Hello"})),
    Situation("an error after the reason for the end is still an error",
              replies(whole(HELLO + STOP + event({"error": INVALID}))),
              Expect(state="stream_error", text="Hello", requests=1, says=[SAID])),
    Situation("an error after usage keeps the figures as a lower bound",
              replies(whole(HELLO + usage() + event({"error": INVALID}))),
              Expect(state="stream_error", text="Hello", requests=1, usage=(10, 5), usd="0.000105",
                     cost="lower_bound")),
    Situation("overload inside a 200 before any text is tried again", replies(whole(BUSY), good_stream(OK)),
              fine(requests=2, retries=1)),
    Situation("overload inside a 200 after a role is tried again", replies(whole(ROLE + BUSY), good_stream(OK)),
              fine(requests=2, retries=1)),
    Situation("a JSON document of overload is tried again", replies(http(200, json.dumps(OVERLOADED)), good_stream(OK)),
              fine(requests=2, retries=1)),
    Situation("overload inside every 200 is given up after two more", replies(whole(BUSY)),
              Expect(state="stream_error", text="", requests=3, retries=2, kind="overloaded", says=["Overloaded"],
                     cost="not_billed")),
    Situation("overload after text is not tried again", replies(whole(HELLO + BUSY)),
              Expect(state="stream_error", text="Hello", requests=1, retries=0, kind="overloaded")),
    Situation("overload after reasoning is not tried again", replies(whole(delta(reasoning_content="Hm.") + BUSY)),
              Expect(state="stream_error", text="", requests=1, retries=0, kind="overloaded")),
    Situation("a rate limit inside a 200 is tried again",
              replies(whole(event({"error": {"message": "slow down", "type": "rate_limit_error"}})), good_stream(OK)),
              fine(requests=2, retries=1)),
    Situation("a spent balance inside a 200 is not tried again",
              replies(whole(event({"error": {"message": "quota", "code": "insufficient_quota"}}))),
              Expect(state="stream_error", requests=1, retries=0, kind="balance")),
    Situation("a number in an error inside a 200 is its class",
              replies(whole(event({"error": {"message": "slow down", "code": 429}})), good_stream(OK)),
              fine(requests=2, retries=1)),
    Situation("a number as text in an error inside a 200 is its class",
              replies(whole(event({"error": {"message": "bad gateway", "code": "502"}})), good_stream(OK)),
              fine(requests=2, retries=1)),
    Situation("a timeout inside a 200 is not tried again",
              replies(whole(event({"error": {"message": "timed out", "code": 504}}))),
              Expect(state="stream_error", requests=1, kind="gateway_timeout", usd="null", cost="unknown")),
    Situation("a server's bug inside a 200 is tried again once",
              replies(whole(event({"error": {"message": "boom", "type": "api_error"}}))),
              Expect(state="stream_error", requests=2, retries=1, kind="server")),
    Situation("a web page that breaks into an answer is an error",
              replies(whole(HELLO + "<html><head><title>502 Bad Gateway</title></head></html>\n")),
              Expect(state="stream_error", text="Hello", requests=1, says=["502 Bad Gateway"])),
    Situation("LiteLLM's error in mid-stream is one sentence",
              replies(whole(HELLO + event({"error": {
                  "message": "litellm.MidStreamFallbackError: AnthropicException - b'" + json.dumps(OVERLOADED) + "'",
                  "type": None, "param": None, "code": "500"}}))),
              Expect(state="stream_error", text="Hello", requests=1, says=["Overloaded"], kind="overloaded")),
    Situation("no error hides in a null", replies(whole(
        event({"error": None, "choices": [{"index": 0, "delta": {"content": "Hello"}}]}) + STOP + usage() + DONE)),
        fine()),
    Situation("no error hides in an empty object", replies(whole(
        event({"error": {}, "choices": [{"index": 0, "delta": {"content": "Hello"}}]}) + STOP + usage() + DONE)),
        Expect(text="Hello", requests=1)),
]  # fmt: skip


def _before_headers(peer: Peer) -> None:
    peer.request()
    peer.tell("reached")
    peer.wait_for_close()


def _after_headers(peer: Peer) -> None:
    peer.request()
    peer.send(stream_head())
    peer.tell("reached")
    peer.wait_for_close()


def _within(peer: Peer) -> None:
    peer.request()
    peer.send(stream_head() + chunked(HELLO + ": ping\n\n"))
    peer.wait_for_close()


def _with_usage(peer: Peer) -> None:
    peer.request()
    grown = {
        "choices": [{"index": 0, "delta": {"content": "Hello"}}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 2},
    }
    peer.send(stream_head() + chunked(event(grown)))
    peer.wait_for_close()


def _busy(peer: Peer) -> None:
    peer.request()
    peer.send(http(529, json.dumps(OVERLOADED), headers={"Retry-After": "30"}))
    peer.wait_for_close()


STOPPED = Expect(state="cancelled", requests=1, usage="null", kind="none", exit=130)

STOPS = [
    Situation("Stop before the headers", [_before_headers], Expect(**{**vars(STOPPED), "text": ""}), stop_at="reached"),
    Situation("Stop after the headers", [_after_headers], Expect(**{**vars(STOPPED), "text": ""}), stop_at="reached"),
    Situation("Stop within the answer", [_within], Expect(**{**vars(STOPPED), "text": "Hello", "cost": "estimated"}),
              stop_at="delta"),
    Situation("Stop within an answer that reports usage", [_with_usage],
              Expect(state="cancelled", text="Hello", requests=1, usage=(10, 2), cost="lower_bound", exit=130),
              stop_at="delta"),
    Situation("Stop in the pause before a retry", [_busy], Expect(state="cancelled", requests=1, cost="not_billed",
                                                                  usd="0", exit=130), stop_at="retry"),
]  # fmt: skip

SITUATIONS = [*CUTS, *SILENT_CUTS, *NOTHING, *ERRORS, *STOPS]
