"""What is known of each model: prices, limits, what it accepts.

The table itself is `resources/models.toml`; here it is checked and asked. An id that is not in the table is a model
like any other whose price is unknown.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

from tally.core.money import MoneyError, Price

PREFIX = "anthropic/"

K = TypeVar("K", bound=StrEnum)


class CatalogError(ValueError):
    """The table of models cannot be used; the text names the model and the field."""


class Sampling(StrEnum):
    """Which sampling parameters a model accepts (protocol.md 1.4)."""

    BOTH = "both"
    ONE = "one"
    """Temperature or top_p."""
    NONE = "none"


class Tokenizer(StrEnum):
    """Which generation of tokenizer a model counts with (protocol.md 4.4)."""

    CLASSIC = "classic"
    NEW = "new"


@dataclass(frozen=True, slots=True)
class ImageRule:
    """How large a picture a model makes use of; anything larger would be scaled down on the other side.

    Attributes:
        long_edge: in pixels.
        max_tokens: the most tokens one picture counts.
    """

    long_edge: int
    max_tokens: int


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model.

    Attributes:
        id: the id that is sent, exactly.
        name: for people.
        tier: the price tier's name in the provider's list.
        aliases: other spellings of the same model, normalised by `normalise`.
        price: None when unknown.
        context: tokens of input and output together; None when unknown.
        max_output: the most `max_tokens` it takes; None when unknown.
        vision: takes pictures.
        sampling: which sampling parameters it takes.
        prefill: takes a conversation that ends with an assistant message.
        hidden_thinking: may think without showing it, so that an estimate from the text is a lower bound.
        tokenizer: how it counts.
        images: how large its pictures may usefully be.
        note: one line for the picker.
        recommended: the provider's default.
        listed: it is in the table (or was added by the user), not merely typed.
    """

    id: str
    name: str
    tier: str = ""
    aliases: tuple[str, ...] = ()
    price: Price | None = None
    context: int | None = None
    max_output: int | None = None
    vision: bool = True
    sampling: Sampling = Sampling.ONE
    prefill: bool = False
    hidden_thinking: bool = False
    tokenizer: Tokenizer = Tokenizer.CLASSIC
    images: ImageRule = ImageRule(1568, 1600)
    note: str = ""
    recommended: bool = False
    listed: bool = True


def normalise(model_id: str) -> str:
    """The spelling under which ids of the same model meet.

    `anthropic/claude-sonnet-4.6`, `Claude-Sonnet-4-6-20260101` and `claude-sonnet-4-6:beta` are all
    `claude-sonnet-4-6` (protocol.md 1.4).
    """
    text = model_id.strip().lower().removeprefix(PREFIX)
    text = re.split(r"[:@]", text, maxsplit=1)[0].replace(".", "-")
    text = text.removesuffix("-latest")
    return re.sub(r"-20\d{6}$", "", text)


def _price(table: Mapping[str, Any]) -> Price | None:
    if "input" not in table and "output" not in table:
        return None
    prices: list[str] = []
    for key in ("input", "output"):
        if not isinstance(table.get(key), str):
            raise CatalogError(f"{key} price must be a decimal string in quotes")
        prices.append(table[key])
    extra = {key: table[key] for key in ("cache_read", "cache_write") if table.get(key) is not None}
    for key, value in extra.items():
        if not isinstance(value, str):
            raise CatalogError(f"{key} price must be a decimal string in quotes")
    try:
        return Price.per_million(prices[0], prices[1], extra.get("cache_read"), extra.get("cache_write"))
    except MoneyError as error:
        raise CatalogError(str(error)) from error


def _count(table: Mapping[str, Any], key: str) -> int | None:
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise CatalogError(f"{key} must be a positive whole number")
    return value


def _flag(table: Mapping[str, Any], key: str, default: bool) -> bool:  # noqa: FBT001  a default, not a mode
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise CatalogError(f"{key} must be true or false")
    return value


def _text(table: Mapping[str, Any], key: str, default: str = "") -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise CatalogError(f"{key} must be text")
    return value


def _choice(kind: type[K], table: Mapping[str, Any], key: str, default: K) -> K:
    try:
        return kind(table.get(key, default))
    except ValueError as error:
        raise CatalogError(f"{key} must be one of {', '.join(kind)}") from error


_FIELDS = {
    "id", "name", "tier", "aliases", "input", "output", "cache_read", "cache_write", "context", "max_output", "vision",
    "sampling", "prefill", "hidden_thinking", "tokenizer", "image_long_edge", "image_max_tokens", "note", "recommended",
}  # fmt: skip


def model_from(table: Mapping[str, Any]) -> ModelInfo:
    """Reads one model from its table.

    Raises:
        CatalogError: a field is missing, unknown or of the wrong kind.
    """
    model_id = _text(table, "id").strip()
    try:
        if not model_id:
            raise CatalogError("id is missing")
        unknown = set(table) - _FIELDS
        if unknown:
            raise CatalogError(f"unknown field {sorted(unknown)[0]}")
        aliases = table.get("aliases", [])
        if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
            raise CatalogError("aliases must be a list of texts")
        return ModelInfo(
            id=model_id,
            name=_text(table, "name") or model_id,
            tier=_text(table, "tier"),
            aliases=tuple(dict.fromkeys(normalise(alias) for alias in [model_id, *aliases])),
            price=_price(table),
            context=_count(table, "context"),
            max_output=_count(table, "max_output"),
            vision=_flag(table, "vision", default=True),
            sampling=_choice(Sampling, table, "sampling", Sampling.ONE),
            prefill=_flag(table, "prefill", default=False),
            hidden_thinking=_flag(table, "hidden_thinking", default=False),
            tokenizer=_choice(Tokenizer, table, "tokenizer", Tokenizer.CLASSIC),
            images=ImageRule(_count(table, "image_long_edge") or 1568, _count(table, "image_max_tokens") or 1600),
            note=_text(table, "note"),
            recommended=_flag(table, "recommended", default=False),
        )
    except ValueError as error:
        raise CatalogError(f"model {model_id or '?'}: {error}") from error


@dataclass(frozen=True, slots=True)
class PriceOverride:
    """A price the user set.

    Attributes:
        model: an id in any spelling.
        price: what holds instead of the table's.
    """

    model: str
    price: Price


class Catalog:
    """All known models, found by any spelling of their id.

    Attributes:
        models: in the table's order, the user's own last.
    """

    def __init__(self, models: Iterable[ModelInfo]) -> None:
        self.models: tuple[ModelInfo, ...] = tuple(models)
        self._by_alias: dict[str, ModelInfo] = {}
        for model in self.models:
            for alias in model.aliases or (normalise(model.id),):
                if alias in self._by_alias:
                    raise CatalogError(f"model {model.id}: {alias} already names {self._by_alias[alias].id}")
                self._by_alias[alias] = model

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "Catalog":
        """Reads the parsed `models.toml`.

        Raises:
            CatalogError: the table has no models, or one of them is wrong.
        """
        entries = table.get("model")
        if not isinstance(entries, list) or not entries:
            raise CatalogError("the table holds no [[model]]")
        return cls(model_from(entry) for entry in entries)

    def find(self, model_id: str) -> ModelInfo:
        """The model of that id, keeping the spelling given; a stranger gets unknown price and limits."""
        model_id = model_id.strip()
        known = self._by_alias.get(normalise(model_id))
        if known is None:
            return guess(model_id)
        return known if known.id == model_id else replace(known, id=model_id)

    def same(self, one: str, other: str) -> bool:
        """Whether two ids name the same model."""
        return self.key(one) == self.key(other)

    def key(self, model_id: str) -> str:
        """The one spelling under which figures of a model are collected."""
        known = self._by_alias.get(normalise(model_id))
        return normalise(known.id if known else model_id)

    def default(self) -> ModelInfo:
        """The recommended model, else the first."""
        return next((model for model in self.models if model.recommended), self.models[0])

    def with_changes(self, overrides: Sequence[PriceOverride], added: Iterable[ModelInfo]) -> "Catalog":
        """This catalog with the user's prices and models; an added model replaces one it shares a name with."""
        prices = {normalise(override.model): override.price for override in overrides}
        extra = list(added)
        taken = {alias for model in extra for alias in (model.aliases or (normalise(model.id),))}
        kept = [model for model in self.models if not taken & set(model.aliases)]
        merged = []
        for model in [*kept, *extra]:
            price = next((prices[alias] for alias in model.aliases or (normalise(model.id),) if alias in prices), None)
            merged.append(model if price is None else replace(model, price=price))
        known = {alias for model in merged for alias in (model.aliases or (normalise(model.id),))}
        strangers = {normalise(each.model): each for each in overrides if normalise(each.model) not in known}
        return Catalog([*merged, *(replace(guess(each.model), price=each.price) for each in strangers.values())])

    def merged(self, overrides: Sequence[PriceOverride], tables: Iterable[Mapping[str, Any]]) -> tuple["Catalog", str]:
        """This catalog with what the user set, as far as it can be used.

        Args:
            overrides: the user's prices.
            tables: the user's models, as tables of `models.toml`.

        Returns:
            The catalog, and one sentence about a model that was left out; empty when none was.
        """
        problem = ""
        added: list[ModelInfo] = []
        for table in tables:
            try:
                model = model_from(table)
                Catalog([*added, model])
            except CatalogError as error:
                problem = str(error)
            else:
                added.append(model)
        return self.with_changes(overrides, added), problem


def guess(model_id: str) -> ModelInfo:
    """What is assumed of an id nobody listed: no price, no limits; the newest Claude models take no sampling."""
    short = normalise(model_id)
    newest = re.search(r"claude-(?:[a-z]+-)?([5-9]|\d\d)(?:-|$)|claude-(?:opus|sonnet|haiku)-4-([7-9])", short)
    return ModelInfo(
        id=model_id,
        name=model_id,
        aliases=(short,),
        sampling=Sampling.NONE if newest else Sampling.ONE,
        hidden_thinking=newest is not None,
        tokenizer=Tokenizer.NEW if newest else Tokenizer.CLASSIC,
        listed=False,
    )
