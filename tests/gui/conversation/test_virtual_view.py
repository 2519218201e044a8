"""Only what is on screen is a widget, and what is being read does not move."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication

from support.shown_messages import FINISHED, answer, long_path, question, row, settle, shown, words_y
from tally.core.messages import AnswerInfo, EndState
from tally.core.settings import Theme
from tally.gui.conversation.shown import Shown

STREAMING = AnswerInfo("claude-sonnet-4.6", EndState.STREAMING)


def turn_wheel(widget, right=0, up=0):
    """Turns the wheel over a widget; Qt hands only the window system's own events on to the parents, so this does."""
    target = widget
    while target is not None:
        place = QPointF(target.rect().center())
        event = QWheelEvent(
            place, target.mapToGlobal(place), QPoint(), QPoint(right, up), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        if QApplication.sendEvent(target, event) and event.isAccepted():
            break
        target = target.parentWidget()
    settle()


def test_a_long_conversation_opens_at_its_end_with_a_handful_of_widgets(view):
    path = long_path(2000)
    view.show_path(path)
    settle()
    assert view.at_end
    assert len(view.live) < 15
    assert max(view.live) == len(path) - 1
    last = row(view, len(path) - 1)
    assert 0 < last.geometry().bottom() < view.viewport().height()


def test_scrolling_all_the_way_up_ends_exactly_at_the_first_message(view):
    view.show_path(long_path(300))
    for _ in range(2000):
        if view.verticalScrollBar().value() == 0:
            break
        view.scroll_by(-600)
    assert 0 in view.live
    assert row(view, 0).y() == 16
    assert len(view.live) < 25


def test_scrolling_by_some_pixels_moves_the_text_by_exactly_these(view):
    view.show_path(long_path(300))
    view.go_to(150)
    settle()
    for step in (-37, -120, 55, -300, 80):
        before = words_y(view, 150, "Question 150")
        view.scroll_by(step)
        settle()
        assert words_y(view, 150, "Question 150") == before - step


def test_the_thumb_can_be_thrown_anywhere(view):
    view.show_path(long_path(1000))
    bar = view.verticalScrollBar()
    for share in (0.9, 0.1, 0.5, 0.0, 1.0):
        bar.setValue(int(bar.maximum() * share))
        settle()
        tops = [view.live[index].y() for index in sorted(view.live) if view.live[index].isVisible()]
        assert tops == sorted(tops)
        assert min(tops) <= 16
        assert len(view.live) < 25
    assert view.at_end


def test_a_short_conversation_begins_at_the_top(view, open_path):
    open_path([question("One?"), answer("Two.")])
    assert row(view, 0).y() == 16
    assert view.verticalScrollBar().maximum() == 0


def test_at_the_end_the_view_follows_what_streams_in(view, open_path):
    path = open_path([question("Tell me."), answer("", STREAMING)])
    for number in range(60):
        view.feed(path[1].message.id, f"Paragraph {number}.\n\n")
        view.flush()
    settle()
    assert view.at_end
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum() > 0
    assert 0 < words_y(view, 1, "Paragraph 59") < view.viewport().height()


def test_a_reader_further_up_is_left_alone_and_offered_a_way_down(view, qtbot):
    path = [*long_path(40), *shown([question("Tell me."), answer("Beginning. " * 400, STREAMING)])]
    view.show_path(path)
    settle()
    assert not view._jump.isVisible()
    view.scroll_by(-900)
    settle()
    here = view.verticalScrollBar().value()
    y = words_y(view, 41, "Beginning")
    for number in range(60):
        view.feed(path[41].message.id, f"\n\nParagraph {number}.")
        view.flush()
    settle()
    assert words_y(view, 41, "Beginning") == y
    assert view.verticalScrollBar().value() == here
    assert view._jump.isVisible()
    qtbot.mouseClick(view._jump, Qt.MouseButton.LeftButton)
    settle()
    assert view.at_end
    assert not view._jump.isVisible()


def test_a_question_that_is_sent_is_shown_even_to_a_reader_further_up(view):
    view.show_path(long_path(60))
    view.go_to(10)
    view.append(Shown(question("Now this?")))
    settle()
    assert view.at_end
    assert 0 < words_y(view, 60, "Now this") < view.viewport().height()


def test_an_answer_that_begins_does_not_move_a_reader(view):
    view.show_path(long_path(60))
    view.go_to(10)
    settle()
    y = words_y(view, 10, "Question 10")
    view.append(Shown(answer("", STREAMING)))
    settle()
    assert words_y(view, 10, "Question 10") == y


@pytest.mark.parametrize("width", [500, 640, 1300])
def test_the_words_at_the_top_stay_at_the_top_when_the_width_changes(view, open_path, width):
    words = " ".join(f"word{number:04d}" for number in range(3000))
    open_path([question("Go."), answer(words), question("And?"), answer("That was all. " * 300)])
    view.go_to(1, -2000)
    settle()
    text = row(view, 1).texts()[0]
    top = text.viewport().mapFrom(view.viewport(), QPoint(text.x() + 40, 4))
    cursor = text.cursorForPosition(QPoint(5, top.y()))
    cursor.movePosition(cursor.MoveOperation.NextWord)
    cursor.movePosition(cursor.MoveOperation.EndOfWord, cursor.MoveMode.KeepAnchor)
    word = cursor.selectedText()
    before = words_y(view, 1, word)
    view.resize(width, 700)
    settle()
    assert abs(words_y(view, 1, word) - before) <= 45


def test_zoom_and_theme_keep_the_place_and_do_not_parse_again(view, open_path, theme):
    words = "\n\n".join(f"paragraph{number:04d} " + "of some length " * 20 for number in range(200))
    open_path([question("Go."), answer(words)])
    view.go_to(1, -3000)
    settle()
    widgets = [id(segment) for segment in row(view, 1).body.views]
    before = row(view, 1).texts()[0].toPlainText()
    mark = row(view, 1).mark_at(-row(view, 1).y())
    y = row(view, 1).y() + row(view, 1).mark_y(mark)
    theme.set_theme(Theme.DARK)
    theme.set_zoom(150)
    settle()
    assert set(widgets) <= {id(segment) for segment in row(view, 1).body.views}
    assert row(view, 1).texts()[0].toPlainText() == before
    assert abs(row(view, 1).y() + row(view, 1).mark_y(mark) - y) <= 2


def test_the_wheel_over_any_text_scrolls_the_conversation(view, open_path):
    code = "\n".join(f"line {number}" for number in range(80))
    open_path(
        [question("Go."), answer(f"Words.\n\n```python\n{code}\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nWords.")]
    )
    for text in row(view, 1).texts():
        before = view.verticalScrollBar().value()
        turn_wheel(text.viewport(), up=120)
        assert view.verticalScrollBar().value() < before
        view.go_to_end()


def test_the_sideways_wheel_over_code_scrolls_the_code(view, open_path):
    open_path([question("Go."), answer(f"```\n{'x' * 400}\n```")])
    text = row(view, 1).texts()[0]
    turn_wheel(text.viewport(), right=-240)
    assert text.horizontalScrollBar().value() > 0


def test_a_position_is_found_again_after_another_conversation(view):
    first, second = long_path(200), long_path(50)
    view.show_path(first)
    view.go_to(120, -40)
    settle()
    y = words_y(view, 120, "Question 120") if 120 in view.live else None
    kept = view.position()
    view.show_path(second)
    settle()
    view.show_path(first)
    view.restore(kept)
    settle()
    assert words_y(view, 120, "Question 120") == y
    view.restore(None)
    assert view.at_end


def test_a_row_with_a_selection_is_not_thrown_away(view):
    view.show_path(long_path(400))
    settle()
    last = row(view, 399)
    last.texts()[0].selectAll()
    view.go_to(0)
    settle()
    assert view.live[399] is last
    assert not last.geometry().intersects(view.viewport().rect())


def test_the_same_path_again_keeps_the_widgets(view):
    path = long_path(30)
    view.show_path(path)
    settle()
    before = dict(view.live)
    extended = [*path, *shown([question("More?")])]
    view.show_path(extended, keep_position=True)
    settle()
    assert all(view.live[index] is widget for index, widget in before.items() if index in view.live)
    assert any(view.live.get(index) is widget for index, widget in before.items())


def test_a_changed_message_is_drawn_anew_where_it_is(view, open_path):
    path = open_path([question("Go."), answer("First version.", STREAMING), question("Then?")])
    other = answer("Second version.", FINISHED)
    view.update_message(Shown(type(other)(path[1].message.id, None, other.role, other.parts, 0, other.answer)))
    settle()
    assert words_y(view, 1, "Second version") < words_y(view, 2, "Then?")


HUGE = "\n\n".join(
    f"Paragraph {n:03d} {'with some words ' * (n % 30)}" if n % 7 else f"```python\nvalue_{n:03d} = {n}\n```"
    for n in range(700)
)


def test_a_huge_message_makes_only_the_widgets_that_are_seen(view, open_path):
    open_path([question("Go."), answer(HUGE)])
    assert view.at_end
    assert 0 < words_y(view, 1, "Paragraph 699") < view.viewport().height()
    assert len(row(view, 1).body.views) < 20


def test_scrolling_up_through_a_huge_message_moves_the_words_by_exactly_as_much(view, open_path):
    open_path([question("Go."), answer(HUGE)])
    for _ in range(60):
        text = next(text for text in row(view, 1).texts() if text.visibleRegion().boundingRect().height() > 20)
        word = text.toPlainText()[:13]
        before = words_y(view, 1, word)
        view.scroll_by(-150)
        settle()
        assert words_y(view, 1, word) == before + 150


def test_a_huge_message_can_be_scrolled_from_end_to_end(view, open_path):
    open_path([question("Go."), answer(HUGE)])
    for _ in range(400):
        if view.verticalScrollBar().value() == 0:
            break
        view.scroll_by(-650)
    settle()
    assert row(view, 0).y() == 16
    view.go_to_end()
    settle()
    assert 0 < words_y(view, 1, "Paragraph 699") < view.viewport().height()


def test_a_huge_message_is_copied_and_searched_whole(view, open_path):
    open_path([question("Go."), answer(HUGE)])
    assert view.find("value_350") == (1, 1)
    settle()
    assert 0 < words_y(view, 1, "value_350") < view.viewport().height()
    y = words_y(view, 1, "value_350")
    row(view, 1).action.emit("copy")
    settle()
    assert abs(words_y(view, 1, "value_350") - y) <= 2
    copied = QGuiApplication.clipboard().text()
    assert all(f"{n:03d}" in copied for n in range(700))
