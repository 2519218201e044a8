"""Markdown as plain text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.markdown_corpus import Corpus
from tally.rendering.plain import one_line, plain_text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("**a** *b* `c` ~~d~~", "a b c d"),
        ("# Title\n\nText", "Title\n\nText"),
        ("- a\n  - b\n- c", "- a\n  - b\n- c"),
        ("3. a\n4. b", "3. a\n4. b"),
        ("- a\n\n- b", "- a\n\n- b"),
        ("- [x] a\n- [ ] b", "☑ a\n☐ b"),
        ("> a\n> b", "> a\n> b"),
        ("```py\nx = 1\n```", "x = 1"),
        ("| a | b |\n|---|---|\n| **1** | 2 |", "a\tb\n1\t2"),
        ("[a](https://b.com) <https://c.com>", "a (https://b.com) https://c.com"),
        ("[a](javascript:x)", "a"),
        ("![a](https://b.com/c.png)", "a (b.com)"),
        (r"\(x^2\) and $$y$$", "x^2 and y"),
        ("a<br>b &amp; List<int>", "a\nb & List<int>"),
        ("a[^1]\n\n[^1]: note", "a[1]\n\n[1] note"),
        ("", ""),
    ],
)
def test_markup_goes_and_structure_stays(source, text):
    assert plain_text(source) == text


def test_addresses_can_be_left_out():
    assert plain_text("[a](https://b.com)", addresses=False) == "a"


def test_a_title_is_one_line_cut_at_a_word():
    assert one_line("# Hello **there**\n\nmy friend", 40) == "Hello there my friend"
    assert one_line("Hello there my friend", 15) == "Hello there my…"
    assert one_line("abcdefghij", 5) == "abcd…"


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(5, 90))
def test_a_title_is_never_longer_than_its_limit(seed, limit):
    title = one_line(Corpus(seed).text(600), limit)
    assert len(title) <= limit
    assert "\n" not in title
