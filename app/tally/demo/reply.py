"""What the demo is going to answer, and how much of it the request's limits let through."""

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from enum import Enum

from tally.core.catalog import ModelInfo
from tally.core.estimate import PER_MESSAGE, PER_REQUEST, PER_TOOLS, text_tokens
from tally.core.images import fit_size, image_tokens
from tally.demo.request import ChatRequest
from tally.demo.turns import CalledTool


class Fault(Enum):
    """What goes wrong in the middle of an answer, because the user asked for it."""

    CUT = "cut"
    STALL = "stall"
    IN_BAND = "stream"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        text: all of it.
        reasoning: what is sent before it as reasoning.
        calls: tools to be called, after the text.
        finish: the `finish_reason`.
        fault: what goes wrong, or None.
        fault_at: after how many characters of the text it does.
        reports_usage: whether usage is reported.
        pace: factor of the model's speed.
    """

    text: str
    reasoning: str = ""
    calls: tuple[CalledTool, ...] = ()
    finish: str = "stop"
    fault: Fault | None = None
    fault_at: int = 0
    reports_usage: bool = True
    pace: float = 1.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call. `reasoning` is a part of `completion`."""

    prompt: int
    completion: int
    reasoning: int = 0

    def as_object(self) -> dict[str, object]:
        """Returns the `usage` of a response."""
        return {
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "completion_tokens_details": {"reasoning_tokens": self.reasoning},
        }


def prompt_tokens(request: ChatRequest) -> int:
    """Counts a request the way its model would: text, pictures, tools, and the frame around each message."""
    model, total = request.model, PER_REQUEST
    for turn in request.turns:
        called = "".join(call.name + call.arguments for call in turn.calls)
        total += PER_MESSAGE + text_tokens(turn.text + called, model.tokenizer)
        total += sum(picture_tokens(model, image.width, image.height) for image in turn.images)
    if request.tools:
        total += PER_TOOLS + text_tokens(request.tools_json, model.tokenizer)
    return total


def picture_tokens(model: ModelInfo, width: int, height: int) -> int:
    """Counts a picture of this size in pixels, scaled down as the model does it."""
    return image_tokens(*fit_size(width, height, model.images), model.images)


def limited(reply: Reply, request: ChatRequest, prompt: int) -> tuple[Reply, Usage]:
    """Ends a reply at the first stop sequence or at `max_tokens`; returns it with the tokens of the whole call.

    Args:
        reply: all that would be said.
        request: whose limits hold.
        prompt: what the request counts, in tokens.
    """
    reply = _ended_at_stop(reply, request.stop)
    tokenizer, budget = request.model.tokenizer, request.max_tokens
    reasoning = _within(reply.reasoning, budget, request.model)
    text = _within(reply.text, budget - text_tokens(reasoning, tokenizer), request.model)
    called = "".join(call.name + call.arguments for call in reply.calls)
    parts = [text_tokens(part, tokenizer) for part in (reasoning, text, called)]
    cut = (reasoning, text) != (reply.reasoning, reply.text) or sum(parts) > budget
    if cut:
        reply = replace(reply, reasoning=reasoning, text=text, calls=(), finish="length")
    if reply.fault is not None and len(text) < reply.fault_at:
        reply = replace(reply, fault=None)
    completion = budget if cut else max(1, sum(parts))
    return reply, Usage(prompt, completion, min(parts[0], completion))


def _ended_at_stop(reply: Reply, stops: tuple[str, ...]) -> Reply:
    places = [place for stop in stops if (place := reply.text.find(stop)) >= 0]
    if not places:
        return reply
    return replace(reply, text=reply.text[: min(places)], calls=(), finish="stop")


def _within(text: str, budget: int, model: ModelInfo) -> str:
    """Returns as many whole pieces of the text as the budget in tokens allows."""
    if text_tokens(text, model.tokenizer) <= budget:
        return text
    ends = [0]
    for piece in pieces_of(text):
        ends.append(ends[-1] + len(piece))
    count = bisect_right(ends, budget, key=lambda end: text_tokens(text[:end], model.tokenizer))
    return text[: ends[max(0, count - 1)]]


# About what models send at a time: a word with the space before it, one to three kana, one or two Han characters,
# white space. Marks that belong to the character before (accents, joiners, skin tones) stay with it.
_MARK = r"[\u0300-\u036f\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
_PIECE = re.compile(
    r"\n+[ \t]*|[ \t]*(?:[\w\u0300-\u036f'’ʻʼ‘](?<![\u3041-\u9fff])){1,16}|[ \t]*[`*#|~=:-]+"
    rf"|[\u3041-\u30ff]{{1,3}}|[\u3400-\u9fff]{{1,2}}|[ \t]*.{_MARK}*(?:\u200d.{_MARK}*)*|\s",
    re.DOTALL,
)


def pieces_of(text: str) -> list[str]:
    """Splits a text into the pieces in which it is streamed; joined, they are the text again."""
    return _PIECE.findall(text)
