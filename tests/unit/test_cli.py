"""What stands behind `--param` is read as scripts mean it."""

import pytest

from tally.cli.arguments import parse_params
from tally.core.failures import RefusedError
from tally.core.params import DEFAULT_MAX_TOKENS, GenerationParams

SET = GenerationParams(max_tokens=9, temperature=0.5, stop=("END",), json_mode=True, user="u1")


@pytest.mark.parametrize(
    ("name", "field", "off"),
    [
        ("max_tokens", "max_tokens", DEFAULT_MAX_TOKENS),
        ("temperature", "temperature", None),
        ("stop", "stop", ()),
        ("response_format", "json_mode", False),
        ("user", "user", None),
    ],
)
def test_null_switches_off_what_the_settings_switch_on(name, field, off):
    assert getattr(parse_params([f"{name}=null"], SET), field) == off


@pytest.mark.parametrize("text", ["json_object", '{"type":"json_object"}', "true"])
def test_json_mode_in_all_its_spellings(text):
    assert parse_params([f"response_format={text}"], GenerationParams()).json_mode


@pytest.mark.parametrize("text", ["text", '{"type":"text"}', "false"])
def test_no_json_mode_in_all_its_spellings(text):
    assert not parse_params([f"response_format={text}"], SET).json_mode


@pytest.mark.parametrize("text", ["[1]", "xml", '{"type":["json_object"]}', "1"])
def test_an_unknown_response_format_is_refused(text):
    with pytest.raises(RefusedError):
        parse_params([f"response_format={text}"], GenerationParams())


def test_what_the_gateway_does_not_document_is_left_out_with_a_remark(capsys):
    assert parse_params(["seed=1", "top_k=40"], GenerationParams()) == GenerationParams()
    assert "seed" in capsys.readouterr().err


def test_a_misspelled_name_is_refused():
    with pytest.raises(RefusedError, match="temprature"):
        parse_params(["temprature=0.5"], GenerationParams())
