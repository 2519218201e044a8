"""The index of heights answers like a plain list would, only faster."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally.gui.conversation.heights import HeightIndex

BASE, PER_CHARACTER = 40, 0.5

rows = st.lists(st.tuples(st.integers(0, 5000), st.none() | st.integers(1, 900)), max_size=60)
changes = st.lists(st.tuples(st.integers(0, 59), st.integers(1, 900)), max_size=30)


def index_of(given_rows):
    index = HeightIndex()
    index.set_estimate(BASE, PER_CHARACTER)
    index.reset(given_rows)
    return index


def plain(given_rows):
    """The tops as floats, before rounding."""
    heights = [BASE + length * PER_CHARACTER if exact is None else exact for length, exact in given_rows]
    return [0, *accumulate(heights)]


@given(rows, changes)
def test_tops_are_the_sums_of_the_heights_before(given_rows, given_changes):
    index = index_of(given_rows)
    for row, height in given_changes:
        if row < len(given_rows):
            index.set_exact(row, height)
            given_rows[row] = (given_rows[row][0], height)
    tops = plain(given_rows)
    assert [index.top(row) for row in range(len(given_rows) + 1)] == [int(top) for top in tops]
    assert index.total() == int(tops[-1])


@given(rows.filter(bool), st.integers(-50, 60_000))
def test_the_row_at_a_height_is_the_one_that_covers_it(given_rows, y):
    index = index_of(given_rows)
    row = index.at(y)
    if 0 <= y < index.total():
        assert index.top(row) <= y < index.top(row + 1)
    else:
        assert row == (0 if y < 0 else len(given_rows) - 1)


@given(rows, st.integers(0, 5000))
def test_appending_is_like_starting_with_one_more(given_rows, length):
    grown = index_of(given_rows)
    grown.append(length)
    whole = index_of([*given_rows, (length, None)])
    assert [grown.top(row) for row in range(len(grown) + 1)] == [whole.top(row) for row in range(len(whole) + 1)]


def test_another_estimate_changes_only_what_was_never_measured():
    index = index_of([(100, None), (100, 70), (200, None)])
    index.set_estimate(10, 1.0)
    assert [index.top(row) for row in range(4)] == [0, 110, 180, 390]


@pytest.mark.parametrize("y", [-1, 0, 1000])
def test_an_empty_index_has_no_height_and_answers_with_row_0(y):
    index = index_of([])
    assert index.total() == 0
    assert index.at(y) == 0
