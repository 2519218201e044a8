"""The first minute: a key can be pasted and is forgotten here, the demo can be tried, a starter can be chosen."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from support.themes import fresh_theme
from tally.core.settings import Theme
from tally.gui.welcome import Welcome, WelcomeMode

KEY = "th-0123456789abcdef"


@pytest.fixture
def welcome(qapp, qtbot):
    with fresh_theme(qapp, applied=True) as theme:
        widget = Welcome(theme)
        qtbot.addWidget(widget)
        widget.resize(640, 560)
        widget.set_mode(WelcomeMode.FIRST_RUN)
        widget.show()
        yield widget


def button(welcome, name) -> QPushButton:
    return welcome.findChild(QPushButton, name)


def field(welcome) -> QLineEdit:
    return welcome.findChild(QLineEdit, "key-field")


def words(welcome) -> str:
    return "\n".join(label.text() for label in welcome.findChildren(QLabel) if label.isVisible())


def starters(welcome) -> list[QPushButton]:
    return [
        each
        for each in welcome.findChildren(QPushButton)
        if each.objectName().startswith("starter") and each.isVisible()
    ]


def test_the_key_is_hidden_while_it_is_typed(welcome, qtbot):
    assert field(welcome).echoMode() is QLineEdit.EchoMode.Password
    reveal = welcome.findChild(object, "reveal-key")
    qtbot.mouseClick(reveal, Qt.MouseButton.LeftButton)
    assert field(welcome).echoMode() is QLineEdit.EchoMode.Normal
    assert reveal.accessibleName() == "Hide the key"
    qtbot.mouseClick(reveal, Qt.MouseButton.LeftButton)
    assert field(welcome).echoMode() is QLineEdit.EchoMode.Password


def test_a_hidden_key_cannot_be_copied_from_the_field(welcome):
    QApplication.clipboard().setText("before")
    field(welcome).setText(KEY)
    field(welcome).selectAll()
    field(welcome).copy()
    assert QApplication.clipboard().text() == "before"


def test_nothing_can_be_saved_before_something_is_pasted(welcome):
    save = button(welcome, "save-key")
    assert not save.isEnabled()
    assert save.toolTip()
    field(welcome).setText("   ")
    assert not save.isEnabled()
    field(welcome).setText(KEY)
    assert save.isEnabled()


@pytest.mark.parametrize("how", ["button", "enter"])
def test_a_pasted_key_is_handed_over_once(welcome, qtbot, how):
    got = []
    welcome.key_entered.connect(got.append)
    field(welcome).setText(f"  {KEY}\t")
    if how == "enter":
        qtbot.keyClick(field(welcome), Qt.Key.Key_Return)
        qtbot.keyClick(field(welcome), Qt.Key.Key_Return)
    else:
        qtbot.mouseClick(button(welcome, "save-key"), Qt.MouseButton.LeftButton)
        qtbot.mouseClick(button(welcome, "save-key"), Qt.MouseButton.LeftButton)
    assert got == [KEY]
    assert button(welcome, "save-key").text() == "Saving…"


def test_a_refused_key_says_why_and_can_be_corrected(welcome, qtbot):
    got = []
    welcome.key_entered.connect(got.append)
    field(welcome).setText("schlüssel")
    qtbot.mouseClick(button(welcome, "save-key"), Qt.MouseButton.LeftButton)
    welcome.set_key_problem("The key holds a character that no key has.")
    assert "The key holds a character that no key has." in words(welcome)
    assert not field(welcome).isReadOnly()
    field(welcome).setText(KEY)
    assert "The key holds" not in words(welcome)
    qtbot.mouseClick(button(welcome, "save-key"), Qt.MouseButton.LeftButton)
    assert got == ["schlüssel", KEY]


@pytest.mark.parametrize("mode", list(WelcomeMode))
def test_the_key_is_forgotten_here_when_it_is_kept_elsewhere(welcome, mode):
    field(welcome).setText(KEY)
    welcome.set_mode(mode)
    assert field(welcome).text() == ""
    assert not field(welcome).isUndoAvailable()


def test_it_says_where_the_key_goes(welcome):
    welcome.set_host("tokenhub.store")
    assert "keyring" in words(welcome)
    assert "tokenhub.store only" in words(welcome)


def test_the_demo_is_one_click_away(welcome, qtbot):
    with qtbot.waitSignal(welcome.demo_wanted):
        qtbot.mouseClick(button(welcome, "try-demo"), Qt.MouseButton.LeftButton)
    assert "simulated" in words(welcome)


def test_only_the_first_run_asks_for_a_key(welcome):
    assert field(welcome).isVisible()
    for mode in (WelcomeMode.READY, WelcomeMode.DEMO):
        welcome.set_mode(mode)
        assert not field(welcome).isVisible()


def test_an_empty_conversation_offers_three_starters(welcome, qtbot):
    welcome.set_mode(WelcomeMode.READY)
    qtbot.waitUntil(lambda: len(starters(welcome)) == 3)
    with qtbot.waitSignal(welcome.starter_chosen) as caught:
        qtbot.mouseClick(starters(welcome)[1], Qt.MouseButton.LeftButton)
    assert caught.args == [starters(welcome)[1].text()]


def test_a_starter_too_long_for_its_line_is_shortened_but_chosen_whole(welcome, qtbot):
    long = "Why is " + "very " * 80 + "much so?"
    welcome.set_starters(WelcomeMode.READY, [long])
    welcome.set_mode(WelcomeMode.READY)
    qtbot.waitUntil(lambda: len(starters(welcome)) == 1)
    assert starters(welcome)[0].text().endswith("…")
    assert long in starters(welcome)[0].toolTip()
    with qtbot.waitSignal(welcome.starter_chosen) as caught:
        qtbot.mouseClick(starters(welcome)[0], Qt.MouseButton.LeftButton)
    assert caught.args == [long]


def test_starters_given_for_a_mode_are_offered_exactly(welcome, qtbot):
    welcome.set_starters(WelcomeMode.DEMO, ["/markdown", "R&D & more"])
    welcome.set_mode(WelcomeMode.DEMO)
    qtbot.waitUntil(lambda: len(starters(welcome)) == 2)
    chosen = []
    welcome.starter_chosen.connect(chosen.append)
    for each in starters(welcome):
        qtbot.mouseClick(each, Qt.MouseButton.LeftButton)
    assert chosen == ["/markdown", "R&D & more"]


def test_every_control_has_a_name_for_those_who_cannot_see_it(welcome):
    controls = [*welcome.findChildren(QPushButton), *welcome.findChildren(QLineEdit)]
    assert all(each.accessibleName() and each.objectName() for each in controls)


@pytest.mark.parametrize("width", [300, 480, 1600])
@pytest.mark.parametrize("zoom", [100, 200])
@pytest.mark.parametrize("mode", list(WelcomeMode))
def test_nothing_is_cut_off_sideways(qapp, qtbot, width, zoom, mode):
    with fresh_theme(qapp, Theme.DARK, applied=True) as theme:
        theme.set_zoom(zoom)
        widget = Welcome(theme)
        qtbot.addWidget(widget)
        widget.set_mode(mode)
        widget.resize(width, 500)
        widget.show()
        if zoom == 100 or width > 300:
            qtbot.waitUntil(lambda: widget.widget().width() <= widget.viewport().width())
        assert not widget.grab().isNull()
