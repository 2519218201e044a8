"""Everything in the conversation can be reached without a mouse, and says what it is."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit

from support.shown_messages import answer, long_path, question, row, settle
from tally.gui.conversation.message_row import MessageRow
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.view import ConversationView


def focused():
    return QApplication.focusWidget()


def test_up_and_down_walk_from_message_to_message_and_bring_them_on_screen(view, qtbot):
    view.show_path(long_path(200))
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    for number in (198, 197, 196, 195, 194, 193, 192, 191):
        qtbot.keyClick(focused(), Qt.Key.Key_Up)
        assert focused() is row(view, number)
        assert row(view, number).geometry().intersects(view.viewport().rect())
    qtbot.keyClick(focused(), Qt.Key.Key_Down)
    assert focused() is row(view, 192)


def test_a_message_says_who_speaks_and_which_one_it_is(view, open_path, qtbot):
    open_path([question("What is it?"), answer("It is a ledger.")])
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert focused().accessibleName() == "Assistant, 2 of 2: It is a ledger."
    qtbot.keyClick(focused(), Qt.Key.Key_Up)
    assert focused().accessibleName() == "You, 1 of 2: What is it?"


def test_the_names_count_messages_that_came_later(view, open_path, qtbot):
    open_path([question("What is it?")])
    view.append(Shown(answer("A ledger.")))
    settle()
    view.move_current(-1)
    view.move_current(-1)
    assert focused().accessibleName() == "You, 1 of 2: What is it?"


def test_alt_and_an_arrow_walk_also_from_inside_a_text(view, open_path, qtbot):
    open_path([question("What is it?"), answer("It is a ledger."), question("Really?")])
    row(view, 1).texts()[0].setFocus()
    view._current = row(view, 1).shown.message.id
    qtbot.keyClick(row(view, 1).texts()[0], Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert focused() is row(view, 0)


def test_left_and_right_step_through_the_versions(view, qtbot):
    message = answer("Second of three.")
    view.show_path([Shown(question("Go.")), Shown(message, index=1, siblings=3)])
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    for key, step in ((Qt.Key.Key_Left, -1), (Qt.Key.Key_Right, 1)):
        with qtbot.waitSignal(view.sibling_wanted) as wanted:
            qtbot.keyClick(focused(), key)
        assert wanted.args == [message.id, step]


def test_tab_walks_through_one_message_and_then_leaves_the_view(window, qtbot):
    view = window.findChild(ConversationView)
    view.show_path([Shown(question("Go.")), Shown(answer("A [link](https://example.com) and words."))])
    settle()
    window.findChild(QLineEdit, "before").setFocus()
    qtbot.keyClick(focused(), Qt.Key.Key_Tab)
    assert focused() is view
    qtbot.keyClick(view, Qt.Key.Key_Up)
    message = focused()
    assert isinstance(message, MessageRow)
    visited = []
    for _ in range(20):
        qtbot.keyClick(focused(), Qt.Key.Key_Tab)
        visited.append(focused())
        if not view.isAncestorOf(focused()):
            break
    assert visited[-1].objectName() == "after"
    assert all(message.isAncestorOf(widget) for widget in visited[:-1])
    names = [widget.accessibleName() for widget in visited[:-1]]
    assert {"Copy", "Ask again", "More"} <= set(names)
    assert message.texts()[0] in visited


def test_shift_tab_leaves_the_view_backwards(window, qtbot):
    view = window.findChild(ConversationView)
    view.show_path([Shown(question("Go."))])
    settle()
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Backtab)
    assert focused().objectName() == "before"


def test_actions_are_shown_on_the_message_with_the_focus(view, open_path, qtbot):
    open_path([question("Go."), answer("Words."), question("Then?")])
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Up)
    assert row(view, 2)._bar.isVisible()
    qtbot.keyClick(focused(), Qt.Key.Key_Up)
    assert row(view, 1)._bar.isVisible()
    assert not row(view, 2)._bar.isVisible()


def test_page_keys_scroll_even_when_a_text_has_the_focus(view, qtbot):
    view.show_path(long_path(100))
    settle()
    text = row(view, 99).texts()[0]
    text.setFocus()
    before = view.verticalScrollBar().value()
    qtbot.keyClick(text, Qt.Key.Key_PageUp)
    assert view.verticalScrollBar().value() < before - 400
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.verticalScrollBar().value() == 0
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.at_end
