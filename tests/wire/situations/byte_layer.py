"""Bytes, lines and events: marks, line ends, comments, encodings, sizes, and what is not an event stream at all."""

import gzip
import json
import zlib

from support.raw_server import DONE, LAST_CHUNK, Peer, chunked, delta, event, http, stream_head, usage
from support.situations import Expect, Situation, cut_after, fine, replies, until_close, whole

HELLO = delta("Hello")
END = delta(finish="stop") + usage() + DONE
OK = HELLO + END
BOM = b"\xef\xbb\xbf"
UZBEK = "Oʻzbekiston — 東京 😀"


def in_bytes(data: bytes | str) -> bytes:
    """Every byte in a chunk of its own."""
    raw = data.encode() if isinstance(data, str) else data
    return whole(*(raw[at : at + 1] for at in range(len(raw))))


def content(raw: bytes) -> bytes:
    """An event whose content is these bytes, unescaped."""
    return b'data: {"choices":[{"index":0,"delta":{"content":"' + raw + b'"}}]}\n\n'


def reads(name: str, *pieces: bytes | str, text: str = "Hello", **headers: str) -> Situation:
    """A stream in these chunks that must be read as a whole answer."""
    return Situation(name, replies(whole(*pieces, **headers)), fine(text))


def _stays_open_after_done(peer: Peer) -> None:
    peer.request()
    peer.send(stream_head() + chunked(OK))
    peer.wait_for_close()


def _endless_line(peer: Peer) -> None:
    peer.request()
    peer.send(stream_head() + chunked(HELLO))
    for _ in range(64):
        peer.send(chunked(b"x" * 1_048_576))
    peer.send(LAST_CHUNK)


_PRETTY = json.dumps({"choices": [{"index": 0, "delta": {"content": "Hello"}}]}, indent=1)

EVENTS = [
    reads("a BOM before the first event is skipped", BOM, OK),
    reads("a BOM that arrives byte by byte is skipped", BOM[:1], BOM[1:2], BOM[2:], OK),
    reads("a BOM within the content is content", content(BOM + b"Hi") + END.encode(), text="\ufeffHi"),
    reads("lines end with CRLF", OK.replace("\n", "\r\n")),
    reads("lines end with CR alone", OK.replace("\n", "\r")),
    reads(
        "a CRLF split over two chunks is one line end",
        *(piece for line in OK.split("\n") for piece in (f"{line}\r", "\n")),
    ),
    reads("line ends of all kinds are mixed", HELLO.replace("\n", "\r\n"), END.replace("\n", "\r", 3)),
    reads(
        "comments are skipped, with and without a text",
        ": OPENROUTER PROCESSING\n\n",
        ":\n\n",
        HELLO,
        ": PING\n\n: ping\n\n",
        END,
    ),
    reads("data needs no space after its colon", OK.replace("data: ", "data:")),
    reads("more than one space after the colon does no harm", OK.replace("data: ", "data:   ")),
    reads("a data line without a colon is an empty line", HELLO, "data\n\n", "data:\n\n", END),
    reads("several data lines are one event", "".join(f"data: {line}\n" for line in _PRETTY.split("\n")), "\n", END),
    reads("id and retry are ignored", "retry: 3000\n", "id: 7\n" + HELLO, ": ping\n\n", "id: 8\n" + END),
    reads(
        "event names say nothing",
        "event: message\n" + HELLO,
        "event: ping\n\n",
        "event: ping\ndata:\n\n",
        "event: chat.completion.chunk\n" + END,
    ),
    reads("an event ping with a JSON object is no error", 'event: ping\ndata: {"type":"ping"}\n\n', OK),
    reads("unknown fields are ignored", "x-trace: 1\nfoo\n", HELLO, "bar: {}\n", END),
    reads("blank lines before, between and after are ignored", "\n\n\n", HELLO, "\n\n", END, "\n\n"),
    reads(
        "U+2028, U+2029 and U+0085 in the content are not line ends",
        event({"choices": [{"index": 0, "delta": {"content": "a\u2028b\u2029c\u0085d"}}]}),
        END,
        text="a\u2028b\u2029c\u0085d",
    ),
    reads(
        "raw control characters in a string are content",
        content(b"a\tb\x0bc\x0cd\x1ce") + END.encode(),
        text="a\tb\x0bc\x0cd\x1ce",
    ),
    reads(
        "UTF-8 is read as UTF-8 whatever the charset says",
        delta(UZBEK) + END,
        text=UZBEK,
        Content_Type="text/event-stream; charset=iso-8859-1",
    ),
    Situation("characters cut at every byte are whole", replies(in_bytes(delta(UZBEK) + END)), fine(UZBEK)),
    Situation("every byte may come alone", replies(in_bytes(OK)), fine()),
    reads("bytes that are not UTF-8 become U+FFFD", content(b"a\xffb\xc3") + END.encode(), text="a\ufffdb\ufffd"),
    reads(
        "an emoji escaped as two surrogates is one character",
        content(rb"\ud83d\ude00") + END.encode(),
        text="\U0001f600",
    ),
    reads(
        "a character escaped in two halves over two pieces is whole",
        content(rb"a\ud83d"),
        content(rb"\ude00b") + END.encode(),
        text="a\U0001f600b",
    ),
    reads("half a character becomes U+FFFD", content(rb"a\ud83d"), delta("b") + END, text="a\ufffdb"),
    reads("the last event needs no blank line", HELLO, delta(finish="stop"), usage(), "data: [DONE]"),
    reads("the last event needs no line end at all", HELLO, usage(), delta(finish="stop").rstrip("\n")),
    reads("what follows [DONE] is not read", OK, delta("no more"), event({"error": {"message": "late"}})),
    reads("[DONE] may have something behind it", HELLO, delta(finish="stop"), usage(), "data: [DONE] \n\n"),
    reads("[DONE] may be stuck to something", HELLO, delta(finish="stop"), usage(), "data:[DONE]x\n\n"),
    reads("many small pieces", *([delta("ab")] * 3000), END, text="ab" * 3000),
    reads("a line of 8 MiB is read", delta("x" * 8_388_608), END, text="x" * 8_388_608),
    reads("text that is no JSON is forgotten when the answer ends well", HELLO, "data: upstream slow\n\n", END),
    Situation("a connection that stays open after [DONE] is left", [_stays_open_after_done], fine()),
    Situation("a reset after [DONE] is no failure", cut_after(stream_head() + chunked(OK), reset=True), fine()),
    Situation("a missing last chunk after [DONE] is no failure", cut_after(stream_head() + chunked(OK)), fine()),
    Situation(
        "early hints before the answer", replies(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + whole(OK)), fine()
    ),
    Situation(
        "HTTP/1.0", cut_after(f"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n{OK}".encode()), fine()
    ),
    Situation(
        "chunk extensions and trailers",
        replies(stream_head() + b"5;x=1\r\ndata:\r\n" + chunked(OK[5:]) + b"0\r\nX-Sum: 1\r\n\r\n"),
        fine(),
    ),
    Situation("the body may end with the connection", cut_after(until_close(OK)), fine()),
]

CONTENT_TYPES = [
    Situation(f"an event stream may call itself {kind or 'nothing'}", cut_after(until_close(OK, kind)), fine())
    for kind in ("application/json", "text/plain", "application/octet-stream", "text/html", "")
]

JSON_ANSWER = {
    "id": "c1",
    "object": "chat.completion",
    "model": "m-1",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5},
}
HTML = "<!DOCTYPE html>\n<html><head><title>Welcome to nginx!</title></head><body><b>It works</b></body></html>"

OTHER_BODIES = [
    Situation(
        "a JSON document in place of a stream is one piece of text",
        replies(http(200, json.dumps(JSON_ANSWER))),
        fine(also=lambda it: [line["event"] for line in it.lines].count("delta") == 1),
    ),
    Situation(
        "a JSON document may be labelled as a stream and indented",
        replies(whole("\n  " + json.dumps(JSON_ANSWER, indent=2))),
        fine(),
    ),
    Situation("a JSON document may begin with a BOM", replies(whole(BOM + json.dumps(JSON_ANSWER).encode())), fine()),
    Situation(
        "a web page is not an answer",
        replies(http(200, HTML, headers={"Content-Type": "text/html"})),
        Expect(state="protocol_error", text="", requests=1, kind="wrong_format", usage="null", exit=1),
    ),
    Situation(
        "a web page labelled as a stream is not an answer",
        replies(whole("\n" + HTML)),
        Expect(state="protocol_error", text="", requests=1, kind="wrong_format"),
    ),
    Situation(
        "garbage is not an answer",
        replies(whole("lorem ipsum\ndolor sit amet\n\n")),
        Expect(state="protocol_error", text="", requests=1, kind="wrong_format", says=["lorem ipsum"], exit=1),
    ),
    Situation(
        "events that never parse are not an answer",
        replies(whole("data: lorem\n\ndata: ipsum\n\ndata: [DONE]\n\n")),
        Expect(state={"protocol_error", "stream_error"}, text="", requests=1, exit=1),
    ),
    Situation(
        "a plain sentence as the only event is shown",
        replies(whole("data: upstream timeout\n\n")),
        Expect(state={"protocol_error", "stream_error"}, text="", requests=1, says=["upstream timeout"]),
    ),
    Situation(
        "a line of 64 MiB is refused and what was read is kept",
        [_endless_line],
        Expect(state="protocol_error", text="Hello", requests=1, kind="wrong_format", exit=1),
    ),
]


def _packed(body: str, cut: int | None = None) -> bytes:
    return whole(gzip.compress(body.encode())[:cut], Content_Encoding="gzip")


COMPRESSED = [
    Situation(
        "gzip is read although identity was asked for",
        replies(_packed(OK)),
        fine(also=lambda it: it.posts[0].headers["accept-encoding"] == "identity"),
    ),
    Situation("deflate is read", replies(whole(zlib.compress(OK.encode()), Content_Encoding="deflate")), fine()),
    Situation(
        "what cannot be unpacked is said",
        replies(whole(b"\x8b\x01\x80hello\x03\x00\xff", Content_Encoding="br")),
        Expect(state="protocol_error", text="", requests=1, kind="wrong_format", says=["compressed"]),
    ),
    Situation(
        "gzip that breaks off is a cut",
        replies(
            _packed(delta("Hello") + ": ping\n\n" * 3 + delta("".join(map(chr, range(0x4E00, 0x5600)))) + END, -900)
        ),
        Expect(state={"cut", "cut_silent"}, requests=1, exit=1),
    ),
    Situation(
        "plain bytes labelled gzip are not an answer",
        replies(whole(OK, Content_Encoding="gzip")),
        Expect(state="protocol_error", text="", requests=1, kind="wrong_format", exit=1),
    ),
]

SITUATIONS = [*EVENTS, *CONTENT_TYPES, *OTHER_BODIES, *COMPRESSED]
