"""What was said is there again, in its order and on its path."""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from support.stored import (
    OPTIONS,
    Store,
    answer,
    entry,
    finished,
    head,
    number,
    open_call,
    opened,
    question,
)
from tally.core.conversation import ConversationOptions
from tally.core.failures import StoreError
from tally.core.messages import AnswerInfo, EndState, ImagePart, Message, Role, TextPart
from tally.core.money import UNKNOWN_COST, CostStatus
from tally.core.params import GenerationParams
from tally.core.ports import Draft

run = asyncio.run
C = "c" * 32


def begin(store: Store, asked: Message | None, said: Message, call: int = 7, **changes: object) -> None:
    run(store.history.begin_turn(head(**changes), OPTIONS, asked, said, open_call(call, answer=said.id)))


def texts(messages: Sequence[Message]) -> list[str]:
    return [message.text for message in messages]


def test_a_turn_is_there_again_after_closing(path: Path) -> None:
    said = answer()
    done = finished(said, "Hello.")
    with opened(path) as store:
        begin(store, question("Hi?"), said)
        run(store.history.finish_turn(done, [entry()]))
    with opened(path) as store:
        conversation = run(store.history.load(C))
        assert conversation.path() == (question("Hi?"), done)
        assert conversation.options == OPTIONS


def test_the_question_is_on_disk_before_anything_else_happens(store: Store, path: Path) -> None:
    begin(store, question("Hi?"), answer())
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM messages").fetchone() == (2,)
        assert other.execute("SELECT answer FROM open_calls").fetchone() == (number(2),)


def test_a_partial_answer_is_what_arrived_last(store: Store) -> None:
    begin(store, question("Hi?"), answer())
    run(store.history.save_partial(number(2), [TextPart("He")]))
    run(store.history.save_partial(number(2), [TextPart("Hello")]))
    assert texts(run(store.history.load(C)).path()) == ["Hi?", "Hello"]


def test_a_late_partial_does_not_overwrite_the_finished_answer(store: Store) -> None:
    said = answer()
    begin(store, question("Hi?"), said)
    run(store.history.finish_turn(finished(said, "Hello."), [entry()]))
    run(store.history.save_partial(said.id, [TextPart("Hel")]))
    assert texts(run(store.history.load(C)).path()) == ["Hi?", "Hello."]


def test_an_unknown_conversation_is_empty(store: Store) -> None:
    assert len(run(store.history.load("nobody"))) == 0


def test_several_answers_of_one_question_are_siblings_and_the_last_begun_is_on_the_path(store: Store) -> None:
    asked = question("Which?")
    for digit in (2, 3, 4):
        begin(store, asked, answer(digit=digit), call=digit + 10)
    conversation = run(store.history.load(C))
    assert conversation.children(asked.id) == (number(2), number(3), number(4))
    assert conversation.tip() == number(4)


def test_a_regenerated_answer_brings_its_whole_branch_onto_the_path(store: Store) -> None:
    begin(store, question("First?"), answer())
    begin(store, question("First, edited?", digit=3), answer(digit=4, parent=number(3)), call=8)
    begin(store, None, answer(digit=5), call=9)
    assert [message.id for message in run(store.history.load(C)).path()] == [number(1), number(5)]


def test_the_chosen_path_is_remembered(store: Store) -> None:
    begin(store, question("Which?"), answer())
    begin(store, None, answer(digit=3), call=8)
    run(store.history.choose(C, {number(1): number(2)}))
    assert run(store.history.load(C)).tip() == number(2)


def test_a_title_given_while_an_answer_streams_is_not_lost(store: Store) -> None:
    run(store.history.save_head(head(title="Renamed", pinned=True), OPTIONS))
    begin(store, question("Hi?"), answer(), title="Hi?", updated=5_000)
    [kept] = run(store.history.heads())
    assert (kept.title, kept.pinned, kept.updated) == ("Renamed", True, 5_000)


def test_an_untitled_conversation_takes_the_turns_title(store: Store) -> None:
    run(store.history.save_head(head(title=""), OPTIONS))
    begin(store, question("Hi?"), answer(), title="Hi?")
    assert [kept.title for kept in run(store.history.heads())] == ["Hi?"]


def test_options_belong_to_the_conversation(store: Store) -> None:
    options = ConversationOptions("claude-haiku-4-5", GenerationParams(temperature=0.5, stop=("END",), system="Brief."))
    run(store.history.save_head(head(), options))
    assert run(store.history.load(C)).options == options


def test_heads_are_pinned_first_then_by_last_change(store: Store) -> None:
    for name, changes in {
        "old": {"updated": 1},
        "new": {"updated": 9},
        "pinned": {"updated": 0, "pinned": True},
    }.items():
        run(store.history.save_head(head(name, **changes), OPTIONS))
    assert [kept.id for kept in run(store.history.heads())] == ["pinned", "new", "old"]


def test_heads_carry_what_their_calls_cost(store: Store) -> None:
    said = answer()
    begin(store, question("Hi?"), said)
    estimated = replace(entry(8).cost, status=CostStatus.ESTIMATED)
    calls = [entry(), entry(8, cost=estimated), entry(9, cost=UNKNOWN_COST, price=None), entry(10, simulated=True)]
    run(store.history.finish_turn(finished(said, "Hello."), calls))
    [kept] = run(store.history.heads())
    assert (kept.cost, kept.estimated, kept.unknown, kept.messages) == (9_000_000_000, 4_500_000_000, 1, 2)


def test_a_demo_conversation_shows_its_simulated_cost(store: Store) -> None:
    said = answer(simulated=True)
    begin(store, question("Hi?"), said, simulated=True)
    run(store.history.finish_turn(finished(said, "Hello."), [entry(simulated=True)]))
    [kept] = run(store.history.heads())
    assert kept.simulated
    assert kept.cost == 4_500_000_000


def test_one_real_answer_makes_a_demo_conversation_real(store: Store) -> None:
    run(store.history.save_head(head(simulated=True), OPTIONS))
    begin(store, question("Hi?"), answer())
    assert not run(store.history.heads())[0].simulated


def test_the_trash_is_a_list_of_its_own(store: Store) -> None:
    run(store.history.save_head(head(), OPTIONS))
    run(store.history.save_head(head("d" * 32, trashed=5), OPTIONS))
    assert [kept.id for kept in run(store.history.heads())] == [C]
    assert [kept.id for kept in run(store.history.heads(trashed=True))] == ["d" * 32]


def test_answer_and_ledger_rows_are_written_together_or_not_at_all(store: Store) -> None:
    said = answer()
    begin(store, question("Hi?"), said)
    too_large = entry(8, at=2**70)
    with pytest.raises(StoreError):
        run(store.history.finish_turn(finished(said, "Hello."), [entry(), too_large]))
    assert run(store.ledger.conversation_entries(C)) == []
    assert run(store.history.load(C)).message(said.id).answer == said.answer


def test_an_answer_removed_while_it_streamed_stays_removed_but_is_booked(store: Store) -> None:
    said = answer()
    begin(store, question("Hi?"), said)
    run(store.history.remove_messages(C, [said.id]))
    run(store.history.finish_turn(finished(said, "Hello."), [entry()]))
    assert said.id not in run(store.history.load(C))
    assert len(run(store.ledger.conversation_entries(C))) == 1


def test_finishing_twice_books_once(store: Store) -> None:
    said = answer()
    begin(store, question("Hi?"), said)
    for _ in range(2):
        run(store.history.finish_turn(finished(said, "Hello."), [entry()]))
    assert run(store.history.heads())[0].cost == entry().cost.usd.pico


def test_removed_messages_come_back_to_their_old_place(store: Store) -> None:
    begin(store, question("One?"), answer())
    begin(store, question("Two?", digit=3), answer(digit=4, parent=number(3)), call=8)
    before = run(store.history.load(C))
    taken = run(store.history.load(C)).remove(number(1))
    run(store.history.remove_messages(C, [message.id for message in taken]))
    assert len(run(store.history.load(C))) == 2
    run(store.history.save_message(C, question("Three?", digit=9)))
    run(store.history.restore_messages(C, taken))
    assert run(store.history.load(C)).children(None) == (*before.children(None), number(9))


def test_removing_a_message_removes_all_below_it(store: Store) -> None:
    begin(store, question("One?"), answer())
    run(store.history.remove_messages(C, [number(1)]))
    assert len(run(store.history.load(C))) == 0


def test_a_very_long_chain_can_be_removed_and_purged(store: Store) -> None:
    run(store.history.save_head(head(), OPTIONS))

    async def fill() -> None:
        for digit in range(1, 1_500):
            parent = number(digit - 1) if digit > 1 else None
            await store.history.save_message(C, Message(number(digit), parent, Role.USER, (), digit))

    run(fill())
    run(store.history.remove_messages(C, [number(750)]))
    assert len(run(store.history.load(C))) == 749
    run(store.history.purge(C))
    assert run(store.history.heads()) == []


def test_an_edited_message_is_replaced(store: Store) -> None:
    begin(store, question("Hi?"), answer())
    edited = replace(question("Hello?"), edited=True)
    run(store.history.save_message(C, edited))
    assert run(store.history.load(C)).message(edited.id) == edited


def test_a_message_without_its_conversation_is_refused_with_a_sentence(store: Store) -> None:
    with pytest.raises(StoreError, match="could not be read or written"):
        run(store.history.save_message("nobody", question("Hi?")))


def test_half_characters_and_nul_from_a_server_are_kept(store: Store) -> None:
    said = answer()
    begin(store, question("Hi?"), said, title="\ud83d title")
    strange = finished(said, "half \ud83d, nul \0, end")
    run(store.history.finish_turn(strange, [entry(model_returned="m\udfff")]))
    assert run(store.history.load(C)).message(said.id) == strange
    assert run(store.history.search("end"))


def test_what_is_known_of_an_answer_may_be_damaged_and_its_words_are_still_shown(store: Store, path: Path) -> None:
    said = answer()
    begin(store, question("Hi?"), said)
    run(store.history.finish_turn(finished(said, "Hello."), [entry()]))
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE messages SET answer = '{\"state\": 7}' WHERE id = ?", (said.id,))
        other.execute("UPDATE messages SET parts = 'nonsense' WHERE id = ?", (number(1),))
    conversation = run(store.history.load(C))
    assert conversation.message(said.id).text == "Hello."
    assert conversation.message(said.id).answer == AnswerInfo("", EndState.INTERRUPTED)
    assert conversation.message(number(1)).parts == ()


def picture(digest: str) -> ImagePart:
    return ImagePart(digest, "cat.png", "image/png", 1, 1, 3)


def show(store: Store, digest: str, conversation: str = C, digit: int = 1) -> Message:
    run(store.history.save_head(head(conversation), OPTIONS))
    message = Message(number(digit), None, Role.USER, (picture(digest),), 1)
    run(store.history.save_message(conversation, message))
    return message


def test_the_same_bytes_are_kept_once_under_their_digest(store: Store, path: Path) -> None:
    digests = {run(store.history.put_attachment(b"cat", "image/png")) for _ in range(2)}
    assert digests == {"77af778b51abd4a3c51c5ddd97204a9c3ae614ebccb75a606c3b6865aed6744e"}
    assert run(store.history.attachment(digests.pop())) == b"cat"
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM attachments").fetchone() == (1,)


def test_an_attachment_that_is_not_here_is_none(store: Store) -> None:
    assert run(store.history.attachment("0" * 64)) is None


def test_purging_removes_pictures_nobody_else_shows(path: Path) -> None:
    with opened(path) as store:
        shared, own, drafted = (run(store.history.put_attachment(data, "image/png")) for data in (b"1", b"2", b"3"))
        show(store, shared)
        show(store, own, digit=2)
        show(store, shared, "d" * 32, digit=3)
        run(store.history.save_draft("d" * 32, Draft(parts=(picture(drafted),))))
    with opened(path) as store:
        run(store.history.purge(C))
        assert run(store.history.attachment(own)) is None
        assert run(store.history.attachment(shared)) == b"1"
        assert run(store.history.attachment(drafted)) == b"3"


def test_purging_does_not_take_what_was_just_attached_or_may_be_undone(path: Path) -> None:
    with opened(path) as store:
        removed = run(store.history.put_attachment(b"removed", "image/png"))
        message = show(store, removed, "d" * 32)
        run(store.history.save_head(head(), OPTIONS))
    with opened(path) as store:
        attached = run(store.history.put_attachment(b"attached", "image/png"))
        run(store.history.remove_messages("d" * 32, [message.id]))
        run(store.history.purge(C))
        assert run(store.history.attachment(attached)) == b"attached"
        assert run(store.history.attachment(removed)) == b"removed"
    with opened(path) as store:
        run(store.history.recover())
        assert run(store.history.attachment(removed)) is None


def test_ledger_rows_outlive_their_conversation(store: Store) -> None:
    said = answer()
    begin(store, question("Hi?"), said)
    run(store.history.finish_turn(finished(said, "Hello."), [entry()]))
    run(store.history.purge(C))
    assert run(store.history.heads()) == []
    assert run(store.ledger.conversation_entries(C)) == [entry()]
    assert run(store.ledger.totals(None, day=0, month=0, simulated=False)).today.usd == entry().cost.usd


def test_drafts_survive_and_an_empty_one_is_none(path: Path) -> None:
    draft = Draft("half a question", (picture("0" * 64),))
    with opened(path) as store:
        run(store.history.save_draft("", draft))
        run(store.history.save_draft(C, Draft("other")))
    with opened(path) as store:
        assert run(store.history.draft("")) == draft
        run(store.history.save_draft(C, Draft()))
        assert run(store.history.draft(C)) == Draft()


def test_the_outline_of_a_conversation_needs_none_of_its_words(store: Store, path: Path) -> None:
    said = answer()
    begin(store, question("four"), said)
    run(store.history.finish_turn(finished(said, "日本語"), [entry()]))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT role, chars FROM messages ORDER BY seq").fetchall() == [
            ("user", 4),
            ("assistant", 3),
        ]
