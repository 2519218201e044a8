"""A model is found, compared by price and chosen by mouse and by keyboard."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QPushButton, QTableView, QToolButton, QVBoxLayout

from tally.core.catalog import Catalog, ModelInfo
from tally.core.money import Price
from tally.core.params import GenerationParams
from tally.core.quote import quote
from tally.gui.panels.model_picker import ModelPicker
from tally.gui.panels.model_table import CHEAPEST_ROLE, CURRENT_ROLE, Column, ModelTable, short_count

SONNET = "anthropic/claude-sonnet-4-6"
HAIKU = "anthropic/claude-haiku-4-5"


def quotes_for(catalog, tokens=1000):
    return {model.id: quote(model, tokens, GenerationParams()) for model in catalog.models}


@pytest.fixture
def picker(theme, catalog, window):
    chip = ModelPicker(theme, window)
    box = QVBoxLayout(window)
    box.addWidget(chip, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    chip.set_catalog(catalog)
    chip.set_model(SONNET)
    chip.set_quotes(quotes_for(catalog))
    return chip


def chip_of(picker):
    return picker.findChild(QPushButton, "model-chip")


def popup_of(picker):
    return next(child for child in picker.children() if child.objectName() == "model-popup")


def opened(picker, qtbot):
    """The search field and the list of the opened popup."""
    qtbot.mouseClick(chip_of(picker), Qt.MouseButton.LeftButton)
    popup = popup_of(picker)
    qtbot.waitUntil(popup.isVisible)
    return popup.findChild(QLineEdit, "model-search"), popup.findChild(QTableView, "model-list")


def names(view):
    model = view.model()
    return [model.index(row, Column.MODEL).data() for row in range(model.rowCount())]


class TestChip:
    def test_names_the_model_and_both_prices(self, picker):
        assert chip_of(picker).shown_text() == "Sonnet 4.6 · $3 / $15"

    def test_leaves_the_prices_out_where_room_is_short(self, picker):
        chip = chip_of(picker)
        chip.resize(130, chip.height())
        assert chip.shown_text() == "Sonnet 4.6"

    def test_an_unknown_price_is_a_dash(self, picker):
        picker.set_model("vendor/new-1")
        assert chip_of(picker).shown_text() == "vendor/new-1 · —"

    def test_says_model_and_price_to_those_who_cannot_see_it(self, picker):
        assert "Sonnet 4.6" in chip_of(picker).accessibleName()
        assert "$15" in chip_of(picker).accessibleDescription()


class TestList:
    def test_opens_on_the_model_in_use_inside_the_window(self, picker, window, qtbot):
        search, view = opened(picker, qtbot)
        assert search.hasFocus()
        assert view.currentIndex().data() == "Sonnet 4.6"
        assert view.currentIndex().data(CURRENT_ROLE)
        popup = popup_of(picker)
        inside = QRect(window.mapToGlobal(QPoint(0, 0)), window.size())
        assert inside.contains(popup.geometry())

    def test_shows_ten_models_with_prices_that_line_up(self, picker, qtbot):
        _, view = opened(picker, qtbot)
        model = view.model()
        assert model.rowCount() == 10
        row = names(view).index("3.5 Haiku")
        assert model.index(row, Column.INPUT).data() == "$0.80"
        assert model.index(row, Column.OUTPUT).data() == "$4.00"
        assert model.index(row, Column.CONTEXT).data() == "200k"

    def test_marks_the_cheapest_for_this_message_alone(self, picker, qtbot):
        _, view = opened(picker, qtbot)
        model = view.model()
        marked = [model.index(row, 0).data() for row in range(10) if model.index(row, 0).data(CHEAPEST_ROLE)]
        assert marked == ["3.5 Haiku"]
        spoken = model.index(names(view).index("3.5 Haiku"), 0).data(Qt.ItemDataRole.AccessibleTextRole)
        assert "cheapest for this message" in spoken

    def test_a_click_chooses(self, picker, qtbot):
        _, view = opened(picker, qtbot)
        index = view.model().index(names(view).index("Haiku 4.5"), Column.MODEL)
        view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)
        with qtbot.waitSignal(picker.model_chosen) as chosen:
            qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=view.visualRect(index).center())
        assert chosen.args == [HAIKU]
        assert not popup_of(picker).isVisible()

    def test_choosing_the_model_in_use_changes_nothing(self, picker, qtbot):
        search, _ = opened(picker, qtbot)
        with qtbot.assertNotEmitted(picker.model_chosen):
            qtbot.keyClick(search, Qt.Key.Key_Return)
        assert not popup_of(picker).isVisible()

    def test_arrows_and_enter_choose(self, picker, qtbot):
        search, _ = opened(picker, qtbot)
        qtbot.keyClick(search, Qt.Key.Key_Down)
        with qtbot.waitSignal(picker.model_chosen) as chosen:
            qtbot.keyClick(search, Qt.Key.Key_Return)
        assert chosen.args == [HAIKU]

    def test_arrows_stop_at_the_ends(self, picker, qtbot):
        search, view = opened(picker, qtbot)
        for _ in range(4):
            qtbot.keyClick(search, Qt.Key.Key_PageUp)
        assert view.currentIndex().row() == 0
        for _ in range(4):
            qtbot.keyClick(search, Qt.Key.Key_PageDown)
        assert view.currentIndex().row() == 9

    def test_escape_closes_without_choosing(self, picker, qtbot):
        search, _ = opened(picker, qtbot)
        with qtbot.assertNotEmitted(picker.model_chosen):
            qtbot.keyClick(search, Qt.Key.Key_Escape)
        assert not popup_of(picker).isVisible()

    def test_a_search_is_forgotten_when_it_opens_again(self, picker, qtbot):
        search, view = opened(picker, qtbot)
        qtbot.keyClicks(search, "haiku")
        qtbot.keyClick(search, Qt.Key.Key_Escape)
        search, view = opened(picker, qtbot)
        assert search.text() == ""
        assert view.model().rowCount() == 10


class TestSearch:
    def test_finds_by_words_in_any_order(self, picker, qtbot):
        search, view = opened(picker, qtbot)
        qtbot.keyClicks(search, "4.5 opus")
        assert names(view)[0] == "Opus 4.5"
        assert len(names(view)) == 2
        assert "4.5 opus" in names(view)[1]

    def test_any_other_id_can_be_used_and_says_that_its_price_is_unknown(self, picker, qtbot):
        search, view = opened(picker, qtbot)
        qtbot.keyClicks(search, "vendor/x-1")
        assert names(view) == ["Use “vendor/x-1”"]
        assert "price is unknown" in view.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
        with qtbot.waitSignal(picker.model_chosen) as chosen:
            qtbot.keyClick(search, Qt.Key.Key_Return)
        assert chosen.args == ["vendor/x-1"]

    @pytest.mark.parametrize("text", ["claude-sonnet-4-6", "anthropic/claude-sonnet-4.6", "sonnet 4.6"])
    def test_an_id_of_a_listed_model_is_not_offered_twice(self, text, picker, qtbot):
        search, view = opened(picker, qtbot)
        search.setText(text)
        assert not any(name.startswith("Use") for name in names(view))

    def test_a_typed_model_in_use_stands_in_the_list(self, picker, qtbot):
        picker.set_model("vendor/x-1")
        _, view = opened(picker, qtbot)
        assert names(view)[-1] == "vendor/x-1"
        assert view.currentIndex().data() == "vendor/x-1"
        assert view.model().index(10, Column.INPUT).data() == "—"
        assert view.model().index(10, Column.QUOTE).data() == "—"


class TestOrder:
    def test_a_click_on_a_heading_sorts_by_price_both_ways(self, picker, window, qtbot):
        window.resize(900, 600)
        _, view = opened(picker, qtbot)
        header = view.horizontalHeader()
        place = QPoint(header.sectionViewportPosition(Column.INPUT) + 10, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert names(view)[0] == "3.5 Haiku"
        assert names(view)[-1] == "Opus 4"
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
        assert names(view)[0] == "Opus 4"

    def test_the_menu_sorts_where_columns_are_folded_away(self, picker, qtbot):
        _, view = opened(picker, qtbot)
        assert view.isColumnHidden(Column.INPUT)
        menu = popup_of(picker).findChild(QToolButton, "model-order").menu()
        next(action for action in menu.actions() if action.text() == "Input $/M").trigger()
        assert names(view)[0] == "3.5 Haiku"
        next(action for action in menu.actions() if action.text() == "As listed").trigger()
        assert names(view)[0] == "Opus 4.7"

    @pytest.mark.parametrize("order", list(Qt.SortOrder))
    def test_unknown_prices_stand_last_whichever_way(self, order, qapp):
        table = ModelTable()
        cheap = ModelInfo("a", "A", price=Price.per_million("1", "2"))
        dear = ModelInfo("b", "B", price=Price.per_million("3", "4"))
        table.set_catalog(Catalog([ModelInfo("u", "U"), dear, cheap]))
        table.sort(Column.INPUT, order)
        assert [row.model.name for row in table.rows()][-1] == "U"

    def test_new_quotes_reorder_a_list_sorted_by_them(self, catalog, qapp):
        table = ModelTable()
        table.set_catalog(catalog)
        table.sort(Column.QUOTE)
        table.set_quotes(quotes_for(catalog))
        assert table.rows()[0].model.name == "3.5 Haiku"


def test_every_figure_stays_readable_in_the_smallest_window_at_150_percent(picker, theme, window, qtbot):
    theme.set_zoom(150)
    _, view = opened(picker, qtbot)
    shown = [column for column in Column if not view.isColumnHidden(column)]
    assert shown == [Column.MODEL, Column.QUOTE]
    assert sum(view.columnWidth(column) for column in shown) <= view.viewport().width()
    assert popup_of(picker).width() <= window.width()


@pytest.mark.parametrize(
    ("count", "text"), [(None, "—"), (900, "900"), (200_000, "200k"), (1_000_000, "1M"), (1_048_576, "1.05M")]
)
def test_token_counts_are_short(count, text):
    assert short_count(count) == text
