"""What leaves: address, headers, body, tools, pictures; and what is refused before anything leaves."""

import base64
import json
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from support.raw_server import DONE, delta, good_stream, usage
from support.situations import KEY, Body, Expect, Outcome, Situation, fine, replies

OK = good_stream(delta("Hello") + delta(finish="stop") + usage() + DONE)


def sends(
    name: str, body: Body | None, *args: str, also: Callable[[Outcome], object] | None = None, **more: Any
) -> Situation:
    """A question that is sent with such a body."""
    return Situation(name, replies(OK), fine(body=body, also=also, usd=None), args=args, **more)


def refuses(name: str, *args: str, kind: str | set[str] | None = None, **more: Any) -> Situation:
    """A question that is not sent at all."""
    expect = Expect(state={"http_error", "network_error"}, text="", requests=0, kind=kind or _ANY, usage="null",
                    usd="0", cost="not_billed", retries=0, exit=1)  # fmt: skip
    return Situation(name, replies(OK), expect, args=args, **more)


_ANY = {"bad_request_here", "bad_key", "no_key", "unusable_image", "wrong_address"}


def _params(*pairs: str) -> list[str]:
    return [word for pair in pairs for word in ("--param", pair)]


def _header(name: str, wanted: str) -> Callable[[Outcome], object]:
    def holds(outcome: Outcome) -> None:
        assert outcome.posts[0].headers[name] == wanted, outcome.posts[0].headers

    return holds


def _path(wanted: str) -> Callable[[Outcome], object]:
    def holds(outcome: Outcome) -> None:
        assert outcome.posts[0].path == wanted, outcome.posts[0].path

    return holds


def _headers(outcome: Outcome) -> None:
    headers = outcome.posts[0].headers
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["content-type"].startswith("application/json")
    assert headers["accept"] == "text/event-stream"
    assert headers["accept-encoding"] == "identity"
    assert headers["user-agent"].startswith("Tally/")
    assert re.fullmatch(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", headers["x-client-request-id"])


def _utf8(outcome: Outcome) -> None:
    assert "Ўзбекча".encode() in outcome.posts[0].body


WHERE = [
    sends("every header", None, also=_headers),
    sends("a base URL with a slash at its end", None, url="{url}/", also=_path("/v1/chat/completions")),
    sends("the full path as base URL", None, url="{url}/chat/completions", also=_path("/v1/chat/completions")),
    sends("the full path with a slash at its end", None, url="{url}/chat/completions/",
          also=_path("/v1/chat/completions")),
    sends("a base URL of the host alone", None, url="{root}", also=_path("/v1/chat/completions")),
    sends("a base URL with two slashes at its end", None, url="{url}//", also=_path("/v1/chat/completions")),
    sends("a base URL with spaces around it", None, url=" {url} ", also=_path("/v1/chat/completions")),
    sends("a deeper base URL", None, url="{root}/api/v1", also=_path("/api/v1/chat/completions")),
    sends("the key is cleaned of spaces and line ends", None, key=f"  {KEY}\r\n", also=_header("authorization",
                                                                                               f"Bearer {KEY}")),
    sends("the key is cleaned of quotes", None, key=f'"{KEY}"', also=_header("authorization", f"Bearer {KEY}")),
    sends("a key that was broken over two lines is whole", None, key=f"{KEY[:9]}\n{KEY[9:]}",
          also=_header("authorization", f"Bearer {KEY}")),
    sends("the key is cleaned of the whole header", None, key=f"Authorization: bearer {KEY}",
          also=_header("authorization", f"Bearer {KEY}")),
    refuses("a key with a control character", key="th-\x01abc", kind="bad_key"),
    refuses("a key with a character that is not seen", key="th-abc\u200bdef", kind="bad_key"),
    refuses("an address with a password", url="http://user:secret@127.0.0.1:9/v1"),
    refuses("an address with an impossible port", url="http://127.0.0.1:99999/v1"),
    sends("the key is cleaned of Bearer", None, key=f"Bearer {KEY}", also=_header("authorization", f"Bearer {KEY}")),
    refuses("no key", key="", kind="no_key"),
    refuses("a key of spaces", key="   ", kind={"no_key", "bad_key"}),
    refuses("a key with a smart quote", key="th-“abc”", kind="bad_key"),
    refuses("a Cyrillic key", key="th-ключ", kind="bad_key"),
    refuses("a base URL without a scheme that is no address", url="not an address"),
    refuses("plain http to another computer", url="http://192.0.2.7/v1"),
    refuses("another scheme", url="ftp://127.0.0.1/v1"),
]  # fmt: skip

PLAIN = {
    "model": "anthropic/claude-sonnet-4-6",
    "messages": [{"role": "user", "content": "Hi"}],
    "max_tokens": 1024,
    "stream": True,
    "stream_options": {"include_usage": True},
}


def _without(*names: str) -> Body:
    return lambda body: not set(names) & set(body)


SAMPLING = _without("temperature", "top_p", "top_k")
OPUS = ("claude-opus-4-7", "anthropic/claude-opus-4.7", "anthropic/claude-opus-4-7-20260301", "claude-sonnet-5",
        "anthropic/claude-opus-5-1")  # fmt: skip

BODIES = [
    sends("nothing is sent that was not asked for", lambda body: body == PLAIN),
    sends("text is not escaped", None, prompt="Ўзбекча", also=_utf8),
    sends("one system message, first", lambda body: body["messages"] == [
        {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}], "--system", "Be brief."),
    sends("an empty system prompt is none", lambda body: len(body["messages"]) == 1, "--system", " "),
    sends("max_tokens", lambda body: body["max_tokens"] == 512, *_params("max_tokens=512")),
    sends("temperature", lambda body: body["temperature"] == 0.3, *_params("temperature=0.3")),
    sends("a temperature of zero", lambda body: body["temperature"] == 0, *_params("temperature=0")),
    sends("top_p", lambda body: body["top_p"] == 0.9 and "temperature" not in body, *_params("top_p=0.9")),
    sends("temperature and top_p are never both sent",
          lambda body: len({"temperature", "top_p"} & set(body)) == 1, *_params("temperature=0.3", "top_p=0.9")),
    sends("null switches a parameter off", _without("temperature"), *_params("temperature=null")),
    *(
        Situation(f"{pair} is not sent to {model}", replies(OK), fine(body=SAMPLING, usd=None, cost=None),
                  args=("--model", model, *_params(pair)))
        for model in OPUS for pair in ("temperature=0.3", "top_p=0.9")
    ),
    sends("user", lambda body: body["user"] == "opaque1", *_params("user=opaque1")),
    sends("stop as one text", lambda body: body["stop"] in ("END", ["END"]), *_params("stop=END")),
    sends("stop as a list keeps its order", lambda body: body["stop"] == ["b", "a"], *_params('stop=["b","a"]')),
    sends("stop is cleaned", lambda body: body["stop"] == ["END", "\n#"],
          *_params('stop=["END",""," ","END","\\n#","\\n\\t"]')),
    sends("stop has at most four entries, counted when cleaned", lambda body: body["stop"] == ["a", "b", "c", "d"],
          *_params('stop=["a","","a"," ","b","c","d"]')),
    sends("a fifth stop is left out", lambda body: body["stop"] == ["a", "b", "c", "d"],
          *_params('stop=["a","b","c","d","e"]')),
    sends("an e-mail address is not sent as user", _without("user"), *_params("user=a@b.example")),
    sends("what the gateway does not document is not sent", lambda body: body == PLAIN,
          *_params("seed=1", "n=1", "top_k=5", "parallel_tool_calls=false")),
    sends("max_tokens beyond the model's limit is lowered", lambda body: body["max_tokens"] == 8192,
          "--model", "claude-3-5-haiku-latest", *_params("max_tokens=100000")),
    sends("response_format by its name", lambda body: body["response_format"] == {"type": "json_object"},
          *_params("response_format=json_object")),
    sends("stop of nothing is not sent", _without("stop"), *_params('stop=[""," "]')),
    sends("stop that is empty is not sent", _without("stop"), *_params("stop=[]")),
    sends("a stream that is not wanted", lambda body: not body.get("stream") and "stream_options" not in body,
          *_params("stream=false")),
    sends("JSON mode says so twice", lambda body: body["response_format"] == {"type": "json_object"}
          and body["messages"][0]["role"] == "system" and "JSON" in body["messages"][0]["content"],
          *_params('response_format={"type":"json_object"}')),
    sends("JSON mode and a system prompt are one message",
          lambda body: [m["role"] for m in body["messages"]] == ["system", "user"]
          and body["messages"][0]["content"].startswith("Be brief.") and "JSON" in body["messages"][0]["content"],
          "--system", "Be brief.", *_params('response_format={"type":"json_object"}')),
    sends("response_format text is nothing", _without("response_format"), *_params('response_format={"type":"text"}')),
    sends("half characters and NUL do not leave",
          lambda body: body["messages"][0]["content"] == "a\ufffdbc", prompt="a\ud83db\0c"),
    sends("white space within the question stays", lambda body: body["messages"][0]["content"].strip() == "a\n  b",
          prompt="a\n  b"),
    refuses("an empty question", prompt=""),
    refuses("a question of white space", prompt=" \n"),
    refuses("an unknown parameter", *_params("colour=red")),
    refuses("a temperature that is no number", *_params("temperature=hot")),
    refuses("a temperature above 2", *_params("temperature=3")),
    refuses("a temperature below zero", *_params("temperature=-0.1")),
    refuses("max_tokens of zero", *_params("max_tokens=0")),
    refuses("max_tokens that is no whole number", *_params("max_tokens=1.5")),
    refuses("tools that cannot be read", "--tools", "missing.json"),
    refuses("tools that are no JSON", "--tools", "t.json", files={"t.json": "{"}),
    refuses("prices that cannot be read", "--prices", "missing.json"),
    refuses("prices that are negative", "--prices", "p.json", files={"p.json": '{"m":{"input":"-1","output":"1"}}'}),
    refuses("a time limit of zero", "--read-timeout", "0"),
]  # fmt: skip

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
EMPTY_SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}


def _tools(*functions: dict[str, Any]) -> str:
    return json.dumps([{"type": "function", "function": function} for function in functions])


def offers(name: str, tools: str, body: Body, *args: str) -> Situation:
    """A question with tools."""
    return sends(name, body, "--tools", "t.json", *args, files={"t.json": tools})


WEATHER = _tools({"name": "get_weather", "description": "now", "parameters": SCHEMA})
BARE = _tools({"name": "now"})


def _choice(wanted: object) -> Body:
    return lambda body: body.get("tool_choice", "auto") == wanted and len(body["tools"]) == 1


TOOLS = [
    offers("a tool as it was declared", WEATHER, lambda body: body["tools"] == json.loads(WEATHER)),
    offers("a tool without parameters gets empty ones", BARE,
           lambda body: body["tools"][0]["function"]["parameters"] == EMPTY_SCHEMA),
    offers("parameters without type and properties get them", _tools({"name": "f", "parameters": {}}),
           lambda body: body["tools"][0]["function"]["parameters"] == EMPTY_SCHEMA),
    offers("parameters keep what else they say",
           _tools({"name": "f", "parameters": {**SCHEMA, "additionalProperties": False, "$defs": {}}}),
           lambda body: body["tools"][0]["function"]["parameters"]["additionalProperties"] is False),
    offers("tool_choice auto", WEATHER, _choice("auto"), *_params("tool_choice=auto")),
    offers("tool_choice required", WEATHER, _choice("required"), *_params("tool_choice=required")),
    offers("tool_choice of one function", WEATHER, _choice({"type": "function", "function": {"name": "get_weather"}}),
           *_params('tool_choice={"type":"function","function":{"name":"get_weather"}}')),
    offers("tool_choice none leaves the tools out", WEATHER, _without("tools", "tool_choice"),
           *_params("tool_choice=none")),
    sends("tool_choice without tools is not sent", _without("tools", "tool_choice"), *_params("tool_choice=required")),
    offers("no tools at all", "[]", _without("tools", "tool_choice")),
    refuses("a tool whose name cannot be sent", "--tools", "t.json",
            files={"t.json": _tools({"name": "get weather!"})}),
    refuses("a tool whose name is too long", "--tools", "t.json", files={"t.json": _tools({"name": "f" * 65})}),
    refuses("a tool_choice that does not exist", "--tools", "t.json", *_params("tool_choice=maybe"),
            files={"t.json": WEATHER}),
]  # fmt: skip


def png(width: int, height: int) -> bytes:
    """A red picture."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff\0\0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
URL = re.compile(r"^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$")


def _pictures(body: dict[str, Any]) -> list[tuple[str, bytes]]:
    found = []
    for item in body["messages"][-1]["content"]:
        if item["type"] == "image_url":
            address = item["image_url"]["url"]
            kind = URL.match(address)
            assert kind is not None, address[:80]
            found.append((kind[1], base64.b64decode(address.partition(",")[2], validate=True)))
    return found


def _size(picture: tuple[str, bytes]) -> tuple[int, int]:
    """Width and height of a PNG or a baseline JPEG."""
    kind, data = picture
    if kind == "png":
        return struct.unpack(">II", data[16:24])
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    height, width = struct.unpack(">HH", data[at + 5 : at + 9])
    return width, height


def shows(
    name: str, body: Body, *images: str, files: dict[str, bytes], args: Sequence[str] = (), **more: Any
) -> Situation:
    """A question with pictures."""
    words = [word for image in images for word in ("--image", image)]
    return sends(name, body, *words, *args, files=dict(files), **more)


PICTURES = [
    shows("pictures before words", lambda body: [item["type"] for item in body["messages"][0]["content"]]
          == ["image_url", "image_url", "text"] and len(_pictures(body)) == 2, "a.png", "b.png",
          files={"a.png": png(40, 30), "b.png": png(30, 40)}),
    shows("no detail is sent", lambda body: set(body["messages"][0]["content"][0]["image_url"]) == {"url"}, "a.png",
          files={"a.png": png(8, 8)}),
    shows("a picture keeps its size", lambda body: _size(_pictures(body)[0]) == (300, 200), "a.png",
          files={"a.png": png(300, 200)}),
    shows("the extension is not believed", lambda body: _pictures(body)[0][0] == "png", "a.jpg",
          files={"a.jpg": png(40, 30)}),
    shows("a GIF is a picture", lambda body: len(_pictures(body)) == 1, "a.gif", files={"a.gif": GIF}),
    shows("a long edge is reduced", lambda body: _size(_pictures(body)[0]) == (1568, 784), "a.png",
          files={"a.png": png(3000, 1500)}),
    shows("a model that sees more gets more", lambda body: _size(_pictures(body)[0]) == (2576, 1288), "a.png",
          files={"a.png": png(3000, 1500)}, args=("--model", "claude-opus-4-7")),
    shows("more than twenty pictures are smaller",
          lambda body: [_size(each)[0] for each in _pictures(body)] == [2000] * 21, *(f"{n}.png" for n in range(21)),
          files={f"{n}.png": png(2600, 60 + n) for n in range(21)}, args=("--model", "claude-opus-4-7")),
    shows("a picture beyond all limits is reduced", lambda body: _size(_pictures(body)[0])[0] == 1568, "a.png",
          files={"a.png": png(9000, 300)}),
    shows("a picture without words", lambda body: [item["type"] for item in body["messages"][0]["content"]]
          == ["image_url"], "a.png", files={"a.png": png(8, 8)}, prompt=""),
    refuses("a picture that is missing", "--image", "missing.png", kind="unusable_image"),
    refuses("a picture that is none", "--image", "a.png", files={"a.png": b"no picture"}, kind="unusable_image"),
    refuses("a picture that is broken", "--image", "a.png", files={"a.png": png(64, 64)[:60]}, kind="unusable_image"),
    refuses("a picture that is empty", "--image", "a.png", files={"a.png": b""}, kind="unusable_image"),
]  # fmt: skip

SITUATIONS = [*WHERE, *BODIES, *TOOLS, *PICTURES]
