"""The real program, a real gateway on loopback, a real screen: what a person sees when asking."""

import base64
import json

import pytest
from PySide6.QtGui import QImage

from support.recording_gateway import Hold, RecordingGateway
from support.tally_window import BUTTON, TallyWindow
from support.tour import draw_photo
from support.waiting import wait_until

KEY = "th-system-test-0123456789abcdef"


@pytest.fixture
def gateway():
    with RecordingGateway() as gateway:
        yield gateway


@pytest.fixture
def start(seat, gateway, tmp_path):
    """Starts the program for one user of the recording gateway; a second start is the same user coming back."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "settings.json").write_text(json.dumps({"connection": {"base_url": gateway.base_url}}))

    def start(*arguments):
        return TallyWindow(seat, data, arguments, {"TOKENHUB_API_KEY": KEY})

    return start


@pytest.fixture
def tally(start):
    with start() as tally:
        yield tally


def cost_of(tally):
    return [(row["status"], row["cost_micro"], row["state"]) for row in tally.rows("SELECT * FROM calls ORDER BY at")]


def test_enter_sends_and_the_answer_streams_into_the_window(tally, gateway):
    hold = Hold()
    gateway.will_answer("The first half", hold, " and the second.")
    tally.ask("Tell me something.")
    assert hold.reached.wait(15)
    tally.wait_until_shown("The first half")
    assert tally.answers()[0]["streaming"]
    hold.released.set()
    answer = tally.wait_for_answer(1)
    assert answer["text"] == "The first half and the second."
    tally.wait_until_shown("The first half and the second.")
    (asked,) = gateway.asked
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["stream"] is True
    assert asked.body["max_tokens"] == 1024
    assert asked.texts[-1] == "Tell me something."
    assert tally.composer.text == ""


def test_shift_enter_breaks_the_line_and_enter_sends_both(tally, gateway):
    tally.write("one")
    tally.screen.key("shift+Return")
    tally.screen.type("two")
    wait_until(lambda: tally.composer.text == "one\ntwo", "two lines")
    tally.screen.key("Return")
    tally.wait_for_answer(1)
    assert gateway.asked[0].texts[-1] == "one\ntwo"


def test_a_second_question_carries_the_history(tally, gateway):
    gateway.will_answer("Paris.")
    tally.ask_and_wait("Capital of France?")
    tally.ask_and_wait("And of Japan? 日本の首都は?")
    assert gateway.asked[1].texts[-3:] == ["Capital of France?", "Paris.", "And of Japan? 日本の首都は?"]


def test_escape_stops_the_answer_and_keeps_what_came(tally, gateway):
    hold = Hold()
    gateway.will_answer("Half an ans", hold, "wer.")
    tally.ask("Go on for ever.")
    tally.wait_until_shown("Half an ans")
    tally.screen.key("Escape")
    assert hold.client_left.wait(15)
    answer = tally.wait_for_answer(1, "cancelled")
    assert answer["text"] == "Half an ans"
    wait_until(lambda: cost_of(tally), "the stopped call to be booked")
    ((status, cost, _),) = cost_of(tally)
    assert status in ("estimated", "lower_bound")
    assert cost > 0
    tally.wait_until_shown("Half an ans")
    # The window is ready for the next question at once.
    assert tally.ask_and_wait("Again?")["state"] == "complete"


def test_an_error_is_told_and_the_question_is_not_lost(tally, gateway):
    gateway.will_answer(status=402, error="Your balance is used up.")
    tally.ask_and_wait("Is there money?", state="http_error")
    tally.wait_until_shown("Top up")
    assert tally.shows("Is there money?")
    assert cost_of(tally)[0][0] == "not_billed"


def test_a_dropped_picture_is_sent_scaled_down(tally, gateway, tmp_path):
    photo = draw_photo(tmp_path / "evening.jpg", 3000, 2000)
    assert tally.drop(photo) == "CopyAction"
    tally.root.wait_for("", r"evening\.jpg")
    tally.ask_and_wait("What is in this picture?")
    content = gateway.asked[0].body["messages"][-1]["content"]
    (url,) = [part["image_url"]["url"] for part in content if part["type"] == "image_url"]
    header, data = url.split(",", 1)
    picture = QImage.fromData(base64.b64decode(data))
    assert header in ("data:image/jpeg;base64", "data:image/png;base64")
    assert max(picture.width(), picture.height()) == 1568


def test_the_next_start_shows_the_history_and_its_cost(start, gateway):
    gateway.will_answer("The answer that is kept.")
    with start() as tally:
        tally.ask_and_wait("A question worth keeping?")
        wait_until(lambda: cost_of(tally), "the call to be booked")
        # 1000 tokens in at $3 and 200 out at $15 per million: $0.006, in millionths of a dollar.
        assert cost_of(tally) == [("exact", 6000, "complete")]
        assert tally.quit() == 0
        assert tally.output == ""
    with start() as tally:
        tally.wait_until_shown("A question worth keeping?")
        tally.keys("ctrl+Next")
        tally.wait_until_shown("The answer that is kept.")
        tally.wait_until_shown("$0.006")


def test_a_killed_program_comes_back_with_the_partial_answer(start, gateway):
    hold = Hold()
    gateway.will_answer("These words had already arrived", hold, " and these never will.")
    with start() as tally:
        tally.ask("Will this survive?")
        wait_until(
            lambda: [answer["text"] for answer in tally.answers()] == ["These words had already arrived"],
            "the partial answer on disk",
        )
        tally.program.kill()
    with start() as tally:
        answer = tally.wait_for_answer(1, "interrupted")
        assert answer["text"] == "These words had already arrived"
        wait_until(lambda: cost_of(tally), "the interrupted call to be booked")
        ((status, cost, _),) = cost_of(tally)
        assert status in ("estimated", "lower_bound")
        assert cost > 0
        tally.wait_until_shown("Will this survive?")
        tally.keys("ctrl+Next")
        tally.wait_until_shown("These words had already arrived")


def test_closing_the_window_in_mid_answer_keeps_what_came_and_ends_at_once(start, gateway):
    hold = Hold()
    gateway.will_answer("Kept to the last", hold, " word.")
    with start() as tally:
        tally.ask("Will closing lose this?")
        tally.wait_until_shown("Kept to the last")
        tally.keys("alt+F4")
        assert tally.program.wait() == 0
        assert hold.client_left.wait(15)
        assert [(answer["state"], answer["text"]) for answer in tally.answers()] == [("cancelled", "Kept to the last")]
        assert len(cost_of(tally)) == 1
        assert tally.output == ""


def test_a_pasted_picture_is_sent_along(tally, companion, gateway, tmp_path):
    companion.copy_image(draw_photo(tmp_path / "clip.png", 320, 200))
    tally.screen.click(*tally.composer.box.centre)
    tally.screen.key("ctrl+v")
    tally.root.wait_for(BUTTON, r"320×200")
    tally.ask_and_wait("And this?")
    kinds = [part["type"] for part in gateway.asked[0].body["messages"][-1]["content"]]
    assert sorted(kinds) == ["image_url", "text"]


def test_a_dropped_text_file_is_sent_as_text(tally, gateway, tmp_path):
    notes = tmp_path / "買い物.md"
    notes.write_text("- 牛乳\n- bread\n", encoding="utf-8")
    assert tally.drop(notes) == "CopyAction"
    tally.root.wait_for(BUTTON, r"買い物\.md")
    tally.ask_and_wait("What shall I buy?")
    assert any("- 牛乳\n- bread" in text for text in gateway.asked[0].texts)


def test_a_file_that_is_neither_picture_nor_text_is_refused_with_a_sentence(tally, gateway, tmp_path):
    strange = tmp_path / "strange.bin"
    strange.write_bytes(bytes(range(256)) * 40)
    tally.drop(strange)
    tally.wait_until_shown("strange.bin")
    tally.ask_and_wait("Did you get it?")
    assert [text for text in gateway.asked[0].texts if "strange" in text] == []


def test_a_draft_survives_the_end_of_the_program(start):
    with start() as tally:
        tally.write("not yet sent")
        wait_until(lambda: tally.rows("SELECT * FROM drafts WHERE text = 'not yet sent'"), "the draft on disk")
        assert tally.quit() == 0
    with start() as tally:
        wait_until(lambda: tally.composer.text == "not yet sent", "the draft in the composer")


def test_the_settings_open_and_close_from_the_keyboard(tally):
    tally.keys("ctrl+comma")
    dialog = tally.screen.wait_for_window("Settings", tally.program.pid)
    tally.screen.key("Escape")
    tally.screen.wait_until_gone(dialog)
    assert tally.program.running


def test_a_second_start_says_a_sentence_and_touches_nothing(start, seat, tally):
    with start() as second:
        assert second.window != tally.window
        assert second.root.wait_for("", "already")
        seat.screen.key("Return")
        assert second.program.wait() != 0
    assert tally.ask_and_wait("Still here?")["state"] == "complete"
