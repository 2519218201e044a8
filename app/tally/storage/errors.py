"""Sentences for what disks and databases do; every `StoreError` of this package is made here."""

import errno
import sqlite3

from tally.core.failures import Failure, FailureKind, StoreError

FULL = "The disk is full. Free some space; what could not be saved is still in the window."
READ_ONLY = "Tally's data folder cannot be written to. Allow writing to it, or choose another folder."
BUSY = "Another program is holding Tally's history. Close it and try again."
DAMAGED = "Tally's history file is damaged. Restart Tally: it will set the file aside and keep it."
UNRELIABLE = "The disk did not take or give what was asked; it may be full, damaged or unplugged."
_FAILED = "Tally's history could not be read or written."

_BY_CODE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_PERM: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: READ_ONLY,
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_IOERR: UNRELIABLE,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}
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


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code (https://sqlite.org/rescode.html); None for errors of the Python layer."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def from_sqlite(error: sqlite3.Error) -> StoreError:
    """What SQLite said, as a sentence."""
    code = primary_code(error)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return store_error(_BY_CODE.get(code, _FAILED) if code is not None else _FAILED, f"{name}: {error}")


def from_os(error: OSError, otherwise: str) -> StoreError:
    """What the operating system said, as a sentence; `otherwise` where the cause is none of the usual ones."""
    return store_error(_BY_ERRNO.get(error.errno or 0, otherwise), str(error))
