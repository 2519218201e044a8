"""The main job in the window, with everything real but the model: ask, watch, stop, edit, come back, see every cent."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from support.desk import OpenDesk
from support.raw_server import RawServer
from tally.core.messages import EndState, Role
from tally.core.money import CostStatus
from tally.gui.composer.preview import ImagePreview
from tally.gui.welcome import WelcomeMode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def open_desk(folder: Path) -> Iterator[OpenDesk]:
    desk = OpenDesk(folder)
    yield desk
    desk.close()


def test_a_question_is_answered_priced_and_listed(open_desk):
    answer = open_desk.ask("Explain the CAP theorem in 3 bullets.")
    assert answer.answer.state is EndState.COMPLETE
    assert answer.answer.cost.status is CostStatus.EXACT
    assert answer.answer.cost.usd
    assert open_desk.chat.head.title == "Explain the CAP theorem in 3 bullets."
    assert open_desk.window.windowTitle().startswith("Explain the CAP theorem")
    assert open_desk.composer.text() == ""


def test_what_was_said_and_what_it_cost_is_there_after_closing_and_opening_again(folder):
    first = OpenDesk(folder)
    answer = first.ask("Hello")
    title, conversation = first.chat.head.title, first.chat.conversation.id
    first.close()
    again = OpenDesk(folder)
    again.desk.history.open(conversation)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    assert again.texts() == ["Hello", answer.text]
    assert again.chat.head.title == title
    assert again.answers()[0].answer.cost == answer.answer.cost
    again.close()


def test_a_draft_survives_a_restart(folder):
    first = OpenDesk(folder)
    first.composer.set_text("half a thought")
    first.close()
    again = OpenDesk(folder)
    again.until(lambda: again.composer.text() == "half a thought", "the draft")
    again.close()


def test_stop_keeps_the_text_and_brings_send_back(folder):
    desk = OpenDesk(folder, speed=1.0)
    desk.send("/long 3000")
    desk.until(lambda: any(turn.text for turn in desk.chat._turns.of(desk.chat.conversation.id)), "the first words")
    desk.chat.stop()
    desk.until(lambda: not desk.chat.busy, "the end")
    answer = desk.answers()[-1]
    assert answer.answer.state is EndState.CANCELLED
    assert answer.text
    assert answer.answer.cost.status is CostStatus.ESTIMATED
    desk.close()


def test_an_answer_goes_on_while_another_conversation_is_on_screen(folder):
    desk = OpenDesk(folder, speed=1.0)
    desk.send("/fast /long 200")
    first = desk.chat.conversation
    desk.chat.new()
    assert desk.chat.conversation is not first
    desk.until(lambda: desk.chat.running == 0, "the answer in the background")
    assert first.path()[-1].answer.state is EndState.COMPLETE
    desk.close()


def test_regenerating_makes_a_sibling_and_destroys_nothing(open_desk):
    old = open_desk.ask("Hello")
    open_desk.actions.regenerate(old.id)
    open_desk.until(lambda: not open_desk.chat.busy, "the second answer")
    new = open_desk.answers()[-1]
    assert open_desk.chat.conversation.siblings(new.id) == (old.id, new.id)
    open_desk.actions.show_sibling(new.id, -1)
    assert open_desk.answers()[-1] == old


def test_an_edited_question_is_a_sibling_with_an_answer_of_its_own(open_desk):
    open_desk.ask("Hello")
    question = open_desk.chat.conversation.path()[0]
    open_desk.actions.edit(question.id)
    assert open_desk.composer.text() == "Hello"
    open_desk.ask("Hello again")
    assert open_desk.texts()[0] == "Hello again"
    assert len(open_desk.chat.conversation.siblings(question.id)) == 2


def test_giving_up_an_edit_brings_the_draft_back(open_desk):
    open_desk.ask("Hello")
    open_desk.composer.set_text("my draft")
    open_desk.actions.edit(open_desk.chat.conversation.path()[0].id)
    open_desk.chat.stop_editing()
    open_desk.until(lambda: open_desk.composer.text() == "my draft", "the draft")
    assert open_desk.chat.editing is None


def test_deleted_messages_come_back_by_undo_and_stay_gone_without_it(folder):
    desk = OpenDesk(folder)
    desk.ask("Hello")
    desk.ask("And more")
    before = desk.texts()
    conversation = desk.chat.conversation.id
    desk.actions.delete(desk.chat.conversation.path()[2].id)
    assert len(desk.texts()) == 2
    desk.actions.undo_delete()
    assert desk.texts() == before
    desk.actions.delete(desk.chat.conversation.path()[2].id)
    desk.settle()
    desk.close()
    again = OpenDesk(folder)
    again.desk.history.open(conversation)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    assert again.texts() == before[:2]
    again.close()


def test_a_branch_is_a_conversation_of_its_own(open_desk):
    answer = open_desk.ask("Hello")
    original = open_desk.chat.conversation.id
    open_desk.actions.branch(answer.id)
    open_desk.settle()
    assert open_desk.chat.conversation.id != original
    assert open_desk.texts() == ["Hello", answer.text]
    open_desk.ask("Only here")
    open_desk.desk.history.open(original)
    open_desk.until(lambda: open_desk.chat.conversation.id == original, "the original")
    assert open_desk.texts() == ["Hello", answer.text]


def test_an_answer_cut_by_its_limit_can_be_continued_by_a_user_turn(open_desk):
    options = open_desk.chat.options
    open_desk.chat.set_options(replace(options, params=replace(options.params, max_tokens=40)))
    cut = open_desk.ask("/long 200")
    assert cut.answer.state is EndState.LENGTH
    open_desk.actions.continue_answer(cut.id)
    open_desk.until(lambda: not open_desk.chat.busy, "the rest")
    path = open_desk.chat.conversation.path()
    assert [message.role for message in path] == [Role.USER, Role.ASSISTANT, Role.USER, Role.ASSISTANT]
    assert cut.text[-100:] in path[2].text


def test_a_failed_answer_says_so_costs_nothing_and_can_be_retried(open_desk):
    failed = open_desk.ask("/error 401")
    assert failed.answer.failure.status == 401
    assert failed.answer.cost.status is CostStatus.NOT_BILLED
    open_desk.actions.regenerate(failed.id)
    open_desk.until(lambda: not open_desk.chat.busy, "the retry")
    assert len(open_desk.chat.conversation.siblings(failed.id)) == 2


def test_model_and_parameters_belong_to_the_conversation(folder):
    desk = OpenDesk(folder)
    desk.chat.set_model("anthropic/claude-haiku-4-5")
    desk.ask("Hello")
    conversation = desk.chat.conversation.id
    assert desk.answers()[0].answer.model == "anthropic/claude-haiku-4-5"
    desk.chat.new()
    assert desk.chat.options.model == "anthropic/claude-sonnet-4-6"
    desk.close()
    again = OpenDesk(folder)
    again.desk.history.open(conversation)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    assert again.chat.options.model == "anthropic/claude-haiku-4-5"
    again.close()


def test_a_conversation_in_the_trash_leaves_the_list_and_comes_back_by_undo(open_desk):
    open_desk.ask("Hello")
    conversation = open_desk.chat.conversation.id
    open_desk.desk.history.trash(conversation)
    open_desk.settle()
    open_desk.settle()
    assert conversation not in [head.id for head in open_desk.desk.history._heads.values() if not head.trashed]
    assert not len(open_desk.chat.conversation)
    open_desk.desk.history.undo_trash()
    open_desk.until(lambda: conversation in open_desk.desk.history._heads, "the list")


def test_a_conversation_is_renamed_and_pinned(open_desk):
    open_desk.ask("Hello")
    conversation = open_desk.chat.conversation.id
    open_desk.desk.history.rename(conversation, "My title")
    open_desk.desk.history.pin(conversation, pinned=True)
    open_desk.until(lambda: open_desk.desk.history._heads[conversation].pinned, "the pin")
    assert open_desk.desk.history._heads[conversation].title == "My title"
    assert open_desk.window.windowTitle().startswith("My title")


def test_without_a_key_nothing_is_sent_and_the_first_card_offers_key_or_demo(folder):
    desk = OpenDesk(folder, demo=False)
    desk.until(lambda: desk.desk.keys.key_state is not None, "the key's state")
    assert desk.window.welcome.mode is WelcomeMode.FIRST_RUN
    desk.send("Hello")
    assert not len(desk.chat.conversation)
    desk.close()


def test_the_demo_is_marked_and_its_costs_stay_out_of_the_real_totals(open_desk):
    open_desk.ask("Hello")
    assert open_desk.chat.head.simulated
    totals: list[object] = []
    open_desk.backend.ask(lambda services: services.ledger.totals(None, day=0, month=0, simulated=False)).then(
        totals.append
    )
    open_desk.until(lambda: totals, "the totals")
    assert totals[0].month.exact == 0


def test_json_mode_checks_the_answer(open_desk):
    options = open_desk.chat.options
    open_desk.chat.set_options(replace(options, params=replace(options.params, json_mode=True)))
    assert open_desk.ask("Three cities as JSON").answer.note == "json"


def test_the_price_of_the_next_message_stands_beside_send_and_grows_with_the_history(open_desk):
    open_desk.composer.set_text("Hello")
    open_desk.desk.quotes.update()
    model = open_desk.state.model("")
    small = open_desk.desk.quotes.quote_for(model)
    open_desk.ask("/long 400")
    open_desk.composer.set_text("Hello")
    large = open_desk.desk.quotes.quote_for(model)
    assert large.low > small.low
    assert large.input_tokens > small.input_tokens + 300


def test_a_damaged_settings_file_is_said_and_does_not_stand_in_the_way(folder):
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text("{broken", encoding="utf-8")
    desk = OpenDesk(folder)
    assert desk.ask("Hello").answer.state is EndState.COMPLETE
    assert list(folder.glob("settings-damaged-*.json"))
    desk.close()


def test_closing_in_mid_stream_keeps_what_had_arrived(folder):
    desk = OpenDesk(folder, speed=1.0)
    desk.send("/long 3000")
    conversation = desk.chat.conversation.id
    desk.until(lambda: any(turn.text for turn in desk.chat._turns.of(conversation)), "the first words")
    desk.close()
    again = OpenDesk(folder)
    again.desk.history.open(conversation)
    again.until(lambda: again.chat.conversation.id == conversation, "the conversation")
    answer = again.answers()[-1]
    assert answer.text
    assert answer.answer.state is EndState.CANCELLED
    again.close()


def test_a_question_is_never_sent_to_the_real_gateway_while_the_demo_starts(folder):
    with RawServer([]) as real:
        desk = OpenDesk(folder, demo=False, environ={"TOKENHUB_API_KEY": "th-0123456789abcdef"})
        desk.state.change(connection=replace(desk.state.settings.connection, base_url=real.base_url))
        desk.desk.keys.start_demo()
        assert not desk.state.simulated
        desk.send("Hello")
        assert not len(desk.chat.conversation)
        assert desk.composer.text() == "Hello"
        desk.until(lambda: desk.state.simulated, "the demo")
        desk.composer.field.send_wanted.emit()
        desk.until(lambda: desk.answers() and not desk.chat.busy, "the demo's answer")
        assert desk.answers()[0].answer.simulated
        assert real.posts == []
        desk.close()


def test_a_picture_in_a_question_reaches_the_gateway_and_opens_as_it_is_sent(open_desk, qtbot, tmp_path):
    picture = tmp_path / "evening.png"
    image = QImage(1600, 1200, QImage.Format.Format_RGB32)
    image.fill(0x2255AA)
    assert image.save(str(picture))
    open_desk.composer.add_files([str(picture)])
    open_desk.until(open_desk.composer.parts, "the picture")
    answer = open_desk.ask("What is in this picture?")
    assert "1568" in answer.text
    open_desk.view.image_wanted.emit(open_desk.chat.conversation.path()[0].images[0].digest)
    open_desk.until(lambda: open_desk.window.findChild(ImagePreview), "the preview")
    open_desk.window.findChild(ImagePreview).close()
