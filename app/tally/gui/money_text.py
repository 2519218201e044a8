"""The one place where money, tokens and durations become text.

Marks: `≈` estimated, `≥` at least, `≤` at most, `—` unknown. Unknown is never shown as zero. Dollars keep their sign
in front; the decimal point and the thousands separator are the person's own.
"""

from PySide6.QtCore import QCoreApplication, QLocale

from tally.core.money import Cost, CostStatus, Price, Total, Usd

UNKNOWN = "—"


def localized(number: str) -> str:
    """A plain decimal number (`-1234.50`) with the person's decimal point and thousands separator."""
    locale = QLocale()
    sign = "-" if number.startswith("-") else ""
    whole, point, fraction = number.removeprefix("-").partition(".")
    grouped = f"{int(whole):,}".replace(",", locale.groupSeparator())
    return f"{sign}{grouped}{locale.decimalPoint() if point else ''}{fraction}"


def usd(amount: Usd) -> str:
    """An amount as people read it: `$0.0183`, `$1,204.5000`."""
    shown = amount.display()
    sign = "-" if shown.startswith("-") else ""
    return f"{sign}${localized(shown.removeprefix('-').removeprefix('$'))}"


def cost(value: Cost) -> str:
    """What a call cost, with the mark of how sure that is."""
    if value.status is CostStatus.NOT_BILLED:
        return QCoreApplication.translate("Money", "not billed")
    if value.usd is None or value.status is CostStatus.UNKNOWN:
        return UNKNOWN
    return f"{mark(value)}{usd(value.usd)}"


def mark(value: Cost) -> str:
    """The sign before an amount, with its space; empty for an exact one."""
    if value.status is CostStatus.LOWER_BOUND:
        return "≥ "
    if value.status is CostStatus.ESTIMATED:
        return "≤ " if value.at_most else "≈ "
    return ""


def certainty(value: Cost) -> str:
    """How sure a cost is, in words."""
    translate = QCoreApplication.translate
    if value.at_most:
        return translate("Money", "at most: cached tokens were priced as full ones")
    return {
        CostStatus.EXACT: translate("Money", "exact: the server reported the tokens"),
        CostStatus.ESTIMATED: translate("Money", "estimated: the server reported no tokens"),
        CostStatus.LOWER_BOUND: translate("Money", "at least: more may have been used than was seen"),
        CostStatus.UNKNOWN: translate("Money", "unknown: no price is known for this model"),
        CostStatus.NOT_BILLED: translate("Money", "not billed: only successful calls are"),
    }[value.status]


def total(value: Total) -> str:
    """A sum, marked when a part of it is not exact: `≈ $0.4200 + 2 unknown`."""
    unknown = _unknown(value.unknown)
    if value.unknown and not value.usd:
        return f"{UNKNOWN} ({unknown})"
    amount = f"{'≈ ' if value.estimated else ''}{usd(value.usd)}"
    return f"{amount} + {unknown}" if value.unknown else amount


def total_note(value: Total) -> str:
    """`incl. ≈ $0.0100 estimated`; empty when all is exact."""
    if not value.estimated:
        return ""
    return QCoreApplication.translate("Money", "incl. ≈ {amount} estimated").format(amount=usd(Usd(value.estimated)))


def _unknown(count: int) -> str:
    return QCoreApplication.translate("Money", "{count} unknown").format(count=count) if count else ""


def price(pico_per_token: int | None) -> str:
    """A token price in dollars per million tokens: `$3`, `$0.80`; `—` when unknown."""
    if pico_per_token is None:
        return UNKNOWN
    return f"${localized(Price.dollars_per_million(pico_per_token))}"


def tokens(count: int) -> str:
    """A number of tokens with thousands separators."""
    return localized(str(count))


def seconds(milliseconds: int) -> str:
    """A duration: `0.8 s`, `12 s`, `2 min 05 s`."""
    value = milliseconds / 1000
    if value < 9.95:
        return QCoreApplication.translate("Money", "{number} s").format(number=localized(f"{value:.1f}"))
    if value < 59.5:
        return QCoreApplication.translate("Money", "{number} s").format(number=f"{value:.0f}")
    minutes, rest = divmod(round(value), 60)
    return QCoreApplication.translate("Money", "{minutes} min {seconds} s").format(
        minutes=minutes, seconds=f"{rest:02d}"
    )
