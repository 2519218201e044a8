"""The arguments of `tally ask`, and what stands behind `--param`, `--tools` and `--prices`."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tally.core.catalog import PriceOverride
from tally.core.failures import Failure, FailureKind, RefusedError
from tally.core.money import MoneyError, Price
from tally.core.params import GenerationParams, ParamError, ToolDefinition, checked


def parser() -> argparse.ArgumentParser:
    """The arguments after `ask`."""
    made = argparse.ArgumentParser(prog="tally ask", description="Ask one question without a window.")
    made.add_argument("prompt", metavar="PROMPT", help="the question; - reads it from standard input")
    made.add_argument("--json", action="store_true", help="print JSON Lines instead of plain text")
    made.add_argument("--base-url", metavar="URL", help="the gateway (default: the one in the settings)")
    made.add_argument("--model", metavar="M", help="the model's id (default: the one in the settings)")
    made.add_argument(
        "--param", metavar="name=value", action="append", default=[], help="a request parameter; the value may be JSON"
    )
    made.add_argument("--system", metavar="TEXT", help="the system prompt")
    made.add_argument("--tools", metavar="FILE.json", help="function definitions; calls are reported, not run")
    made.add_argument("--image", metavar="FILE", action="append", default=[], help="a picture to send along")
    made.add_argument("--prices", metavar="FILE.json", help="prices in dollars per million tokens, by model")
    made.add_argument("--read-timeout", metavar="SECONDS", type=float, help="how long to wait for bytes")
    return made


def refused(message: str, kind: FailureKind = FailureKind.BAD_REQUEST_HERE) -> RefusedError:
    """What cannot be sent as it was asked for."""
    return RefusedError(Failure(kind, message))


def read_json(path: str) -> Any:
    """Reads a JSON file.

    Raises:
        RefusedError: it cannot be read.
    """
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise refused(f"{path} cannot be read: {error}") from error


def _texts(value: object, name: str) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise refused(f"{name} must be a text or a list of texts")
    return tuple(texts)


def _tool_choice(value: object) -> str:
    if isinstance(value, str) and value in {"auto", "none", "required"}:
        return value
    if isinstance(value, dict) and isinstance(function := value.get("function"), dict):
        return f"function:{function.get('name', '')}"
    raise refused('tool_choice must be auto, none, required or {"type":"function","function":{"name":…}}')


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(f"{name} must be a number")
    return float(value)


def _whole(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refused(f"{name} must be a whole number")
    return value


def _flag(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise refused(f"{name} must be true or false")
    return value


def _json_mode(value: object) -> bool:
    kind = value.get("type") if isinstance(value, dict) else value
    if isinstance(kind, str) and kind in {"json_object", "text"}:
        return kind == "json_object"
    return _flag(kind, "response_format")


_PARAMS: dict[str, Callable[[object], dict[str, Any]]] = {
    "max_tokens": lambda value: {"max_tokens": _whole(value, "max_tokens")},
    "temperature": lambda value: {"temperature": _number(value, "temperature")},
    "top_p": lambda value: {"top_p": _number(value, "top_p")},
    "stop": lambda value: {"stop": _texts(value, "stop")},
    "response_format": lambda value: {"json_mode": _json_mode(value)},
    "json_mode": lambda value: {"json_mode": _flag(value, "json_mode")},
    "user": lambda value: {"user": str(value)},
    "stream": lambda value: {"stream": _flag(value, "stream")},
    "tool_choice": lambda value: {"tool_choice": _tool_choice(value)},
}


_OFF = GenerationParams()

_UNDOCUMENTED = {
    "frequency_penalty", "logprobs", "max_completion_tokens", "metadata", "n", "parallel_tool_calls",
    "presence_penalty", "reasoning_effort", "seed", "thinking", "top_k",
}  # fmt: skip
"""Parameters of other services, which this gateway does not document and Claude models partly refuse: not sent."""


def _remark(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201  a script's voice


def parse_params(pairs: Sequence[str], base: GenerationParams) -> GenerationParams:
    """Reads `name=value` pairs; a value is JSON if it parses, else text. Null switches a parameter off.

    Raises:
        RefusedError: an unknown name or a value of the wrong kind.
    """
    params = base
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if equals and name in _UNDOCUMENTED:
            _remark(f"{name} was left out: this gateway does not know it")
            continue
        if not equals or name not in _PARAMS:
            raise refused(f"unknown parameter {name!r}; known: {', '.join(_PARAMS)}")
        try:
            value: object = json.loads(text)
        except ValueError:
            value = text
        field = "json_mode" if name == "response_format" else name
        params = replace(params, **(_PARAMS[name](value) if value is not None else {field: getattr(_OFF, field)}))
    if params.temperature is not None and params.top_p is not None:
        _remark("top_p was left out: use temperature or top_p, not both")
        params = replace(params, top_p=None)
    try:
        return checked(params)
    except ParamError as error:
        raise refused(str(error)) from error


def parse_tools(value: object) -> tuple[ToolDefinition, ...]:
    """Reads function definitions in the API's form, or bare ones; a whole request that holds them will do.

    Raises:
        RefusedError: the value is not a list of functions with a name.
    """
    if isinstance(value, dict) and isinstance(value.get("tools"), list):
        value = value["tools"]
    tools: list[ToolDefinition] = []
    for entry in value if isinstance(value, list) else [value]:
        function = entry.get("function", entry) if isinstance(entry, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise refused("the tools file must hold a list of functions with a name")
        parameters = function.get("parameters")
        tools.append(
            ToolDefinition(
                function["name"],
                str(function.get("description") or ""),
                parameters if isinstance(parameters, dict) else {"type": "object", "properties": {}},
            )
        )
    return tuple(tools)


def parse_prices(value: object) -> tuple[PriceOverride, ...]:
    """Reads `{"<model>": {"input": "3", "output": "15", "cache_read": "0.30", "cache_write": "3.75"}}`.

    Raises:
        RefusedError: not such a table.
    """
    if not isinstance(value, dict):
        raise refused("the prices file must hold an object of models")
    overrides: list[PriceOverride] = []
    for model, prices in value.items():
        try:
            given = {key: str(price) for key, price in prices.items() if price is not None}
            price = Price.per_million(
                given["input"], given["output"], given.get("cache_read"), given.get("cache_write")
            )
        except (AttributeError, KeyError, MoneyError) as error:
            raise refused(f"the price of {model} cannot be used: {error}") from error
        overrides.append(PriceOverride(model, price))
    return tuple(overrides)
