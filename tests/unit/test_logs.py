"""The log: what went wrong, never a key, and no word anywhere when the disk refuses it."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tally.logs import log_crashes, log_to

KEY = "th-0123456789abcdefCANARY"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Put the process's handlers and hooks back."""
    root = logging.getLogger()
    level, handlers, hooks = root.level, list(root.handlers), (sys.excepthook, threading.excepthook)
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)
    sys.excepthook, threading.excepthook = hooks


def test_a_key_in_a_warning_or_its_traceback_is_blotted_out(tmp_path: Path):
    log_to(tmp_path)
    log = logging.getLogger("tally.test")
    log.warning("sent Authorization: Bearer some.other-key and %s", KEY)
    try:
        int(KEY)
    except ValueError:
        log.warning("it broke", exc_info=True)
    written = (tmp_path / "tally.log").read_text(encoding="utf-8")
    assert "it broke" in written
    assert "ValueError" in written
    assert "CANARY" not in written
    assert "some.other-key" not in written


def test_a_folder_that_refuses_is_passed_over_without_a_word(tmp_path: Path, capfd):
    log_to(tmp_path / "nowhere")
    logging.getLogger("tally.test").warning("key %s", KEY)
    assert capfd.readouterr() == ("", "")


CRASH = """
import sys, threading
from pathlib import Path
from tally.logs import log_crashes, log_to
log_to(Path(sys.argv[1]))
log_crashes()
def fail():
    raise ValueError("in a thread " + sys.argv[2])
thread = threading.Thread(target=fail)
thread.start()
thread.join()
raise ValueError("at the end " + sys.argv[2])
"""


def test_crashes_are_written_with_the_key_masked_in_the_file_and_on_the_terminal(tmp_path: Path):
    ended = subprocess.run(
        [sys.executable, "-c", CRASH, str(tmp_path), KEY], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    for text in (ended.stderr, (tmp_path / "tally.log").read_text(encoding="utf-8")):
        assert "in a thread [masked]" in text
        assert "at the end [masked]" in text
        assert "CANARY" not in text


def test_a_crash_without_a_terminal_is_no_second_crash(tmp_path: Path, monkeypatch, logged_errors):
    log_to(tmp_path)
    log_crashes()
    monkeypatch.setattr(sys, "stderr", None)
    sys.excepthook(ValueError, ValueError("oops"), None)
    assert len(logged_errors) == 1
