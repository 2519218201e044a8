"""Addresses as people paste them."""

import pytest

from tally.core.failures import FailureKind, RefusedError
from tally.gateway.endpoint import endpoint_of


@pytest.mark.parametrize(
    ("pasted", "chat"),
    [
        ("https://tokenhub.store/api/v1", "https://tokenhub.store/api/v1/chat/completions"),
        (" https://tokenhub.store/api/v1/ ", "https://tokenhub.store/api/v1/chat/completions"),
        ("https://tokenhub.store/api", "https://tokenhub.store/api/v1/chat/completions"),
        ("https://tokenhub.store//api//v1//", "https://tokenhub.store/api/v1/chat/completions"),
        ("https://h.example/v1/chat/completions/", "https://h.example/v1/chat/completions"),
        ("https://h.example/v1/models", "https://h.example/v1/chat/completions"),
        ("https://h.example/chat/completions", "https://h.example/chat/completions"),
        ("HTTPS://H.Example", "https://h.example/v1/chat/completions"),
        ("h.example", "https://h.example/v1/chat/completions"),
        ("https://h.example/v1beta/openai", "https://h.example/v1beta/openai/chat/completions"),
        ("https://h.example/v1?tenant=a#top", "https://h.example/v1/chat/completions?tenant=a"),
        ("localhost:8080", "http://localhost:8080/v1/chat/completions"),
        ("http://127.0.0.9:1/v1", "http://127.0.0.9:1/v1/chat/completions"),
        ("http://[::1]:9/v1", "http://[::1]:9/v1/chat/completions"),
    ],
)
def test_every_way_to_paste_an_address_leads_to_the_same_path(pasted, chat):
    assert endpoint_of(pasted).chat == chat


@pytest.mark.parametrize(
    "pasted",
    [
        "http://tokenhub.store/api/v1", "http://localhost.example/v1", "http://128.0.0.1/v1", "ftp://h.example", "",
        "https://", "https://user:secret@h.example/v1", "https://h.example:port/v1", "two words",
        f"https://{'a' * 64}.example", "https://\u2603\ufe0f\u200d.example", "https://[::1/v1", "https://h..example",
    ],
)  # fmt: skip
def test_an_address_that_cannot_or_must_not_be_used_is_refused(pasted):
    with pytest.raises(RefusedError) as caught:
        endpoint_of(pasted)
    assert caught.value.failure.kind is FailureKind.WRONG_ADDRESS
    assert "secret" not in caught.value.failure.message
