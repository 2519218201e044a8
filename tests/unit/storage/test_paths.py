"""Tally's folders: the system's, or one that was chosen; private; and a sentence when they cannot be."""

import os
import stat
import sys
from pathlib import Path

import pytest

from tally.core.failures import StoreError
from tally.storage.paths import Paths, find_paths, make_folders


def test_a_chosen_folder_holds_everything(tmp_path: Path) -> None:
    paths = find_paths({"TALLY_DATA_DIR": str(tmp_path / "mine")})
    assert {paths.database, paths.lock, paths.settings, paths.learned} == {
        tmp_path / "mine" / name for name in ("tally.db", "tally.lock", "settings.json", "learned.json")
    }
    assert paths.logs == tmp_path / "mine" / "logs"


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of another system")
def test_otherwise_the_systems_folders_are_used(fresh_home: Path) -> None:
    paths = find_paths({})
    assert paths.database == fresh_home / ".local/share/Tally/tally.db"
    assert paths.settings == fresh_home / ".config/Tally/settings.json"
    assert paths.logs == fresh_home / ".local/state/Tally/log"


@pytest.mark.skipif(os.name != "posix", reason="permissions are a POSIX matter")
def test_only_this_user_may_look_into_them(tmp_path: Path) -> None:
    paths = find_paths({"TALLY_DATA_DIR": str(tmp_path / "deep" / "mine")})
    make_folders(paths)
    make_folders(paths)
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (paths.data, paths.logs)] == [0o700, 0o700]


def test_a_file_in_the_folders_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    paths = Paths(tmp_path / "data", tmp_path / "file", tmp_path / "logs")
    with pytest.raises(StoreError, match="cannot be made or used") as error:
        make_folders(paths)
    assert str(tmp_path / "file") in error.value.failure.message


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder nobody may write to, not even root")
def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        make_folders(Paths(Path("/proc/tally"), tmp_path, tmp_path))
