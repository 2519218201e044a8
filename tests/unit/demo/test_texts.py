"""The prepared texts are complete in every language, and what they say of the demo is true."""

import re
import tomllib

import pytest

from tally.assets import resource_path
from tally.demo.errors import ON_REQUEST
from tally.demo.language import LANGUAGES, language_of
from tally.demo.texts import page, phrase
from tally.demo.wish import Action


def raw_phrases(language):
    return tomllib.loads(resource_path(f"demo/{language}/phrases.toml").read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_phrase_with_the_same_values(language):
    english, other = raw_phrases("en"), raw_phrases(language)

    assert set(other) == set(english)
    assert set(other["colours"]) == set(english["colours"])
    for key, text in english.items():
        if key != "colours":
            assert set(re.findall(r"\{\w+\}", other[key])) == set(re.findall(r"\{\w+\}", text)), key


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["welcome", "costs", "images", "privacy", "code", "table", "help", "long", "general-2"]
)
def test_every_language_has_the_pages_of_its_own(language, name):
    text = page(language, name)

    assert len(text) > 100
    assert language == "en" or text != page("en", name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_names_every_command_and_every_error(language):
    text = page(language, "help")

    for action in Action:
        if action is not Action.ANSWER:
            assert f"`/{action.value}" in text
    for word in ("/slow", "/fast", "/think", "/error cut", "/error stall", "/error stream", "/error nousage"):
        assert f"`{word}`" in text
    for status in ON_REQUEST:
        assert str(status) in text


def test_the_price_table_is_that_of_the_models(demo):
    answer = demo.answer("/table")

    assert "| `claude-opus-4-7` | 5.00 | 25.00 |" in answer
    assert "| `claude-3-5-haiku-latest` | 0.80 | 4.00 |" in answer
    assert len(re.findall(r"^\| `claude-", answer, re.MULTILINE)) == 10


def test_the_program_in_the_code_answer_does_what_it_says():
    code = re.search(r"```python\n(.*?)```", page("en", "code"), re.DOTALL)[1]
    printed = []

    exec(code, {"print": printed.append})

    assert printed == [[("the", 3), ("mat", 2), ("cat", 1)]]


def test_values_are_filled_in():
    assert phrase("en", "tool_result", name="clock") == "The tool `clock` has answered:"
    assert phrase("ja", "colour dark grey") == "濃い灰色"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The dog's bowl and Mr. O'Brien's log", "en"),
        ("Publish the English article, Dan", "en"),
        ("Привет, как дела?", "en"),
        ("", "en"),
        ("Oʻzbekiston haqida yozing", "uz"),
        ("kitoblarning narxi", "uz"),
        ("ўзбекча", "uz"),
        ("カタカナ", "ja"),
        ("价格", "zh"),
    ],
)
def test_languages_are_told_apart(text, language):
    assert language_of([text]) == language
