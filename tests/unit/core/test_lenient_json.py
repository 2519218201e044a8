"""The JSON in an answer is found through fences and words, and its absence is noticed."""

import pytest

from tally.core.lenient_json import find_json


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}', {"a": 1}),
        ('\ufeff  {"a": 1}\n', {"a": 1}),
        ('```json\n{"a": [1, 2]}\n```', {"a": [1, 2]}),
        ('Here it is: {"a": {"b": "}"}} Enjoy!', {"a": {"b": "}"}}),
        ("[1, 2, 3]", [1, 2, 3]),
        ("42", 42),
        ("null", None),
        ('{"line": "one\ntwo"}', {"line": "one\ntwo"}),
        ('{broken} but then {"ok": true}', {"ok": True}),
    ],
)
def test_the_value_is_found(text, value):
    assert find_json(text) == (True, value)


@pytest.mark.parametrize("text", ["", "no json at all", '{"a": 1', "{" * 5000, "[" * 100_000])
def test_what_holds_no_value_says_so(text):
    assert find_json(text)[0] is False
