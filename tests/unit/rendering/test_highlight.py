"""Colours of code: which parts, where, and how readable."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally.rendering.highlight import DARK, LIGHT, MAX_CODE, TokenClass, is_known, spans


def parts(code, language):
    lines = [line.encode("utf-16-le") for line in code.split("\n")]
    return [
        (lines[span.line][2 * span.start : 2 * (span.start + span.length)].decode("utf-16-le"), span.token_class)
        for span in spans(code, language)
    ]


def test_parts_of_code_get_their_class():
    found = parts('def f(x):\n    return "s" + 1  # c', "python")
    assert ("def", TokenClass.KEYWORD) in found
    assert ("f", TokenClass.FUNCTION) in found
    assert ("1", TokenClass.NUMBER) in found
    assert ("# c", TokenClass.COMMENT) in found
    assert all(("x", token_class) not in found for token_class in TokenClass)


def test_places_count_as_qt_counts():
    assert ("# 😀 c", TokenClass.COMMENT) in parts('"😀" # 😀 c', "python")


def test_a_part_over_several_lines_is_cut_at_the_line_ends():
    found = parts('"""a\n\nb"""', "python")
    assert [text for text, _ in found] == ['"""a', 'b"""']


@pytest.mark.parametrize("language", ["", "no-such-language", "text2"])
def test_unknown_languages_are_not_coloured_and_not_guessed(language):
    assert list(spans("def f(): pass", language)) == []
    assert not is_known(language)


@pytest.mark.parametrize(
    "language", ["c#", "tsx", "jsx", "shell", "Python", "js", "yml", "c++", "html", "diff", "json"]
)
def test_names_that_models_write_are_known(language):
    assert is_known(language)


def test_very_long_code_is_not_coloured():
    assert list(spans("x = 1\n" * (MAX_CODE // 6 + 1), "python")) == []


def test_spans_can_be_taken_in_slices():
    code = "x = 1\n" * 5000
    generator = spans(code, "python")
    first = list(itertools.islice(generator, 10))
    assert [*first, *generator] == list(spans(code, "python"))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["python", "bash", "json", "html", "diff"]))
def test_spans_lie_inside_their_lines_and_in_order(code, language):
    lines = [len(line.encode("utf-16-le", "surrogatepass")) // 2 for line in code.split("\n")]
    places = [(span.line, span.start, span.start + span.length) for span in spans(code, language)]
    assert places == sorted(places)
    assert all(end <= lines[line] for line, _, end in places)


def luminance(color):
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("palette", "surface"), [(LIGHT, "#F6F5F1"), (DARK, "#1F1F1D")], ids=["light", "dark"])
def test_every_class_has_a_readable_colour(palette, surface):
    assert set(palette) == set(TokenClass)
    for color in palette.values():
        high, low = sorted((luminance(color), luminance(surface)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5
