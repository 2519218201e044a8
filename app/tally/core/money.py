"""Money as an integer: pico-USD, prices per token, usage, and what a call cost.

One pico-USD is 1e-12 dollars. A price in dollars per million tokens with up to six decimals is a whole number of
pico-USD per token, so every product and every sum here is exact; only `Usd.display` rounds.
"""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Self

PICO_PER_USD = 10**12
_PICO_PER_TOKEN_PER_DOLLAR_PER_MILLION = 10**6
_MOST_PER_MILLION = 10**6
"""Dollars per million tokens. A million tokens at this price still fit the 64 bits of a database's integer."""


class MoneyError(ValueError):
    """A price or an amount that is not a usable number."""


@dataclass(frozen=True, slots=True, order=True)
class Usd:
    """An exact amount of dollars.

    Attributes:
        pico: the amount in pico-USD (1e-12 dollars).
    """

    pico: int

    def __add__(self, other: Self) -> "Usd":
        return Usd(self.pico + other.pico)

    def __sub__(self, other: Self) -> "Usd":
        return Usd(self.pico - other.pico)

    def __mul__(self, count: int) -> "Usd":
        return Usd(self.pico * count)

    def __bool__(self) -> bool:
        return self.pico != 0

    @classmethod
    def from_decimal(cls, dollars: Decimal | str) -> "Usd":
        """Reads an amount in dollars; digits beyond 1e-12 are rounded half up.

        Raises:
            MoneyError: not a finite number.
        """
        try:
            amount = Decimal(dollars)
        except InvalidOperation as error:
            raise MoneyError(f"not an amount: {dollars!r}") from error
        if not amount.is_finite():
            raise MoneyError(f"not an amount: {dollars!r}")
        return cls(int(amount.scaleb(12).to_integral_value(ROUND_HALF_UP)))

    def plain(self) -> str:
        """The exact amount in dollars as a decimal string without exponent: `0.0007725`."""
        text = f"{Decimal(self.pico).scaleb(-12):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def rounded(self) -> Decimal:
        """The amount in dollars as it is shown: four significant digits below a cent, else four decimals."""
        amount = Decimal(self.pico).scaleb(-12)
        if amount == 0:
            return Decimal(0)
        exponent = amount.adjusted() - 3 if abs(amount) < Decimal("0.01") else -4
        return amount.quantize(Decimal(1).scaleb(exponent), ROUND_HALF_UP)

    def display(self) -> str:
        """The amount as people read it, always with a dollar sign: `$0.0183`, `$0.0007725`, `$12.5000`."""
        rounded = self.rounded()
        if rounded == 0:
            return "$0.00"
        sign = "-" if rounded < 0 else ""
        return f"{sign}${abs(rounded):f}"


ZERO = Usd(0)


class CostStatus(StrEnum):
    """How sure a cost is. Unknown is never zero."""

    EXACT = "exact"
    ESTIMATED = "estimated"
    LOWER_BOUND = "lower_bound"
    UNKNOWN = "unknown"
    NOT_BILLED = "not_billed"


def _per_token(dollars_per_million: Decimal | str) -> int:
    try:
        price = Decimal(dollars_per_million)
    except InvalidOperation as error:
        raise MoneyError(f"not a price: {dollars_per_million!r}") from error
    if not price.is_finite() or not 0 <= price <= _MOST_PER_MILLION:
        raise MoneyError(f"not a price: {dollars_per_million!r}")
    scaled = price * _PICO_PER_TOKEN_PER_DOLLAR_PER_MILLION
    if scaled != scaled.to_integral_value():
        raise MoneyError(f"a price has at most six decimals: {dollars_per_million!r}")
    return int(scaled)


@dataclass(frozen=True, slots=True)
class Price:
    """What one token costs, in pico-USD.

    Attributes:
        input: an uncached input token.
        output: an output token.
        cache_read: an input token read from the provider's cache; None when no such price is known.
        cache_write: an input token written to the provider's cache; None when no such price is known.
    """

    input: int
    output: int
    cache_read: int | None = None
    cache_write: int | None = None

    @classmethod
    def per_million(
        cls,
        input_price: Decimal | str,
        output_price: Decimal | str,
        cache_read: Decimal | str | None = None,
        cache_write: Decimal | str | None = None,
    ) -> "Price":
        """Builds a price from dollars per million tokens.

        Raises:
            MoneyError: a value is not a non-negative number with at most six decimals.
        """
        return cls(
            _per_token(input_price),
            _per_token(output_price),
            None if cache_read is None else _per_token(cache_read),
            None if cache_write is None else _per_token(cache_write),
        )

    @staticmethod
    def dollars_per_million(pico_per_token: int) -> str:
        """A price per token as the dollars per million tokens people know: `3`, `0.80`."""
        amount = Decimal(pico_per_token).scaleb(-6)
        if amount == amount.to_integral_value():
            return f"{amount.to_integral_value():f}"
        return f"{max(amount.normalize(), amount.quantize(Decimal('0.01')), key=lambda d: len(str(d))):f}"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call in the buckets that are billed apart.

    Attributes:
        uncached: input tokens at the full price.
        cache_read: input tokens read from a cache.
        cache_write: input tokens written to a cache.
        output: output tokens, hidden reasoning included.
        prompt_reported: `prompt_tokens` as the server wrote it (some servers leave the cached ones out).
        reasoning: how many of `output` were reasoning, when the server says so.
    """

    uncached: int
    output: int
    cache_read: int = 0
    cache_write: int = 0
    prompt_reported: int = 0
    reasoning: int = 0

    @property
    def input(self) -> int:
        """All input tokens, cached or not."""
        return self.uncached + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost and how sure that is.

    Attributes:
        usd: the amount; None exactly when the status is unknown.
        status: how sure it is.
        at_most: cached tokens were priced as full input tokens because no cache price is known; shown as ≤.
    """

    usd: Usd | None
    status: CostStatus
    at_most: bool = False


UNKNOWN_COST = Cost(None, CostStatus.UNKNOWN)
NOT_BILLED = Cost(ZERO, CostStatus.NOT_BILLED)


def amount_of(usage: Usage, price: Price) -> Usd:
    """The exact product of four token buckets and their prices; cached tokens without a price cost as input."""
    read = price.input if price.cache_read is None else price.cache_read
    write = price.input if price.cache_write is None else price.cache_write
    return Usd(
        usage.uncached * price.input + usage.cache_read * read + usage.cache_write * write + usage.output * price.output
    )


def cost_of(usage: Usage, price: Price | None, status: CostStatus = CostStatus.EXACT) -> Cost:
    """Prices one call.

    Args:
        usage: its tokens.
        price: what a token cost when the call was made; None when nobody knows.
        status: how sure the usage is. Cached tokens without a cache price turn exact into estimated ("at most").
    """
    if price is None:
        return UNKNOWN_COST
    unpriced = (usage.cache_read > 0 and price.cache_read is None) or (
        usage.cache_write > 0 and price.cache_write is None
    )
    if unpriced and status is CostStatus.EXACT:
        return Cost(amount_of(usage, price), CostStatus.ESTIMATED, at_most=True)
    return Cost(amount_of(usage, price), status)


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of costs that keeps the sure and the unsure apart.

    Attributes:
        exact: the sum of what is exact, in pico-USD.
        estimated: the sum of what is estimated or a lower bound, in pico-USD.
        unknown: how many calls have no known price.
    """

    exact: int = 0
    estimated: int = 0
    unknown: int = 0

    def __add__(self, other: Self) -> "Total":
        return Total(self.exact + other.exact, self.estimated + other.estimated, self.unknown + other.unknown)

    @property
    def usd(self) -> Usd:
        """Everything that has a number."""
        return Usd(self.exact + self.estimated)

    def plus(self, cost: Cost) -> "Total":
        """This total with one more call."""
        if cost.status is CostStatus.NOT_BILLED:
            return self
        if cost.usd is None:
            return Total(self.exact, self.estimated, self.unknown + 1)
        if cost.status is CostStatus.EXACT:
            return Total(self.exact + cost.usd.pico, self.estimated, self.unknown)
        return Total(self.exact, self.estimated + cost.usd.pico, self.unknown)


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of the cost counter."""

    conversation: Total = field(default_factory=Total)
    today: Total = field(default_factory=Total)
    month: Total = field(default_factory=Total)
