"""Money is exact, and unknown is never zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally.core.money import (
    NOT_BILLED,
    UNKNOWN_COST,
    Cost,
    CostStatus,
    MoneyError,
    Price,
    Total,
    Usage,
    Usd,
    amount_of,
    cost_of,
)

SONNET = Price.per_million("3", "15", "0.30", "3.75")


def test_the_worked_example_costs_exactly_what_the_protocol_says():
    usage = Usage(uncached=25, cache_write=10, cache_read=100, output=42)
    assert cost_of(usage, SONNET) == Cost(Usd.from_decimal("0.0007725"), CostStatus.EXACT)


def test_cached_tokens_without_a_cache_price_cost_as_input_and_are_marked_at_most():
    cost = cost_of(Usage(uncached=10, cache_read=5, output=1), Price.per_million("3", "15"))
    assert cost == Cost(Usd(15 * 3_000_000 + 15_000_000), CostStatus.ESTIMATED, at_most=True)


def test_an_unknown_price_gives_an_unknown_cost_and_never_zero():
    assert cost_of(Usage(uncached=10, output=1), None) == UNKNOWN_COST
    assert UNKNOWN_COST.usd is None


@pytest.mark.parametrize(
    ("dollars", "shown"),
    [
        ("0", "$0.00"),
        ("0.0007725", "$0.0007725"),
        ("0.00077254", "$0.0007725"),
        ("0.0099999", "$0.010000"),
        ("0.0183", "$0.0183"),
        ("0.01835", "$0.0184"),
        ("12.5", "$12.5000"),
        ("-0.5", "-$0.5000"),
    ],
)
def test_amounts_are_shown_with_four_digits_below_a_cent_and_four_decimals_above(dollars, shown):
    assert Usd.from_decimal(dollars).display() == shown


@pytest.mark.parametrize("bad", ["", "free", "NaN", "Infinity", "1,5"])
def test_what_is_not_a_number_is_refused_as_an_amount_and_as_a_price(bad):
    with pytest.raises(MoneyError):
        Usd.from_decimal(bad)
    with pytest.raises(MoneyError):
        Price.per_million(bad, "1")


@pytest.mark.parametrize("bad", ["-1", "0.0000001"])
def test_a_price_is_not_negative_and_has_at_most_six_decimals(bad):
    with pytest.raises(MoneyError):
        Price.per_million(bad, "1")


@given(st.integers(min_value=0, max_value=10**18))
def test_the_plain_text_of_an_amount_reads_back_exactly(pico):
    assert Usd.from_decimal(Usd(pico).plain()) == Usd(pico)


@given(
    st.integers(0, 10**7),
    st.integers(0, 10**6),
    st.decimals(min_value=0, max_value=1000, places=6, allow_nan=False),
    st.decimals(min_value=0, max_value=1000, places=6, allow_nan=False),
)
def test_the_product_of_tokens_and_price_is_exact(tokens_in, tokens_out, price_in, price_out):
    amount = amount_of(Usage(uncached=tokens_in, output=tokens_out), Price.per_million(price_in, price_out))
    exact = (Decimal(tokens_in) * price_in + Decimal(tokens_out) * price_out) / 1_000_000
    assert Decimal(amount.plain()) == exact


def test_totals_keep_the_sure_the_unsure_and_the_unknown_apart():
    total = (
        Total()
        .plus(Cost(Usd(5), CostStatus.EXACT))
        .plus(Cost(Usd(7), CostStatus.ESTIMATED))
        .plus(Cost(Usd(9), CostStatus.LOWER_BOUND))
        .plus(UNKNOWN_COST)
        .plus(NOT_BILLED)
    )
    assert total == Total(exact=5, estimated=16, unknown=1)
    assert total.usd == Usd(21)


@pytest.mark.parametrize(
    ("price", "dollars"), [(3_000_000, "3"), (800_000, "0.80"), (3_750_000, "3.75"), (1, "0.000001")]
)
def test_a_price_reads_as_dollars_per_million(price, dollars):
    assert Price.dollars_per_million(price) == dollars
