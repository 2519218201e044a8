"""Words are found in the whole conversation, and what the list has found comes on screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QListView

from support.desk import OpenDesk
from tally.core.settings import Theme
from tally.gui.find_bar import FindBar
from tally.gui.shortcuts import Command


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[OpenDesk]:
    desk = OpenDesk(tmp_path / "data")
    yield desk
    desk.close()


def bar_of(desk: OpenDesk) -> FindBar:
    return desk.window.findChild(FindBar)


def place(desk: OpenDesk) -> str:
    return bar_of(desk)._place.whole_text()


def open_bar(desk: OpenDesk) -> FindBar:
    desk.window.action(Command.FIND).trigger()
    return bar_of(desk)


def test_ctrl_f_belongs_to_finding_alone(open_desk):
    keys = [shortcut.toString() for command in Command for shortcut in open_desk.window.action(command).shortcuts()]
    assert keys.count("Ctrl+F") == 1
    assert len(keys) == len(set(keys))


def test_there_is_nothing_to_find_in_an_empty_conversation(open_desk):
    assert open_bar(open_desk).isHidden()


def test_places_are_counted_over_everything_and_stepped_round_the_corner(open_desk, qtbot):
    for number in range(6):
        open_desk.ask(f"/long 300 Question {number} about zanzibar")
    asked = sum(text.lower().count("zanzibar") for text in open_desk.texts())
    assert asked >= 6
    bar = open_bar(open_desk)
    assert bar.isVisible()
    qtbot.keyClicks(bar.field, "ZANZIBAR")
    assert place(open_desk).endswith(f"of {asked}")
    seen = [place(open_desk)]
    for _ in range(asked):
        qtbot.keyClick(bar.field, Qt.Key.Key_Return)
        seen.append(place(open_desk))
    assert len(set(seen)) == asked
    assert seen[0] == seen[-1]
    qtbot.keyClick(bar.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert place(open_desk) == seen[-2]


def test_words_far_from_the_screen_are_brought_on_screen(open_desk):
    open_desk.ask("The very first words: marzipan")
    for _ in range(4):
        open_desk.ask("/long 600")
    open_bar(open_desk).field.setText("marzipan")
    view = open_desk.view
    texts = [text for row in view.text_rows() for text in row.texts() if text.textCursor().selectedText() == "marzipan"]
    assert len(texts) == 1
    y = texts[0].mapTo(view.viewport(), texts[0].cursorRect().center()).y()
    assert 0 <= y < view.viewport().height()


def test_words_that_stand_nowhere_are_said_to_be_missing_not_only_by_colour(open_desk):
    open_desk.ask("Hello")
    open_bar(open_desk).field.setText("xyzzy-nowhere")
    assert place(open_desk) == "Not found"
    assert bar_of(open_desk).field.accessibleDescription() == "Not found"


def test_escape_closes_the_bar_and_does_not_stop_the_answer(tmp_path, qtbot):
    desk = OpenDesk(tmp_path / "data", speed=1.0)
    desk.ask("/fast Hello")
    desk.send("/long 3000")
    bar = open_bar(desk)
    bar.field.setText("hello")
    qtbot.keyClick(bar.field, Qt.Key.Key_Escape)
    assert bar.isHidden()
    assert desk.chat.busy
    assert all(not text.extraSelections() for row in desk.view.text_rows() for text in row.texts())
    desk.chat.stop()
    desk.until(lambda: not desk.chat.busy, "the end")
    desk.close()


def test_what_is_found_is_marked_until_the_bar_is_closed(open_desk):
    open_desk.ask("Hello marzipan")
    bar = open_bar(open_desk)
    bar.field.setText("marzipan")
    assert any(text.extraSelections() for row in open_desk.view.text_rows() for text in row.texts())
    bar.dismiss()
    assert not any(text.extraSelections() for row in open_desk.view.text_rows() for text in row.texts())


def test_the_marks_outlive_another_theme(open_desk):
    open_desk.ask("Hello marzipan")
    open_bar(open_desk).field.setText("marzipan")
    open_desk.state.change(theme=Theme.DARK)
    assert any(text.extraSelections() for row in open_desk.view.text_rows() for text in row.texts())


def test_the_count_is_right_again_after_something_was_said(open_desk):
    open_desk.ask("one marzipan")
    open_bar(open_desk).field.setText("marzipan")
    before = sum(text.lower().count("marzipan") for text in open_desk.texts())
    open_desk.ask("another marzipan, and marzipan")
    after = sum(text.lower().count("marzipan") for text in open_desk.texts())
    assert after > before
    assert place(open_desk) == f"{after} place(s)"
    open_desk.desk.find.step(forward=True)
    assert place(open_desk).endswith(f"of {after}")


def test_another_conversation_begins_without_the_bar(open_desk):
    open_desk.ask("Hello")
    open_bar(open_desk).field.setText("Hello")
    open_desk.chat.new()
    assert bar_of(open_desk).isHidden()


def test_a_hit_of_the_search_opens_its_conversation_on_its_own_version(open_desk):
    old = open_desk.ask("What is a quokka?")
    conversation = open_desk.chat.conversation.id
    question = open_desk.chat.conversation.path()[0]
    open_desk.actions.edit(question.id)
    open_desk.ask("What is an axolotl?")
    open_desk.chat.new()
    open_desk.ask("Something else")
    panel = open_desk.window.history
    panel.findChild(QLineEdit, "history-search").setText("quokka")
    chats = panel.findChild(QListView, "history-list")
    open_desk.until(lambda: any(row.hit and row.hit.message for row in chats.model().rows()), "the hits")
    rows = chats.model().rows()
    hit = next(index for index, row in enumerate(rows) if row.hit is not None and row.hit.message == question.id)
    chats.open_wanted.emit(chats.model().index(hit, 0))
    open_desk.until(lambda: open_desk.chat.conversation.id == conversation, "the conversation")
    assert open_desk.texts()[0] == "What is a quokka?"
    assert open_desk.answers()[-1].id == old.id
    assert bar_of(open_desk).words() == "quokka"
    assert place(open_desk).startswith("1 of")


def test_a_hit_in_the_conversation_on_screen_scrolls_to_it_and_the_path_is_kept(tmp_path):
    desk = OpenDesk(tmp_path / "data")
    desk.ask("First version")
    first = desk.chat.conversation.path()[0]
    desk.actions.edit(first.id)
    desk.ask("Second version")
    conversation = desk.chat.conversation.id
    desk.desk.find.show_message(conversation, first.id)
    assert desk.texts()[0] == "First version"
    desk.settle()
    desk.close()
    again = OpenDesk(tmp_path / "data")
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    assert again.texts()[0] == "First version"
    again.close()


def test_a_hit_that_was_deleted_since_does_no_harm(open_desk):
    open_desk.ask("Hello")
    open_desk.desk.find.show_message(open_desk.chat.conversation.id, "0" * 32, "Hello")
    assert open_desk.texts()[0] == "Hello"
    assert bar_of(open_desk).isHidden()
