"""What the next message will cost, before it is sent: on one model or on all."""

from dataclasses import dataclass

from tally.core.catalog import ModelInfo
from tally.core.money import Usd
from tally.core.params import GenerationParams, fitted


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of one payload on one model; the amounts are None when the price is unknown.

    Attributes:
        model: the model's id.
        input_tokens: estimated.
        output_tokens: the likely length of the answer.
        low: the input and one token.
        likely: the input and an answer of the usual length.
        high: the input and an answer of `max_tokens`.
    """

    model: str
    input_tokens: int
    output_tokens: int
    low: Usd | None
    likely: Usd | None
    high: Usd | None


def quote(
    model: ModelInfo,
    tokens: int,
    params: GenerationParams,
    typical_output: int | None = None,
) -> Quote:
    """Prices a payload.

    Args:
        model: on which model.
        tokens: estimated input tokens of the whole payload (`estimate.input_tokens`).
        params: for `max_tokens`.
        typical_output: the user's median answer length on this model in tokens; a quarter of `max_tokens`, at most
            400, is assumed while there is none.
    """
    limit = fitted(params, model)[0].max_tokens
    likely = min(limit, typical_output if typical_output is not None else max(1, min(400, limit // 4)))
    if model.price is None:
        return Quote(model.id, tokens, likely, None, None, None)
    base = Usd(tokens * model.price.input)
    per_output = Usd(model.price.output)
    return Quote(model.id, tokens, likely, base + per_output, base + per_output * likely, base + per_output * limit)
