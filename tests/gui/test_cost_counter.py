"""The counter says what is sure and what is not, in words and marks, at any width."""

import pytest
from PySide6.QtCore import QLocale, Qt

from support.themes import fresh_theme
from tally.core.money import NOT_BILLED, UNKNOWN_COST, Cost, CostStatus, Total, Totals, Usd
from tally.gui import money_text
from tally.gui.cost_counter import CostCounter

CENT = 10**10


@pytest.fixture(autouse=True)
def _english():
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture
def counter(qapp, qtbot):
    with fresh_theme(qapp) as theme:
        widget = CostCounter(theme)
        qtbot.addWidget(widget)
        widget.resize(1200, 30)
        yield widget


class TestMoneyAsText:
    @pytest.mark.parametrize(
        ("cost", "text"),
        [
            (Cost(Usd(183 * 10**8), CostStatus.EXACT), "$0.0183"),
            (Cost(Usd(183 * 10**8), CostStatus.ESTIMATED), "≈ $0.0183"),
            (Cost(Usd(183 * 10**8), CostStatus.ESTIMATED, at_most=True), "≤ $0.0183"),
            (Cost(Usd(183 * 10**8), CostStatus.LOWER_BOUND), "≥ $0.0183"),
            (UNKNOWN_COST, "—"),
            (NOT_BILLED, "not billed"),
            (Cost(Usd(0), CostStatus.EXACT), "$0.00"),
        ],
    )
    def test_a_cost_carries_the_mark_of_how_sure_it_is(self, cost, text):
        assert money_text.cost(cost) == text

    @pytest.mark.parametrize("cost", [UNKNOWN_COST, Cost(None, CostStatus.UNKNOWN)])
    def test_unknown_is_never_zero(self, cost):
        assert "0" not in money_text.cost(cost)

    @pytest.mark.parametrize(
        ("total", "text"),
        [
            (Total(), "$0.00"),
            (Total(exact=12 * CENT), "$0.1200"),
            (Total(exact=12 * CENT, estimated=CENT), "≈ $0.1300"),
            (Total(exact=12 * CENT, unknown=2), "$0.1200 + 2 unknown"),
            (Total(unknown=3), "— (3 unknown)"),
        ],
    )
    def test_a_sum_says_when_a_part_is_not_exact_or_missing(self, total, text):
        assert money_text.total(total) == text

    def test_the_share_that_is_estimated_is_named(self):
        assert money_text.total_note(Total(exact=12 * CENT, estimated=CENT)) == "incl. ≈ $0.0100 estimated"
        assert money_text.total_note(Total(exact=12 * CENT)) == ""

    def test_large_sums_are_grouped(self):
        assert money_text.usd(Usd.from_decimal("1234567.5")) == "$1,234,567.5000"
        assert money_text.usd(Usd.from_decimal("-0.5")) == "-$0.5000"

    def test_the_decimal_point_is_the_persons(self):
        QLocale.setDefault(QLocale(QLocale.Language.German, QLocale.Country.Germany))
        assert money_text.usd(Usd.from_decimal("1234.5")) == "$1.234,5000"
        assert money_text.tokens(1204) == "1.204"

    @pytest.mark.parametrize(
        ("milliseconds", "text"),
        [(0, "0.0 s"), (840, "0.8 s"), (9940, "9.9 s"), (9960, "10 s"), (59_400, "59 s"), (125_000, "2 min 05 s")],
    )
    def test_durations(self, milliseconds, text):
        assert money_text.seconds(milliseconds) == text

    def test_prices_are_per_million_tokens(self):
        assert money_text.price(3_000_000) == "$3"
        assert money_text.price(800_000) == "$0.80"
        assert money_text.price(None) == "—"

    @pytest.mark.parametrize("status", list(CostStatus))
    def test_every_status_has_its_words(self, status):
        usd = None if status is CostStatus.UNKNOWN else Usd(1)
        assert money_text.certainty(Cost(usd, status))


TOTALS = Totals(Total(10 * CENT), Total(30 * CENT, 2 * CENT), Total(400 * CENT, 2 * CENT, 1))


def test_all_four_figures_are_shown_when_there_is_room(counter):
    counter.set_answer(Cost(Usd(183 * 10**8), CostStatus.EXACT))
    counter.set_totals(TOTALS)
    assert counter.shown() == (
        "this answer $0.0183 · conversation $0.1000 · today ≈ $0.3200"
        " · month ≈ $4.0200 + 1 unknown incl. ≈ $0.0200 estimated"
    )


def test_before_the_first_answer_its_cost_is_unknown_not_zero(counter):
    assert counter.shown().startswith("this answer —")


@pytest.mark.parametrize("width", [60, 150, 250, 350, 450, 600, 800, 1000])
def test_in_a_narrow_window_figures_are_left_out_whole(counter, width):
    counter.set_totals(TOTALS)
    whole = counter.shown()
    counter.resize(width, 30)
    for part in counter.shown().split(" · "):
        assert part in whole
    assert "conversation $0.1000" in counter.shown()


def test_the_tooltip_and_the_accessible_name_always_say_everything(counter):
    counter.set_totals(TOTALS)
    counter.resize(100, 30)
    for words in ("today ≈ $0.3200", "incl. ≈ $0.0200 estimated", "1 unknown"):
        assert words in counter.toolTip()
        assert words in counter.accessibleName()


def test_each_figure_stands_on_a_line_of_the_tooltip(counter):
    counter.set_totals(TOTALS)
    assert counter.toolTip().count("<br>") == len(counter.lines())


def test_simulated_costs_are_said_to_be_simulated(counter):
    counter.set_simulated(True)
    assert counter.shown().startswith("simulated")
    assert "imulated" in counter.accessibleName()
    counter.set_simulated(False)
    assert "imulated" not in counter.shown() + counter.toolTip()


def test_a_click_opens_the_usage(counter, qtbot):
    counter.show()
    with qtbot.waitSignal(counter.usage_wanted):
        qtbot.mouseClick(counter, Qt.MouseButton.LeftButton)


def test_the_keyboard_opens_the_usage(counter, qtbot):
    counter.show()
    counter.setFocus()
    with qtbot.waitSignal(counter.usage_wanted):
        qtbot.keyClick(counter, Qt.Key.Key_Space)


def test_it_can_be_drawn_at_any_width_and_zoom(counter, qapp):
    counter.set_totals(TOTALS)
    for width in (1, 40, 400, 2000):
        counter.resize(width, 30)
        assert not counter.grab().isNull()
