"""What can be set for a request: one frozen value, one table of limits that drives the panel and the wire alike."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tally.core.catalog import ModelInfo, Sampling

DEFAULT_MAX_TOKENS = 1024
MAX_STOPS = 4

_PERSONAL_ID = re.compile(r"^[^@\s]+@[^@\s]+$|^\+?[\d\s().-]{7,}$")


class ParamError(ValueError):
    """A parameter that cannot be sent; the text names it and says why."""


@dataclass(frozen=True, slots=True)
class ToolDefinition:
    """A function the model may ask for.

    Attributes:
        name: 1–64 letters, digits, `_` or `-`.
        description: for the model.
        parameters: a JSON Schema of type object.
    """

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GenerationParams:
    """The parameters of one request. None means off: it is not sent.

    Attributes:
        max_tokens: most output tokens; always sent (servers insert wildly different defaults, protocol.md 0.9).
        temperature: 0.0–1.0.
        top_p: 0.0–1.0; never together with temperature.
        stop: at most four texts at which the answer ends.
        json_mode: ask for one JSON value and nothing else.
        user: an opaque id for the provider's statistics.
        stream: let the answer arrive piece by piece.
        tool_choice: "auto", "none", "required", or the name of one function prefixed with "function:".
        system: the system prompt; empty means none.
    """

    max_tokens: int = DEFAULT_MAX_TOKENS
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    json_mode: bool = False
    user: str | None = None
    stream: bool = True
    tool_choice: str | None = None
    system: str = ""


def clean_stops(stops: Iterable[str]) -> tuple[str, ...]:
    """Stop texts as servers accept them: not blank, no doubles, order kept, at most four (protocol.md 1.2)."""
    return tuple(dict.fromkeys(stop for stop in stops if stop.strip()))[:MAX_STOPS]


def is_personal(user: str) -> bool:
    """Whether a user id looks like an e-mail address or a phone number, which Claude's servers refuse.

    Such an id is not sent (protocol.md 1.2).
    """
    return bool(_PERSONAL_ID.match(user.strip()))


def checked(params: GenerationParams) -> GenerationParams:
    """The parameters cleaned.

    Raises:
        ParamError: a value is out of range, or temperature and top_p are both on.
    """
    if params.max_tokens < 1:
        raise ParamError("max_tokens must be at least 1")
    for name, value in (("temperature", params.temperature), ("top_p", params.top_p)):
        if value is not None and not 0.0 <= value <= 1.0:
            raise ParamError(f"{name} must lie between 0.0 and 1.0")
    if params.temperature is not None and params.top_p is not None:
        raise ParamError("use temperature or top_p, not both")
    return replace(params, stop=clean_stops(params.stop), user=(params.user or "").strip() or None)


def fitted(params: GenerationParams, model: ModelInfo) -> tuple[GenerationParams, tuple[str, ...]]:
    """The parameters as this model takes them, and the names of those left out or lowered for it.

    A model that takes no sampling gets none; `max_tokens` above a known limit is lowered to it.
    """
    changed: list[str] = []
    if model.sampling is Sampling.NONE and (params.temperature is not None or params.top_p is not None):
        changed += [name for name in ("temperature", "top_p") if getattr(params, name) is not None]
        params = replace(params, temperature=None, top_p=None)
    if model.max_output is not None and params.max_tokens > model.max_output:
        changed.append("max_tokens")
        params = replace(params, max_tokens=model.max_output)
    return params, tuple(changed)
