"""When a server says to try again, in all its spellings (protocol.md 3.2)."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)")
_PREFIXES = ("", "llm_provider-")
_EPOCH = 1_000_000_000.0


def should_retry(headers: Mapping[str, str]) -> bool | None:
    """What `x-should-retry` says; None when it says nothing."""
    return {"true": True, "false": False}.get(headers.get("x-should-retry", "").strip().lower())


def retry_after(headers: Mapping[str, str], *, now: float, limited: bool) -> float | None:
    """How long the server asks to wait, in seconds.

    Args:
        headers: the answer's headers, names in lower case.
        now: Unix time in seconds, used when the answer has no date of its own.
        limited: the answer is about a rate limit; only then the reset times of the limits mean anything.
    """
    now = _date(headers.get("date", "")) or now
    for prefix in _PREFIXES:
        wait = _number(headers.get(f"{prefix}retry-after-ms", ""))
        if wait is not None:
            return wait / 1000
        text = headers.get(f"{prefix}retry-after", "")
        wait = _number(text)
        if wait is None:
            wait = _until(_date(text), now)
        if wait is not None:
            return wait
    return _reset(headers, now) if limited else None


def _reset(headers: Mapping[str, str], now: float) -> float | None:
    for prefix in _PREFIXES:
        for family, name in (("x-ratelimit", "{}-reset-{}"), ("anthropic-ratelimit", "{}-{}-reset")):
            waits: dict[str, float] = {}
            for what in ("requests", "tokens", "input-tokens", "output-tokens"):
                wait = _moment(headers.get(prefix + name.format(family, what), ""), now)
                if wait is not None:
                    waits[what] = wait
            spent = [wait for what, wait in waits.items() if _is_spent(headers, prefix, family, what)]
            if waits:
                return max(spent or waits.values())
    return None


def _is_spent(headers: Mapping[str, str], prefix: str, family: str, what: str) -> bool:
    name = f"{family}-remaining-{what}" if family == "x-ratelimit" else f"{family}-{what}-remaining"
    return headers.get(prefix + name, "").strip() == "0"


def _moment(text: str, now: float) -> float | None:
    """A wait in seconds from a number, a duration like `6m0s`, or a point in time."""
    number = _number(text)
    if number is not None:
        return _until(number, now) if number > _EPOCH else number
    text = text.strip()
    parts = _DURATION.findall(text)
    if parts and "".join(f"{value}{unit}" for value, unit in parts) == text:
        return sum(float(value) * _UNITS[unit] for value, unit in parts)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _until(_date(text), now)
    return _until(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp(), now)


def _number(text: str) -> float | None:
    """A finite number that is not negative; servers also send `-1`, `NaN` and `None`."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _date(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, IndexError, OverflowError):
        return None
    return date.replace(tzinfo=date.tzinfo or UTC).timestamp()


def _until(moment: float | None, now: float) -> float | None:
    return None if moment is None else max(0.0, moment - now)
