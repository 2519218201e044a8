"""The list shows conversations under their headings, keeps its place, and says what the person wants."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QDate, QDateTime, QEvent, QLocale, QPoint, QPointF, Qt, QTime
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QListView, QMenu, QToolTip

from support.themes import fresh_theme
from tally.core.conversation import ConversationHead
from tally.core.ports import SearchHit
from tally.gui.history_model import HistoryModel, RowKind, cost_of, group_of, rows_of
from tally.gui.history_panel import HistoryPanel
from tally.gui.history_view import RowActions

TODAY = QDate(2026, 3, 18)


def at(day: QDate, minute: int = 0) -> int:
    return QDateTime(day, QTime(12, 0).addSecs(60 * minute)).toMSecsSinceEpoch()


def head(name: str, day: QDate = TODAY, **more) -> ConversationHead:
    return ConversationHead(name, more.pop("title", f"Title of {name}"), at(day), more.pop("updated", at(day)), **more)


@pytest.fixture(autouse=True)
def _english():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def panel(qapp, qtbot):
    with fresh_theme(qapp, applied=True) as theme:
        widget = HistoryPanel(theme, today=lambda: TODAY)
        qtbot.addWidget(widget)
        widget.set_heads([])
        widget.resize(260, 600)
        widget.show()
        yield widget


@pytest.fixture
def view(panel):
    return panel.findChild(QListView, "history-list")


def shown(view) -> list[str]:
    model = view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def row_of(view, title):
    return view.model().index(shown(view).index(title), 0)


def middle(view, title) -> QPoint:
    return view.visualRect(row_of(view, title)).center()


class TestHeadings:
    @pytest.mark.parametrize(
        ("ago", "name"),
        [
            (-1, "Today"),
            (0, "Today"),
            (1, "Yesterday"),
            (2, "Previous 7 days"),
            (7, "Previous 7 days"),
            (8, "Previous 30 days"),
            (30, "Previous 30 days"),
            (31, "February"),
            (60, "January"),
            (100, "December 2025"),
        ],
    )
    def test_a_day_stands_under_its_heading(self, ago, name):
        assert group_of(TODAY.addDays(-ago), TODAY) == name

    def test_the_pinned_come_first_then_the_newest(self):
        heads = [
            head("old", TODAY.addDays(-3)),
            head("new"),
            head("pinned", TODAY.addDays(-200), pinned=True),
            head("yesterday", TODAY.addDays(-1)),
        ]
        assert [row.text for row in rows_of(heads, TODAY)] == [
            "Pinned",
            "Title of pinned",
            "Today",
            "Title of new",
            "Yesterday",
            "Title of yesterday",
            "Previous 7 days",
            "Title of old",
        ]

    def test_every_heading_stands_once(self):
        rows = rows_of([head(str(day), TODAY.addDays(-day)) for day in range(400)], TODAY)
        headings = [row.text for row in rows if row.kind is RowKind.HEADING]
        assert len(headings) == len(set(headings))


@pytest.mark.parametrize(
    ("figures", "text"),
    [
        ({}, ""),
        ({"cost": 183 * 10**8}, "$0.0183"),
        ({"cost": 183 * 10**8, "estimated": 10**8}, "≈ $0.0183"),
        ({"cost": 183 * 10**8, "unknown": 1}, "$0.0183 +"),
        ({"unknown": 1}, "—"),
    ],
)
def test_the_cost_of_a_conversation_carries_its_marks(figures, text):
    assert cost_of(head("a", **figures)) == text


def test_an_empty_list_says_what_will_stand_there(panel):
    assert panel.findChild(object, "history-empty").isVisible()
    panel.set_heads([head("a")])
    assert not panel.findChild(object, "history-empty").isVisible()


def test_trashed_conversations_are_not_listed(panel, view):
    panel.set_heads([head("a"), head("b", trashed=5)])
    assert shown(view) == ["Today", "Title of a"]
    panel.update_head(head("a", trashed=5))
    assert shown(view) == []


def test_a_click_opens(panel, view, qtbot):
    panel.set_heads([head("a"), head("b", updated=at(TODAY, -5))])
    with qtbot.waitSignal(panel.opened) as caught:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, "Title of b"))
    assert caught.args == ["b"]


def test_a_click_on_a_heading_opens_nothing(panel, view, qtbot):
    panel.set_heads([head("a")])
    with qtbot.assertNotEmitted(panel.opened):
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, "Today"))


def test_the_keyboard_walks_past_headings_and_opens(panel, view, qtbot):
    panel.set_heads([head("a"), head("b", TODAY.addDays(-1))])
    panel.set_current("a")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Down)
    with qtbot.waitSignal(panel.opened) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == ["b"]


def test_del_wants_to_delete_and_changes_nothing_itself(panel, view, qtbot):
    panel.set_heads([head("a")])
    panel.set_current("a")
    with qtbot.waitSignal(panel.delete_wanted) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert caught.args == ["a"]
    assert shown(view) == ["Today", "Title of a"]


def editor_of(panel) -> QLineEdit:
    return panel.findChild(QLineEdit, "rename-editor")


def test_f2_renames_in_place(panel, view, qtbot):
    panel.set_heads([head("a")])
    panel.set_current("a")
    qtbot.keyClick(view, Qt.Key.Key_F2)
    editor = editor_of(panel)
    assert editor.text() == "Title of a"
    editor.setText("  Another\ttitle ")
    with qtbot.waitSignal(panel.renamed) as caught:
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert caught.args == ["a", "Another title"]


@pytest.mark.parametrize("typed", ["", "   ", "Title of a"])
def test_an_empty_or_unchanged_title_is_no_rename(panel, view, qtbot, typed):
    panel.set_heads([head("a")])
    panel.start_rename("a")
    editor = editor_of(panel)
    editor.setText(typed)
    with qtbot.assertNotEmitted(panel.renamed):
        qtbot.keyClick(editor, Qt.Key.Key_Return)


def test_esc_leaves_the_title_as_it_was(panel, view, qtbot):
    panel.set_heads([head("a")])
    panel.start_rename("a")
    editor = editor_of(panel)
    editor.setText("Another")
    with qtbot.assertNotEmitted(panel.renamed):
        qtbot.keyClick(editor, Qt.Key.Key_Escape)


def hover(view, title):
    place = QPointF(middle(view, title))
    for kind in (QEvent.Type.MouseMove,):
        move = QMouseEvent(
            kind,
            place,
            view.viewport().mapToGlobal(place),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view.viewport(), move)


def test_the_row_under_the_pointer_offers_its_actions(panel, view, qtbot):
    panel.set_heads([head("a"), head("b", updated=at(TODAY, -5), pinned=True)])
    assert panel.findChild(RowActions) is None
    hover(view, "Title of a")
    actions = panel.findChild(RowActions)
    assert actions.isVisible()
    assert view.visualRect(row_of(view, "Title of a")).contains(actions.geometry())
    with qtbot.waitSignal(panel.pin_toggled) as caught:
        qtbot.mouseClick(actions.pin, Qt.MouseButton.LeftButton)
    assert caught.args == ["a", True]
    with qtbot.waitSignal(panel.delete_wanted) as caught:
        qtbot.mouseClick(actions.delete, Qt.MouseButton.LeftButton)
    assert caught.args == ["a"]
    hover(view, "Title of b")
    with qtbot.waitSignal(panel.pin_toggled) as caught:
        qtbot.mouseClick(actions.pin, Qt.MouseButton.LeftButton)
    assert caught.args == ["b", False]
    hover(view, "Today")
    assert not actions.isVisible()


def test_the_context_menu_offers_all_of_it(panel, view, qtbot):
    panel.set_heads([head("a")])
    panel.set_current("a")
    place = middle(view, "Title of a")
    QApplication.sendEvent(
        view.viewport(),
        QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place)),
    )
    menu = panel.findChild(QMenu)
    labels = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert labels == ["Open", "Pin", "Rename", "Delete"]
    with qtbot.waitSignal(panel.pin_toggled) as caught:
        menu.actions()[1].trigger()
    assert caught.args == ["a", True]
    menu.close()


def test_a_changed_cost_does_not_move_the_list(panel, view):
    heads = [head(str(number), updated=at(TODAY) - number * 1000) for number in range(200)]
    panel.set_heads(heads)
    view.verticalScrollBar().setValue(1500)
    resets = []
    view.model().modelReset.connect(lambda: resets.append(1))
    panel.update_head(replace(heads[50], cost=10**10))
    assert not resets
    assert view.verticalScrollBar().value() == 1500
    panel.update_head(replace(heads[199], updated=at(TODAY, 5)))
    assert resets
    assert view.verticalScrollBar().value() == 1500
    assert shown(view)[1] == "Title of 199"


def test_the_open_conversation_is_scrolled_to_only_when_it_changes(panel, view):
    panel.set_heads([head(str(number), updated=at(TODAY) - number * 1000) for number in range(200)])
    panel.set_current("150")
    assert view.viewport().rect().contains(middle(view, "Title of 150"))
    view.verticalScrollBar().setValue(0)
    panel.set_current("150")
    assert view.verticalScrollBar().value() == 0


def test_searching_shows_hits_and_clearing_shows_all_again(panel, view, qtbot):
    panel.set_heads([head("a")])
    field = panel.findChild(QLineEdit, "history-search")
    with qtbot.waitSignal(panel.search_changed) as caught:
        qtbot.keyClicks(field, "s")
    assert caught.args == ["s"]
    panel.show_hits([SearchHit("b", "Weather", "m1", "…the sun rises…", 1), SearchHit("c", "", None, "sun", 1)])
    assert shown(view) == ["Weather", "New chat"]
    opened, hit = [], []
    panel.opened.connect(opened.append)
    panel.hit_opened.connect(lambda *both: hit.append(both))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle(view, "Weather"))
    assert (opened, hit) == (["b"], [("b", "m1")])
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert shown(view) == ["Today", "Title of a"]


def test_hits_that_come_too_late_are_ignored(panel, view):
    panel.set_heads([head("a")])
    panel.show_hits([SearchHit("b", "Weather", "m1", "sun", 1)])
    assert shown(view) == ["Today", "Title of a"]


def test_nothing_found_is_said(panel, qtbot):
    panel.set_heads([head("a")])
    panel.findChild(QLineEdit, "history-search").setText("xyz")
    panel.show_hits([])
    assert panel.findChild(object, "history-empty").text() == "Nothing found."


def test_a_rising_cost_during_a_search_does_not_end_it(panel, view):
    panel.set_heads([head("a")])
    panel.findChild(QLineEdit, "history-search").setText("sun")
    panel.show_hits([SearchHit("b", "Weather", "m1", "sun", 1)])
    panel.update_head(head("a", cost=10**10))
    assert shown(view) == ["Weather"]


@pytest.mark.parametrize("title", ["<b>bold</b> & co", "日本の四季", "为什么天空是蓝色的", "a\nb", "x" * 3000, ""])
def test_any_title_is_shown_as_it_is(panel, view, title):
    panel.set_heads([head("a", title=title)])
    assert shown(view)[1] == (title or "New chat")
    assert not view.grab().isNull()


def test_a_title_is_plain_text_in_the_tooltip(panel, view, monkeypatch):
    panel.set_heads([head("a", title="<img src=x>")])
    said = []
    monkeypatch.setattr(QToolTip, "showText", lambda place, text, widget: said.append(text))
    place = middle(view, "<img src=x>")
    QApplication.sendEvent(view.viewport(), QHelpEvent(QEvent.Type.ToolTip, place, view.viewport().mapToGlobal(place)))
    assert "&lt;img" in said[0]
    assert "<img" not in said[0]


def test_the_neighbour_is_the_next_row_that_is_a_conversation(panel):
    panel.set_heads([head("a"), head("b", TODAY.addDays(-1)), head("c", TODAY.addDays(-2))])
    assert panel.neighbour("a", 1) == "b"
    assert panel.neighbour("b", -1) == "a"
    assert panel.neighbour("c", 1) == ""
    assert panel.neighbour("a", -1) == ""
    assert panel.neighbour("not there", 1) == "a"


def test_new_chat_is_a_button(panel, qtbot):
    with qtbot.waitSignal(panel.new_wanted):
        qtbot.mouseClick(panel.findChild(object, "new-chat-button"), Qt.MouseButton.LeftButton)


def test_zoom_makes_rows_taller(panel, view):
    panel.set_heads([head("a")])
    before = view.visualRect(row_of(view, "Title of a")).height()
    panel._theme.set_zoom(200)
    assert view.visualRect(row_of(view, "Title of a")).height() > before


def test_thousands_of_conversations_ask_only_for_what_is_seen(panel, view, monkeypatch):
    asked = set()
    original = HistoryModel.row

    def counting(self, index):
        asked.add(index.row())
        return original(self, index)

    monkeypatch.setattr(HistoryModel, "row", counting)
    panel.set_heads([head(str(number), updated=at(TODAY) - number * 600_000) for number in range(5000)])
    view.viewport().grab()
    assert 0 < len(asked) < 100
