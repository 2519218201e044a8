"""A disk that is full for a while: a sentence, and nothing that was written is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desk import OpenDesk
from tally.core.failures import FailureKind
from tally.core.messages import EndState

LONG = "A long question. " * 20_000


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenDesk]:
    made = OpenDesk(tmp_path / "data")
    yield made
    made.close()


def limit_pages(desk: OpenDesk, pages: str) -> None:
    """Let the history file grow to so many pages and no further."""
    done: list[object] = []

    async def limit(_: object) -> None:
        await desk.parts._database.read(
            lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchone()
        )

    desk.backend.ask(limit).then(done.append)
    desk.until(lambda: done, "the limit")


def test_a_question_that_the_disk_refused_is_kept_with_the_next_one(desk):
    limit_pages(desk, "1")  # SQLite makes it the present size
    refused = desk.ask(LONG)
    assert refused.answer.failure.kind is FailureKind.STORAGE
    assert refused.answer.requests == 0
    limit_pages(desk, "1000000")
    answer = desk.ask("And now?")
    assert answer.answer.state is EndState.COMPLETE
    conversation, texts = desk.chat.conversation.id, desk.texts()
    desk.chat.new()
    desk.desk.history.open(conversation)
    desk.until(lambda: desk.chat.conversation.id == conversation, "the conversation")
    assert desk.texts() == texts
    assert texts[0] == LONG.strip()


def test_a_question_that_the_disk_refused_can_be_asked_again(desk):
    limit_pages(desk, "1")
    refused = desk.ask(LONG)
    limit_pages(desk, "1000000")
    desk.actions.regenerate(refused.id)
    desk.until(lambda: not desk.chat.busy, "the answer")
    assert desk.answers()[-1].answer.state is EndState.COMPLETE
    assert len(desk.chat.conversation.siblings(desk.answers()[-1].id)) == 2


def test_an_answer_whose_end_the_disk_refused_is_kept_with_the_next_question(tmp_path: Path):
    desk = OpenDesk(tmp_path / "data", speed=4.0)
    desk.send("/fast /long 4000")
    conversation = desk.chat.conversation
    desk.until(lambda: any(turn.text for turn in desk.chat._turns.of(conversation.id)), "the first words")
    limit_pages(desk, "1")
    desk.until(lambda: not desk.chat.busy, "the end")
    answer = desk.answers()[-1]
    assert len(answer.text) > 4_000
    assert answer.answer.failure.kind is FailureKind.STORAGE
    limit_pages(desk, "1000000")
    desk.ask("And now?")
    desk.close()
    again = OpenDesk(tmp_path / "data")
    again.desk.history.open(conversation.id)
    again.until(lambda: len(again.texts()) == 4, "the conversation")
    assert again.texts()[1] == answer.text
    again.close()
