"""Words that stream in look like the finished answer, at every moment and at the end."""

import subprocess
import sys

import pytest

from support.shown_messages import FINISHED, answer, question, row, settle, words_y
from tally.core.messages import AnswerInfo, EndState, Message, ReasoningPart, TextPart
from tally.gui.conversation.answer_row import AnswerRow
from tally.gui.conversation.pump import FRAME_MS, SLOWEST_MS, StreamPump
from tally.gui.conversation.shown import Notice, NoticeKind, Shown

STREAMING = AnswerInfo("claude-sonnet-4.6", EndState.STREAMING)
TEXT = """# Title

Some **bold** words and `code`, and a [link](https://example.com).

1. one
2. two
   - inner

```python
def f(x: int) -> int:
    return x + 1
```

| a | b |
|---|--:|
| 1 | 2 |

> quoted

The end.
"""


def finished(begun: Message, text: str) -> Shown:
    return Shown(Message(begun.id, None, begun.role, (TextPart(text),), 0, FINISHED))


@pytest.fixture
def begun(open_path):
    return open_path([question("Go."), answer("", STREAMING)])[1].message


def stream(view, message, text, size):
    for start in range(0, len(text), size):
        view.feed(message.id, text[start : start + size])
        view.flush()
        settle()


@pytest.mark.parametrize("size", [3, 17, 400])
def test_the_picture_at_the_end_is_that_of_the_finished_message(view, begun, size):
    stream(view, begun, TEXT, size)
    before = words_y(view, 1, "The end")
    view.finish(finished(begun, TEXT))
    settle()
    assert words_y(view, 1, "The end") == before
    streamed = row(view, 1).body.grab().toImage()
    view.show_path([Shown(question("Go.")), Shown(answer(TEXT))])
    settle()
    while view._highlighter._queue:
        view._highlighter.work()
    view.resize(view.width() + 40, view.height())
    view.resize(view.width() - 40, view.height())
    settle()
    assert row(view, 1).body.grab().toImage() == streamed


def test_finished_parts_keep_their_widgets_while_the_rest_streams(view, begun):
    stream(view, begun, TEXT[: TEXT.index("| a")], 20)
    first = row(view, 1).body.views[:2]
    stream(view, begun, TEXT[TEXT.index("| a") :], 20)
    assert row(view, 1).body.views[:2] == first


def test_a_selection_in_the_tail_survives_more_words(view, begun):
    stream(view, begun, "The first sentence is here. ", 5)
    text = row(view, 1).texts()[0]
    found = text.document().find("first sentence")
    text.setTextCursor(found)
    stream(view, begun, "And a second one follows it, with **bold** words.", 5)
    assert text.textCursor().selectedText() == "first sentence"
    assert "second one" in text.toPlainText()


def test_words_that_came_before_the_view_was_shown_are_there(view, open_path):
    message = open_path([question("Go."), answer("Half of ", STREAMING)])[1].message
    view.feed(message.id, "a sentence.")
    view.flush()
    settle()
    assert row(view, 1).texts()[0].toPlainText() == "Half of a sentence."


def test_an_answer_off_screen_is_complete_when_it_is_scrolled_to(view, open_path):
    long = "A line that takes some room. " * 700
    message = open_path([question("Go."), answer("", STREAMING), question(long)])[1].message
    assert 1 not in view.live or not view.live[1].isVisible()
    stream(view, message, TEXT, 100)
    view.finish(finished(message, TEXT))
    view.go_to(1)
    settle()
    assert words_y(view, 1, "The end") > 0


def test_words_for_a_message_that_is_not_shown_are_ignored(view, open_path):
    open_path([question("Go.")])
    view.feed("0" * 32, "Words from another conversation.")
    view.flush()
    assert len(view.live) == 1


def test_the_pump_delivers_on_its_own(view, begun, qtbot):
    view.feed(begun.id, "Hello there.")
    qtbot.waitUntil(lambda: [text.toPlainText() for text in row(view, 1).texts()] == ["Hello there."])


def test_dear_frames_become_rarer_but_never_stop(qtbot):
    pump = StreamPump()
    assert pump.interval_ms == FRAME_MS

    def burn():
        sum(number * number for number in range(600_000))

    pump.frame.connect(burn)
    with qtbot.waitSignal(pump.frame):
        pump.wake()
    assert FRAME_MS < pump.interval_ms <= SLOWEST_MS


def test_reasoning_is_folded_until_it_is_wanted(view, begun):
    view.feed_reasoning(begun.id, "First I think")
    view.flush()
    settle()
    shown = row(view, 1)
    assert isinstance(shown, AnswerRow)
    assert not shown._reasoning.is_open
    assert not shown._reasoning.text.isVisible()
    folded = shown.height()
    shown._reasoning.set_open(True)
    view.feed_reasoning(begun.id, ", then I write.")
    view.flush()
    settle()
    assert shown._reasoning.text.toPlainText() == "First I think, then I write."
    assert shown.height() > folded
    view.finish(Shown(Message(begun.id, None, begun.role, (ReasoningPart("All."), TextPart("Words.")), 0, FINISHED)))
    settle()
    assert shown._reasoning.is_open
    assert shown._reasoning.text.toPlainText() == "All."


def test_a_countdown_changes_its_words_and_keeps_its_buttons(view, begun, qtbot):
    actions = (("retry_now", "Now"), ("stop", "Cancel"))
    view.set_notice(begun.id, Notice(NoticeKind.WARNING, "Trying again in 3 s.", actions))
    settle()
    notice = row(view, 1)._notice
    buttons = notice.tab_stops()
    view.set_notice(begun.id, Notice(NoticeKind.WARNING, "Trying again in 2 s.", actions))
    settle()
    assert notice.tab_stops() == buttons
    assert notice._label.text() == "Trying again in 2 s."
    with qtbot.waitSignal(view.retry_now) as now:
        buttons[0].click()
    with qtbot.waitSignal(view.stop_wanted) as stop:
        buttons[1].click()
    assert now.args == stop.args == [begun.id]
    view.set_notice(begun.id, None)
    settle()
    assert row(view, 1)._notice is None


def test_nothing_heavy_is_loaded_before_the_first_message():
    code = """
import sys
import tally.gui.conversation.view
print([name for name in ("markdown", "pygments", "httpx", "asyncio", "keyring") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "[]", done.stderr
