"""What stands in the cost counter belongs to the conversation on screen and to the gateway in use."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from support.desk import OpenDesk
from tally.core.money import Cost, Total
from tally.gui.cost_counter import CostCounter
from tally.gui.counter_controller import day_and_month


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenDesk]:
    made = OpenDesk(tmp_path / "data")
    yield made
    made.close()


def test_the_price_of_a_simulated_answer_is_not_shown_as_a_real_one(desk, monkeypatch):
    shown: list[Cost | None] = []
    monkeypatch.setattr(CostCounter, "set_answer", lambda _, cost: shown.append(cost))
    answer = desk.ask("Hello")
    assert shown[-1] == answer.answer.cost
    desk.desk.keys.stop_demo()
    desk.settle()
    assert shown[-1] is None
    desk.desk.keys.start_demo()
    desk.settle()
    assert shown[-1] == answer.answer.cost


def test_nothing_flashes_up_in_the_counter_while_the_ledger_is_asked(desk, monkeypatch):
    desk.ask("Hello")
    conversation = desk.chat.conversation.id
    desk.chat.new()
    desk.settle()
    shown: list[Total | None] = []
    monkeypatch.setattr(CostCounter, "set_path", lambda _, total: shown.append(total))
    desk.desk.history.open(conversation)
    desk.until(lambda: desk.chat.conversation.id == conversation, "the conversation")
    desk.settle()
    assert shown
    assert set(shown) == {None}


def test_new_chat_holds_though_another_conversation_was_about_to_open(desk):
    desk.ask("Hello")
    conversation = desk.chat.conversation.id
    desk.chat.new()
    desk.desk.history.open(conversation)
    desk.chat.new()
    desk.settle()
    assert not desk.texts()


@pytest.mark.parametrize("moment", ["2026-03-29T12:00", "2026-10-25T02:30", "2026-12-31T23:59", "2026-01-01T00:00"])
def test_the_day_and_the_month_begin_at_local_midnight(moment):
    now = datetime.fromisoformat(moment).astimezone()
    day, month = (datetime.fromtimestamp(ms / 1000).astimezone() for ms in day_and_month(round(now.timestamp() * 1000)))
    assert (day.date(), day.hour, day.minute) == (now.date(), 0, 0)
    assert (month.year, month.month, month.day, month.hour) == (now.year, now.month, 1, 0)
