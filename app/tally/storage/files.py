"""Small files that are replaced in one step, and names for files that are set aside."""

import contextlib
import os
import time
from pathlib import Path


def replace_file(path: Path, data: bytes) -> None:
    """Writes a file so that at every moment either the old content or the new one is there, whole.

    Raises:
        OSError: the disk would not; the old content is untouched.
    """
    # Two processes may save at once, so each writes beside the other.
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes the new name survive a power cut; Windows cannot open folders and does not need it."""
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def date_stamp() -> str:
    """The local time as it is put into file names: `2026-03-01-142530`."""
    return time.strftime("%Y-%m-%d-%H%M%S")


def free_name(folder: Path, stem: str, suffix: str) -> Path:
    """A name in the folder that is not taken: `stem.suffix`, else `stem-2.suffix`, and so on."""
    candidate = folder / f"{stem}{suffix}"
    number = 2
    while candidate.exists():
        candidate = folder / f"{stem}-{number}{suffix}"
        number += 1
    return candidate
