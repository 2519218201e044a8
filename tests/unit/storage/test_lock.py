"""One window per data folder, whatever became of the one before."""

import subprocess
import sys
from pathlib import Path

import pytest

from tally.core.failures import StoreError
from tally.storage.lock import InstanceLock

HOLDER = """
import sys
from pathlib import Path
from tally.storage.lock import InstanceLock
lock = InstanceLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_window_is_told_and_may_have_the_folder_when_the_first_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "tally.lock"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        lock = InstanceLock(path)
        with pytest.raises(StoreError, match="already open"):
            lock.acquire()
        assert not lock.held
        first.kill()
    lock.acquire()
    assert lock.held
    lock.release()


def test_taking_and_letting_go_may_be_repeated(tmp_path: Path) -> None:
    lock = InstanceLock(tmp_path / "tally.lock")
    for _ in range(2):
        lock.acquire()
        lock.acquire()
        lock.release()
        lock.release()
    other = InstanceLock(tmp_path / "tally.lock")
    other.acquire()
    with pytest.raises(StoreError):
        lock.acquire()
    other.release()


def test_a_folder_that_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        InstanceLock(tmp_path / "nowhere" / "tally.lock").acquire()
