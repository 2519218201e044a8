"""What was learned of a server is remembered for a while, by all who ask it."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally.storage.learned import LearnedFile

run = asyncio.run
URL = "https://gateway.test/v1"
DAY_MS = 86_400_000


class Now:
    """A clock that is set."""

    def __init__(self) -> None:
        self.ms = 1_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def learned(tmp_path: Path, now: Now) -> Iterator[LearnedFile]:
    learned = LearnedFile(tmp_path / "learned.json", now)
    yield learned
    assert learned.close()


def test_a_thing_is_remembered_for_its_address_model_and_topic(learned: LearnedFile) -> None:
    run(learned.remember(URL, "m", "sampling", "none"))
    assert run(learned.recall(URL, "m", "sampling")) == "none"
    assert run(learned.recall(URL + "/", "m", "sampling")) == "none"
    assert run(learned.recall(URL, "m", "other")) is None
    assert run(learned.recall(URL, "n", "sampling")) is None
    assert run(learned.recall("https://other.test/v1", "m", "sampling")) is None


def test_it_is_forgotten_when_its_days_are_over(learned: LearnedFile, now: Now, tmp_path: Path) -> None:
    run(learned.remember(URL, "m", "week", "a"))
    run(learned.remember(URL, "m", "hour", "b", days=1 / 24))
    now.ms += DAY_MS
    assert run(learned.recall(URL, "m", "hour")) is None
    assert run(learned.recall(URL, "m", "week")) == "a"
    now.ms += 6 * DAY_MS
    assert run(learned.recall(URL, "m", "week")) is None
    run(learned.remember(URL, "m", "new", "c"))
    assert len(json.loads((tmp_path / "learned.json").read_text(encoding="utf-8"))["learned"]) == 1


def test_what_is_learned_anew_replaces_what_was_known(learned: LearnedFile) -> None:
    for value in ("1", "2"):
        run(learned.remember(URL, "m", "limit", value))
    assert run(learned.recall(URL, "m", "limit")) == "2"


def test_another_process_adds_to_the_same_file(learned: LearnedFile, tmp_path: Path) -> None:
    run(learned.remember(URL, "m", "mine", "a"))
    script = (
        "import asyncio, sys; from pathlib import Path; from tally.storage.learned import LearnedFile\n"
        f"asyncio.run(LearnedFile(Path(sys.argv[1]), lambda: 1_000).remember({URL!r}, 'm', 'theirs', 'b'))"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "learned.json")], check=True)
    run(learned.remember(URL, "m", "more", "c"))
    assert [run(learned.recall(URL, "m", topic)) for topic in ("mine", "theirs", "more")] == ["a", "b", "c"]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"learned": 5}', b'{"learned": {"k": {"value": 1}}}', b"\xff", b"{"])
def test_a_damaged_file_is_begun_anew(learned: LearnedFile, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "learned.json").write_bytes(content)
    assert run(learned.recall(URL, "m", "t")) is None
    run(learned.remember(URL, "m", "t", "v"))
    assert run(learned.recall(URL, "m", "t")) == "v"


def test_a_disk_that_will_not_is_no_reason_to_fail(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    learned = LearnedFile(tmp_path / "nowhere" / "learned.json", lambda: 1_000)
    run(learned.remember(URL, "m", "t", "v"))
    assert "cannot be written" in caplog.text
    assert run(learned.recall(URL, "m", "t")) is None
    assert learned.close()
