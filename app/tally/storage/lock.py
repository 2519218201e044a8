"""One window per data folder. Scripts do not take this lock; the database itself orders their writes."""

import contextlib
import errno
import logging
import os
import sys
from pathlib import Path

from tally.storage.errors import from_os, store_error

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


ALREADY_OPEN = "Tally is already open with this data folder. Please use the window that is open."
_log = logging.getLogger(__name__)
_TAKEN = {errno.EACCES, errno.EAGAIN, errno.EDEADLK, errno.EWOULDBLOCK}


class InstanceLock:
    """A lock on a file that the operating system lets go of when the process ends, however it ends."""

    def __init__(self, path: Path) -> None:
        """Prepares the lock.

        Args:
            path: the file to lock; it is made if missing and never removed.
        """
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Takes the lock.

        Raises:
            StoreError: another window holds it, or the file cannot be made.
        """
        if self._descriptor is not None:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise from_os(error, f"Tally's data folder {self._path.parent} cannot be used.") from error
        try:
            _lock(descriptor)
        except OSError as error:
            if error.errno in _TAKEN:
                os.close(descriptor)
                raise store_error(ALREADY_OPEN) from error
            # Some network file systems have no locks; refusing to start there would help nobody.
            _log.warning("cannot lock %s: %s", self._path, error)
        self._descriptor = descriptor

    def release(self) -> None:
        """Lets go of the lock; does nothing when it is not held."""
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = None
