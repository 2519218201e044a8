"""A disk that refuses at the start: the window opens, says why in a sentence, and loses nothing."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.desk import OpenDesk
from tally.core.failures import FailureKind
from tally.gui.banner import InlineNotice
from tally.storage.lock import InstanceLock

NEWER = 99

PROGRAM = """
import sys
from PySide6.QtWidgets import QMessageBox
from tally.main import run
QMessageBox.exec = lambda box: print(box.text())
sys.exit(run([]))
"""
"""The program, with the box that waits for a click printing its sentence instead."""


@pytest.fixture
def refused(tmp_path: Path) -> Iterator[OpenDesk]:
    """A window whose history file was made by a newer program."""
    folder = tmp_path / "data"
    folder.mkdir()
    first = OpenDesk(folder)
    first.ask("Hello")
    first.close()
    with sqlite3.connect(folder / "tally.db") as connection:
        connection.execute(f"PRAGMA user_version = {NEWER}")
    connection.close()
    desk = OpenDesk(folder, demo=False)
    yield desk
    desk.close()


def notices(desk: OpenDesk) -> str:
    shown = [each for each in desk.window.findChildren(InlineNotice) if each.isVisible()]
    return " ".join(each.accessibleName() for each in shown)


def test_a_history_that_cannot_be_opened_is_said_and_the_window_stays(refused):
    refused.settle()
    assert "newer" in notices(refused)
    answer = refused.ask("Are you there?")
    assert answer.answer.failure.kind is FailureKind.STORAGE
    assert answer.answer.requests == 0
    refused.chat.new()
    refused.desk.history._on_search("hello")
    refused.desk.keys.enter("th-not-to-be-kept")
    refused.desk.keys.start_demo()
    refused.composer.set_text("half a thought")
    refused.settle()
    assert not refused.state.simulated
    assert not refused.chat.busy


def test_a_folder_in_the_place_of_the_history_file_is_no_crash(tmp_path: Path):
    folder = tmp_path / "data"
    (folder / "tally.db").mkdir(parents=True)
    desk = OpenDesk(folder, demo=False)
    desk.settle()
    assert notices(desk)
    assert desk.ask("Hello").answer.failure.kind is FailureKind.STORAGE
    desk.close()


def test_a_failure_that_repeats_itself_is_said_once(refused):
    refused.settle()
    [said] = [each for each in refused.window.findChildren(InlineNotice) if each.isVisible()]
    for text in ("h", "ha", "hal"):
        refused.composer.set_text(text)
        refused.chat.drafts.save()
    refused.settle()
    assert said.isVisible()


def refusal(folder: Path) -> str:
    """What the program says when it refuses to begin."""
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "TALLY_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


def test_a_second_window_on_the_same_folder_says_so_and_goes(tmp_path: Path):
    first = InstanceLock(tmp_path / "tally.lock")
    first.acquire()
    assert "already open" in refusal(tmp_path)
    first.release()


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path):
    (tmp_path / "file").touch()
    sentence = refusal(tmp_path / "file" / "data")
    assert str(tmp_path / "file") in sentence
    assert "Traceback" not in sentence
