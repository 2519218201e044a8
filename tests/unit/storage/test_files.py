"""A small file is always whole: as it was, or as it shall be."""

import os
import stat
import threading
from pathlib import Path

import pytest

from tally.storage.files import free_name, replace_file


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix", reason="permissions are a POSIX matter")
def test_only_this_user_may_read_it(tmp_path: Path) -> None:
    replace_file(tmp_path / "file", b"")
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o600


def test_what_cannot_be_replaced_stays_and_nothing_else_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="file"):
        replace_file(tmp_path / "file", b"new")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = {bytes([65 + number]) * 100_000 for number in range(4)}
    replace_file(path, next(iter(contents)))
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            for content in contents:
                replace_file(path, content)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    seen = {path.read_bytes() for _ in range(200)}
    stop.set()
    for writer in writers:
        writer.join()
    assert seen <= contents


def test_a_free_name_takes_nobodys_place(tmp_path: Path) -> None:
    assert free_name(tmp_path, "a", ".db") == tmp_path / "a.db"
    (tmp_path / "a.db").touch()
    (tmp_path / "a-2.db").touch()
    assert free_name(tmp_path, "a", ".db") == tmp_path / "a-3.db"
