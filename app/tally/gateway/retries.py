"""Whether and when a failed request is repeated by itself (protocol.md 3.2 and 3.3).

Repeating can bill twice, so it is done only where the request cannot have been worked on, only before the first
visible token, and at most twice.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tally.core.failures import Failure, FailureKind
from tally.gateway.failures import effective_status

_ALWAYS = 2
_ONCE = 1
_NEVER = 0

_BY_KIND = {
    FailureKind.RATE_LIMITED: _ALWAYS,
    FailureKind.OVERLOADED: _ALWAYS,
    FailureKind.UNREACHABLE: _ALWAYS,
    FailureKind.SERVER: _ONCE,
    FailureKind.DNS: _ALWAYS,
    FailureKind.CONNECT: _ALWAYS,
}
_BY_STATUS = {
    499: _NEVER, 520: _ONCE, 525: _NEVER, 526: _NEVER, 527: _NEVER,
    502: _ALWAYS, 503: _ALWAYS, 521: _ALWAYS, 522: _ALWAYS, 523: _ALWAYS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The numbers, all in seconds where not counts.

    Attributes:
        total_wait: the most that all pauses of one turn may take; a longer wish of the server is not waited for.
        first_delay: the first pause; each further one is twice as long.
        max_delay: the longest pause without a wish of the server.
        streak: after so many failures of one kind in a row an endpoint is left alone.
        streak_pause: for so long.
    """

    total_wait: float = 60.0
    first_delay: float = 1.0
    max_delay: float = 8.0
    streak: int = 3
    streak_pause: float = 300.0


def repeats_allowed(failure: Failure, should_retry: bool | None) -> int:  # noqa: FBT001  a header's three values
    """How often a request that failed so may be repeated by itself.

    Args:
        failure: what went wrong.
        should_retry: the server's `x-should-retry`, which wins over everything.
    """
    if should_retry is not None:
        return _ALWAYS if should_retry else _NEVER
    if failure.kind is FailureKind.UNREACHABLE:
        status = effective_status(failure)
        return _BY_STATUS.get(status, _ONCE) if status else _ALWAYS
    return _BY_KIND.get(failure.kind, _NEVER)


@dataclass(slots=True)
class RetryBudget:
    """What one turn may still spend on repeating.

    Attributes:
        policy: the numbers.
        random: a number from 0 to 1, for the jitter.
        used: repetitions so far.
        waited: seconds of pauses so far.
    """

    policy: RetryPolicy
    random: Callable[[], float]
    used: int = 0
    waited: float = 0.0

    def pause(self, failure: Failure, allowed: int) -> float | None:
        """The pause before the next repetition in seconds, booked as spent; None when there is none."""
        if self.used >= allowed:
            return None
        hint = failure.retry_after_s or 0.0
        left = self.policy.total_wait - self.waited
        if hint > left:
            return None
        base = max(hint, min(self.policy.first_delay * 2.0**self.used, self.policy.max_delay))
        pause = min(base * (1.0 + 0.25 * self.random()), left)
        self.used += 1
        self.waited += pause
        return pause


@dataclass(slots=True)
class Streaks:
    """Failures in a row per endpoint; after three of one kind nothing is repeated there for five minutes."""

    policy: RetryPolicy
    _runs: dict[str, tuple[FailureKind, int]] = field(default_factory=dict)
    _until: dict[str, float] = field(default_factory=dict)

    def failed(self, base: str, kind: FailureKind, now: float) -> None:
        """Counts a failure (time in seconds of a clock that never steps)."""
        last, count = self._runs.get(base, (kind, 0))
        count = count + 1 if last is kind else 1
        self._runs[base] = (kind, count)
        if count >= self.policy.streak:
            self._until[base] = now + self.policy.streak_pause

    def answered(self, base: str) -> None:
        """Forgets the failures of an endpoint: it answered, or failed in a way that is never repeated."""
        self._runs.pop(base, None)
        self._until.pop(base, None)

    def resting(self, base: str, now: float) -> bool:
        """Whether nothing may be repeated there now."""
        return now < self._until.get(base, 0.0)
