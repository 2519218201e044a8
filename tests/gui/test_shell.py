"""The window's frame: panes, drops, notices, title, keys, and what it remembers."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QWidget

from support.themes import fresh_theme
from tally.gui.banner import InlineNotice, NoticeKind, UndoBar
from tally.gui.drop_overlay import DropOverlay
from tally.gui.main_window import MainWindow
from tally.gui.panes import Scrim, Side
from tally.gui.shortcuts import Command
from tally.gui.status_line import KeyMark, StatusLine

WIDE, NARROW = (1280, 800), (640, 600)


@pytest.fixture
def theme(qapp):
    with fresh_theme(qapp, applied=True) as manager:
        yield manager


@pytest.fixture
def settings(tmp_path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


def open_window(theme, settings, qtbot, size=WIDE) -> MainWindow:
    window = MainWindow(theme, settings)
    qtbot.addWidget(window)
    window.set_conversation_widget(QLabel("conversation", objectName="conversation"))
    window.set_composer(QPlainTextEdit(objectName="composer"))
    window.set_panel(QLineEdit(objectName="panel"))
    window.set_model_chip(QPushButton("model", objectName="chip"))
    window.history.set_heads([])
    window.resize(*size)
    with qtbot.waitSignal(window.first_painted):
        window.show()
    return window


@pytest.fixture
def window(theme, settings, qtbot):
    return open_window(theme, settings, qtbot)


@pytest.fixture
def narrow(theme, settings, qtbot):
    return open_window(theme, settings, qtbot, NARROW)


def part(window, name) -> QWidget:
    return window.findChild(QWidget, name)


def visible_rect(window, widget):
    return widget.rect().translated(widget.mapTo(window, QPoint(0, 0)))


class TestPlaces:
    def test_every_part_is_seen_where_it_belongs(self, window):
        composer = visible_rect(window, part(window, "composer"))
        conversation = visible_rect(window, part(window, "conversation"))
        counter = visible_rect(window, window.counter)
        assert conversation.bottom() < composer.top()
        assert composer.bottom() < counter.top()
        assert composer.width() <= 760

    def test_the_welcome_takes_the_conversations_place(self, window):
        welcome = window.welcome
        window.show_welcome(True)
        assert welcome.isVisible()
        assert not part(window, "conversation").isVisible()
        window.show_welcome(False)
        assert not welcome.isVisible()

    def test_parts_can_be_exchanged(self, window, qtbot):
        window.set_composer(QLabel("new", objectName="new-composer"))
        assert part(window, "composer") is None
        qtbot.waitUntil(part(window, "new-composer").isVisible)

    @pytest.mark.parametrize("size", [(480, 480), (640, 480), (899, 600), (900, 600), (1920, 1080)])
    def test_everything_can_be_reached_at_any_size(self, theme, settings, qtbot, size):
        window = open_window(theme, settings, qtbot, size)
        assert (window.width(), window.height()) == size
        for name in ("composer", "chip", "cost-counter", "panel-left", "panel-right", "menu"):
            assert window.rect().contains(visible_rect(window, part(window, name))), name

    def test_it_does_not_get_smaller_than_can_be_used(self, window):
        window.resize(100, 100)
        assert window.width() == 480
        assert window.height() == 480


class TestPanes:
    def test_the_list_is_open_and_the_panel_closed_at_first(self, window):
        assert window.is_open(Side.LEFT)
        assert not window.is_open(Side.RIGHT)
        assert not part(window, "panel").isVisible()

    @pytest.mark.parametrize(("key", "side"), [(Qt.Key.Key_B, Side.LEFT), (Qt.Key.Key_Period, Side.RIGHT)])
    def test_keys_open_and_close_them(self, window, qtbot, key, side):
        before = window.is_open(side)
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.is_open(side) != before
        qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
        assert window.is_open(side) == before

    def test_buttons_show_what_is_open(self, window, qtbot):
        button = part(window, "panel-right")
        assert not button.isChecked()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert button.isChecked()
        assert window.is_open(Side.RIGHT)
        assert "Ctrl+." in button.toolTip()

    def test_in_a_wide_window_they_stand_beside_the_conversation(self, window):
        window.set_open(Side.RIGHT, open_=True)
        conversation = visible_rect(window, part(window, "conversation"))
        assert visible_rect(window, window.history).right() < conversation.left()
        assert visible_rect(window, part(window, "panel")).left() > conversation.right()

    def test_in_a_narrow_window_they_are_closed_and_lie_over_it(self, narrow):
        assert not narrow.is_open(Side.LEFT)
        narrow.set_open(Side.LEFT, open_=True)
        composer = visible_rect(narrow, part(narrow, "composer"))
        assert visible_rect(narrow, narrow.history).right() > composer.left()
        assert narrow.findChild(Scrim).isVisible()

    @pytest.mark.parametrize("how", ["escape", "outside", "key", "other side", "conversation chosen"])
    def test_what_lies_over_is_closed_by(self, narrow, qtbot, how):
        narrow.set_open(Side.LEFT, open_=True)
        if how == "escape":
            qtbot.keyClick(narrow, Qt.Key.Key_Escape)
        elif how == "outside":
            scrim = narrow.findChild(Scrim)
            qtbot.mouseClick(scrim, Qt.MouseButton.LeftButton, pos=QPoint(scrim.width() - 10, 100))
        elif how == "key":
            qtbot.keyClick(narrow, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
        elif how == "other side":
            narrow.set_open(Side.RIGHT, open_=True)
        else:
            narrow.history.opened.emit("a")
        assert not narrow.is_open(Side.LEFT)

    def test_the_focus_returns_to_where_it_was(self, narrow, qtbot):
        composer = part(narrow, "composer")
        composer.setFocus()
        narrow.set_open(Side.RIGHT, open_=True)
        assert part(narrow, "panel").hasFocus()
        qtbot.keyClick(narrow, Qt.Key.Key_Escape)
        assert composer.hasFocus()

    def test_growing_and_shrinking_keeps_what_was_open(self, window):
        window.set_open(Side.RIGHT, open_=True)
        window.resize(*NARROW)
        assert not window.is_open(Side.LEFT)
        assert not window.is_open(Side.RIGHT)
        window.resize(*WIDE)
        assert window.is_open(Side.LEFT)
        assert window.is_open(Side.RIGHT)
        assert part(window, "panel").isVisible()

    def test_an_overlay_never_covers_the_whole_window(self, theme, settings, qtbot):
        window = open_window(theme, settings, qtbot, (480, 480))
        window.set_open(Side.LEFT, open_=True)
        assert window.history.width() < 480 - 40


class TestMemory:
    def reopened(self, theme, settings, qtbot) -> MainWindow:
        settings.sync()
        window = MainWindow(theme, QSettings(settings.fileName(), QSettings.Format.IniFormat))
        qtbot.addWidget(window)
        with qtbot.waitExposed(window):
            window.show()
        return window

    def test_the_size_survives(self, theme, settings, qtbot):
        first = open_window(theme, settings, qtbot)
        first.resize(711, 577)
        first.close()
        second = self.reopened(theme, settings, qtbot)
        assert (second.width(), second.height()) == (711, 577)

    def test_the_panes_survive(self, theme, settings, qtbot):
        first = open_window(theme, settings, qtbot)
        first.set_open(Side.RIGHT, open_=True)
        first.set_open(Side.LEFT, open_=False)
        first.close()
        second = self.reopened(theme, settings, qtbot)
        second.resize(*WIDE)
        assert second.is_open(Side.RIGHT)
        assert not second.is_open(Side.LEFT)

    @pytest.mark.parametrize("nonsense", ["x", "-5", "999999999999", ""])
    def test_nonsense_in_the_file_is_ignored(self, theme, settings, qtbot, nonsense):
        for name in ("geometry", "left_width", "right_width", "left_open"):
            settings.setValue(f"window/{name}", nonsense)
        window = open_window(theme, settings, qtbot)
        assert part(window, "composer").isVisible()

    def test_a_refused_closing_keeps_it_open_and_saves_nothing(self, window, settings):
        window.closing.connect(lambda event: event.ignore())
        assert not window.close()
        assert window.isVisible()
        assert settings.value("window/geometry") is None

    def test_closing_is_announced(self, window, qtbot):
        with qtbot.waitSignal(window.closing) as caught:
            window.close()
        assert isinstance(caught.args[0], QCloseEvent)


class TestFirstPaint:
    def test_it_is_said_once(self, theme, settings, qtbot):
        window = MainWindow(theme, settings)
        qtbot.addWidget(window)
        seen = []
        window.first_painted.connect(lambda: seen.append(window.isVisible()))
        with qtbot.waitSignal(window.first_painted):
            window.show()
        window.repaint()
        window.resize(900, 700)
        QApplication.sendPostedEvents()
        assert seen == [True]

    def test_it_is_not_said_before_it_is_shown(self, theme, settings, qtbot):
        window = MainWindow(theme, settings)
        qtbot.addWidget(window)
        with qtbot.assertNotEmitted(window.first_painted):
            window.resize(1000, 700)


class TestCommands:
    @pytest.mark.parametrize(
        ("key", "modifiers", "command"),
        [
            (Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier, Command.NEW_CHAT),
            (Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier, Command.ATTACH),
            (Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier, Command.SETTINGS),
            (Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier, Command.ZOOM_IN),
            (Qt.Key.Key_Equal, Qt.KeyboardModifier.ControlModifier, Command.ZOOM_IN),
            (Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier, Command.ZOOM_OUT),
            (Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier, Command.ZOOM_RESET),
            (Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier, Command.REGENERATE),
            (Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier, Command.NEXT_CHAT),
        ],
    )
    def test_a_shortcut_says_what_is_wanted(self, window, qtbot, key, modifiers, command):
        part(window, "composer").setFocus()
        with qtbot.waitSignal(window.commanded) as caught:
            qtbot.keyClick(part(window, "composer"), key, modifiers)
        assert caught.args == [command]

    def test_esc_stops_only_while_there_is_something_to_stop(self, window, qtbot):
        with qtbot.assertNotEmitted(window.commanded):
            qtbot.keyClick(window, Qt.Key.Key_Escape)
        window.action(Command.STOP).setEnabled(True)
        with qtbot.waitSignal(window.commanded) as caught:
            qtbot.keyClick(part(window, "composer"), Qt.Key.Key_Escape)
        assert caught.args == [Command.STOP]

    def test_esc_closes_what_lies_over_before_it_stops(self, narrow, qtbot):
        narrow.action(Command.STOP).setEnabled(True)
        narrow.set_open(Side.LEFT, open_=True)
        with qtbot.assertNotEmitted(narrow.commanded):
            qtbot.keyClick(narrow, Qt.Key.Key_Escape)

    def test_search_opens_the_list_and_puts_the_cursor_there(self, window, qtbot):
        window.set_open(Side.LEFT, open_=False)
        window.action(Command.SEARCH).trigger()
        assert window.is_open(Side.LEFT)
        assert part(window, "history-search").hasFocus()

    def test_the_menu_holds_every_command(self, window):
        found = set()

        def collect(menu):
            for action in menu.actions():
                if action.menu() is not None:
                    collect(action.menu())
                elif not action.isSeparator():
                    found.add(action.data())

        collect(part(window, "main-menu"))
        assert found == set(Command)

    @pytest.mark.parametrize("how", ["button", "key"])
    def test_the_menu_opens_without_holding_the_window_up(self, window, qtbot, how):
        menu = part(window, "main-menu")
        if how == "button":
            qtbot.mouseClick(part(window, "menu"), Qt.MouseButton.LeftButton)
        else:
            qtbot.keyClick(window, Qt.Key.Key_F10)
        assert menu.isVisible()
        menu.close()

    def test_the_new_button_is_one_command_not_two(self, window, qtbot):
        window.set_open(Side.LEFT, open_=False)
        heard = []
        window.commanded.connect(heard.append)
        qtbot.mouseClick(part(window, "new-chat"), Qt.MouseButton.LeftButton)
        assert heard == [Command.NEW_CHAT]

    def test_the_counter_leads_to_the_usage(self, window, qtbot):
        with qtbot.waitSignal(window.commanded) as caught:
            qtbot.mouseClick(window.counter, Qt.MouseButton.LeftButton)
        assert caught.args == [Command.USAGE]


class TestTitle:
    def edit(self, window, qtbot) -> QLineEdit:
        title = part(window, "conversation-title")
        qtbot.mouseDClick(title, Qt.MouseButton.LeftButton)
        return part(window, "title-editor")

    def test_it_stands_in_the_bar_and_in_the_windows_title(self, window):
        window.set_title("日本の四季")
        assert part(window, "conversation-title").text() == "日本の四季"
        assert window.windowTitle() == "日本の四季 – Tally"

    def test_it_is_never_markup(self, window):
        window.set_title("<b>bold</b>")
        assert part(window, "conversation-title").text() == "<b>bold</b>"
        assert part(window, "conversation-title").textFormat() == Qt.TextFormat.PlainText

    def test_a_long_one_is_shortened_and_whole_in_the_tooltip(self, window):
        window.set_title("word <i>" * 100)
        label = part(window, "conversation-title")
        assert label.text().endswith("…")
        assert "&lt;i&gt;" in label.toolTip()

    def test_a_double_click_edits_it(self, window, qtbot):
        window.set_title("Old")
        editor = self.edit(window, qtbot)
        assert editor.isVisible()
        editor.setText(" New  title ")
        with qtbot.waitSignal(window.title_edited) as caught:
            qtbot.keyClick(editor, Qt.Key.Key_Return)
        assert caught.args == ["New title"]
        assert not editor.isVisible()

    def test_esc_gives_up(self, window, qtbot):
        window.set_title("Old")
        window.action(Command.STOP).setEnabled(True)
        editor = self.edit(window, qtbot)
        editor.setText("New")
        with qtbot.assertNotEmitted(window.title_edited), qtbot.assertNotEmitted(window.commanded):
            qtbot.keyClick(editor, Qt.Key.Key_Escape)
        assert not editor.isVisible()

    def test_a_new_conversation_has_no_title_to_edit(self, window, qtbot):
        window.set_title("")
        assert part(window, "conversation-title").text() == "New chat"
        assert not self.edit(window, qtbot).isVisible()


def dragged(*, files=(), urls=(), image=None, text="") -> QMimeData:
    mime = QMimeData()
    links = [QUrl.fromLocalFile(str(file)) for file in files] + [QUrl(url) for url in urls]
    if links:
        mime.setUrls(links)
    if image is not None:
        mime.setImageData(image)
    if text:
        mime.setText(text)
    return mime


def drag_over(window, mime, place) -> QDragEnterEvent:
    """Lets a drag enter the native window, as the window system does."""
    event = QDragEnterEvent(
        place,
        Qt.DropAction.CopyAction | Qt.DropAction.MoveAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window.windowHandle(), event)
    return event


def drop(window, mime, place) -> None:
    drag_over(window, mime, place)
    event = QDropEvent(
        QPointF(place),
        Qt.DropAction.CopyAction | Qt.DropAction.MoveAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(window.windowHandle(), event)


class TestDrops:
    @pytest.mark.parametrize("name", ["composer", "conversation", "history-list", "cost-counter"])
    def test_files_may_be_dropped_anywhere(self, window, qtbot, name):
        place = visible_rect(window, part(window, name)).center()
        files = [Path("/tmp/a picture.png"), Path("/tmp/日本.txt")]
        with qtbot.waitSignal(window.files_dropped) as caught:
            drop(window, dragged(files=files), place)
        assert caught.args == [[str(file) for file in files]]
        assert part(window, "composer").toPlainText() == ""

    def test_a_picture_without_a_file_is_taken(self, window, qtbot):
        picture = QImage(7, 5, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.red)
        with qtbot.waitSignal(window.image_dropped) as caught:
            drop(window, dragged(image=picture, urls=["https://example.com/a.png"]), QPoint(600, 300))
        assert (caught.args[0].width(), caught.args[0].height()) == (7, 5)

    def test_an_address_alone_is_neither_taken_nor_fetched(self, window):
        drag_over(window, dragged(urls=["https://example.com/a.png"]), QPoint(600, 300))
        assert not window.findChild(DropOverlay).isVisible()

    def test_text_still_goes_to_the_field_it_is_dropped_on(self, window):
        drop(window, dragged(text="some words"), visible_rect(window, part(window, "composer")).center())
        assert part(window, "composer").toPlainText() == "some words"

    def test_the_window_shows_that_it_takes_them_and_only_while_they_are_over_it(self, window, qtbot):
        overlay = window.findChild(DropOverlay)
        drag_over(window, dragged(files=["/tmp/a.png"]), QPoint(600, 300))
        assert overlay.isVisible()
        assert overlay.size() == window.centralWidget().size()
        QApplication.sendEvent(window.windowHandle(), QEvent(QEvent.Type.DragLeave))
        assert not overlay.isVisible()
        drop(window, dragged(files=["/tmp/a.png"]), QPoint(600, 300))
        assert not overlay.isVisible()


class TestNotices:
    def test_a_notice_is_plain_text_with_actions_and_details(self, window, qtbot):
        window.show_notice(
            "keyring", NoticeKind.WARNING, "<b>No</b> keyring.", [("open", "Open settings")], details="D-Bus <x>"
        )
        notice = window.findChild(InlineNotice)
        assert notice.text_label.text() == "<b>No</b> keyring."
        assert notice.text_label.textFormat() == Qt.TextFormat.PlainText
        with qtbot.waitSignal(window.notice_action) as caught:
            qtbot.mouseClick(notice.findChild(QPushButton, "notice-open"), Qt.MouseButton.LeftButton)
        assert caught.args == ["keyring", "open"]

    def test_details_are_folded_until_asked_for(self, window, qtbot):
        window.show_notice("x", NoticeKind.DANGER, "Something.", details="the rest")
        notice = window.findChild(InlineNotice)
        details = notice.findChild(QPlainTextEdit)
        assert not details.isVisible()
        qtbot.mouseClick(notice.findChild(QPushButton, "notice-details"), Qt.MouseButton.LeftButton)
        assert details.isVisible()
        assert details.toPlainText() == "the rest"

    def test_the_kind_is_said_not_only_coloured(self, window):
        window.show_notice("x", NoticeKind.DANGER, "Something.")
        assert window.findChild(InlineNotice).accessibleName().startswith("Problem")

    def test_the_same_notice_is_not_shown_twice(self, window, qtbot):
        window.show_notice("x", NoticeKind.INFO, "One.")
        window.show_notice("x", NoticeKind.INFO, "Two.")
        visible = [each for each in window.findChildren(InlineNotice) if each.isVisible()]
        assert [each.text_label.text() for each in visible] == ["Two."]
        window.clear_notice("x")
        window.clear_notice("never shown")
        assert not [each for each in window.findChildren(InlineNotice) if each.isVisible()]


class TestUndo:
    def test_undo_takes_back(self, window, qtbot):
        window.show_undo("“Chat” was deleted.", "a")
        with qtbot.waitSignal(window.undo_wanted) as caught, qtbot.assertNotEmitted(window.undo_expired):
            qtbot.mouseClick(part(window, "undo"), Qt.MouseButton.LeftButton)
        assert caught.args == ["a"]
        assert not window.findChild(UndoBar).isVisible()

    def test_a_second_offer_ends_the_first(self, window, qtbot):
        window.show_undo("One", "a")
        with qtbot.waitSignal(window.undo_expired) as caught:
            window.show_undo("Two", "b")
        assert caught.args == ["a"]
        with qtbot.waitSignal(window.undo_wanted) as caught:
            qtbot.mouseClick(part(window, "undo"), Qt.MouseButton.LeftButton)
        assert caught.args == ["b"]

    def test_it_ends_with_the_window(self, window, qtbot):
        window.show_undo("One", "a")
        with qtbot.waitSignal(window.undo_expired):
            window.close()


class TestStatus:
    def test_the_demo_is_marked_in_words(self, window):
        mark = part(window, "demo-mark")
        assert not mark.isVisible()
        window.set_demo(True)
        assert mark.isVisible()
        assert mark.text() == "DEMO"
        assert window.counter.shown().startswith("simulated")
        window.set_demo(False)
        assert not mark.isVisible()

    def test_the_keys_state_is_shown_unless_the_demo_runs(self, window, qtbot):
        window.set_key_state("Key th-…abcd", KeyMark.SAFE, "The key is kept in KWallet.")
        state = part(window, "key-state")
        assert state.text() == "Key th-…abcd"
        assert "KWallet" in state.toolTip()
        with qtbot.waitSignal(window.key_clicked):
            qtbot.mouseClick(state, Qt.MouseButton.LeftButton)
        window.set_demo(True)
        assert not state.isVisible()
        window.set_demo(False)
        assert state.isVisible()

    def test_in_a_narrow_window_the_icon_stays_and_the_words_move_to_the_tooltip(self, theme, settings, qtbot):
        window = open_window(theme, settings, qtbot, (480, 480))
        window.set_key_state("Key th-…abcd, this run only", KeyMark.SESSION)
        state = part(window, "key-state")
        assert state.isVisible()
        assert window.findChild(StatusLine).rect().contains(state.geometry())
        assert "this run only" in state.toolTip()
        assert "this run only" in state.accessibleName()


def test_every_button_has_a_name_and_a_tooltip(window):
    from PySide6.QtWidgets import QAbstractButton

    window.set_open(Side.RIGHT, open_=True)
    own = [each for each in window.findChildren(QAbstractButton) if each.isVisible() and each.objectName() != "chip"]
    nameless = [each.objectName() for each in own if not each.accessibleName()]
    silent = [each.objectName() for each in own if not (each.toolTip() or each.text())]
    assert len(own) >= 6
    assert nameless == []
    assert silent == []
