"""What a server's error says: every shape of body that is seen in the wild, unwrapped to one sentence.

Shapes and order of extraction: protocol.md 3.1. Nothing here judges; `failures.py` does.
"""

import ast
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

_MAX_DEPTH = 5
_MAX_LITERAL = 65_536
_MAX_SENTENCE = 2_000
_EXCERPT = 200

_TAILS = re.compile(
    r"\s*(?:LiteLLM: model group|LiteLLM Retried|Received Model Group|Available Model Group Fallbacks"
    r"|No fallback model group found|model=[^\s]+\. context_window_fallbacks).*$",
    re.DOTALL,
)
_LITELLM_HEAD = re.compile(r"^(?:litellm\.)?(?P<name>[A-Z]\w*(?:Error|Exception)):\s*")
_VENDOR_HEAD = re.compile(r"^\w*(?:Exception|Error)\s+-\s+")
_REQUEST_ID_TAIL = re.compile(r"\s*\(request id:\s*(?P<id>[^)\s]+)\s*\)\s*$", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_HEADLINE = re.compile(r"<h1[^>]*>(.*?)</h1>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What was found in an error body.

    Attributes:
        message: one sentence, unwrapped; empty when the body says nothing.
        labels: types and codes in lower case with underscores, the innermost first.
        code: the innermost type or code as the server wrote it.
        status: an HTTP status that was written into the body; None when none was.
        request_id: the server's id of the request, when the body names one.
        is_html: the body is a web page.
    """

    message: str = ""
    labels: tuple[str, ...] = ()
    code: str | None = None
    status: int | None = None
    request_id: str | None = None
    is_html: bool = False


def read_body(raw: bytes) -> ErrorBody:
    """Reads the body of an error answer, whatever its Content-Type claims."""
    text = raw.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if text.startswith(("data:", "event:")):
        text = next((line[5:].strip() for line in text.splitlines() if line.startswith("data:")), text)
    payload = parse_lenient(text)
    if isinstance(payload, (dict, list)):
        return read_payload(payload)
    found = read_payload(text)
    return found if found.labels or len(found.message) <= _EXCERPT else replace(found, message=found.message[:_EXCERPT])


def read_payload(payload: object) -> ErrorBody:
    """Reads an error that is already parsed JSON, or a text."""
    return _read(payload, 0)


def parse_lenient(text: str) -> object:
    """JSON, or the repr of a Python dict or bytes (LiteLLM, Cloudflare shims); None when it is neither."""
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        pass
    if len(text) > _MAX_LITERAL or not text.startswith(("{'", '{"', "b'", 'b"', "[")):
        return None
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    if isinstance(found, bytes):
        return parse_lenient(found.decode("utf-8", "replace"))
    return found


def looks_like_html(text: str) -> bool:
    """Whether a body is a web page."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def _read(payload: object, depth: int) -> ErrorBody:
    if isinstance(payload, list):
        payload = payload[0] if payload else ""
    if isinstance(payload, dict):
        return _read_object(payload, depth)
    if isinstance(payload, str):
        return _read_text(payload, depth)
    return ErrorBody()


def _read_object(payload: dict[str, Any], depth: int) -> ErrorBody:
    labels, code, status = _marks(payload)
    found = _read_text(_sentence(payload, depth), depth)
    raw = _at(payload, "error", "metadata", "raw")
    inner = _read(raw, depth + 1) if raw and depth < _MAX_DEPTH else ErrorBody()
    return ErrorBody(
        message=inner.message or found.message or (f"The server reported {code}." if code else ""),
        labels=(*inner.labels, *found.labels, *labels),
        code=inner.code or found.code or code,
        status=inner.status or found.status or status,
        request_id=found.request_id or inner.request_id or _request_id(payload),
        is_html=found.is_html,
    )


def _read_text(text: str, depth: int) -> ErrorBody:
    text = text.strip()
    if looks_like_html(text):
        return ErrorBody(message=_headline(text), is_html=True)
    inner = _inner(text) if depth < _MAX_DEPTH else None
    if inner is not None:
        found = _read(inner, depth + 1)
        if found.message:
            head = _LITELLM_HEAD.match(text)
            outer = (_label(head["name"]),) if head else ()
            tail = _REQUEST_ID_TAIL.search(text)
            return ErrorBody(
                found.message,
                (*found.labels, *outer),
                found.code,
                found.status,
                found.request_id or (tail["id"] if tail else None),
                found.is_html,
            )
    return _plain(text)


def _plain(text: str) -> ErrorBody:
    text = _TAILS.sub("", text)
    labels: list[str] = []
    while head := _LITELLM_HEAD.match(text):
        labels.append(_label(head["name"]))
        text = text[head.end() :]
    text = _VENDOR_HEAD.sub("", text)
    tail = _REQUEST_ID_TAIL.search(text)
    if tail:
        text = text[: tail.start()]
    return ErrorBody(text.strip()[:_MAX_SENTENCE], tuple(labels), request_id=tail["id"] if tail else None)


def _inner(text: str) -> object:
    """The JSON object or bytes repr that a message carries inside; None when there is none that holds an error."""
    for opening, closing in (("b'", "'"), ('b"', '"')):
        start, end = text.find(opening + "{"), text.rfind("}" + closing)
        if 0 <= start < end:
            found = parse_lenient(text[start : end + 2])
            if isinstance(found, dict):
                return found
    start = text.find("{")
    if start < 0:
        return None
    try:
        found, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
    except (ValueError, RecursionError):
        found = parse_lenient(text[start : text.rfind("}") + 1])
    return found if isinstance(found, dict) and _sentence(found, _MAX_DEPTH) else None


def _sentence(payload: dict[str, Any], depth: int) -> str:
    """The first text in the order of protocol.md 3.1; empty when there is none."""
    return next((text for text in _sentences(payload, depth) if text), "")


def _sentences(payload: dict[str, Any], depth: int) -> Iterator[str]:
    error = payload.get("error")
    yield _text(_at(error, "message"), depth)
    if isinstance(error, str):
        yield error.strip()
    yield _text(_at(error, "error", "message"), depth)
    for name in ("message", "msg", "err", "error_msg"):
        yield _text(payload.get(name), depth)
    yield _text(payload.get("detail"), depth)
    errors = payload.get("errors")
    yield _text(errors[0] if isinstance(errors, list) and errors else errors, depth)
    yield _text(_at(payload, "header", "message"), depth)
    yield _text(_at(payload, "response", "error", "message"), depth)
    for name in ("msg", "detail", "error"):
        yield _text(_at(error, name), depth)


def _text(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, list):
        return "; ".join(text for text in (_text(each, depth + 1) for each in value[:5]) if text)
    if isinstance(value, dict) and depth <= _MAX_DEPTH:
        return _sentence(value, depth + 1)
    return ""


def _marks(payload: dict[str, Any]) -> tuple[tuple[str, ...], str | None, int | None]:
    """Types and codes, innermost first; the one to show as it is written; a number that is an HTTP status."""
    error = payload.get("error")
    labels: list[str] = []
    names: list[str] = []
    status: int | None = None
    for layer in (_at(error, "error"), error, payload):
        if not isinstance(layer, dict):
            continue
        written = {name: layer[name] for name in ("type", "code", "status") if _is_name(layer.get(name))}
        labels += [_label(value) for value in written.values()]
        names += [written[name] for name in ("code", "type", "status") if name in written]
        status = status or next(filter(None, (_status(layer.get(name)) for name in ("code", "type", "status"))), None)
    return tuple(labels), next(iter(names), str(status) if status else None), status


def _is_name(value: object) -> bool:
    """Whether a type or code tells something; some servers write their language's null as text."""
    return (
        isinstance(value, str)
        and value.strip().lower() not in {"", "error", "none", "null"}
        and not value.strip().isdigit()
    )


def _status(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return None
    return number if 400 <= number <= 599 else None


def _request_id(payload: dict[str, Any]) -> str | None:
    for layer in (payload, payload.get("error")):
        for name in ("request_id", "requestId", "request-id"):
            value = _at(layer, name)
            if isinstance(value, str) and value.strip():
                return value.strip()
    return None


def _label(text: str) -> str:
    return _CAMEL.sub("_", text.strip()).replace("-", "_").replace(" ", "_").lower()


def _at(value: object, *path: str) -> object:
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def _headline(page: str) -> str:
    for pattern in (_TITLE, _HEADLINE):
        match = pattern.search(page)
        text = " ".join(html.unescape(_TAG.sub(" ", match[1])).split()) if match else ""
        if text:
            return text[:_EXCERPT]
    return " ".join(html.unescape(_TAG.sub(" ", page[:_MAX_LITERAL])).split())[:_EXCERPT]
