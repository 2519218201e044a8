"""The body of a chat request: parsed and validated the way a Claude gateway does it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tally.core.catalog import ModelInfo, Sampling, normalise
from tally.demo.errors import ApiError, Failure, invalid
from tally.demo.models import find_model
from tally.demo.turns import Turn, parse_turns

DEFAULT_MAX_TOKENS = 1024
_MAX_STOPS = 4
_TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Tool:
    """A function the client declared: its name and the JSON schema of its arguments."""

    name: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A valid request.

    Attributes:
        model: who answers.
        turns: the conversation; it ends with a user message, tool results, or the beginning of an answer.
        max_tokens: most output tokens.
        stop: texts before which the answer ends.
        stream: answer by server-sent events.
        include_usage: report usage in the stream.
        json_mode: answer with a JSON object.
        tools: the declared functions.
        tool_choice: "auto", "none", "required", or the name of the function to call.
        tools_json: the tools as sent, whose text is counted.
    """

    model: ModelInfo
    turns: tuple[Turn, ...]
    max_tokens: int
    stop: tuple[str, ...]
    stream: bool
    include_usage: bool
    json_mode: bool
    tools: tuple[Tool, ...]
    tool_choice: str
    tools_json: str


def parse_request(body: bytes) -> ChatRequest:
    """Parses the body of `POST /chat/completions`.

    Raises:
        ApiError: what is wrong with it, with the status a gateway would use.
    """
    raw = _json_object(body)
    model = _model(raw)
    _check_sampling(raw, model)
    if _take(raw, "n", int, "an integer", 1) != 1:
        raise invalid("n: only 1 is supported.", "n")
    _take(raw, "user", str, "a string", "")
    stream: bool = _take(raw, "stream", bool, "a boolean", default=False)
    tools = _tools(raw)
    return ChatRequest(
        model=model,
        turns=parse_turns(raw.get("messages"), prefill=model.prefill),
        max_tokens=_max_tokens(raw, model),
        stop=_stop(raw),
        stream=stream,
        include_usage=_include_usage(raw, stream=stream),
        json_mode=_json_mode(raw),
        tools=tools,
        tool_choice=_tool_choice(raw, tools),
        tools_json=json.dumps(raw["tools"], ensure_ascii=False) if tools else "",
    )


def _json_object(body: bytes) -> Mapping[str, Any]:
    try:
        raw = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise invalid("The request body is not valid JSON.") from None
    if not isinstance(raw, dict):
        raise invalid("The request body must be a JSON object.")
    return raw


def _no_constant(name: str) -> float:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def _take(raw: Mapping[str, Any], name: str, kind: type, said: str, default: Any) -> Any:
    """Returns a field of the right type; absent and null are the default. True is no integer."""
    value = raw.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise invalid(f"{name}: must be {said}.", name)
    return value


def _model(raw: Mapping[str, Any]) -> ModelInfo:
    name = _take(raw, "model", str, "a string", "")
    if not name:
        raise invalid("you must provide a model parameter", "model")
    model = find_model(name)
    if model is None:
        text = f"The model `{name[:100]}` does not exist."
        raise ApiError(Failure(404, text, code="model_not_found", param="model"))
    return model


def _check_sampling(raw: Mapping[str, Any], model: ModelInfo) -> None:
    given = [name for name in ("temperature", "top_p", "top_k") if raw.get(name) is not None]
    for name in given:
        value = raw[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"{name}: must be a number.", name)
        if name != "top_k" and not 0 <= value <= 1:
            raise invalid(f"{name}: range: 0..1", name)
    if given and model.sampling is Sampling.NONE:
        raise invalid(f"`{given[0]}` is deprecated for this model.", given[0])
    if {"temperature", "top_p"} <= set(given) and model.sampling is Sampling.ONE:
        text = "`temperature` and `top_p` cannot both be specified for this model. Please use only one."
        raise invalid(text, "top_p")


def _max_tokens(raw: Mapping[str, Any], model: ModelInfo) -> int:
    wanted: int = _take(raw, "max_tokens", int, "an integer", DEFAULT_MAX_TOKENS)
    if wanted < 1:
        raise invalid("max_tokens: must be at least 1.", "max_tokens")
    if model.max_output is not None and wanted > model.max_output:
        text = (
            f"max_tokens: {wanted} > {model.max_output}, which is the maximum allowed number of output tokens "
            f"for {normalise(model.id)}"
        )
        raise invalid(text, "max_tokens")
    return wanted


def _stop(raw: Mapping[str, Any]) -> tuple[str, ...]:
    value = raw.get("stop")
    stops = [value] if isinstance(value, str) else [] if value is None else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise invalid("stop: must be a string or an array of strings.", "stop")
    if len(stops) > _MAX_STOPS:
        raise invalid(f"stop: at most {_MAX_STOPS} stop sequences are accepted.", "stop")
    if not all(stop.strip() for stop in stops):
        raise invalid("stop: each stop sequence must contain non-whitespace.", "stop")
    return tuple(stops)


def _include_usage(raw: Mapping[str, Any], *, stream: bool) -> bool:
    options = _take(raw, "stream_options", dict, "an object", {})
    if options and not stream:
        raise invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")
    return bool(_take(options, "include_usage", bool, "a boolean", default=False))


def _json_mode(raw: Mapping[str, Any]) -> bool:
    kind = _take(raw, "response_format", dict, "an object", {"type": "text"}).get("type")
    if kind not in ("text", "json_object"):
        raise invalid('response_format: type must be "text" or "json_object".', "response_format")
    return bool(kind == "json_object")


def _tools(raw: Mapping[str, Any]) -> tuple[Tool, ...]:
    tools = []
    for index, item in enumerate(_take(raw, "tools", list, "an array", [])):
        function = item.get("function") if isinstance(item, dict) and item.get("type") == "function" else None
        if not isinstance(function, dict):
            raise invalid(f'tools.{index}: must be {{"type": "function", "function": {{…}}}}.', "tools")
        name, parameters = function.get("name"), function.get("parameters")
        if not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
            raise invalid(f"tools.{index}.function.name: must match ^[a-zA-Z0-9_-]{{1,64}}$.", "tools")
        if not isinstance(parameters, dict) or parameters.get("type") != "object":
            raise invalid(f'tools.{index}.function.parameters: must be a schema of type "object".', "tools")
        tools.append(Tool(name, parameters))
    if len({tool.name for tool in tools}) < len(tools):
        raise invalid("tools: Tool names must be unique.", "tools")
    return tuple(tools)


def _tool_choice(raw: Mapping[str, Any], tools: tuple[Tool, ...]) -> str:
    choice = raw.get("tool_choice")
    if choice is None:
        return "auto"
    if not tools:
        raise invalid("tool_choice: may only be given together with tools.", "tool_choice")
    if choice in ("auto", "none", "required"):
        return str(choice)
    function = choice.get("function") if isinstance(choice, dict) and choice.get("type") == "function" else None
    name = function.get("name") if isinstance(function, dict) else None
    if name not in [tool.name for tool in tools]:
        raise invalid("tool_choice: must be auto, none, required, or name one of the tools.", "tool_choice")
    return str(name)
