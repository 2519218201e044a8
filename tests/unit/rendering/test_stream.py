"""Rendering while text arrives: the picture at the end, what changes on the way, and what does not."""

import html
import itertools
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.markdown_corpus import Corpus
from tally.rendering import pieces
from tally.rendering.segments import (
    PROSE_LIMIT,
    TABLE_ROWS,
    CodeSegment,
    MathSegment,
    ProseSegment,
    TableSegment,
)
from tally.rendering.stream import StreamRenderer, render

PIECES = [
    "a", " ", "\n", "\n\n", "**", "*", "`", "```", "```py\n", "- ", "  - ", "1. ", "> ", "| a | b |\n",
    "|---|---|\n", "| 1 |\n",
    "$", "$$", "\\[", "\\]", "[x]", "(https://a.com)", "[^1]", "\n[^1]: n\n", "\n[x]: https://a.com\n", "- [ ] ",
    "# ", "    ",
    "~~", "\\", "&amp;", "<br>", "!", "[", "]", "---\n", "é", "「強」",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=20)


def portions(text, sizes):
    at = index = 0
    while at < len(text):
        size = sizes[index % len(sizes)]
        yield text[at : at + size]
        at += size
        index += 1


def visible(segments):
    """What a reader sees, without white space."""
    parts = []
    for segment in segments:
        if isinstance(segment, CodeSegment):
            parts.append(segment.code)
        elif isinstance(segment, MathSegment):
            parts.append(segment.latex)
        else:
            parts.append(html.unescape(re.sub(r"<[^>]*>", "", segment.html)))
    return re.sub(r"\s+", "", "".join(parts))


@settings(max_examples=400, deadline=None)
@given(TEXTS, SIZES)
def test_any_portions_of_any_text_end_as_the_whole_text(text, sizes):
    renderer = StreamRenderer()
    for portion in portions(text, sizes):
        renderer.feed(portion)
    renderer.finish()
    assert tuple(renderer.segments) == render(text)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), SIZES)
def test_any_portions_of_a_mixed_answer_end_as_the_whole_answer(seed, sizes):
    text = Corpus(seed).text(3000)
    renderer = StreamRenderer()
    for portion in portions(text, sizes):
        renderer.feed(portion)
    renderer.finish()
    assert tuple(renderer.segments) == render(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS, SIZES)
def test_an_update_names_everything_that_changed(text, sizes):
    renderer = StreamRenderer()
    shown = []
    for portion in portions(text, sizes):
        update = renderer.feed(portion)
        shown = applied(shown, renderer.segments, update)
    update = renderer.finish()
    shown = applied(shown, renderer.segments, update)
    assert looks(shown) == looks(renderer.segments)


def applied(shown, segments, update):
    """Does what a view does: keeps the segments before the first changed one, appends to code, replaces the rest."""
    if update.appended is not None:
        before, now = shown[update.first_changed], segments[update.first_changed]
        added = now.code[len(now.code) - update.appended :]
        assert before.code + added == now.code
    return [*shown[: update.first_changed], *segments[update.first_changed :]]


def looks(segments):
    return [
        (type(segment), getattr(segment, "html", None), getattr(segment, "code", None), getattr(segment, "latex", None))
        for segment in segments
    ]


def test_shown_text_hardly_ever_changes_its_meaning():
    frames = unstable = behind = probes = 0
    for seed in range(6):
        text = Corpus(seed).text(4000)
        final = visible(render(text))
        renderer = StreamRenderer()
        for portion in portions(text, [4]):
            renderer.feed(portion)
            now = visible(renderer.segments)
            frames += 1
            unstable += not final.startswith(now)
            if frames % 25 == 0:
                probes += 1
                behind += len(visible(render(renderer.text))) - len(now)
    assert unstable / frames <= 0.02
    # Showing nothing would be stable as well: on average little is held back.
    assert behind / probes <= 12


def test_nothing_visible_changes_while_everything_is_held_back():
    renderer = StreamRenderer()
    renderer.feed("Text\n\n")
    update = renderer.feed("- ")
    assert update.first_changed == len(renderer.segments)


def test_an_open_code_block_grows_by_what_is_new():
    renderer = StreamRenderer()
    renderer.feed("Text\n\n```py\nfirst")
    update = renderer.feed(" line\nsec")
    assert (update.first_changed, update.appended) == (1, len(" line\nsec"))
    segment = renderer.segments[1]
    assert segment == CodeSegment("py", "first line\nsec", "```py\nfirst line\nsec", 6, 26, closed=False)


def test_closing_a_code_block_changes_no_text():
    renderer = StreamRenderer()
    renderer.feed("```\ncode\n``")
    update = renderer.feed("`\n")
    assert (update.first_changed, update.appended) == (0, 0)
    assert renderer.segments[0].closed


def test_a_closing_fence_in_flight_is_not_code():
    renderer = StreamRenderer()
    renderer.feed("```\ncode\n``")
    assert renderer.segments[0].code == "code"


def test_code_in_a_list_item_is_a_segment_of_its_own_and_the_list_goes_on():
    before, code, after = render("1. one\n   ```sh\n   run\n   ```\n   more\n2. two")
    assert (code.language, code.code, code.indent) == ("sh", "run", 1)
    assert before.html == '<ol start="1"><li>one</li></ol>'
    assert after.html == '<div class="in1"><p>more</p></div><ol start="2"><li>two</li></ol>'


def test_code_in_a_nested_list_is_indented_twice():
    code = render("- a\n  - b\n    ```\n    x\n    ```\n")[1]
    assert isinstance(code, CodeSegment)
    assert code.indent == 2


def test_segments_know_their_source():
    text = "# T\n\npara\n\n```py\nx\n```\n\n| a |\n|---|\n| 1 |\n\n$$\ny\n$$\n"
    segments = render(text)
    assert [type(segment) for segment in segments] == [ProseSegment, CodeSegment, TableSegment, MathSegment]
    assert [segment.source for segment in segments] == [
        "# T\n\npara", "```py\nx\n```", "| a |\n|---|\n| 1 |", "$$\ny\n$$",
    ]  # fmt: skip
    assert all(text[segment.start : segment.end] == segment.source for segment in segments)


@pytest.mark.parametrize("text", ["word. " * 30 + "\n\n", "- item of a list\n"], ids=["paragraphs", "list"])
def test_prose_segments_stay_small(text):
    segments = render(text * 700)
    assert len(segments) > 3
    assert all(len(segment.html) <= PROSE_LIMIT * 1.5 for segment in segments)


def test_a_long_list_keeps_its_numbers_across_segments():
    segments = render("".join(f"{number}. item number {number}\n" for number in range(1, 301)))
    for before, after in itertools.pairwise(segments):
        start = int(re.match(r'<ol start="(\d+)">', after.html)[1])
        assert start == int(re.findall(r"item number (\d+)", before.html)[-1]) + 1


def test_finished_items_of_an_open_list_are_not_rendered_again():
    renderer = StreamRenderer()
    renderer.feed("".join(f"- item {number} with some words\n" for number in range(400)))
    first = renderer.segments[0]
    renderer.feed("- one more\n")
    assert renderer.segments[0] is first


def test_a_list_that_turns_loose_is_rendered_again():
    renderer = StreamRenderer()
    renderer.feed("- a\n- b\n- c\n")
    update = renderer.feed("\n- d\n")
    assert update.first_changed == 0
    assert renderer.segments[0].html.count("<p>") == 4


def test_a_long_table_becomes_parts_with_the_same_columns():
    rows = "".join(f"| name {number} | {number} |\n" for number in range(2 * TABLE_ROWS + 5))
    parts = render("| a | b |\n|---|---|\n" + rows)
    assert [(part.rows, part.continued) for part in parts] == [(TABLE_ROWS, False), (TABLE_ROWS, True), (5, True)]
    widths = {tuple(re.findall(r'width="(\d+)%"', part.html)[1:3]) for part in parts}
    assert len(widths) == 1
    assert all('align="right"' in part.html for part in parts)


def test_a_growing_table_only_changes_its_last_part():
    renderer = StreamRenderer()
    renderer.feed("| a | b |\n|---|---|\n" + "| x | 1 |\n" * (3 * TABLE_ROWS))
    update = renderer.feed("| y | 2 |\n| z")
    assert update.first_changed == 2 or update.first_changed == len(renderer.segments) - 1


def test_a_definition_that_comes_late_makes_its_link_at_the_end():
    renderer = StreamRenderer()
    renderer.feed("See [the docs][d].\n\nMore.\n\n")
    assert "<a" not in renderer.segments[0].html
    renderer.feed("[d]: https://example.com\n")
    renderer.finish()
    assert '<a href="https://example.com">the docs</a>' in renderer.segments[0].html


def test_a_footnote_that_never_comes_is_text_at_the_end():
    renderer = StreamRenderer()
    renderer.feed("As said[^1] here.\n\n")
    assert "footnote-ref" in renderer.segments[0].html
    renderer.finish()
    assert renderer.segments[0].html == "<p>As said[^1] here.</p>"


def test_footnotes_stand_at_the_end():
    segments = render("A[^b] and B[^a].\n\n[^a]: first\n[^b]: second\n\nText.")
    assert visible(segments).endswith("Text.secondfirst")


def test_line_breaks_are_kept_where_people_type_them():
    assert render("a\nb", breaks=True)[0].html == "<p>a<br />b</p>"
    assert render("a\nb")[0].html == "<p>a\nb</p>"


def test_an_empty_text_has_no_segments():
    assert render("") == ()
    assert render("\n\n  \n") == ()


def test_control_characters_do_not_disturb_the_offsets():
    segment = render("a\x00b\x02c\x03d & <x>")[0]
    assert segment.html == "<p>a\ufffdb\ufffdc\ufffdd &amp; &lt;x&gt;</p>"


def test_the_types_can_be_imported_without_loading_a_parser(tmp_path):
    code = "import sys, tally.rendering.segments; sys.exit(any(m in sys.modules for m in ('markdown', 'pygments')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0


@pytest.mark.parametrize("text", ["a", "a  ", "ab cd, ef.", "a > b", "é 日本", "a & b", "x:y", "#1", "100 %"])
@pytest.mark.parametrize("mark", ["- ", "1. ", "- [ ] ", "* [x] "])
def test_short_items_are_the_same_by_either_way(mark, text, monkeypatch):
    source = f"{mark}{text}\n{mark}{text}\n"
    short = render(source)
    monkeypatch.setattr(pieces, "_plain_item", lambda *_: None)
    assert render(source) == short
