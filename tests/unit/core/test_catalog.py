"""The shipped table is sound, and every spelling of an id finds its model."""

import tomllib

import pytest

from tally.assets import resource_path
from tally.core.catalog import Catalog, CatalogError, PriceOverride, Sampling, Tokenizer, model_from, normalise
from tally.core.money import Price


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.from_table(tomllib.loads(resource_path("models.toml").read_text(encoding="utf-8")))


# The provider's price list: canonical id, input and output in dollars per million tokens.
PRICE_LIST = [
    ("claude-opus-4-7", "5.00", "25.00"),
    ("claude-opus-4-6", "5.00", "25.00"),
    ("claude-sonnet-4-6", "3.00", "15.00"),
    ("claude-haiku-4-5", "1.00", "5.00"),
    ("claude-sonnet-4-5", "3.00", "15.00"),
    ("claude-opus-4-5", "5.00", "25.00"),
    ("claude-4-sonnet", "3.00", "15.00"),
    ("claude-4-opus", "15.00", "75.00"),
    ("claude-3-5-sonnet-latest", "3.00", "15.00"),
    ("claude-3-5-haiku-latest", "0.80", "4.00"),
]


@pytest.mark.parametrize(("model_id", "price_in", "price_out"), PRICE_LIST)
def test_each_of_the_ten_models_has_the_listed_price_with_and_without_prefix(catalog, model_id, price_in, price_out):
    for spelling in (model_id, f"anthropic/{model_id}"):
        model = catalog.find(spelling)
        assert model.id == spelling
        assert model.price == Price.per_million(price_in, price_out)


def test_there_are_ten_models_and_sonnet_4_6_is_the_default(catalog):
    assert len(catalog.models) == 10
    assert catalog.default().id == "anthropic/claude-sonnet-4-6"


@pytest.mark.parametrize(
    ("spelling", "meant"),
    [
        ("anthropic/claude-sonnet-4.6", "Sonnet 4.6"),
        ("Claude-Opus-4-7", "Opus 4.7"),
        ("claude-sonnet-4-20250514", "Sonnet 4"),
        ("claude-3-5-haiku-20241022", "3.5 Haiku"),
        ("claude-haiku-4-5-20251001", "Haiku 4.5"),
        ("anthropic/claude-sonnet-4-5:beta", "Sonnet 4.5"),
        (" anthropic/claude-4-opus ", "Opus 4"),
    ],
)
def test_other_spellings_name_the_same_model(catalog, spelling, meant):
    assert catalog.find(spelling).name == meant


def test_a_stranger_has_no_price_and_keeps_its_spelling(catalog):
    model = catalog.find("some/Model.X")
    assert (model.id, model.price, model.listed) == ("some/Model.X", None, False)


def test_opus_4_7_takes_no_sampling_and_counts_with_the_newer_tokenizer(catalog):
    model = catalog.find("claude-opus-4-7")
    assert (model.sampling, model.tokenizer, model.images.long_edge) == (Sampling.NONE, Tokenizer.NEW, 2576)


def test_a_newer_claude_nobody_listed_is_assumed_to_take_no_sampling(catalog):
    assert catalog.find("claude-opus-5").sampling is Sampling.NONE
    assert catalog.find("anthropic/claude-sonnet-4-8").sampling is Sampling.NONE


def test_a_price_of_the_users_replaces_the_tables_in_any_spelling(catalog):
    price = Price.per_million("2", "9")
    changed = catalog.with_changes([PriceOverride("claude-sonnet-4.6", price), PriceOverride("my-model", price)], [])
    assert changed.find("anthropic/claude-sonnet-4-6").price == price
    assert changed.find("my-model").price == price
    assert catalog.find("anthropic/claude-sonnet-4-6").price != price


def test_a_model_of_the_users_replaces_one_it_shares_a_name_with(catalog):
    mine = model_from({"id": "claude-haiku-4-5", "name": "Mine", "input": "7", "output": "8"})
    changed = catalog.with_changes([], [mine])
    assert changed.find("anthropic/claude-haiku-4-5").name == "Mine"
    assert len(changed.models) == 10


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ({"name": "x"}, "id is missing"),
        ({"id": "m", "input": 3, "output": "1"}, "decimal string"),
        ({"id": "m", "input": "3"}, "output price"),
        ({"id": "m", "input": "x", "output": "1"}, "not a price"),
        ({"id": "m", "context": -1}, "positive whole number"),
        ({"id": "m", "vision": "yes"}, "true or false"),
        ({"id": "m", "sampling": "some"}, "sampling"),
        ({"id": "m", "colour": "red"}, "unknown field colour"),
        ({"id": "m", "aliases": "a"}, "list of texts"),
    ],
)
def test_a_wrong_entry_is_refused_with_the_model_and_the_field_named(table, complaint):
    with pytest.raises(CatalogError, match=r"^model ") as caught:
        model_from(table)
    assert complaint in str(caught.value)


def test_two_models_may_not_share_a_name():
    with pytest.raises(CatalogError, match="already names"):
        Catalog([model_from({"id": "a-b"}), model_from({"id": "anthropic/A.b"})])


def test_normalising_twice_changes_nothing(catalog):
    for model in catalog.models:
        assert normalise(normalise(model.id)) == normalise(model.id)


def test_one_unusable_model_of_the_users_costs_nothing_else(catalog):
    price = PriceOverride("claude-sonnet-4-6", Price.per_million("1", "2"))
    tables = [{"id": "good", "input": "1", "output": "2"}, {"id": "bad", "vision": "yes"}, {"id": "GOOD"}]
    merged, problem = catalog.merged([price], tables)
    assert merged.find("good").price == Price.per_million("1", "2")
    assert merged.find("claude-sonnet-4-6").price == price.price
    assert not merged.find("bad").listed
    assert "already names" in problem


def test_two_prices_for_one_stranger_are_no_obstacle(catalog):
    prices = [PriceOverride("Mine", Price.per_million("1", "1")), PriceOverride("mine", Price.per_million("2", "2"))]
    merged, problem = catalog.merged(prices, [])
    assert merged.find("mine").price == Price.per_million("2", "2")
    assert not problem


def test_blanks_around_a_typed_id_are_not_sent(catalog):
    assert catalog.find(" claude-sonnet-4-6 ").id == "claude-sonnet-4-6"
    assert catalog.find(" some-model\n").id == "some-model"
