"""What people paste becomes a key, or a clear refusal; no text ever shows a whole one."""

import pytest

from tally.core.failures import FailureKind, RefusedError
from tally.core.keys import clean_key, host_of, key_hint, masked

KEY = "th-abcdefghijklmnop"


@pytest.mark.parametrize(
    "pasted",
    [
        KEY,
        f"  {KEY}\n",
        f'"{KEY}"',
        f"Bearer {KEY}",
        f"Authorization: Bearer {KEY}",
        f"“{KEY}”",
        "th-abcdefgh\nijklmnop",
    ],
)
def test_the_key_is_found_in_what_was_pasted(pasted):
    assert clean_key(pasted) == KEY


@pytest.mark.parametrize("pasted", ["", "   ", '""', "Bearer "])
def test_nothing_is_no_key(pasted):
    with pytest.raises(RefusedError) as caught:
        clean_key(pasted)
    assert caught.value.failure.kind is FailureKind.NO_KEY


@pytest.mark.parametrize("pasted", ["th-аbc", "th-a’b", "th-鍵", "th-a\x00b"])
def test_a_key_that_cannot_be_sent_in_a_header_is_refused_without_being_repeated(pasted):
    with pytest.raises(RefusedError) as caught:
        clean_key(pasted)
    assert caught.value.failure.kind is FailureKind.BAD_KEY
    assert pasted not in str(caught.value)


def test_a_hint_shows_the_ends_only_and_a_short_key_not_at_all():
    assert key_hint(KEY) == "th-…mnop"
    assert key_hint("short") == "…"


def test_masking_replaces_every_occurrence():
    assert masked(f"a {KEY} b {KEY}", KEY) == "a th-…mnop b th-…mnop"
    assert masked("nothing", None) == "nothing"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://TokenHub.store/api/v1", "tokenhub.store"),
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("nonsense", ""),
        ("http://[::1", ""),
        ("http://x:99999999", ""),
    ],
)
def test_a_key_belongs_to_host_and_port(url, host):
    assert host_of(url) == host
