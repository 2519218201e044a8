"""The details say how an answer came about, and their arithmetic can be checked by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPlainTextEdit, QPushButton

from tally.core.answer import sum_of
from tally.core.events import CallPurpose
from tally.core.failures import Failure, FailureKind
from tally.core.messages import AnswerInfo, EndState, Message, Role, TextPart, Timings
from tally.core.money import NOT_BILLED, UNKNOWN_COST, CostStatus, Price, Usage, cost_of
from tally.core.ports import LedgerEntry
from tally.gui.panels.answer_facts import facts_of, without_secrets
from tally.gui.panels.details_dialog import DetailsDialog

SONNET = "anthropic/claude-sonnet-4-6"
PRICE = Price.per_million("3", "15", "0.30", "3.75")
USAGE = Usage(1234, 1204, cache_read=800, cache_write=120, prompt_reported=2154)
KEY = "th-0123456789abcdef0123"


def entry(number, usage=USAGE, *, price=PRICE, state=EndState.COMPLETE, cost=None, purpose=CallPurpose.CHAT):
    return LedgerEntry(
        id=str(number),
        at=1_764_000_000_000 + number,
        conversation="c",
        answer="a",
        host="tokenhub.store",
        model_asked=SONNET,
        model_key="claude-sonnet-4-6",
        model_returned=None,
        purpose=purpose,
        state=state,
        usage=usage,
        usage_reported=True,
        price=price,
        cost=cost or (cost_of(usage, price) if usage else NOT_BILLED),
        duration_ms=1500,
        http_status=200 if usage else 529,
        request_id=f"req_{number}",
    )


def answer(entries=(), **fields):
    info = AnswerInfo(
        SONNET,
        EndState.COMPLETE,
        model_returned="claude-sonnet-4-6-20260101",
        request_id="req_9",
        usage=USAGE,
        cost=sum_of([each.cost for each in entries]),
        timings=Timings(1210, 13_210),
        requests=len(entries),
    )
    return Message("a", "q", Role.ASSISTANT, (TextPart("x"),), 1_764_000_000_000, replace(info, **fields))


def names(model_id):
    return "Sonnet 4.6" if "sonnet" in model_id else model_id


def made(entries, **fields):
    return facts_of(answer(entries, **fields), entries, names)


@pytest.fixture
def show(theme, qtbot):
    def make(entries, **fields):
        dialog = DetailsDialog(theme, answer(entries, **fields), entries, names)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitExposed(dialog)
        return dialog

    return make


def decimal(text):
    return Decimal(text.replace(",", "").lstrip("≈≥≤ $").removesuffix("/M"))


class TestArithmetic:
    def test_each_line_is_tokens_times_price_and_the_sum_is_exact(self):
        facts = made([entry(1)])
        assert len(facts.costs) == 4
        for line in facts.costs:
            assert decimal(line.tokens) * decimal(line.price) / 1_000_000 == decimal(line.amount)
        assert sum(decimal(line.amount) for line in facts.costs) == decimal(facts.total) == Decimal("0.022452")

    def test_calls_that_were_both_billed_are_told_apart(self):
        facts = made([entry(1), entry(2, purpose=CallPurpose.REPAIR)])
        assert len({line.what for line in facts.costs}) == 8
        assert sum(decimal(line.amount) for line in facts.costs) == decimal(facts.total)

    def test_a_failed_try_costs_nothing_and_stands_in_the_list(self):
        facts = made([entry(1, None, state=EndState.HTTP_ERROR), entry(2, purpose=CallPurpose.RETRY)])
        assert len(facts.calls) == 2
        assert "HTTP 529" in facts.calls[0].text
        assert "not billed" in facts.calls[0].text
        assert len(facts.costs) == 4

    def test_an_unknown_price_is_never_zero(self):
        facts = made([entry(1, price=None, cost=UNKNOWN_COST)])
        assert facts.total == "—"
        assert {line.amount for line in facts.costs} == {"—"}

    def test_cached_tokens_without_a_price_cost_as_input_and_the_sum_says_at_most(self):
        facts = made([entry(1, price=Price.per_million("3", "15"))])
        assert facts.total.startswith("≤ ")
        assert {line.price for line in facts.costs} == {"$3/M", "$15/M"}
        assert sum(decimal(line.amount) for line in facts.costs) == decimal(facts.total)

    def test_an_estimate_is_marked(self):
        usage = Usage(1000, 50)
        call = replace(entry(1, usage, cost=cost_of(usage, PRICE, CostStatus.ESTIMATED)), usage_reported=False)
        facts = made([call], usage=None)
        assert facts.total.startswith("≈ ")
        assert all(line.tokens.startswith("≈ ") for line in facts.costs)

    def test_what_the_server_says_is_quoted(self):
        assert "$0.0225" in made([replace(entry(1), server_cost="0.0225")]).certainty


class TestFacts:
    def test_both_models_the_times_and_the_request_are_named(self):
        facts = dict(made([entry(1)]).facts)
        assert facts["Model asked"] == f"Sonnet 4.6 ({SONNET})"
        assert "claude-sonnet-4-6-20260101" in facts["Answered by"]
        assert facts["First token"] == "1.2 s"
        assert facts["Speed"] == "100 tokens per second"
        assert facts["Request id"] == "req_9"

    @pytest.mark.parametrize("state", list(EndState))
    def test_every_end_has_words(self, state):
        facts = made([entry(1, state=state)], state=state)
        assert facts.end
        assert facts.ended_well is state.succeeded

    def test_simulated_answers_say_so(self):
        assert "simulated" in made([entry(1)], simulated=True).certainty


class TestDialog:
    FAILURE = Failure(
        FailureKind.STREAM, "upstream closed", status=200, details=f'{{"authorization": "Bearer {KEY}"}}', code="x"
    )

    def test_technical_details_are_folded_until_wanted(self, show, qtbot):
        dialog = show([entry(1)], state=EndState.STREAM_ERROR, failure=self.FAILURE)
        technical = dialog.findChild(QPlainTextEdit, "details-technical")
        assert not technical.isVisible()
        qtbot.mouseClick(dialog.findChild(QPushButton, "details-fold"), Qt.MouseButton.LeftButton)
        assert technical.isVisible()
        assert "upstream closed" in technical.toPlainText()
        assert KEY not in technical.toPlainText()

    def test_everything_can_be_copied_without_a_key(self, show, qtbot):
        dialog = show([entry(1)], state=EndState.STREAM_ERROR, failure=self.FAILURE)
        qtbot.mouseClick(dialog.findChild(QPushButton, "details-copy"), Qt.MouseButton.LeftButton)
        text = QApplication.clipboard().text()
        for wanted in ("req_9", "1,204 × $15/M = $0.01806", "$0.022452", "upstream closed", "Answered by"):
            assert wanted in text
        assert KEY not in text

    def test_scrolls_and_closes_by_keyboard(self, show, qtbot):
        dialog = show([entry(1), entry(2)])
        dialog.resize(420, 330)
        bar = dialog.findChild(object, "details-scroll").verticalScrollBar()
        qtbot.waitUntil(lambda: bar.maximum() > 0)
        qtbot.keyClick(dialog, Qt.Key.Key_PageDown)
        assert bar.value() > 0
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
        assert not dialog.isVisible()

    @pytest.mark.parametrize("zoom", [100, 150])
    def test_fits_a_window_of_480_px(self, show, theme, zoom):
        theme.set_zoom(zoom)
        dialog = show([entry(1), entry(2, purpose=CallPurpose.REPAIR)])
        dialog.resize(464, 460)
        assert dialog.width() <= 480


@pytest.mark.parametrize("text", [KEY, f"Bearer {KEY}", "bearer abc.def-ghi", f'"{KEY}"', "sk-ant-0123456789"])
def test_what_looks_like_a_key_is_masked(text):
    masked = without_secrets(f"before {text} after")
    assert "0123456789" not in masked
    assert "abc.def" not in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
