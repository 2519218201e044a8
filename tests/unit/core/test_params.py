"""Only sound parameters leave, and only those a model takes."""

import pytest

from tally.core.catalog import ModelInfo, Sampling
from tally.core.params import GenerationParams, ParamError, checked, clean_stops, fitted


def test_max_tokens_is_1024_unless_something_else_is_asked():
    assert GenerationParams().max_tokens == 1024


def test_temperature_and_top_p_exclude_each_other():
    with pytest.raises(ParamError, match="not both"):
        checked(GenerationParams(temperature=0.5, top_p=0.5))


@pytest.mark.parametrize("bad", [{"temperature": 1.1}, {"temperature": -0.1}, {"top_p": 2.0}, {"max_tokens": 0}])
def test_values_out_of_range_are_refused_by_name(bad):
    with pytest.raises(ParamError, match=next(iter(bad))):
        checked(GenerationParams(**bad))


def test_stops_are_cleaned_and_cut_to_four():
    assert clean_stops(["a", "", " ", "a", "\n", "b", "c", "d", "e"]) == ("a", "b", "c", "d")


def test_a_model_without_sampling_gets_none_and_the_loss_is_named():
    model = ModelInfo("m", "m", sampling=Sampling.NONE, max_output=100)
    params, changed = fitted(GenerationParams(temperature=0.3, max_tokens=200), model)
    assert (params.temperature, params.max_tokens) == (None, 100)
    assert changed == ("temperature", "max_tokens")


def test_a_model_that_takes_everything_gets_everything():
    params = GenerationParams(temperature=0.3, stop=("x",))
    assert fitted(params, ModelInfo("m", "m")) == (params, ())
