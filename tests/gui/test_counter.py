"""What stands in the cost counter belongs to the conversation on screen and to the gateway in use."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
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


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the process's time zone cannot be changed here")
@pytest.mark.parametrize(
    ("zone", "noon", "begin"),
    [
        ("America/Havana", "2026-03-08T16:00", "2026-03-08T05:00"),  # there was no hour after midnight
        ("America/Havana", "2026-11-01T16:00", "2026-11-01T04:00"),  # that hour came twice
        ("Asia/Tashkent", "2026-11-01T16:00", "2026-10-31T19:00"),
        ("America/St_Johns", "2026-03-08T16:00", "2026-03-08T03:30"),
    ],
)
def test_a_day_begins_with_its_first_moment_wherever_clocks_change(zone, noon, begin, monkeypatch):
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        day, _ = day_and_month(round(datetime.fromisoformat(noon).replace(tzinfo=UTC).timestamp() * 1000))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert datetime.fromtimestamp(day / 1000, UTC) == datetime.fromisoformat(begin).replace(tzinfo=UTC)
