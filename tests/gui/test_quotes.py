"""The price of the next message: counted once for all models, without keeping the window from its keystrokes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.desk import OpenDesk
from tally.core.messages import FilePart
from tally.core.ports import Draft
from tally.gui import quote_controller


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[OpenDesk]:
    made = OpenDesk(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    count_text = quote_controller.count_text

    def count(text: str) -> object:
        texts.append(text)
        return count_text(text)

    monkeypatch.setattr(quote_controller, "count_text", count)
    return texts


def test_a_file_beside_the_draft_is_counted_once_for_all_models_and_keystrokes(desk, counted):
    file = FilePart("long.txt", "Many words. " * 100_000, 1_200_000)
    desk.composer.set_draft(Draft("H", (file,)))
    desk.desk.quotes.update()
    desk.composer.set_text("He")
    desk.desk.quotes.update()
    assert counted.count(file.text) == 1
    assert desk.desk.quotes.quote_for(desk.state.model("")).input_tokens > 200_000


def test_what_takes_long_to_count_is_counted_in_several_goes(desk, counted, monkeypatch):
    monkeypatch.setattr(quote_controller, "COUNTING_MS", 0)
    files = tuple(FilePart(f"{number}.txt", f"{number} words. " * 1000, 9000) for number in range(5))
    desk.composer.set_draft(Draft("Hello", files))
    desk.desk.quotes.update()
    assert not counted
    monkeypatch.setattr(quote_controller, "COUNTING_MS", 1000)
    desk.until(lambda: files[4].text in counted, "the rest")


def test_a_long_system_prompt_raises_the_price_at_once(desk):
    desk.ask("Hello")
    desk.composer.set_text("And now?")
    model = desk.state.model(desk.chat.options.model)
    before = desk.desk.quotes.quote_for(model).input_tokens
    options = desk.chat.options
    prompt = "You are a careful translator. " * 100
    desk.chat.set_options(replace(options, params=replace(options.params, system=prompt)))
    assert desk.desk.quotes.quote_for(model).input_tokens > before + 500
