"""Each case of tests/data/markdown/cases.txt becomes the HTML that stands there."""

import re
from pathlib import Path

import pytest

from tally.rendering.markdown import to_html
from tally.rendering.stream import StreamRenderer, render

FILE = Path(__file__).parents[2] / "data" / "markdown" / "cases.txt"


def cases():
    parts = re.split(r"^=== (.*)\n", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        source, markup = body.split("\n--->\n")
        yield pytest.param(source.replace("␍", "\r"), markup.removesuffix("\n"), id=name)


@pytest.mark.parametrize(("source", "markup"), list(cases()))
def test_what_models_write_becomes_what_they_meant(source, markup):
    assert to_html(source + "\n").rstrip("\n") == markup


@pytest.mark.parametrize(("source", "markup"), list(cases()))
def test_a_case_typed_one_character_at_a_time_ends_like_the_whole(source, markup):
    renderer = StreamRenderer()
    for character in source:
        renderer.feed(character)
    renderer.finish()
    assert tuple(renderer.segments) == render(source)


def test_the_file_holds_enough_cases_with_names_of_their_own():
    names = [case.id for case in cases()]
    assert len(names) >= 120
    assert len(set(names)) == len(names)
