"""The user's prices and models as lines of text that can be edited, and back again."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from PySide6.QtCore import QCoreApplication, QLocale

from tally.core.catalog import Catalog, CatalogError, ModelInfo, PriceOverride, guess, model_from, normalise
from tally.core.money import MoneyError, Price
from tally.core.settings import Settings

PRICE_FIELDS = ("input", "output", "cache_read", "cache_write")


def price_texts(price: Price | None) -> list[str]:
    """The four prices in dollars per million tokens; empty where there is none."""
    if price is None:
        return [""] * len(PRICE_FIELDS)
    values = (getattr(price, name) for name in PRICE_FIELDS)
    return ["" if value is None else Price.dollars_per_million(value) for value in values]


def typed_number(text: str) -> str:
    """A number as people write it, in the form that is kept: `$ 0,80` is `0.80` where the comma is the point."""
    text = "".join(text.split()).removeprefix("$")
    point = QLocale().decimalPoint()
    return text.replace(point, ".") if point != "." and "." not in text else text


@dataclass(slots=True)
class PriceRow:
    """One model with its prices as text.

    Attributes:
        model: as listed, with the price that holds when nothing is typed.
        texts: the four prices as they stand in the cells.
        own: the user added it.
        table: its table in the settings; None for listed models and for ids that only have a price.
    """

    model: ModelInfo
    texts: list[str] = field(default_factory=list)
    own: bool = False
    table: dict[str, Any] | None = None

    @property
    def blank(self) -> bool:
        """Whether no price stands in the cells."""
        return not any(text.strip() for text in self.texts)

    @property
    def changed(self) -> bool:
        """Whether a listed model has another price than the list says."""
        return not self.own and not self.blank and self.numbers() != price_texts(self.model.price)

    def numbers(self) -> list[str]:
        """The prices in the form that is kept, as far as they are numbers."""
        try:
            return price_texts(self.price())
        except MoneyError:
            return [typed_number(text) for text in self.texts]

    def price(self) -> Price | None:
        """The prices; None when there are none.

        Raises:
            MoneyError: one of them is not a price, or input or output is missing.
        """
        if self.blank:
            return self.model.price if not self.own else None
        texts = [typed_number(text) for text in self.texts]
        return Price.per_million(texts[0], texts[1], texts[2] or None, texts[3] or None)

    def problem(self, column: int) -> str:
        """What is wrong with one of the four prices, one sentence; empty when nothing is."""
        tr = QCoreApplication.translate
        text = self.texts[column].strip()
        if not text:
            missing = column < 2 and not self.blank
            return tr("Prices", "Input and output both need a price.") if missing else ""
        number = typed_number(text)
        try:
            Price.per_million(number, number)
        except MoneyError as error:
            if "six decimals" in str(error):
                return tr("Prices", "“{text}” has more than six decimals.").format(text=text)
            return tr("Prices", "“{text}” is not a price. Write dollars per million tokens, like 3 or 0.80.").format(
                text=text
            )
        return ""


def rows_of(settings: Settings, base: Catalog) -> tuple[list[PriceRow], list[dict[str, Any]]]:
    """The lines for these settings, and the tables of models that cannot be read and are kept as they are."""
    overrides = {normalise(each.model): each.price for each in settings.prices}
    own, unreadable = _own_rows(settings)
    taken = {alias for row in own for alias in row.model.aliases}
    rows = [PriceRow(model) for model in base.models if not taken & set(model.aliases)] + own
    used: set[str] = set()
    for row in rows:
        found = [alias for alias in row.model.aliases if alias in overrides]
        used.update(found)
        row.texts = price_texts(overrides[found[0]] if found else row.model.price)
    for override in settings.prices:
        if normalise(override.model) not in used:
            rows.append(PriceRow(guess(override.model), price_texts(override.price), own=True))
    return rows, unreadable


def _own_rows(settings: Settings) -> tuple[list[PriceRow], list[dict[str, Any]]]:
    rows: list[PriceRow] = []
    unreadable: list[dict[str, Any]] = []
    for table in settings.models:
        try:
            rows.append(PriceRow(model_from(table), own=True, table=table))
        except CatalogError:
            unreadable.append(table)
    return rows, unreadable


def stored(settings: Settings, rows: Sequence[PriceRow], unreadable: Sequence[dict[str, Any]]) -> Settings:
    """The settings with these lines; every price in them is sound.

    Raises:
        MoneyError: one is not.
    """
    prices: list[PriceOverride] = []
    models: list[dict[str, Any]] = []
    for row in rows:
        price = row.price()
        if row.table is not None:
            kept = {key: value for key, value in row.table.items() if key not in PRICE_FIELDS}
            texts = {name: text for name, text in zip(PRICE_FIELDS, price_texts(price), strict=True) if text}
            same = price == row.model.price
            models.append(row.table if same else kept | texts)
        elif price is not None and (row.own or row.changed):
            prices.append(PriceOverride(row.model.id, price))
    return replace(settings, prices=tuple(prices), models=(*models, *unreadable))


def new_row(model_id: str, name: str, texts: Sequence[str]) -> PriceRow:
    """The line of a model the user adds; what else is needed is guessed from its id.

    Raises:
        MoneyError: a price is not one.
        CatalogError: the id cannot be one.
    """
    assumed = guess(model_id)
    table: dict[str, Any] = {
        "id": model_id,
        "name": name or model_id,
        "sampling": str(assumed.sampling),
        "tokenizer": str(assumed.tokenizer),
        "hidden_thinking": assumed.hidden_thinking,
    }
    numbers = [typed_number(text) for text in texts]
    table |= {field: text for field, text in zip(PRICE_FIELDS, numbers, strict=False) if text}
    return PriceRow(model_from(table), list(texts) + [""] * (len(PRICE_FIELDS) - len(texts)), own=True, table=table)
