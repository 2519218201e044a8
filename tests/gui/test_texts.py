"""Every failure, end and key state has words that a person can act on."""

import pytest

from tally.core.failures import Failure, FailureKind
from tally.core.messages import EndState
from tally.core.ports import KeyKind, KeyState
from tally.gui.shortcuts import Command, commands
from tally.gui.texts import action_label, end_text, failure_text, key_sentence, key_text

pytestmark = pytest.mark.usefixtures("qapp")

BEFORE_SENDING = {
    FailureKind.NO_KEY,
    FailureKind.BAD_KEY,
    FailureKind.UNUSABLE_IMAGE,
    FailureKind.BAD_REQUEST_HERE,
    FailureKind.DNS,
    FailureKind.CONNECT,
    FailureKind.TLS,
    FailureKind.PROXY,
}


@pytest.mark.parametrize("kind", list(FailureKind))
class TestEveryFailure:
    def test_has_a_title_a_sentence_and_actions_with_words(self, kind):
        text = failure_text(Failure(kind, "The server said so."))
        assert 1 <= len(text.title.split()) <= 7
        assert text.sentence
        assert "{" not in text.sentence
        assert all(action_label(action) for action in text.actions)

    def test_reads_well_without_a_message(self, kind):
        sentence = failure_text(Failure(kind, "")).sentence
        assert "{" not in sentence
        assert ": ." not in sentence
        assert not sentence.startswith(" ")

    def test_says_whether_it_cost_anything(self, kind):
        sentence = failure_text(Failure(kind, "m", may_be_billed=True)).sentence
        if kind in BEFORE_SENDING:
            assert "Nothing was sent" in sentence
        else:
            assert "may have been billed" in sentence

    def test_is_never_called_free_when_it_may_be_billed(self, kind):
        sentence = failure_text(Failure(kind, "m", may_be_billed=True)).sentence
        assert "cost nothing" not in sentence or kind in BEFORE_SENDING


def test_a_servers_sentence_is_quoted_where_it_matters():
    text = failure_text(Failure(FailureKind.BAD_REQUEST, "max_tokens: must be\n less than 8192"))
    assert "max_tokens: must be less than 8192" in text.sentence


def test_a_servers_novel_is_shortened():
    text = failure_text(Failure(FailureKind.SERVER, "x" * 5000))
    assert len(text.sentence) < 500
    assert "…" in text.sentence


def test_braces_of_a_server_are_words_like_any_other():
    text = failure_text(Failure(FailureKind.SERVER, '{"error": {message} {0}}'))
    assert '{"error": {message} {0}}' in text.sentence


def test_the_pause_a_server_asks_for_is_said():
    assert "12 s" in failure_text(Failure(FailureKind.RATE_LIMITED, "", retry_after_s=12.0)).sentence


def test_an_empty_balance_offers_a_smaller_answer():
    assert "retry_smaller" in failure_text(Failure(FailureKind.BALANCE, "")).actions


@pytest.mark.parametrize("state", list(EndState))
def test_every_end_has_words_unless_all_is_well(state):
    quiet = {EndState.COMPLETE, EndState.STREAMING, EndState.TOOLS}
    assert bool(end_text(state)) == (state not in quiet)


@pytest.mark.parametrize("state", [EndState.CANCELLED, EndState.CUT])
def test_a_stopped_or_lost_answer_is_never_called_free(state):
    assert "may be billed" in end_text(state)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_every_key_state_has_short_and_long_words(kind):
    hint = "" if kind is KeyKind.MISSING else "th-…abcd"
    state = KeyState(kind, hint, "KWallet", "The keyring is locked.")
    assert hint in key_text(state)
    assert hint in key_sentence(state)
    assert key_sentence(state).endswith("The keyring is locked.")
    assert len(key_text(state)) < 40


def test_a_key_without_a_named_keyring_still_reads_well():
    assert "the system's keyring" in key_sentence(KeyState(KeyKind.STORED, "th-…abcd"))


def test_every_command_is_in_the_table_once():
    listed = [entry.command for entry in commands()]
    assert sorted(listed) == sorted(Command)


def test_no_two_commands_share_a_shortcut():
    keys = [key for entry in commands() for key in entry.keys]
    assert len(keys) == len(set(keys))
