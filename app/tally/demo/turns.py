"""The messages of a chat request: parsed, and checked by the rules Claude has for a conversation."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tally.demo.errors import invalid
from tally.demo.images import Image, check_many, parse_image

_ROLES = ("system", "developer", "user", "assistant", "tool")
_NO_PREFILL = "This model does not support assistant message prefill. The conversation must end with a user message."


@dataclass(frozen=True, slots=True)
class CalledTool:
    """A tool call of an earlier answer."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One message.

    Attributes:
        role: system, user, assistant or tool ("developer" is read as system).
        text: its text parts, joined by line breaks, without lone surrogates.
        images: its pictures, in order.
        calls: the tools an assistant message called.
        call_id: the call a tool message answers.
    """

    role: str
    text: str
    images: tuple[Image, ...] = ()
    calls: tuple[CalledTool, ...] = ()
    call_id: str = ""


def parse_turns(raw: object, *, prefill: bool) -> tuple[Turn, ...]:
    """Parses the `messages` of a request.

    Args:
        raw: the value as sent.
        prefill: whether the model accepts a last message that begins its answer.

    Raises:
        ApiError: 400, with the number of the offending message.
    """
    if not isinstance(raw, list) or not raw:
        raise invalid("messages: must be a non-empty array.", "messages")
    turns = tuple(_turn(item, f"messages.{index}") for index, item in enumerate(raw))
    spoken = [turn for turn in turns if turn.role != "system"]
    if not spoken or spoken[0].role != "user":
        raise invalid("messages: the first message that is not a system message must be a user message.", "messages")
    _check_results(spoken)
    last = spoken[-1]
    if last.role == "assistant":
        if not prefill:
            raise invalid(_NO_PREFILL, "messages")
        if last.text != last.text.rstrip():
            raise invalid("messages: final assistant content cannot end with trailing whitespace", "messages")
    check_many([image for turn in turns for image in turn.images])
    return turns


def _turn(item: object, where: str) -> Turn:
    if not isinstance(item, dict) or item.get("role") not in _ROLES:
        raise invalid(f"{where}.role: must be one of system, user, assistant, tool.", "messages")
    role = "system" if item["role"] == "developer" else str(item["role"])
    text, images = _content(item.get("content"), role, where)
    calls = _calls(item.get("tool_calls"), where) if role == "assistant" else ()
    if not text.strip() and not images and not calls and role != "tool":
        raise invalid(f"{where}: text content blocks must be non-empty", "messages")
    call_id = item.get("tool_call_id")
    if role == "tool" and not isinstance(call_id, str):
        raise invalid(f"{where}.tool_call_id: must be a string.", "messages")
    return Turn(role, text, images, calls, call_id if isinstance(call_id, str) else "")


def _content(content: object, role: str, where: str) -> tuple[str, tuple[Image, ...]]:
    if content is None and role == "assistant":
        return "", ()
    if isinstance(content, str):
        return _scrubbed(content), ()
    if not isinstance(content, list):
        raise invalid(f"{where}.content: must be a string or an array of parts.", "messages")
    texts: list[str] = []
    images: list[Image] = []
    for index, part in enumerate(content):
        place = f"{where}.content.{index}"
        kind = part.get("type") if isinstance(part, dict) else None
        if kind == "text" and isinstance(part.get("text"), str):
            texts.append(_scrubbed(part["text"]))
        elif kind == "image_url" and role == "user":
            holder = part.get("image_url")
            images.append(parse_image(holder.get("url") if isinstance(holder, dict) else holder, place))
        else:
            raise invalid(
                f"{place}: unexpected part; only text and, from the user, image_url are accepted.", "messages"
            )
    return "\n".join(texts), tuple(images)


def _scrubbed(text: str) -> str:
    """Lone surrogates are legal in JSON escapes but not in UTF-8; an answer may quote the question."""
    return text.encode("utf-8", "replace").decode()


def _calls(raw: object, where: str) -> tuple[CalledTool, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list):
        raise invalid(f"{where}.tool_calls: must be an array.", "messages")
    return tuple(_call(item, f"{where}.tool_calls.{index}") for index, item in enumerate(raw))


def _call(item: object, where: str) -> CalledTool:
    call: Mapping[str, Any] = item if isinstance(item, dict) else {}
    function = call.get("function")
    fields = function if isinstance(function, dict) else {}
    values = (call.get("id"), fields.get("name"), fields.get("arguments"))
    if not all(isinstance(value, str) and value for value in values):
        raise invalid(f"{where}: needs an id, and a function with name and arguments (a JSON string).", "messages")
    if not _is_json_object(str(values[2])):
        raise invalid(f"{where}.function.arguments: must be a JSON object in a string.", "messages")
    return CalledTool(*map(str, values))


def _is_json_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _check_results(turns: Sequence[Turn]) -> None:
    """Every tool call needs its result directly after it, and every result its call."""
    waiting: set[str] = set()
    for turn in turns:
        if turn.role == "tool":
            if turn.call_id not in waiting:
                raise invalid(f"messages: no tool call has the id {turn.call_id[:64]!r}.", "messages")
            waiting.remove(turn.call_id)
        elif waiting:
            break
        else:
            waiting = {call.id for call in turn.calls}
    if waiting:
        text = f"messages: `tool_use` ids were found without `tool_result` blocks immediately after: {sorted(waiting)}"
        raise invalid(text, "messages")
