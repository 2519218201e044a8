"""Where Tally keeps its files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tally.storage.errors import from_os

ENVIRONMENT_NAME = "TALLY_DATA_DIR"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders and files of one installation.

    Attributes:
        data: history and lock.
        config: settings and what was learned of servers.
        logs: log files.
    """

    data: Path
    config: Path
    logs: Path

    @property
    def database(self) -> Path:
        """The history and the ledger."""
        return self.data / "tally.db"

    @property
    def lock(self) -> Path:
        """Held by the running window."""
        return self.data / "tally.lock"

    @property
    def settings(self) -> Path:
        """What the user has set."""
        return self.config / "settings.json"

    @property
    def learned(self) -> Path:
        """What was learned of servers."""
        return self.config / "learned.json"


def find_paths(environ: Mapping[str, str]) -> Paths:
    """The folders of this user, not yet made; `TALLY_DATA_DIR` puts all of them into one place.

    Args:
        environ: the process's environment.
    """
    chosen = environ.get(ENVIRONMENT_NAME, "").strip()
    if chosen:
        folder = Path(chosen).expanduser().absolute()
        return Paths(folder, folder, folder / "logs")
    from platformdirs import PlatformDirs  # noqa: PLC0415  not paid for by those who name a folder

    folders = PlatformDirs("Tally", appauthor=False, roaming=False)
    return Paths(folders.user_data_path, folders.user_config_path, folders.user_log_path)


def make_folders(paths: Paths) -> None:
    """Makes the folders, readable for this user only.

    Raises:
        StoreError: one of them cannot be made or written to.
    """
    for folder in (paths.data, paths.config, paths.logs):
        try:
            _make_private(folder)
        except OSError as error:
            raise from_os(error, f"Tally's folder {folder} cannot be made or used.") from error


def _make_private(folder: Path) -> None:
    existed = folder.is_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not existed:
        folder.chmod(0o700)  # mkdir's mode passes through the umask and may have lost bits
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "not writable", str(folder))
