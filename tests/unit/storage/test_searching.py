"""Everything said is found again, in every language people write here."""

import asyncio
import threading
from dataclasses import replace

import pytest

from support.stored import OPTIONS, Store, answer, entry, finished, head, number, open_call, question
from tally.core.messages import FilePart, Message, Role
from tally.core.ports import SearchHit
from tally.storage.searching import snippet

run = asyncio.run
C = "c" * 32


def say(store: Store, text: str, digit: int = 1, conversation: str = C, **changes: object) -> None:
    run(store.history.save_head(head(conversation, **({"title": ""} | changes)), OPTIONS))
    run(store.history.save_message(conversation, question(text, digit)))


def found(store: Store, text: str) -> list[str | None]:
    return [hit.message for hit in run(store.history.search(text))]


@pytest.mark.parametrize(
    ("said", "searched"),
    [
        ("機械学習とは何ですか", "学習とは"),
        ("機械学習とは何ですか", "学習"),
        ("今天天气怎么样?", "天气"),
        ("今天天气怎么样?", "样"),
        ("カタカナの文章", "カタカナ"),
        ("Oʻzbekiston poytaxti Toshkent", "o'zbekiston"),
        ("Oʻzbekiston poytaxti Toshkent", "O‘ZBEK"),
        ("Ўзбекистон пойтахти Тошкент", "ўзбекистон"),
        ("Ўзбекистон пойтахти Тошкент", "ўз"),
        ("the Quick brown fox", "quick"),
        ("the Quick brown fox", "ROW"),
        ("the Quick brown fox", "fox quick"),
        ("the Quick brown fox", "OX qu"),
        ("ＡＢＣ社", "abc社"),
        ("Caf\u0065\u0301 noir", "café"),
        ('he said "yes" twice', '"yes"'),
        ("100% of C:\\temp_dir", "0%"),
        ("100% of C:\\temp_dir", "C:\\temp_"),
        ("a NOT b", "NOT"),
        ("x = y*z", "y*z"),
        ("text after nul\0here", "here"),
    ],
)  # fmt: skip
def test_words_are_found(store: Store, said: str, searched: str) -> None:
    say(store, said)
    assert found(store, searched) == [number(1)]


@pytest.mark.parametrize("searched", ["", "   ", "absent", "zz", "fox absent", "fox zz", '"', "%", "_", "*", "fo%"])
def test_what_was_not_said_is_not_found(store: Store, searched: str) -> None:
    say(store, "the quick brown fox")
    assert found(store, searched) == []


def test_a_title_is_found_before_messages(store: Store) -> None:
    say(store, "nothing about 東京 here", conversation="d" * 32, digit=2)
    say(store, "hello", title="旅行 in 東京")
    first, second = run(store.history.search("東京"))
    assert first == SearchHit(C, "旅行 in 東京", None, "旅行 in 東京", 1_000)
    assert (second.conversation, second.message) == ("d" * 32, number(2))


def test_the_trash_is_not_searched(store: Store) -> None:
    say(store, "hidden words", title="hidden title", trashed=5)
    assert found(store, "hidden") == []
    assert found(store, "hi") == []


def test_an_answer_is_found_when_it_is_finished(store: Store) -> None:
    said = answer()
    run(store.history.begin_turn(head(), OPTIONS, question("Hi?"), said, open_call(answer=said.id)))
    run(store.history.finish_turn(finished(said, "photosynthesis"), [entry()]))
    assert found(store, "synth") == [said.id]


def test_what_a_message_said_before_it_was_edited_is_not_found(store: Store) -> None:
    say(store, "before")
    run(store.history.save_message(C, question("after")))
    assert found(store, "before") == []
    assert found(store, "after") == [number(1)]


def test_removed_and_purged_messages_are_not_found(store: Store) -> None:
    say(store, "first words", digit=1)
    say(store, "second words", digit=2)
    run(store.history.remove_messages(C, [number(1)]))
    assert found(store, "words") == [number(2)]
    run(store.history.purge(C))
    assert found(store, "words") == []


def test_attached_files_are_found_by_name_and_content(store: Store) -> None:
    run(store.history.save_head(head(), OPTIONS))
    part = FilePart("quarterly.csv", "region;revenue", 14)
    run(store.history.save_message(C, Message(number(1), None, Role.USER, (part,), 1)))
    assert found(store, "quarterly") == found(store, "revenue") == [number(1)]


def test_the_better_message_comes_first(store: Store) -> None:
    say(store, "python " + "filler " * 200, digit=1)
    say(store, "python python python", digit=2)
    assert found(store, "python") == [number(2), number(1)]


def test_no_more_hits_than_asked_for(store: Store) -> None:
    for digit in range(1, 8):
        say(store, f"words number {digit}", digit=digit)
    assert len(run(store.history.search("words", limit=3))) == 3
    assert [hit.message for hit in run(store.history.search("wo", limit=2))] == [number(7), number(6)]


def test_searching_does_not_wait_for_saving(store: Store) -> None:
    say(store, "words")

    async def both() -> list[SearchHit]:
        busy = asyncio.ensure_future(store.database.read(lambda _connection: release.wait(10)))
        hits = await store.history.search("words")
        release.set()
        assert await busy
        return hits

    release = threading.Event()
    assert len(run(both())) == 1


def test_a_snippet_is_one_line_around_the_word() -> None:
    text = "start " * 30 + "before\n\nneedle\tafter " + "end " * 50
    line = snippet(text, ["needle"])
    assert line.startswith("…")
    assert line.endswith("…")
    assert "before needle after" in line
    assert "\n" not in line
    assert len(line) < 150


def test_a_short_text_is_its_own_snippet() -> None:
    assert snippet("just this", ["this"]) == "just this"


def test_markup_in_a_message_stays_text(store: Store) -> None:
    say(store, "<b>bold</b> needle")
    assert run(store.history.search("needle"))[0].snippet == "<b>bold</b> needle"


def test_editing_keeps_a_message_findable_once(store: Store) -> None:
    say(store, "needle")
    for _ in range(3):
        run(store.history.save_message(C, replace(question("needle"), edited=True)))
    assert found(store, "needle") == [number(1)]
