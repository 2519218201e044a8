"""The demo's prepared texts (`resources/demo`): found, filled in, and chosen by what a question is about."""

import re
import tomllib
import zlib
from functools import cache

from tally.assets import resource_path
from tally.demo.language import Language
from tally.demo.models import price_table

_GENERAL = {"en": 3, "ja": 2, "zh": 2, "uz": 2}  # how many texts there are for questions about nothing in particular
_READ = 4000  # characters of the question in which a subject is looked for
_QUOTED = 200  # characters of the question that a text may repeat


@cache
def page(language: Language, name: str) -> str:
    """Returns a Markdown text; in English where the language has none of its own."""
    try:
        path = resource_path(f"demo/{language}/{name}.md")
    except FileNotFoundError:
        path = resource_path(f"demo/en/{name}.md")
    text = path.read_text("utf-8").strip()
    return text.replace("{{prices}}", price_table()) if "{{prices}}" in text else text


@cache
def _phrases(language: Language) -> dict[str, str]:
    table = tomllib.loads(resource_path(f"demo/{language}/phrases.toml").read_text("utf-8"))
    colours = table.pop("colours")
    return table | {f"colour {name}": word for name, word in colours.items()}


def phrase(language: Language, key: str, /, **values: object) -> str:
    """Returns a short text with its values filled in; `colour red` names a colour."""
    return _phrases(language)[key].format(**values)


def quoted(question: str) -> str:
    """Returns the beginning of the question on one line, fit to stand in a quote."""
    line = " ".join(question.split())
    return line if len(line) <= _QUOTED else line[: _QUOTED - 1].rstrip() + "…"


def answer_to(question: str, language: Language) -> str:
    """Returns the text that fits the question: by its words, else one of a few, always the same for the same words."""
    beginning = question[:_READ]
    for name, words in _topics():
        if words.search(beginning):
            return page(language, name)
    number = 1 + zlib.crc32(" ".join(question.lower().split()).encode()) % _GENERAL[language]
    return page(language, f"general-{number}").replace("{{question}}", quoted(question) or "…")


@cache
def _topics() -> tuple[tuple[str, re.Pattern[str]], ...]:
    table = tomllib.loads(resource_path("demo/topics.toml").read_text("utf-8"))
    return tuple((topic["file"], _any_of(topic["words"])) for topic in table["topic"])


def _any_of(words: list[str]) -> re.Pattern[str]:
    patterns = []
    for word in words:
        has_spaces = ord(word[0]) < 0x3000  # Chinese and Japanese put none between words
        start, end = (r"\b" if has_spaces else ""), (r"\b" if has_spaces and len(word) < 4 else "")
        patterns.append(start + re.escape(word) + end)
    return re.compile("|".join(patterns), re.IGNORECASE)
