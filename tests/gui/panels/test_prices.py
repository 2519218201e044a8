"""Prices are decimal dollars, never floats; a wrong one is explained; one's own models come and go."""

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QTableView

from tally.core.catalog import PriceOverride, model_from
from tally.core.money import Price
from tally.core.settings import Settings
from tally.gui.panels.price_table import FIRST_PRICE, NAME, ORIGIN
from tally.gui.panels.settings_dialog import SettingsDialog

SONNET_ROW = 2
OWN = {"id": "vendor/own-2", "name": "Mine", "input": "1", "output": "2", "context": 9000}


def opened(theme, catalog, qtbot, settings):
    made = SettingsDialog(theme, settings, catalog, data_folder="/x", languages=[])
    qtbot.addWidget(made)
    made.show_page("models")
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def dialog(theme, catalog, qtbot):
    return opened(theme, catalog, qtbot, Settings())


def view_of(dialog):
    return dialog.findChild(QTableView, "prices-table")


def type_price(qtbot, dialog, row, column, text):
    """Types a price into a cell as a person does."""
    view = view_of(dialog)
    view.setFocus()
    view.setCurrentIndex(view.model().index(row, FIRST_PRICE + column))
    qtbot.keyClick(view, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: view.findChild(QLineEdit, "price-editor") is not None)
    editor = view.findChild(QLineEdit, "price-editor")
    editor.selectAll()
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    qtbot.keyClicks(editor, text)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: view.findChild(QLineEdit, "price-editor") is None)


def cell(dialog, row, column):
    return view_of(dialog).model().index(row, column).data()


def press(qtbot, dialog, name):
    qtbot.mouseClick(dialog.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def saved(qtbot, dialog):
    with qtbot.waitSignal(dialog.saved) as signal:
        press(qtbot, dialog, "settings-save")
    return signal.args[0]


def said(dialog, name):
    remark = dialog.findChild(object, name)
    return remark.text() if not remark.isHidden() else ""


def fill(qtbot, dialog, **fields):
    for name, text in fields.items():
        qtbot.keyClicks(dialog.findChild(QLineEdit, f"add-model-{name}"), text)


def test_a_changed_price_is_kept_exactly(dialog, qtbot):
    type_price(qtbot, dialog, SONNET_ROW, 0, "2.123456")
    type_price(qtbot, dialog, SONNET_ROW, 2, "$0.30")
    assert cell(dialog, SONNET_ROW, ORIGIN) == "changed"
    price = Price.per_million("2.123456", "15", "0.30")
    assert saved(qtbot, dialog).prices == (PriceOverride("anthropic/claude-sonnet-4-6", price),)


def test_a_decimal_comma_is_understood_where_it_is_usual(dialog, qtbot):
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.Uzbek))
    try:
        type_price(qtbot, dialog, SONNET_ROW, 0, "2,5")
        assert saved(qtbot, dialog).prices[0].price == Price.per_million("2.5", "15")
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("abc", "not a price"),
        ("-1", "not a price"),
        ("1e999999", "not a price"),
        ("1000001", "not a price"),
        ("1.2345678", "six decimals"),
        ("nan", "not a"),
    ],
)
def test_a_wrong_one_is_explained_and_not_saved(text, reason, dialog, qtbot):
    type_price(qtbot, dialog, SONNET_ROW, 0, text)
    assert "Sonnet 4.6" in said(dialog, "prices-problem")
    assert reason in said(dialog, "prices-problem")
    with qtbot.assertNotEmitted(dialog.saved):
        press(qtbot, dialog, "settings-save")
    assert view_of(dialog).currentIndex().row() == SONNET_ROW


def test_one_price_alone_is_not_enough(dialog, qtbot):
    type_price(qtbot, dialog, SONNET_ROW, 1, "")
    assert "both" in said(dialog, "prices-problem")


def test_reset_brings_the_lists_price_back(theme, catalog, qtbot):
    settings = Settings(prices=(PriceOverride("claude-sonnet-4.6", Price.per_million("1", "2")),))
    dialog = opened(theme, catalog, qtbot, settings)
    assert cell(dialog, SONNET_ROW, FIRST_PRICE) == "1"
    view_of(dialog).setCurrentIndex(view_of(dialog).model().index(SONNET_ROW, FIRST_PRICE))
    press(qtbot, dialog, "prices-reset")
    assert cell(dialog, SONNET_ROW, ORIGIN) == "list"
    assert saved(qtbot, dialog).prices == ()


def test_emptying_a_line_brings_the_lists_price_back(dialog, qtbot):
    for column in range(2):
        type_price(qtbot, dialog, SONNET_ROW, column, "")
    assert said(dialog, "prices-problem") == ""
    assert saved(qtbot, dialog).prices == ()


def test_an_own_model_can_be_added_and_is_found_with_its_price(dialog, catalog, qtbot):
    press(qtbot, dialog, "prices-add")
    fill(qtbot, dialog, id="vendor/x-1", name="X One", input="0.5", output="2")
    press(qtbot, dialog, "add-model-add")
    assert cell(dialog, 10, NAME) == "X One"
    assert cell(dialog, 10, ORIGIN) == "yours"
    settings = saved(qtbot, dialog)
    merged = catalog.with_changes(settings.prices, [model_from(table) for table in settings.models])
    assert merged.find("vendor/x-1").price == Price.per_million("0.5", "2")
    assert merged.find("vendor/x-1").name == "X One"


def test_an_own_model_may_have_no_price(dialog, catalog, qtbot):
    press(qtbot, dialog, "prices-add")
    fill(qtbot, dialog, id="vendor/x-1")
    press(qtbot, dialog, "add-model-add")
    assert cell(dialog, 10, FIRST_PRICE) == "—"
    assert model_from(saved(qtbot, dialog).models[0]).price is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, "one word"),
        ({"id": "two words"}, "one word"),
        ({"id": "claude-sonnet-4.6"}, "Sonnet 4.6"),
        ({"id": "x", "input": "1"}, "both"),
        ({"id": "x", "input": "1", "output": "cheap"}, "like 3 or 0.80"),
    ],
)
def test_one_that_cannot_be_added_is_explained(fields, reason, dialog, qtbot):
    press(qtbot, dialog, "prices-add")
    fill(qtbot, dialog, **fields)
    press(qtbot, dialog, "add-model-add")
    assert reason in said(dialog, "add-model-problem")
    assert view_of(dialog).model().rowCount() == 10


def test_own_models_can_be_removed_and_listed_ones_cannot(theme, catalog, qtbot):
    override = PriceOverride("vendor/only-a-price", Price.per_million("1", "1"))
    dialog = opened(theme, catalog, qtbot, Settings(models=(OWN,), prices=(override,)))
    view = view_of(dialog)
    assert [cell(dialog, row, NAME) for row in (10, 11)] == ["Mine", "vendor/only-a-price"]
    assert not dialog.findChild(QPushButton, "prices-remove").isEnabled()
    for _ in range(2):
        view.setCurrentIndex(view.model().index(10, NAME))
        press(qtbot, dialog, "prices-remove")
    settings = saved(qtbot, dialog)
    assert settings.models == ()
    assert settings.prices == ()


def test_what_else_is_known_of_an_own_model_is_kept(theme, catalog, qtbot):
    dialog = opened(theme, catalog, qtbot, Settings(models=(OWN,)))
    type_price(qtbot, dialog, 10, 0, "4")
    assert saved(qtbot, dialog).models == ({**OWN, "input": "4"},)


def test_a_model_that_cannot_be_read_is_not_lost(theme, catalog, qtbot):
    broken = {"id": "x", "colour": "green"}
    dialog = opened(theme, catalog, qtbot, Settings(models=(broken,)))
    type_price(qtbot, dialog, SONNET_ROW, 0, "9")
    assert saved(qtbot, dialog).models == (broken,)


def test_settings_with_prices_are_not_touched_by_looking_at_them(theme, catalog, qtbot):
    settings = Settings(models=(OWN,), prices=(PriceOverride("Claude-Sonnet-4-6", Price.per_million("1", "2")),))
    assert saved(qtbot, opened(theme, catalog, qtbot, settings)) == settings
