"""What is not an answer although it came inside one: errors in all their framings, and other vendors' formats.

Framings: protocol.md 2.4; which of them are told apart by the byte layer is in `sse.Source`.
"""

from typing import Any

_FINE = {None, "", 0, "0", 200, "200"}

_ANTHROPIC = {
    "message_start", "message_delta", "message_stop", "content_block_start", "content_block_delta",
    "content_block_stop",
}  # fmt: skip


def error_in(chunk: dict[str, Any], *, bare: bool) -> object | None:
    """The error that a chunk reports, as `failure_from_payload` wants it; None when it reports none.

    Args:
        chunk: a parsed object.
        bare: it stood outside the event stream's framing, where a lone `message` can only be a complaint.
    """
    if _tells(chunk.get("error")):
        return chunk
    if choice_error := _error_in_choices(chunk.get("choices")):
        return choice_error
    if chunk.get("choices"):
        return None
    if chunk.get("object") == "error" or chunk.get("type") == "error" or chunk.get("success") is False:
        return chunk
    if chunk.get("error") in ({}, "", []) and not chunk.get("usage"):
        return chunk
    if chunk.get("errors") or _is_complaint(chunk.get("detail")) or _tells(chunk.get("header")):
        return chunk
    message = next((chunk[name] for name in ("message", "msg", "err", "error_msg") if chunk.get(name)), None)
    if isinstance(message, str) and (bare or _has_code(chunk)):
        return chunk
    return None


def _tells(error: object) -> bool:
    """Whether the value of `error` says anything; some servers add an empty one to every chunk."""
    if isinstance(error, dict):
        return any(value not in ({}, [], False) and not _is_fine(value) for value in error.values())
    return bool(error)


def _is_fine(value: object) -> bool:
    return isinstance(value, (str, int, type(None))) and value in _FINE


def _has_code(chunk: dict[str, Any]) -> bool:
    return not _is_fine(chunk.get("code"))


def _is_complaint(detail: object) -> bool:
    return bool(detail) and isinstance(detail, (str, list))


def _error_in_choices(choices: object) -> object | None:
    if not isinstance(choices, list):
        return None
    for choice in choices:
        if isinstance(choice, dict) and _tells(choice.get("error")):
            return {"error": choice["error"]}
    return None


def foreign_format(chunk: dict[str, Any]) -> str | None:
    """Whose protocol an object without `choices` belongs to; None for this one's, or nobody's."""
    kind = chunk.get("type")
    if not isinstance(kind, str):
        kind = ""
    if kind in _ANTHROPIC or (kind == "message" and isinstance(chunk.get("content"), list)):
        return "Anthropic"
    if kind.startswith("response.") or chunk.get("object") == "response":
        return "OpenAI Responses"
    if isinstance(chunk.get("candidates"), list):
        return "Gemini"
    if isinstance(chunk.get("done"), bool) and (isinstance(chunk.get("message"), dict) or "response" in chunk):
        return "Ollama"
    return None


def shows_foreign_words(chunk: dict[str, Any]) -> bool:
    """Whether a foreign object carries words, so that it is no stray event between the right ones."""
    return chunk.get("type") in ("content_block_delta", "message", "response.output_text.delta", None)


def is_ping(chunk: dict[str, Any]) -> bool:
    """Whether an object only says that the server is alive."""
    return chunk.get("type") == "ping"
