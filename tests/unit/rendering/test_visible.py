"""What can be seen of a text can be found, and leads back to its place in the source."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally.rendering.visible import visible


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("plain", "plain"),
        ("", ""),
        ("a **bold** word", "a bold word"),
        ("*it* and _it_ and ***both***", "it and it and both"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("2 * 3 ** 4", "2 * 3 ** 4"),
        ("~~gone~~", "gone"),
        ("see [the page](https://e.test/page_(one) \"Title\").", "see the page."),
        ("![a cat](cat.png)", "a cat"),
        ("[text][ref]\n\n[ref]: https://e.test/", "text\n\n"),
        ("note[^1]\n\n[^1]: Shown.", "note[^1]\n\n[^1]: Shown."),
        ("`a[i](x)`", "a[i](x)"),
        ("```python\n**kwargs [a](b)\n```\nafter **x**", "**kwargs [a](b)\nafter x"),
        ("```\nopen **code", "open **code"),
        ("## Heading", "Heading"),
        (r"\*not\* it", "*not* it"),
        ("https://e.test/a_b_c", "https://e.test/a_b_c"),
    ],
)  # fmt: skip
def test_marks_and_addresses_are_not_visible(source, seen):
    assert visible(source).text == seen


@given(st.text(alphabet="ab *_`[]()#\\~\n!:", max_size=60))
def test_every_visible_character_leads_to_itself_in_the_source(source):
    found = visible(source)
    assert all(source[found.origin(place)] == letter for place, letter in enumerate(found.text))
