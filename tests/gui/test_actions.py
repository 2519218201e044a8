"""What the buttons of a message do: versions, other models, own words, deletion with undo, copies."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMenu

from support.desk import OpenDesk
from tally.core.failures import Failure, FailureKind
from tally.core.messages import EndState, Message, Role
from tally.core.money import CostStatus
from tally.core.settings import Preset
from tally.gui.banner import InlineNotice
from tally.gui.conversation.answer_row import AnswerRow
from tally.gui.panels.details_dialog import DetailsDialog
from tally.gui.shortcuts import Command
from tally.gui.widgets import PlainLabel

HAIKU = "anthropic/claude-haiku-4-5"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def open_desk(folder: Path) -> Iterator[OpenDesk]:
    desk = OpenDesk(folder)
    yield desk
    desk.close()


def idle(desk: OpenDesk) -> None:
    desk.until(lambda: not desk.chat.running, "the end of all answers")
    desk.settle()


def again_menu(desk: OpenDesk) -> QMenu:
    desk.until(lambda: desk.view.findChild(QMenu, "again-menu"), "the menu")
    return desk.view.findChild(QMenu, "again-menu")


def row_of(desk: OpenDesk, message_id: str) -> AnswerRow:
    return next(row for row in desk.view.text_rows() if row.shown.message.id == message_id)


def picture(desk: OpenDesk, name: str, color: Qt.GlobalColor) -> None:
    image = QImage(64, 48, QImage.Format.Format_RGB32)
    image.fill(color)
    wanted = len(desk.composer.parts()) + 1
    desk.composer.add_image(image, name)
    desk.until(lambda: len(desk.composer.parts()) == wanted, "the picture")


class TestAskingAgain:
    def test_every_model_is_offered_with_its_price_for_this_very_question(self, open_desk):
        open_desk.ask("Hello")
        open_desk.window.action(Command.REGENERATE_WITH).trigger()
        menu = again_menu(open_desk)
        lines = [action.text().split("\t") for action in menu.actions() if "\t" in action.text()]
        assert [name for name, _ in lines] == [model.name for model in open_desk.state.catalog.models]
        assert all(price.startswith("≈ $") for _, price in lines)
        amounts = {name: float(price.removeprefix("≈ $")) for name, price in lines}
        catalog = open_desk.state.catalog
        assert amounts[catalog.find(HAIKU).name] < amounts[catalog.find("anthropic/claude-opus-4-6").name]
        assert [action.text().split("\t")[0] for action in menu.actions() if action.isChecked()] == [
            catalog.find(open_desk.chat.options.model).name
        ]
        menu.close()

    def test_the_chosen_model_answers_once_and_the_conversation_keeps_its_own(self, open_desk):
        old = open_desk.ask("Hello")
        open_desk.view.action_wanted.emit("regenerate_with", old.id)
        menu = again_menu(open_desk)
        name = open_desk.state.catalog.find(HAIKU).name
        next(action for action in menu.actions() if action.text().startswith(f"{name}\t")).trigger()
        menu.close()
        idle(open_desk)
        new = open_desk.answers()[-1]
        assert open_desk.chat.conversation.siblings(new.id) == (old.id, new.id)
        assert open_desk.state.catalog.key(new.answer.model) == open_desk.state.catalog.key(HAIKU)
        assert open_desk.chat.options.model == old.answer.model

    def test_a_preset_brings_its_own_parameters(self, open_desk):
        options = open_desk.chat.options
        short = replace(options, params=replace(options.params, max_tokens=30))
        open_desk.state.change(presets=(Preset("Short & sweet", short),))
        old = open_desk.ask("/long 200")
        open_desk.actions.choose_model(old.id)
        menu = again_menu(open_desk)
        next(action for action in menu.actions() if action.text().startswith("Short && sweet\t")).trigger()
        menu.close()
        idle(open_desk)
        assert open_desk.answers()[-1].answer.state is EndState.LENGTH
        assert open_desk.chat.options == options

    def test_while_an_answer_is_written_it_is_said_that_this_must_wait(self, folder):
        desk = OpenDesk(folder, speed=1.0)
        first = desk.ask("/fast Hello")
        desk.send("/long 3000")
        for act in (desk.actions.regenerate, desk.actions.choose_model, desk.actions.edit, desk.actions.delete):
            act(first.id)
            notices = desk.window.findChildren(InlineNotice)
            assert any("is being written" in notice.text_label.whole_text() for notice in notices)
        assert len(desk.chat._turns) == 1
        assert first.id in desk.chat.conversation
        desk.chat.stop()
        idle(desk)
        assert not [notice for notice in desk.window.findChildren(InlineNotice) if notice.isVisible()]
        desk.close()

    def test_a_shorter_answer_is_asked_for_when_the_balance_does_not_suffice(self, open_desk):
        old = open_desk.ask("/long 200")
        poor = Failure(FailureKind.BALANCE, "You requested up to 1024 tokens, but can only afford 25.", status=402)
        info = replace(old.answer, failure=poor, state=EndState.HTTP_ERROR)
        open_desk.chat.conversation.replace(replace(old, answer=info))
        open_desk.view.action_wanted.emit("retry_smaller", old.id)
        idle(open_desk)
        assert open_desk.answers()[-1].answer.state is EndState.LENGTH
        assert open_desk.answers()[-1].answer.usage.output == 25

    @pytest.mark.parametrize("state", [EndState.CANCELLED, EndState.CUT])
    def test_an_answer_that_was_broken_off_can_be_continued(self, open_desk, state):
        cut = open_desk.ask("/long 100")
        open_desk.chat.conversation.replace(replace(cut, answer=replace(cut.answer, state=state)))
        open_desk.view.action_wanted.emit("continue", cut.id)
        idle(open_desk)
        path = open_desk.chat.conversation.path()
        assert [message.role for message in path] == [Role.USER, Role.ASSISTANT] * 2
        assert cut.text[-100:] in path[2].text


class TestVersions:
    def test_the_keyboard_reaches_the_versions_of_the_last_answer_and_the_choice_is_kept(self, folder):
        desk = OpenDesk(folder)
        old = desk.ask("Hello")
        desk.actions.regenerate(old.id)
        idle(desk)
        new = desk.answers()[-1]
        conversation = desk.chat.conversation.id
        desk.window.action(Command.PREVIOUS_VERSION).trigger()
        assert desk.answers()[-1].id == old.id
        desk.window.action(Command.PREVIOUS_VERSION).trigger()
        assert desk.answers()[-1].id == old.id
        desk.settle()
        desk.close()
        again = OpenDesk(folder)
        again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
        assert again.answers()[-1].id == old.id
        again.window.action(Command.NEXT_VERSION).trigger()
        assert again.answers()[-1].id == new.id
        again.close()

    def test_the_message_with_the_focus_comes_first_and_keeps_the_focus(self, open_desk):
        open_desk.ask("Hello")
        question = open_desk.chat.conversation.path()[0]
        open_desk.actions.edit(question.id)
        second = open_desk.ask("Hello again")
        open_desk.actions.regenerate(second.id)
        idle(open_desk)
        shown = open_desk.chat.conversation.path()[0].id
        open_desk.window.activateWindow()
        open_desk.view.focus_message(shown)
        open_desk.until(lambda: open_desk.view.focused_message() == shown, "the focus")
        open_desk.actions.step_version(-1)
        assert open_desk.texts()[0] == "Hello"
        assert open_desk.view.focused_message() == question.id

    def test_what_has_arrived_is_there_after_looking_at_another_version(self, folder):
        desk = OpenDesk(folder, speed=1.0)
        old = desk.ask("/fast /long 150")
        desk.actions.regenerate(old.id)
        (turn,) = desk.chat._turns.of(desk.chat.conversation.id)
        desk.until(lambda: "A long answer" in "".join(turn.text), "the first words")
        running = desk.answers()[-1].id
        desk.actions.show_sibling(running, -1)
        assert desk.answers()[-1].id == old.id
        desk.actions.show_sibling(old.id, 1)
        assert "A long answer" in row_of(desk, running).copied_text()
        idle(desk)
        assert desk.answers()[-1].text.count("A long answer") == old.text.count("A long answer")
        assert row_of(desk, running).copied_text().count("A long answer") == old.text.count("A long answer")
        desk.close()

    def test_another_version_stands_where_the_old_one_stood(self, open_desk):
        open_desk.window.resize(900, 500)
        old = open_desk.ask("/long 900")
        open_desk.actions.regenerate(old.id)
        idle(open_desk)
        new = open_desk.answers()[-1]
        open_desk.view.restore((new.id, -40))
        before = open_desk.view.position()
        open_desk.actions.show_sibling(new.id, -1)
        assert open_desk.view.position() == (old.id, before[1])

    def test_a_version_above_what_was_read_is_brought_on_screen(self, open_desk):
        open_desk.window.resize(900, 500)
        open_desk.ask("/long 300")
        question = open_desk.chat.conversation.path()[0]
        open_desk.actions.edit(question.id)
        open_desk.ask("/long 300 said otherwise")
        for _ in range(2):
            open_desk.ask("/long 300")
        open_desk.view.restore((open_desk.answers()[-1].id, -30))
        open_desk.actions.step_version(-1)
        row = next(row for row in open_desk.view.text_rows() if row.shown.message.id == question.id)
        assert 0 <= row.y() < open_desk.view.viewport().height()


class TestMoney:
    def test_the_path_and_all_versions_are_told_apart(self, open_desk):
        old = open_desk.ask("Hello")
        counter = open_desk.window.counter
        assert not [line for line in counter.lines() if "all versions" in line]
        open_desk.actions.regenerate(old.id)
        idle(open_desk)
        new = open_desk.answers()[-1]
        open_desk.until(lambda: [line for line in counter.lines() if "all versions" in line], "the figures")
        line = next(line for line in counter.lines() if "all versions" in line)
        assert new.answer.cost.usd.display() in line
        assert (old.answer.cost.usd + new.answer.cost.usd).display() in line

    def test_the_figure_of_this_answer_follows_the_version_on_screen(self, open_desk):
        old = open_desk.ask("Hello")
        open_desk.actions.regenerate(old.id, replace(open_desk.chat.options, model=HAIKU))
        idle(open_desk)
        new = open_desk.answers()[-1]
        assert old.answer.cost != new.answer.cost
        assert new.answer.cost.usd.display() in open_desk.window.counter.lines()[0]
        open_desk.actions.show_sibling(new.id, -1)
        assert old.answer.cost.usd.display() in open_desk.window.counter.lines()[0]

    def test_a_copy_in_another_conversation_cost_nothing_there(self, open_desk):
        answer = open_desk.ask("Hello")
        open_desk.actions.branch(answer.id)
        open_desk.settle()
        assert "$0.00" in open_desk.window.counter.lines()[1]
        assert not [line for line in open_desk.window.counter.lines() if "all versions" in line]

    def test_every_answer_has_its_details(self, open_desk):
        first = open_desk.ask("Hello")
        open_desk.ask("And more")
        open_desk.view.action_wanted.emit("details", first.id)
        open_desk.until(lambda: open_desk.window.findChild(DetailsDialog), "the dialog")
        open_desk.window.findChild(DetailsDialog).close()
        assert row_of(open_desk, first.id)._meta.isEnabled()


class TestEditing:
    def test_an_answer_in_own_words_is_a_version_that_costs_nothing(self, folder):
        desk = OpenDesk(folder)
        original = desk.ask("Hello")
        desk.view.action_wanted.emit("edit", original.id)
        assert desk.composer.text() == original.text
        desk.send("My own words")
        desk.settle()
        edited = desk.answers()[-1]
        assert edited.text == "My own words"
        assert edited.edited
        assert edited.answer.cost.status is CostStatus.NOT_BILLED
        assert desk.chat.conversation.siblings(edited.id) == (original.id, edited.id)
        assert desk.chat.conversation.message(original.id) == original
        assert "edited by you" in row_of(desk, edited.id)._meta.accessibleName()
        entries: list[list[object]] = []
        conversation = desk.chat.conversation.id
        desk.backend.ask(lambda services: services.ledger.conversation_entries(conversation)).then(entries.append)
        desk.until(lambda: entries, "the ledger")
        assert len(entries[0]) == 1
        desk.close()
        again = OpenDesk(folder)
        again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
        assert again.answers()[-1] == edited
        again.close()

    def test_no_price_is_shown_while_an_answer_is_edited(self, open_desk):
        answer = open_desk.ask("Hello")
        price = open_desk.composer.findChild(PlainLabel, "quote")
        open_desk.composer.set_text("How are you?")
        open_desk.desk.quotes.update()
        assert "$" in price.whole_text()
        open_desk.actions.edit(answer.id)
        open_desk.desk.quotes.update()
        assert price.whole_text() == ""

    def test_own_words_go_out_with_the_next_question(self, open_desk):
        answer = open_desk.ask("Hello")
        open_desk.actions.edit(answer.id)
        open_desk.send("I am a teapot")
        open_desk.ask("What are you?")
        assert open_desk.texts()[1] == "I am a teapot"

    def test_an_answer_takes_no_attachments(self, open_desk):
        answer = open_desk.ask("Hello")
        open_desk.actions.edit(answer.id)
        picture(open_desk, "red.png", Qt.GlobalColor.red)
        open_desk.send("with a picture")
        assert open_desk.answers()[-1] == answer
        assert open_desk.composer.text() == "with a picture"
        assert open_desk.chat.editing == answer.id

    def test_the_draft_comes_back_after_an_edit_was_sent(self, open_desk):
        open_desk.ask("Hello")
        open_desk.composer.set_text("my draft")
        open_desk.actions.edit(open_desk.chat.conversation.path()[0].id)
        open_desk.send("Hello again")
        idle(open_desk)
        assert open_desk.texts()[0] == "Hello again"
        assert open_desk.composer.text() == "my draft"


class TestDeleting:
    def tree(self, desk: OpenDesk) -> tuple[Message, Message]:
        """A conversation whose second question has two versions, each with two answers."""
        desk.ask("One")
        first = desk.ask("Two")
        desk.actions.regenerate(first.id)
        idle(desk)
        desk.actions.show_sibling(desk.answers()[-1].id, -1)
        question = desk.chat.conversation.path()[2]
        desk.actions.edit(question.id)
        second = desk.ask("Two, said otherwise")
        desk.actions.regenerate(second.id)
        idle(desk)
        desk.actions.show_sibling(desk.chat.conversation.path()[2].id, -1)
        return question, first

    def test_undo_brings_back_versions_in_their_order_and_the_path_that_was_shown(self, folder):
        desk = OpenDesk(folder)
        question, first = self.tree(desk)
        conversation = desk.chat.conversation
        before, versions = conversation.path(), conversation.siblings(question.id)
        answers = conversation.siblings(first.id)
        assert before[3].id == first.id
        desk.actions.delete(question.id)
        assert question.id not in conversation
        assert desk.texts()[2] == "Two, said otherwise"
        desk.actions.undo_delete()
        assert conversation.path() == before
        assert conversation.siblings(question.id) == versions
        assert conversation.siblings(first.id) == answers
        desk.settle()
        desk.close()
        again = OpenDesk(folder)
        again.until(lambda: again.chat.conversation.id == conversation.id, "the conversation")
        assert again.chat.conversation.path() == before
        assert again.chat.conversation.siblings(question.id) == versions
        assert again.chat.conversation.siblings(first.id) == answers
        again.close()

    def test_undo_works_after_looking_at_another_conversation(self, open_desk):
        open_desk.ask("One")
        open_desk.ask("Two")
        conversation, before = open_desk.chat.conversation.id, open_desk.texts()
        open_desk.actions.delete(open_desk.chat.conversation.path()[2].id)
        open_desk.chat.new()
        open_desk.desk.history.open(conversation)
        open_desk.until(lambda: open_desk.chat.conversation.id == conversation, "the conversation")
        assert open_desk.texts() == before[:2]
        open_desk.actions.undo_delete()
        assert open_desk.texts() == before

    def test_undo_reaches_a_conversation_that_is_not_on_screen(self, open_desk):
        open_desk.ask("One")
        open_desk.ask("Two")
        conversation, before = open_desk.chat.conversation.id, open_desk.texts()
        open_desk.actions.delete(open_desk.chat.conversation.path()[2].id)
        open_desk.chat.new()
        open_desk.actions.undo_delete()
        open_desk.settle()
        open_desk.desk.history.open(conversation)
        open_desk.until(lambda: open_desk.chat.conversation.id == conversation, "the conversation")
        assert open_desk.texts() == before

    def test_deleting_the_message_that_is_edited_ends_the_edit(self, open_desk):
        open_desk.ask("One")
        question = open_desk.chat.conversation.path()[0]
        open_desk.composer.set_text("my draft")
        open_desk.actions.edit(question.id)
        open_desk.actions.delete(question.id)
        assert open_desk.chat.editing is None
        assert open_desk.composer.text() == "my draft"


class TestBranching:
    def test_a_branch_keeps_pictures_and_files(self, folder, tmp_path):
        desk = OpenDesk(folder)
        picture(desk, "red.png", Qt.GlobalColor.red)
        note = tmp_path / "note.txt"
        note.write_text("remember the milk", encoding="utf-8")
        desk.composer.add_files([str(note)])
        desk.until(lambda: len(desk.composer.parts()) == 2, "the attachments")
        answer = desk.ask("What is this?")
        question = desk.chat.conversation.path()[0]
        original = desk.chat.conversation.id
        desk.actions.branch(answer.id)
        desk.settle()
        copy = desk.chat.conversation.id
        assert copy != original
        desk.desk.history.trash(original)
        desk.settle()
        desk.backend.ask(lambda services: services.history.purge(original)).then(lambda _: None)
        desk.settle()
        desk.close()
        again = OpenDesk(folder)
        again.until(lambda: again.chat.conversation.id == copy, "the copy")
        kept = again.chat.conversation.path()[0]
        assert kept.parts == question.parts
        found: list[bytes | None] = []
        digest = kept.images[0].digest
        again.backend.ask(lambda services: services.history.attachment(digest)).then(found.append)
        again.until(lambda: found, "the picture")
        assert found[0]
        again.close()

    def test_an_answer_that_still_streams_is_not_copied(self, folder):
        desk = OpenDesk(folder, speed=1.0)
        desk.send("/long 3000")
        conversation = desk.chat.conversation.id
        desk.actions.branch(desk.answers()[-1].id)
        assert desk.chat.conversation.id == conversation
        desk.chat.stop()
        idle(desk)
        desk.close()


class TestPictures:
    def test_only_the_refused_picture_is_left_out(self, open_desk):
        picture(open_desk, "red.png", Qt.GlobalColor.red)
        picture(open_desk, "blue.png", Qt.GlobalColor.blue)
        old = open_desk.ask("Which colours?")
        said = "messages.0.content.1.image.source.base64: image exceeds 5 MB maximum"
        info = replace(old.answer, state=EndState.HTTP_ERROR, failure=Failure(FailureKind.IMAGE_REJECTED, said, 400))
        open_desk.chat.conversation.replace(replace(old, answer=info))
        open_desk.view.action_wanted.emit("retry_without_image", old.id)
        idle(open_desk)
        images = open_desk.chat.conversation.path()[0].images
        assert [(image.name, image.excluded) for image in images] == [("red.png", False), ("blue.png", True)]
        assert open_desk.chat.conversation.siblings(open_desk.answers()[-1].id)[0] == old.id

    def test_without_a_place_all_pictures_of_the_question_are_left_out(self, open_desk):
        picture(open_desk, "red.png", Qt.GlobalColor.red)
        open_desk.ask("Which colour?")
        picture(open_desk, "blue.png", Qt.GlobalColor.blue)
        old = open_desk.ask("And this one?")
        info = replace(
            old.answer, state=EndState.HTTP_ERROR, failure=Failure(FailureKind.IMAGE_REJECTED, "Bad image.", 400)
        )
        open_desk.chat.conversation.replace(replace(old, answer=info))
        open_desk.view.action_wanted.emit("remove_image", old.id)
        idle(open_desk)
        path = open_desk.chat.conversation.path()
        assert [image.excluded for message in path for image in message.images] == [False, True]
