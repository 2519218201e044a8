"""What is learned of an endpoint: what it refuses, so that a request is repaired once and right ever after.

Each repair happens once per request and cause, does not count as a retry, and is remembered per address and model
when the repaired request was taken (protocol.md 1.3, 1.4, 3.3).
"""

import logging
import re
from dataclasses import dataclass, replace

from tally.core.failures import ChatError, Failure, FailureKind
from tally.core.ports import Learnings
from tally.gateway.wire import Quirks, WireBody

_log = logging.getLogger(__name__)

_STREAM_OPTIONS = "stream_options"
_SAMPLING = "sampling"
_MAX_OUTPUT = "max_output"
_FINISH = "finish_reason"
_SEEN = "seen"
_MISSING = "missing:"
_MISSES_BELIEVED = 3

_REPAIRABLE_KINDS = {FailureKind.BAD_REQUEST, FailureKind.CONTEXT_TOO_LONG, FailureKind.STREAM}
_REPAIRABLE_STATUSES = {400, 415, 422}
_NO = r"(?:deprecated|not support|cannot both|unsupported|not allowed|not permitted|unrecognized|does not accept)"
_NAMES = r"(?P<name>temperature|top_p|top_k)"
_SAMPLING_REFUSED = (
    re.compile(rf"{_NAMES}.{{0,40}}{_NO}", re.IGNORECASE | re.DOTALL),
    re.compile(rf"{_NO}.{{0,60}}?{_NAMES}", re.IGNORECASE | re.DOTALL),
)
_LIMITS = (
    re.compile(r"max_tokens`?\s*:?\s*\d+\s*>\s*(?P<limit>\d+)", re.IGNORECASE),
    re.compile(
        r"(?:at most|maximum(?: allowed)?(?: value)?(?: of| is)?|less than or equal to|up to|<=|≤|\[1,)"
        r"\s*(?P<limit>\d+)",
        re.IGNORECASE,
    ),
)
_ABOUT_OUTPUT = re.compile(r"max_tokens|output tokens|completion tokens", re.IGNORECASE)
_ABOUT_CONTEXT = re.compile(r"context (?:length|limit|window)|input length", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that makes a refused request acceptable.

    Attributes:
        change: as in `events.Repaired`.
        quirks: what to build the next body with.
        topic: under which it is remembered.
        value: what is remembered.
    """

    change: str
    quirks: Quirks
    topic: str
    value: str


def repair_for(failure: Failure, sent: WireBody, quirks: Quirks) -> Repair | None:
    """The change a refusal asks for; None when it asks for none that can be made."""
    if failure.status is not None and failure.status >= 300 and failure.status not in _REPAIRABLE_STATUSES:
        return None
    if failure.kind not in _REPAIRABLE_KINDS:
        return None
    text = f"{failure.message}\n{failure.details}"
    if _STREAM_OPTIONS in sent.fields and _STREAM_OPTIONS in text:
        return Repair("no_stream_options", replace(quirks, no_stream_options=True), _STREAM_OPTIONS, "refused")
    refused = {match["name"].lower() for pattern in _SAMPLING_REFUSED for match in pattern.finditer(text)}
    for name in ("temperature", "top_p"):
        if name in refused and name in sent.fields:
            names = quirks.no_sampling | {name}
            value = ",".join(sorted(names))
            return Repair(f"no_sampling:{name}", replace(quirks, no_sampling=names), _SAMPLING, value)
    limit = _output_limit(failure.message)
    if limit is not None and 1 <= limit < sent.max_tokens:
        return Repair(f"max_tokens:{limit}", replace(quirks, max_output=limit), _MAX_OUTPUT, str(limit))
    return None


def _output_limit(message: str) -> int | None:
    if not _ABOUT_OUTPUT.search(message) or _ABOUT_CONTEXT.search(message):
        return None
    found = next((match for pattern in _LIMITS if (match := pattern.search(message))), None)
    return int(found["limit"]) if found and len(found["limit"]) < 10 else None


class Memory:
    """The learnings as quirks; a disk that fails costs a repeated repair and nothing else."""

    def __init__(self, learnings: Learnings) -> None:
        self._learnings = learnings

    async def quirks(self, base_url: str, model: str) -> Quirks:
        """What is known of an endpoint and a model."""
        refused = await self._recall(base_url, model, _STREAM_OPTIONS)
        sampling = await self._recall(base_url, model, _SAMPLING)
        limit = await self._recall(base_url, model, _MAX_OUTPUT)
        return Quirks(
            no_stream_options=refused == "refused",
            no_sampling=frozenset(filter(None, (sampling or "").split(","))),
            max_output=int(limit) if limit and limit.isdecimal() and int(limit) > 0 else None,
        )

    async def keep(self, base_url: str, model: str, repair: Repair) -> None:
        """Remembers a repair that worked."""
        await self._remember(base_url, model, repair.topic, repair.value)

    async def expects_finish(self, base_url: str, model: str) -> bool:
        """Whether an answer without a finish_reason is suspicious here: not where none has ever come."""
        known = await self._recall(base_url, model, _FINISH)
        if known is None or not known.startswith(_MISSING):
            return True
        return _misses(known) < _MISSES_BELIEVED

    async def saw_end(self, base_url: str, model: str, *, finish: bool) -> None:
        """Counts an answer that ended by itself, with or without a finish_reason."""
        known = await self._recall(base_url, model, _FINISH)
        if finish and known != _SEEN:
            await self._remember(base_url, model, _FINISH, _SEEN, days=90)
        elif not finish and known != _SEEN:
            misses = _misses(known or "") + 1
            await self._remember(base_url, model, _FINISH, f"{_MISSING}{min(misses, _MISSES_BELIEVED)}", days=90)

    async def _recall(self, base_url: str, model: str, topic: str) -> str | None:
        try:
            return await self._learnings.recall(base_url, model, topic)
        except ChatError as error:
            _log.warning("cannot recall %s: %s", topic, error)
            return None

    async def _remember(self, base_url: str, model: str, topic: str, value: str, *, days: float = 7) -> None:
        try:
            await self._learnings.remember(base_url, model, topic, value, days=days)
        except ChatError as error:
            _log.warning("cannot remember %s: %s", topic, error)


def _misses(known: str) -> int:
    count = known.removeprefix(_MISSING)
    return int(count) if count.isdecimal() else 0
