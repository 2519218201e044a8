"""Words are found in the whole conversation, not only in what is on screen."""

from hypothesis import given
from hypothesis import strategies as st

from support.shown_messages import answer, long_path, question, row, settle, words_y
from tally.gui.conversation.find import Finder
from tally.gui.conversation.shown import Shown


def test_every_place_is_counted_and_visited_in_order(view):
    view.show_path(long_path(400))
    view.go_to(0)
    settle()
    assert view.find("QUESTION 39") == (1, 5)
    settle()
    assert 0 <= words_y(view, 390, "Question 390") < view.viewport().height()
    assert view.find("QUESTION 39") == (2, 5)
    assert view.find("QUESTION 39", forward=False) == (1, 5)
    assert view.find("QUESTION 39", forward=False) == (5, 5)
    settle()
    assert 0 <= words_y(view, 398, "Question 398") < view.viewport().height()


def test_a_place_far_away_is_brought_on_screen_and_selected(view):
    path = long_path(600)
    needle = answer("Nothing here.\n\n```python\nthe_needle = 1\n```\n\nAnd the_needle again, `the_needle`.")
    view.show_path([*path[:300], Shown(needle), *path[300:]])
    view.go_to(0)
    settle()
    assert view.find("the_needle") == (1, 3)
    settle()
    code, prose = row(view, 300).texts()[1:]
    assert code.textCursor().selectedText() == "the_needle"
    assert 0 < words_y(view, 300, "the_needle") < view.viewport().height()
    view.find("the_needle")
    settle()
    assert prose.textCursor().selectedText() == "the_needle"
    assert len(prose.extraSelections()) == 2
    view.find("")
    assert prose.extraSelections() == []


def test_words_that_are_nowhere_are_not_found(view, open_path):
    open_path([question("Go."), answer("Words.")])
    assert view.find("nowhere") == (0, 0)


def test_signs_have_no_special_meaning(view, open_path):
    open_path([question("Is (a+b)* a pattern?"), answer("aab")])
    assert view.find("(a+b)*") == (1, 1)


@given(st.lists(st.sampled_from(["abc", "b", "ABBA", "", "日本語 b"]), max_size=8), st.integers(0, 7), st.booleans())
def test_going_round_visits_each_place_once(texts, near, forward):
    finder = Finder()
    finder.search("b", [question(text) for text in texts])
    total = sum(text.lower().count("b") for text in texts)
    assert len(finder.hits) == total
    visited = [finder.step(forward=forward, near_row=near) for _ in range(total)]
    assert len(set(visited)) == total


def test_addresses_and_marks_are_not_found(view, open_path):
    open_path([answer("See [the guide](https://guide.test/guide) for **bo**ld `guide` words.")])
    assert view.find("guide") == (1, 2)
    text = row(view, 0).texts()[0]
    assert len(text.extraSelections()) == 2
    view.find("guide")
    assert text.textCursor().selectionStart() == text.visible_text().rindex("guide")
    assert view.find("bold") == (1, 1)
    assert text.textCursor().selectedText() == "bold"
    assert view.find("**") == (0, 0)


def test_a_line_break_of_the_source_is_found_as_a_space(view, open_path):
    open_path([answer("one\ntwo")])
    assert view.find("one two") == (1, 1)
    assert row(view, 0).texts()[0].textCursor().selectedText() == "one two"
