"""The HTML for Qt."""

import re

import pytest

from support.markdown_corpus import Corpus
from tally.rendering.html import is_numeric
from tally.rendering.stream import render


def markup(source):
    return "".join(segment.html for segment in render(source))


def test_the_html_holds_no_colours_and_no_inline_styles():
    text = "".join(getattr(segment, "html", "") for segment in render(Corpus(3).text(20_000)))
    assert not re.search(r"<[^>]*(?:style|color)=", text)
    assert not re.search(r"<[^>]*#[0-9a-fA-F]{6}", text)


def test_a_quote_is_a_cell_with_a_bar():
    assert (
        markup("> a")
        == '<table cellspacing="0" class="quote" width="100%"><tr><td class="quote"><p>a</p></td></tr></table>'
    )


def test_code_in_a_quote_is_a_cell_with_a_background():
    assert '<td class="code"><pre>x\n</pre></td>' in markup("> ```\n> x\n> ```")


def test_task_boxes_are_characters():
    assert markup("- [ ] a\n- [x] b") == '<ul class="tasks"><li>☐ a</li><li>☑ b</li></ul>'


def test_cells_are_aligned_by_attributes():
    assert '<td align="right">1</td>' in markup("| a | b |\n|:-:|--:|\n| x | 1 |")
    assert '<th align="center">a</th>' in markup("| a | b |\n|:-:|--:|\n| x | 1 |")


def test_a_column_of_numbers_stands_to_the_right():
    text = markup("| a | b |\n|---|---|\n| x | 1,000 |\n| y | $20.5 |")
    assert text.count('align="right"') == 3
    assert "<td>x</td>" in text


@pytest.mark.parametrize("cells", [("1", "2"), ("1,000.5", "–"), ("$3", "≈ 4%"), ("-1", "2 ms".replace(" ms", "x"))])
def test_numbers_with_units_are_numbers(cells):
    assert is_numeric(cells)


@pytest.mark.parametrize("cells", [("a", "2"), ("", ""), ("v1",), ("2024-01-02",), ("1 of 2",)])
def test_other_columns_are_not(cells):
    assert not is_numeric(cells)


@pytest.mark.parametrize("source", ["> " * 200 + "a", "- > " * 100 + "a", "> 1. " * 100 + "a"])
def test_tables_are_not_nested_without_limit(source):
    depth = deepest = 0
    for tag in re.findall(r"</?table", markup(source)):
        depth += 1 if tag == "<table" else -1
        deepest = max(deepest, depth)
    assert deepest <= 5
    assert markup(source).count("a") >= 1
