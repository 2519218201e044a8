"""The block parser: what it finds while text arrives, and what it never changes again."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from support.markdown_corpus import Corpus
from tally.rendering.blocks import MAX_DEPTH, Blocks

LINES = [
    "", "a", "- x", "  - y", "    - z", "1. n", "   more", "> q", "```", "```py", "````", "# h", "---", "| a | b |",
    "|---|---|",
    "| 1 | 2 |", "$$", r"\[", r"\]", "[r]: /u", "[^n]: note", "    code", "\ttab", "- [ ] t", "~~~", "===", "  ```",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(LINES), max_size=25).map("\n".join)


def picture(node):
    """Everything that can be seen of a block, with its blocks inside."""
    inside = [picture(child) for child in node.children]
    return (node.kind, node.first, node.last, node.lines, node.level, node.info, node.loose, node.checked, inside)


def parsed(text):
    blocks = Blocks()
    blocks.feed(text)
    blocks.finish()
    return blocks


def kinds(text):
    return [node.kind for node in parsed(text).root.children]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.lists(st.integers(1, 12), min_size=1, max_size=40))
def test_any_portions_of_a_text_give_the_same_blocks(text, sizes):
    blocks = Blocks()
    at = index = 0
    while at < len(text):
        size = sizes[index % len(sizes)]
        blocks.feed(text[at : at + size])
        at += size
        index += 1
    blocks.finish()
    assert picture(blocks.root) == picture(parsed(text).root)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_a_closed_top_level_block_never_changes_again(text):
    blocks = Blocks()
    closed = []
    for line in text.split("\n"):
        blocks.line(line)
        now = [picture(node) for node in blocks.root.children if node.closed]
        assert now[: len(closed)] == closed
        closed = now
    blocks.finish()
    assert [picture(node) for node in blocks.root.children][: len(closed)] == closed


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_only_the_last_top_level_block_is_open_and_blocks_do_not_overlap(text):
    blocks = Blocks()
    for line in text.split("\n"):
        blocks.line(line)
        nodes = blocks.root.children
        assert all(node.closed for node in nodes[:-1])
        assert all(before.last <= after.first for before, after in itertools.pairwise(nodes))


def test_blocks_know_their_source_lines():
    text = "# h\n\npara\nmore\n\n- a\n- b\n\n```\nx\n```\nend"
    lines = text.split("\n")
    found = ["\n".join(lines[node.first : node.last]) for node in parsed(text).root.children]
    assert found == ["# h", "para\nmore", "- a\n- b", "```\nx\n```", "end"]


def test_a_mixed_answer_is_covered_by_its_blocks():
    text = Corpus(1).text(8000)
    covered = set()
    for node in parsed(text).root.children:
        covered.update(range(node.first, node.last))
    assert all(not line.strip() for number, line in enumerate(text.split("\n")) if number not in covered)


def test_definitions_are_collected_and_the_first_of_a_name_counts():
    blocks = parsed("[a]: /one\n[A]: /two\n[b]: <x y> 'title'\n\n[^n]: note")
    assert blocks.references == {"a": ("/one", ""), "b": ("x y", "title")}
    assert blocks.footnotes["n"].children[0].text == "note"


def test_a_footnote_can_hold_several_blocks():
    note = parsed("[^n]: one\n\n    two\n\n    - three\n\nafter").footnotes["n"]
    assert [child.kind for child in note.children] == ["paragraph", "paragraph", "list"]


def test_lists_and_quotes_stop_nesting_at_the_limit_and_keep_their_text():
    blocks = parsed(">" * 500 + " deep")
    node, depth = blocks.root, 0
    while node.children:
        node, depth = node.children[0], depth + 1
    assert depth == MAX_DEPTH + 1
    assert node.kind == "paragraph"
    assert node.text.endswith("> deep")


def test_a_table_takes_its_header_from_the_last_line_of_a_paragraph():
    paragraph, table = parsed("Numbers\nfollow:\n| a | b |\n|:--|--:|\n| 1 | 2 |").root.children
    assert paragraph.lines == ["Numbers", "follow:"]
    assert (table.kind, table.first, table.align) == ("table", 2, ("left", "right"))


def test_a_formula_whose_end_never_comes_is_text():
    assert kinds("$$\nx") == ["paragraph"]
    assert kinds("$$\nx\n\ny") == ["paragraph", "paragraph"]
    assert kinds("$$\nx\n$$") == ["math"]


def test_text_after_the_end_of_a_formula_goes_on_below_it():
    math, paragraph = parsed("\\[\nx\n\\] where").root.children
    assert (math.text, paragraph.text) == ("x", "where")


def test_a_list_gets_loose_when_a_blank_line_separates_its_items():
    assert not parsed("- a\n- b").root.children[0].loose
    assert parsed("- a\n\n- b").root.children[0].loose
    assert not parsed("- a\n  - b\n\n    c").root.children[0].loose
