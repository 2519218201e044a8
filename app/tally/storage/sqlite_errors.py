"""Sentences for what SQLite says; apart from the disk's, because the window starts without SQLite."""

import sqlite3

from tally.core.failures import StoreError
from tally.storage.errors import BUSY, DAMAGED, FULL, READ_ONLY, UNRELIABLE, store_error

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


def primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code (https://sqlite.org/rescode.html); None for errors of the Python layer."""
    code = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def from_sqlite(error: sqlite3.Error) -> StoreError:
    """What SQLite said, as a sentence."""
    code = primary_code(error)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    return store_error(_BY_CODE.get(code, _FAILED) if code is not None else _FAILED, f"{name}: {error}")
