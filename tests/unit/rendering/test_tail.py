"""What is left out of an unfinished text, and what is added to it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tally.rendering.inline import InlineParser
from tally.rendering.inline_tokens import Context, plain
from tally.rendering.tail import close_inline, hold_back

TEXTS = st.lists(
    st.sampled_from(["a", " ", "b c", "*", "**", "_", "`", "``", "~~", "[", "](", ")", "!", "$", "$$", "\\(", "\\",
    "&", "<", "é"]),
    max_size=16,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(
    "line",
    ["-", "- ", "*", "1", "1.", "12. ", "#", "### ", "--", "---", "===", "`", "```", "```py", "~~~", "|", "| a | b",
     ">", "> -",
     "- [", "- [ ]", "- [x] ", "[^1]: no", "[x]: http", "[^", "$$", "|--", ":--", "\\["],
)  # fmt: skip
def test_a_line_that_may_become_anything_is_held_back(line):
    assert hold_back(line) == ""


@pytest.mark.parametrize("line", ["a", "- a", "1. a", "# T", "12 apples", "> q", "**a", "-x", "#a", "- [x] a", "1.5"])
def test_a_line_whose_kind_is_known_is_shown(line):
    assert hold_back(line) == line


def test_in_a_fence_only_what_may_close_it_is_held_back():
    assert hold_back("``", "`") == ""
    assert hold_back("  ```", "`") == ""
    assert hold_back("~~", "`") == "~~"
    assert hold_back("- x", "`") == "- x"
    assert hold_back("`a`", "`") == "`a`"


def test_in_a_table_a_line_is_a_row_when_it_begins_as_one():
    assert hold_back("| a | b", "|") == "| a | b"
    assert hold_back("Text", "|") == ""


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("**bold", "**bold**"),
        ("**bold ", "**bold**"),
        ("**bold*", "**bold**"),
        ("a *b", "a *b*"),
        ("***both", "***both***"),
        ("~~gone", "~~gone~~"),
        ("`code", "`code`"),
        ("**a `b", "**a `b`**"),
        ("**a *b", "**a *b***"),
        ("a **", "a "),
        ("2 * 3", "2 * 3"),
        ("5*3 = 15", "5*3 = 15"),
        ("snake_case", "snake_case"),
        ("see [the te", "see "),
        ("see [the text]", "see "),
        ("see [the text](https://exa", "see the text"),
        ("![alt](https://exa", ""),
        ("so \\(a_1", "so "),
        ("so $x_1", "so "),
        ("about $5 per", "about $5 per"),
        ("a &am", "a "),
        ("H<su", "H"),
        ("List<int>", "List<int>"),
        ("a\\", "a"),
        ("plain text", "plain text"),
    ],
)
def test_open_markup_is_closed_or_left_out(text, closed):
    assert close_inline(text) == closed


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_nothing_but_closing_marks_is_added(text):
    closed = close_inline(text)
    added = closed[len(_common(text, closed)) :]
    assert set(added) <= set("*_~`") or "](" in text


WORDS = st.sampled_from(
    ["word", "two words", "太字です", "x_y", "a.b", "List<int>", "5 * 3", "`code`", r"\(a_1\)", "$x^2$"]
)
SENTENCES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
        inner.filter(lambda text: "*" not in text).map("**{}**".format),
        inner.filter(lambda text: "*" not in text).map("*{}*".format),
        inner.filter(lambda text: "~" not in text).map("~~{}~~".format),
        inner.filter(lambda text: "](" not in text).map("[{}](https://example.com/a)".format),
    ),
    max_leaves=6,
)


def shown(text):
    """What a reader sees of inline text."""
    tokens = InlineParser(text, Context()).parse()
    return "".join(map(plain, tokens)).rstrip()


@settings(max_examples=300, deadline=None)
@given(SENTENCES, st.data())
def test_a_sentence_cut_anywhere_shows_the_beginning_of_the_sentence(sentence, data):
    cut = data.draw(st.integers(0, len(sentence)))
    assert shown(sentence).startswith(shown(close_inline(sentence[:cut])))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_unfinished(text):
    assert isinstance(close_inline(text), str)
    assert hold_back(text.replace("\n", " ")) in ("", text.replace("\n", " "))


def _common(first, second):
    length = 0
    while length < min(len(first), len(second)) and first[length] == second[length]:
        length += 1
    return first[:length]
