"""The next message can be written while an answer streams; it is sent when that ended well, and never lost."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from support.desk import OpenDesk
from tally.core.messages import EndState, Role
from tally.gui.message_queue import HoldReason
from tally.gui.queue_bar import QueueBar, held_text
from tally.gui.widgets import Button


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def bar_of(desk: OpenDesk) -> QueueBar:
    return desk.window.findChild(QueueBar)


def questions(desk: OpenDesk) -> list[str]:
    return [message.text for message in desk.chat.conversation.path() if message.role is Role.USER]


def idle(desk: OpenDesk) -> None:
    desk.until(lambda: not desk.chat.running, "the end of all answers")
    desk.settle()


def begin(desk: OpenDesk, text: str = "/fast /long 150") -> None:
    desk.send(text)
    desk.until(lambda: desk.chat.busy, "the answer")


def begin_long(desk: OpenDesk) -> None:
    desk.send("/long 3000")
    desk.until(lambda: any(turn.text for turn in desk.chat._turns.of(desk.chat.conversation.id)), "the first words")


def test_messages_wait_for_the_answer_and_follow_in_their_order(folder, qtbot):
    desk = OpenDesk(folder, speed=1.0)
    begin(desk)
    desk.composer.set_text("/fast second")
    qtbot.keyClick(desk.composer.field, Qt.Key.Key_Return)
    desk.send("/fast third")
    assert bar_of(desk).texts() == ["/fast second", "/fast third"]
    assert bar_of(desk).isVisible()
    assert desk.composer.text() == ""
    assert questions(desk) == ["/fast /long 150"]
    idle(desk)
    assert questions(desk) == ["/fast /long 150", "/fast second", "/fast third"]
    assert [answer.answer.state for answer in desk.answers()] == [EndState.COMPLETE] * 3
    assert bar_of(desk).isHidden()
    desk.close()


def test_an_attachment_waits_with_its_message(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin(desk)
    image = QImage(40, 30, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    desk.composer.add_image(image, "red.png")
    desk.until(desk.composer.parts, "the picture")
    desk.send("/fast what is this?")
    assert bar_of(desk).texts() == ["/fast what is this? · 1 attachment(s)"]
    idle(desk)
    asked = [message for message in desk.chat.conversation.path() if message.role is Role.USER][-1]
    assert [image.name for image in asked.images] == ["red.png"]
    desk.close()


def test_after_stop_nothing_is_sent_and_it_is_said_why(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("and then?")
    desk.chat.stop()
    idle(desk)
    assert questions(desk) == ["/long 3000"]
    assert bar_of(desk).texts() == ["and then?"]
    assert bar_of(desk).sentence() == held_text(HoldReason.STOPPED)
    bar_of(desk).send_wanted.emit()
    idle(desk)
    assert questions(desk) == ["/long 3000", "and then?"]
    assert bar_of(desk).isHidden()
    desk.close()


def test_after_a_failure_it_waits_until_an_answer_ends_well(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin(desk, "/error 401")
    desk.send("/fast follow-up")
    idle(desk)
    assert questions(desk) == ["/error 401"]
    assert bar_of(desk).sentence() == held_text(HoldReason.FAILED)
    desk.actions.edit(desk.chat.conversation.path()[0].id)
    desk.send("/fast a better question")
    idle(desk)
    assert questions(desk) == ["/fast a better question", "/fast follow-up"]
    desk.close()


def test_a_waiting_message_goes_back_to_the_composer_before_what_stands_there(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("queued words")
    desk.composer.set_text("typed since")
    item = desk.chat.queue.of(desk.chat.conversation.id)[0]
    bar_of(desk).edit_wanted.emit(item.id)
    assert desk.composer.text() == "queued words\n\ntyped since"
    assert bar_of(desk).isHidden()
    desk.chat.stop()
    idle(desk)
    desk.close()


def test_a_waiting_message_can_be_removed(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin(desk)
    desk.send("/fast wrong")
    desk.send("/fast right")
    item = desk.chat.queue.of(desk.chat.conversation.id)[0]
    bar_of(desk).remove_wanted.emit(item.id)
    assert bar_of(desk).texts() == ["/fast right"]
    idle(desk)
    assert questions(desk)[-1] == "/fast right"
    assert len(questions(desk)) == 2
    desk.close()


def test_up_in_the_empty_field_brings_the_last_waiting_message_back(folder, qtbot):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("one")
    desk.send("two")
    qtbot.keyClick(desk.composer.field, Qt.Key.Key_Up)
    assert desk.composer.text() == "two"
    assert bar_of(desk).texts() == ["one"]
    desk.chat.stop()
    idle(desk)
    desk.close()


def test_the_queue_belongs_to_its_conversation_and_is_sent_while_another_is_on_screen(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin(desk)
    desk.send("/fast queued")
    first = desk.chat.conversation
    desk.chat.new()
    assert bar_of(desk).isHidden()
    idle(desk)
    assert [message.text for message in first.path() if message.role is Role.USER] == [
        "/fast /long 150",
        "/fast queued",
    ]
    assert not len(desk.chat.conversation)
    desk.desk.history.open(first.id)
    desk.until(lambda: desk.chat.conversation.id == first.id, "the conversation")
    assert questions(desk) == ["/fast /long 150", "/fast queued"]
    assert desk.composer.text() == ""
    desk.close()


def test_queue_and_draft_are_there_again_after_looking_elsewhere(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("queued")
    desk.composer.set_text("half a thought")
    first = desk.chat.conversation.id
    desk.chat.new()
    assert desk.composer.text() == ""
    desk.desk.history.open(first)
    assert bar_of(desk).texts() == ["queued"]
    assert desk.composer.text() == "half a thought"
    desk.chat.stop()
    idle(desk)
    desk.close()


def test_closing_with_waiting_messages_brings_them_back_as_the_draft(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("first queued")
    desk.send("second queued")
    desk.composer.set_text("half a thought")
    conversation = desk.chat.conversation.id
    desk.close()
    again = OpenDesk(folder)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    again.until(again.composer.text, "the draft")
    assert again.composer.text() == "first queued\n\nsecond queued\n\nhalf a thought"
    assert questions(again) == ["/long 3000"]
    again.close()


def test_waiting_messages_are_on_disk_at_once(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("queued")
    conversation = desk.chat.conversation.id
    drafts: list[object] = []
    desk.backend.ask(lambda services: services.history.draft(conversation)).then(drafts.append)
    desk.until(lambda: drafts, "the draft")
    assert drafts[0].text == "queued"
    desk.chat.stop()
    idle(desk)
    desk.close()


def test_a_sent_message_leaves_no_draft_behind(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin(desk)
    desk.send("/fast queued")
    conversation = desk.chat.conversation.id
    idle(desk)
    drafts: list[object] = []
    desk.backend.ask(lambda services: services.history.draft(conversation)).then(drafts.append)
    desk.until(lambda: drafts, "the draft")
    assert drafts[0].text == ""
    desk.close()


def test_another_version_on_screen_keeps_the_message_back(folder):
    desk = OpenDesk(folder, speed=1.0)
    old = desk.ask("/fast Hello")
    desk.actions.regenerate(old.id)
    desk.until(lambda: desk.chat.busy, "the second answer")
    desk.send("queued")
    running = desk.answers()[-1]
    desk.actions.show_sibling(running.id, -1)
    idle(desk)
    assert bar_of(desk).sentence() == held_text(HoldReason.ELSEWHERE)
    assert questions(desk) == ["/fast Hello"]
    desk.close()


def test_an_answer_that_reached_its_limit_keeps_the_message_back(folder):
    desk = OpenDesk(folder, speed=1.0)
    options = desk.chat.options
    desk.chat.set_options(replace(options, params=replace(options.params, max_tokens=40)))
    begin(desk, "/fast /long 200")
    desk.send("queued")
    idle(desk)
    assert desk.answers()[-1].answer.state is EndState.LENGTH
    assert bar_of(desk).sentence() == held_text(HoldReason.LIMIT)
    desk.close()


def test_an_edited_question_waits_too_and_becomes_a_version(folder):
    desk = OpenDesk(folder, speed=1.0)
    old = desk.ask("/fast Hello")
    question = desk.chat.conversation.path()[0]
    desk.actions.edit(question.id)
    desk.actions.regenerate(old.id)
    desk.until(lambda: desk.chat.busy, "the second answer")
    desk.send("/fast Hello there")
    assert bar_of(desk).texts() == ["/fast Hello there"]
    assert desk.chat.editing is None
    idle(desk)
    assert questions(desk) == ["/fast Hello there"]
    assert len(desk.chat.conversation.siblings(question.id)) == 2
    desk.close()


def test_a_waiting_edit_that_goes_back_to_the_composer_is_an_edit_again(folder):
    desk = OpenDesk(folder, speed=1.0)
    old = desk.ask("/fast Hello")
    question = desk.chat.conversation.path()[0]
    desk.actions.edit(question.id)
    desk.actions.regenerate(old.id)
    desk.until(lambda: desk.chat.busy, "the second answer")
    desk.send("/fast Hello there")
    bar_of(desk).edit_wanted.emit(desk.chat.queue.of(desk.chat.conversation.id)[0].id)
    assert desk.chat.editing == question.id
    assert desk.composer.text() == "/fast Hello there"
    idle(desk)
    assert questions(desk) == ["/fast Hello"]
    desk.close()


def test_the_field_says_that_a_message_will_wait(folder):
    desk = OpenDesk(folder, speed=1.0)
    usual = desk.composer.field.placeholderText()
    begin_long(desk)
    assert "waits" in desk.composer.field.placeholderText()
    desk.chat.stop()
    idle(desk)
    assert desk.composer.field.placeholderText() == usual
    desk.close()


def test_tab_reaches_every_button_of_the_waiting_messages(folder, qtbot):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("one")
    desk.send("two")
    desk.chat.stop()
    idle(desk)
    desk.window.activateWindow()
    start = bar_of(desk).findChild(Button, "queue-send")
    start.setFocus(Qt.FocusReason.TabFocusReason)
    names = []
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert bar_of(desk).isAncestorOf(QApplication.focusWidget())
        names.append(QApplication.focusWidget().accessibleName())
    assert names == ["Back to the message field", "Do not send"] * 2
    desk.close()


def test_in_a_low_window_the_bar_leaves_room_for_the_conversation(folder):
    desk = OpenDesk(folder, speed=1.0)
    desk.window.resize(900, 900)
    begin_long(desk)
    for number in range(5):
        desk.send(f"message {number}")
    desk.settle()
    tall = bar_of(desk).sizeHint().height()
    desk.window.resize(480, 480)
    desk.settle()
    assert bar_of(desk).sizeHint().height() < tall
    assert bar_of(desk).texts() == [f"message {number}" for number in range(5)]
    desk.chat.stop()
    idle(desk)
    desk.close()


def test_deleting_the_conversation_stops_its_answer_and_sends_nothing_more(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    desk.send("queued")
    conversation = desk.chat.conversation
    desk.desk.history.trash(conversation.id)
    idle(desk)
    desk.settle()
    assert [message.text for message in conversation.path() if message.role is Role.USER] == ["/long 3000"]
    assert conversation.path()[-1].answer.state is EndState.CANCELLED
    assert conversation.id not in desk.desk.history._heads
    desk.desk.history.undo_trash()
    desk.until(lambda: conversation.id in desk.desk.history._heads, "the list")
    desk.desk.history.open(conversation.id)
    desk.until(lambda: desk.chat.conversation.id == conversation.id, "the conversation")
    assert desk.composer.text() == "queued"
    assert desk.answers()[-1].answer.state is EndState.CANCELLED
    desk.close()


def test_deleting_a_conversation_that_streams_in_the_background_stops_it(folder):
    desk = OpenDesk(folder, speed=1.0)
    begin_long(desk)
    conversation = desk.chat.conversation
    desk.chat.new()
    desk.desk.history.trash(conversation.id)
    idle(desk)
    assert conversation.path()[-1].answer.state is EndState.CANCELLED
    assert not len(desk.chat.conversation)
    desk.close()
