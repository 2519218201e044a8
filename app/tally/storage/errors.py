"""Sentences for what disks do; every `StoreError` of this package is made here and in `sqlite_errors.py`."""

import errno

from tally.core.failures import Failure, FailureKind, StoreError

FULL = "The disk is full. Free some space; what could not be saved is still in the window."
READ_ONLY = "Tally's data folder cannot be written to. Allow writing to it, or choose another folder."
BUSY = "Another program is holding Tally's history. Close it and try again."
DAMAGED = "Tally's history file is damaged. Restart Tally: it will set the file aside and keep it."
UNRELIABLE = "The disk did not take or give what was asked; it may be full, damaged or unplugged."

_BY_ERRNO = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EFBIG: FULL,
    errno.EROFS: READ_ONLY,
    errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY,
}


def store_error(sentence: str, details: str = "") -> StoreError:
    """A `StoreError` with one sentence for people and the technical rest."""
    return StoreError(Failure(FailureKind.STORAGE, sentence, details=details))


def from_os(error: OSError, otherwise: str) -> StoreError:
    """What the operating system said, as a sentence; `otherwise` where the cause is none of the usual ones."""
    return store_error(_BY_ERRNO.get(error.errno or 0, otherwise), str(error))
