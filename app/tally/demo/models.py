"""The models the demo gateway serves: those of the shipped table, with a made-up speed."""

import tomllib
from dataclasses import dataclass
from functools import cache

from tally.assets import resource_path
from tally.core.catalog import Catalog, ModelInfo


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model is made to look.

    Attributes:
        rate: tokens per second.
        delay: seconds to the first token.
    """

    rate: float
    delay: float


_SPEEDS = {"haiku": Speed(200, 0.3), "sonnet": Speed(120, 0.5), "opus": Speed(75, 0.9)}


@cache
def served() -> Catalog:
    """Returns the models that are served. What the user changed in the settings is not known to a server."""
    return Catalog.from_table(tomllib.loads(resource_path("models.toml").read_text("utf-8")))


def find_model(name: str) -> ModelInfo | None:
    """Returns the model of an id in any accepted spelling, or None."""
    model = served().find(name)
    return model if model.listed else None


def speed_of(model: ModelInfo) -> Speed:
    """Returns the speed of a model's family."""
    return next((speed for family, speed in _SPEEDS.items() if family in model.id.lower()), _SPEEDS["sonnet"])


def price_table() -> str:
    """Returns the models with their prices as a Markdown table, in dollars per million tokens."""
    rows = ["| model | input | output |", "|:--|--:|--:|"]
    for model in served().models:
        if model.price is not None:
            # A price is in pico-USD per token: a millionth of that is dollars per million tokens.
            prices = (f"{price / 10**6:.2f}" for price in (model.price.input, model.price.output))
            rows.append(" | ".join(["| `" + model.id.partition("/")[2] + "`", *prices]) + " |")
    return "\n".join(rows)
