"""A request as the JSON body that goes over the wire (protocol.md 1.2–1.4)."""

import base64
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tally.core.failures import Failure, FailureKind, RefusedError
from tally.core.params import GenerationParams, ToolDefinition, clean_stops, fitted
from tally.core.ports import ChatRequest, PreparedImage
from tally.gateway.hygiene import AssistantTurn, Turn, UserTurn, arguments_of, clean_text, system_text, turns_of

MAX_BODY_BYTES = 30 * 1024 * 1024
MAX_IMAGE_BASE64 = 5_242_880
MANY_IMAGES = 20
MANY_IMAGES_EDGE = 2000
MAX_EDGE = 8000
JSON_MODE_LINE = "Reply with one JSON value only, no code fence."

_TOOL_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_FUNCTION = "function:"
_PERSONAL_ID = re.compile(r"^[^@\s]+@[^@\s]+$|^\+?[\d\s().-]{7,}$")
_MEDIA_TYPES = {
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/jpg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class Quirks:
    """What an endpoint is known to need.

    Attributes:
        no_stream_options: it refuses `stream_options`.
        no_sampling: sampling parameters it refuses for this model.
        max_output: the most `max_tokens` it takes; None when unknown.
    """

    no_stream_options: bool = False
    no_sampling: frozenset[str] = frozenset()
    max_output: int | None = None


@dataclass(frozen=True, slots=True)
class WireBody:
    """A body ready to be sent.

    Attributes:
        data: the JSON in UTF-8.
        fields: the names of its top-level fields.
        max_tokens: as it was sent.
    """

    data: bytes
    fields: frozenset[str]
    max_tokens: int


def build_body(request: ChatRequest, quirks: Quirks | None = None) -> WireBody:
    """Writes the body. Base64 of many pictures takes a while: off the loop when there are any.

    Raises:
        RefusedError: nothing to send, a tool or a picture that cannot be sent, or more than 30 MiB.
    """
    quirks = quirks or Quirks()
    params = _params(request, quirks)
    turns = turns_of(request.messages, _images(request), prefill=request.model.prefill)
    if not turns:
        raise _refused(FailureKind.BAD_REQUEST_HERE, "There is nothing to send.")
    _check_images([piece for turn in turns if isinstance(turn, UserTurn) for piece in turn.pieces])
    body: dict[str, Any] = {"model": clean_text(request.model.id), "messages": _messages(request, params, turns)}
    body["max_tokens"] = params.max_tokens
    body["stream"] = params.stream
    if params.stream and not quirks.no_stream_options:
        body["stream_options"] = {"include_usage": True}
    if params.temperature is not None:
        body["temperature"] = params.temperature
    elif params.top_p is not None:
        body["top_p"] = params.top_p
    if stops := clean_stops(clean_text(stop) for stop in params.stop):
        body["stop"] = list(stops)
    if params.json_mode:
        body["response_format"] = {"type": "json_object"}
    user = clean_text(params.user or "").strip()
    if user and not _PERSONAL_ID.match(user):
        # Claude's servers refuse ids that look like an e-mail address or a phone number.
        body["user"] = user
    body.update(_tools(request.tools, params.tool_choice, turns))
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    if len(data) > MAX_BODY_BYTES:
        raise _too_large(request, len(data))
    return WireBody(data, frozenset(body), params.max_tokens)


def _params(request: ChatRequest, quirks: Quirks) -> GenerationParams:
    params, _ = fitted(request.params, request.model)
    params = replace(
        params,
        temperature=None if "temperature" in quirks.no_sampling else params.temperature,
        top_p=None if "top_p" in quirks.no_sampling else params.top_p,
    )
    if quirks.max_output is not None and params.max_tokens > quirks.max_output:
        params = replace(params, max_tokens=quirks.max_output)
    return params


def _images(request: ChatRequest) -> dict[str, PreparedImage]:
    return dict(request.images) if request.model.vision else {}


def _messages(request: ChatRequest, params: GenerationParams, turns: Iterable[Turn]) -> list[dict[str, Any]]:
    system = system_text(params.system, request.messages, JSON_MODE_LINE if params.json_mode else "")
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for turn in turns:
        if isinstance(turn, UserTurn):
            messages.append({"role": "user", "content": _content(turn.pieces)})
        else:
            messages += _answer(turn)
    return messages


def _content(pieces: Sequence[str | PreparedImage]) -> str | list[dict[str, Any]]:
    if len(pieces) == 1 and isinstance(pieces[0], str):
        return pieces[0]
    return [
        {"type": "text", "text": piece}
        if isinstance(piece, str)
        else {"type": "image_url", "image_url": {"url": data_url(piece)}}
        for piece in pieces
    ]


def _answer(turn: AssistantTurn) -> list[dict[str, Any]]:
    if not turn.calls:
        return [{"role": "assistant", "content": turn.text}]
    calls = [
        {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": arguments_of(call)}}
        for call in turn.calls
    ]
    asked: dict[str, Any] = {"role": "assistant", "content": turn.text or None, "tool_calls": calls}
    results = [{"role": "tool", "tool_call_id": call.call_id, "content": turn.result_of(call)} for call in turn.calls]
    return [asked, *results]


def data_url(image: PreparedImage) -> str:
    """The picture in the one form every server reads: lower case, no parameters, no line breaks.

    Raises:
        RefusedError: a type that models do not take, or more than 5,242,880 characters of base64.
    """
    media_type = _MEDIA_TYPES.get(image.media_type.strip().lower())
    if media_type is None or not image.data:
        raise _refused(FailureKind.UNUSABLE_IMAGE, "A picture is neither PNG, JPEG, GIF nor WebP.")
    encoded = base64.b64encode(image.data).decode("ascii")
    if len(encoded) > MAX_IMAGE_BASE64:
        raise _refused(FailureKind.UNUSABLE_IMAGE, f"A picture is too large to send ({_mib(len(image.data))}).")
    return f"data:{media_type};base64,{encoded}"


def _check_images(pieces: Sequence[str | PreparedImage]) -> None:
    images = [piece for piece in pieces if isinstance(piece, PreparedImage)]
    edge = MANY_IMAGES_EDGE if len(images) > MANY_IMAGES else MAX_EDGE
    if any(max(image.width, image.height) > edge for image in images):
        count = f" when there are more than {MANY_IMAGES}" if len(images) > MANY_IMAGES else ""
        raise _refused(FailureKind.UNUSABLE_IMAGE, f"A picture may be at most {edge} pixels wide or high{count}.")


def _tools(tools: Sequence[ToolDefinition], choice: str | None, turns: Iterable[Turn]) -> dict[str, Any]:
    """`tools` and `tool_choice`; nothing when there are no tools or none may be used.

    Some gateways turn "none" into "auto", so a forbidden tool is left out, unless the history holds calls that have
    to be declared.
    """
    used = any(isinstance(turn, AssistantTurn) and turn.calls for turn in turns)
    if not tools or (choice == "none" and not used):
        return {}
    names = [tool.name for tool in tools]
    for name in names:
        if not _TOOL_NAME.match(name):
            raise _refused(
                FailureKind.BAD_REQUEST_HERE,
                f"The tool name “{name}” cannot be sent: 1 to 64 letters, digits, _ or - are allowed.",
            )
        if names.count(name) > 1:
            raise _refused(FailureKind.BAD_REQUEST_HERE, f"The tool “{name}” is defined twice.")
    fields: dict[str, Any] = {"tools": [_tool(tool) for tool in tools]}
    if choice in {"auto", "none", "required"}:
        fields["tool_choice"] = choice
    elif choice and choice.startswith(_FUNCTION):
        name = choice.removeprefix(_FUNCTION)
        if name not in names:
            raise _refused(FailureKind.BAD_REQUEST_HERE, f"There is no tool “{name}”.")
        fields["tool_choice"] = {"type": "function", "function": {"name": name}}
    elif choice:
        raise _refused(FailureKind.BAD_REQUEST_HERE, f"“{choice}” is not a choice of tools.")
    return fields


def _tool(tool: ToolDefinition) -> dict[str, Any]:
    # Some gateways crash without type and properties, or drop the tool.
    properties = tool.parameters.get("properties")
    parameters = {
        **tool.parameters,
        "type": "object",
        "properties": properties if isinstance(properties, dict) else {},
    }
    function: dict[str, Any] = {"name": tool.name, "parameters": _clean(parameters)}
    if description := clean_text(tool.description).strip():
        function["description"] = description
    return {"type": "function", "function": function}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(name)): _clean(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(each) for each in value]
    return value


def _too_large(request: ChatRequest, size: int) -> RefusedError:
    attachments = [
        (len(request.images[part.digest].data), part.name)
        for message in request.messages
        for part in message.images
        if not part.excluded and part.digest in request.images
    ]
    attachments += [(len(part.text), part.name) for message in request.messages for part in message.files]
    largest = ", ".join(f"{name} ({_mib(bytes_)})" for bytes_, name in sorted(attachments, reverse=True)[:3])
    return _refused(
        FailureKind.TOO_LARGE,
        f"The request is {_mib(size)} large; at most {_mib(MAX_BODY_BYTES)} can be sent."
        + (f" The largest attachments: {largest}." if largest else ""),
    )


def _mib(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB"


def _refused(kind: FailureKind, message: str) -> RefusedError:
    return RefusedError(Failure(kind, message))
