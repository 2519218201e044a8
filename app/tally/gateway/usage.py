"""The server's token counts under all their names, each token counted once. Rules: protocol.md 4.2."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from tally.core.money import Usage

_BEYOND_BELIEF = 10**15

_PROMPT_DETAILS = ("prompt_tokens_details", "input_tokens_details")
_OUTPUT_DETAILS = ("completion_tokens_details", "output_tokens_details")


@dataclass(frozen=True, slots=True)
class _Counters:
    """What one usage object says, before it is known whether the prompt includes the cached tokens.

    Attributes:
        prompt: `prompt_tokens`; by its name it includes what was read from and written to the cache.
        input: `input_tokens`; it does not.
        output: with hidden reasoning.
        read: read from the cache.
        write: written to the cache.
        reasoning: the part of `output` that was reasoning.
    """

    prompt: int = 0
    input: int = 0
    output: int = 0
    read: int = 0
    write: int = 0
    reasoning: int = 0

    def __bool__(self) -> bool:
        return bool(self.prompt or self.input or self.output or self.read or self.write)

    def then(self, later: "_Counters") -> "_Counters":
        """Both together, never their sum: what grows keeps its maximum, the rest its last value that is not zero."""
        return _Counters(
            prompt=later.prompt or self.prompt,
            input=later.input or self.input,
            output=max(self.output, later.output),
            read=later.read or self.read,
            write=later.write or self.write,
            reasoning=max(self.reasoning, later.reasoning),
        )

    def usage(self) -> Usage:
        """The buckets that are billed apart."""
        prompt = self.prompt or self.input
        uncached = prompt - self.read - self.write if self.prompt else prompt
        if uncached < 0:  # a server that writes Anthropic's count, without the cached tokens, under OpenAI's name
            uncached = prompt
        return Usage(
            uncached=uncached,
            output=self.output,
            cache_read=self.read,
            cache_write=self.write,
            prompt_reported=prompt,
            reasoning=self.reasoning,
        )


class UsageCollector:
    """All usage reports of one answer.

    Attributes:
        usage: what they amount to; None as long as every count was zero or missing.
        cost: what the server says it cost, a plain decimal string in dollars; information, not truth.
    """

    def __init__(self) -> None:
        self.usage: Usage | None = None
        self.cost: str | None = None
        self._counters = _Counters()

    def add(self, report: object) -> bool:
        """Takes one usage object.

        Returns:
            Whether it brought anything new: zeros in every field are no data.
        """
        if not isinstance(report, dict):
            return False
        self.cost = _dollars(report.get("cost")) or self.cost
        counters = _read(report)
        if not counters:
            return False
        together = self._counters.then(counters)
        if together == self._counters:
            return False
        self._counters = together
        self.usage = together.usage()
        return True


def usage_of(report: object) -> Usage | None:
    """The usage of a single report; None when it says nothing."""
    collector = UsageCollector()
    collector.add(report)
    return collector.usage


def _read(report: Mapping[str, Any]) -> _Counters:
    prompt_details = _details(report, _PROMPT_DETAILS)
    output_details = _details(report, _OUTPUT_DETAILS)
    read = (
        count(prompt_details.get("cached_tokens"))
        or count(report.get("cache_read_input_tokens"))
        or count(report.get("prompt_cache_hit_tokens"))
    )
    # The same number under several names, so the largest of them and never their sum.
    write = max(
        count(prompt_details.get("cache_write_tokens")),
        count(prompt_details.get("cache_creation_tokens")),
        count(prompt_details.get("cached_creation_tokens")),
        count(report.get("cache_creation_input_tokens")),
    )
    counters = _Counters(
        prompt=count(report.get("prompt_tokens")),
        output=count(report.get("completion_tokens")) or count(report.get("output_tokens")),
        read=read,
        write=write,
        reasoning=count(output_details.get("reasoning_tokens")) or count(report.get("reasoning_tokens")),
    )
    return counters if counters.prompt else replace(counters, input=count(report.get("input_tokens")))


def _details(report: Mapping[str, Any], names: tuple[str, ...]) -> Mapping[str, Any]:
    return next((report[name] for name in names if isinstance(report.get(name), dict)), {})


def count(value: object) -> int:
    """A number of tokens as servers write it: 12, 12.0, "12", null; 0 for everything that is none."""
    number = _number(value)
    return int(number) if number is not None and 0 < number < _BEYOND_BELIEF else 0


def _number(value: object) -> Decimal | None:
    """A finite number out of a number or a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    try:
        number = Decimal(str(value) if isinstance(value, float) else value)
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def _dollars(value: object) -> str | None:
    number = _number(value)
    if (
        number is None
        or not 0 < number < _BEYOND_BELIEF
        or number.adjusted() < -30
        or len(number.as_tuple().digits) > 60
    ):
        return None
    return f"{number:f}"
