"""The reader finds the conversation where it was left, unless that is what made the program crash."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from support.desk import OpenDesk
from tally.gui.reading_place import Place, ReadingPlace
from tally.gui.shortcuts import Command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def long_conversation(desk: OpenDesk) -> str:
    desk.window.resize(900, 560)
    for number in range(4):
        desk.ask(f"/long 400 Question {number}")
    return desk.chat.conversation.id


def test_the_place_in_a_conversation_is_kept_while_another_is_read(folder):
    desk = OpenDesk(folder)
    conversation = long_conversation(desk)
    desk.view.restore((desk.chat.conversation.path()[2].id, -7))
    before = desk.view.position()
    assert before is not None
    desk.chat.new()
    desk.desk.history.open(conversation)
    desk.until(lambda: desk.chat.conversation.id == conversation, "the conversation")
    assert desk.view.position() == before
    desk.close()


def test_the_last_conversation_is_open_again_where_it_was_left(folder):
    desk = OpenDesk(folder)
    conversation = long_conversation(desk)
    desk.view.restore((desk.chat.conversation.path()[3].id, -120))
    before = desk.view.position()
    desk.close()
    again = OpenDesk(folder)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    assert again.view.position() == before
    assert not again.window.welcome.isVisible()
    again.close()


def test_who_left_an_empty_conversation_finds_an_empty_conversation(folder):
    desk = OpenDesk(folder)
    desk.ask("Hello")
    desk.chat.new()
    desk.close()
    again = OpenDesk(folder)
    assert not len(again.chat.conversation)
    assert again.window.welcome.isVisible()
    again.close()


def test_a_conversation_that_is_gone_leaves_an_empty_one(folder):
    desk = OpenDesk(folder)
    desk.ask("Hello")
    conversation = desk.chat.conversation.id
    desk.backend.ask(lambda services: services.history.purge(conversation)).then(lambda _: None)
    desk.settle()
    desk.close()
    again = OpenDesk(folder)
    assert not len(again.chat.conversation)
    assert again.window.welcome.isVisible()
    again.composer.set_text("typing works")
    again.close()


def test_a_draft_of_a_new_conversation_outlives_a_run_that_showed_another(folder):
    first = OpenDesk(folder)
    first.ask("Hello")
    conversation = first.chat.conversation.id
    first.chat.new()
    first.composer.set_text("half a thought")
    first.desk.history.open(conversation)
    first.until(lambda: first.chat.conversation.id == conversation, "the conversation")
    assert first.composer.text() == ""
    first.close()
    again = OpenDesk(folder)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    again.chat.new()
    again.until(again.composer.text, "the draft")
    assert again.composer.text() == "half a thought"
    again.close()


def test_what_was_typed_before_the_last_conversation_was_read_keeps_its_place(folder):
    desk = OpenDesk(folder)
    desk.ask("Hello")
    head = desk.chat.head
    desk.chat.new()
    desk.composer.set_text("quick fingers")
    refused: list[bool] = []
    desk.chat.reopen(head, None, lambda: refused.append(True))
    desk.until(lambda: refused, "the decision")
    assert not len(desk.chat.conversation)
    assert desk.composer.text() == "quick fingers"
    desk.close()


def test_a_window_that_crashed_twice_opens_empty_with_everything_still_in_the_list(folder):
    desk = OpenDesk(folder)
    desk.ask("Hello")
    conversation = desk.chat.conversation.id
    desk.close()
    for _ in range(2):
        ReadingPlace(settings(desk.paths.config)).begin()
    again = OpenDesk(folder)
    assert not len(again.chat.conversation)
    assert again.window.welcome.isVisible()
    again.desk.history.open(conversation)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    again.close()


def test_commands_that_need_messages_are_off_without_any(folder):
    desk = OpenDesk(folder)
    commands = (Command.FIND, Command.REGENERATE, Command.PREVIOUS_VERSION, Command.RENAME)
    assert not any(desk.window.action(command).isEnabled() for command in commands)
    desk.ask("Hello")
    assert all(desk.window.action(command).isEnabled() for command in commands)
    desk.close()


def settings(folder: Path) -> QSettings:
    return QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)


class TestAfterCrashes:
    def run(self, folder: Path, *, clean: bool) -> Place:
        """One run of the program as far as this file is concerned; returns what it would have opened."""
        place = ReadingPlace(settings(folder))
        place.begin()
        place.note(Place("c" * 32, ("m" * 32, -12)))
        if clean:
            place.end()
        return place.last

    def test_one_crash_is_no_reason(self, tmp_path):
        assert self.run(tmp_path, clean=True) == Place()
        assert self.run(tmp_path, clean=False) == Place("c" * 32, ("m" * 32, -12))
        assert self.run(tmp_path, clean=True).conversation

    def test_after_two_crashes_nothing_is_opened_until_a_run_ended_well(self, tmp_path):
        self.run(tmp_path, clean=False)
        self.run(tmp_path, clean=False)
        assert self.run(tmp_path, clean=False) == Place()
        assert self.run(tmp_path, clean=True) == Place()
        assert self.run(tmp_path, clean=True).conversation

    def test_the_end_of_a_conversation_is_a_place_too(self, tmp_path):
        place = ReadingPlace(settings(tmp_path))
        place.note(Place("c" * 32, None))
        place.end()
        assert ReadingPlace(settings(tmp_path)).last == Place("c" * 32, None)

    def test_what_cannot_be_read_is_no_place(self, tmp_path):
        kept = settings(tmp_path)
        kept.setValue("reading/conversation", 7)
        kept.setValue("run/unclean", "many")
        kept.setValue("reading/top", "up")
        kept.sync()
        assert ReadingPlace(settings(tmp_path)).last.position is None
