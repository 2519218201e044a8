"""The one SQLite file: how it is opened, checked, written and closed.

All SQL of history and ledger runs on one thread over one connection, so that an answer and its ledger rows can share
a transaction. Searching has a thread and a read-only connection of its own: a search through everything must not keep
an answer waiting to be saved.

How durable: with a write-ahead log, `synchronous=NORMAL` survives the end of the process at any moment but may lose
the last transactions in a power cut; `FULL` waits for the disk at every commit. What a person wrote or paid for is
written FULL; partial answers and drafts, which come many times a minute and are soon replaced, NORMAL.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from tally.storage.errors import from_os, store_error
from tally.storage.files import date_stamp, free_name
from tally.storage.migrations import migrate, refuse_strangers
from tally.storage.sqlite_errors import from_sqlite, primary_code
from tally.storage.worker import Worker

T = TypeVar("T")
_log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 5_000
CHECKED_BYTES = 64 * 1024 * 1024
"""After a crash a file up to this size is checked page by page (about 0.1 s), a larger one only where it is read.

Whatever its size, a file in which damage was met is checked whole at the next start.
"""
_STEPS_BETWEEN_LOOKS = 20_000
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Database:
    """The open file.

    Attributes:
        path: of the file.
        notice: one sentence for the user about what happened on opening (a damaged file was set aside); else empty.
    """

    def __init__(self, path: Path) -> None:
        """Names the file; `open` opens it."""
        self.path = path
        self.notice = ""
        self._writer = Worker("tally-database")
        self._reader = Worker("tally-search")
        self._connection: sqlite3.Connection | None = None
        self._search_connection: sqlite3.Connection | None = None
        self._newest_search = 0

    @classmethod
    def open(cls, path: Path, *, owner: bool) -> "Database":
        """Opens the file, makes it if missing, brings it to the present format.

        Args:
            path: of the file; its folder must exist.
            owner: this process holds the instance lock and may set a damaged file aside.

        Raises:
            StoreError: it cannot be opened; see `errors.py` and `migrations.migrate` for the sentences.
        """
        database = cls(path)
        try:
            database._connection = database._writer.call(partial(database._open, owner=owner))
        except BaseException:
            database.close(1)
            raise
        return database

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Runs a query on the database's thread.

        Raises:
            StoreError: SQLite would not.
        """
        return await self._writer.run(lambda: self._guarded(work))

    async def write(self, work: Callable[[sqlite3.Connection], T], *, durable: bool = True) -> T:
        """Runs work in one transaction on the database's thread; an exception undoes all of it.

        Args:
            work: is given the connection.
            durable: wait until the disk has it (see the file's docstring).

        Raises:
            StoreError: SQLite would not.
        """
        return await self._writer.run(lambda: self._guarded(lambda connection: _transact(connection, work, durable)))

    async def look_through(self, work: Callable[[sqlite3.Connection], T], overtaken: T) -> T:
        """Runs a long query beside everything else, on a read-only connection.

        Args:
            work: is given the connection.
            overtaken: the result when a later call came before this one was done: who types on wants the later one.

        Raises:
            StoreError: SQLite would not.
        """
        self._newest_search += 1
        number = self._newest_search

        def run() -> T:
            if number != self._newest_search:
                return overtaken
            try:
                connection = self._search_connection = self._search_connection or _connect_to_read(self.path)
                # Asked every so many steps of SQLite's machine (some ms); unlike `interrupt` it cannot come too early.
                connection.set_progress_handler(lambda: number != self._newest_search, _STEPS_BETWEEN_LOOKS)
                return work(connection)
            except sqlite3.Error as error:
                if primary_code(error) == sqlite3.SQLITE_INTERRUPT:
                    return overtaken
                raise from_sqlite(error) from error

        return await self._reader.run(run)

    def close(self, timeout_s: float = 5.0) -> bool:
        """Finishes what was given to be saved and closes the file.

        Args:
            timeout_s: how long to wait; afterwards the process may end all the same, the log repairs the rest.

        Returns:
            Whether it was closed in time.
        """
        self._newest_search += 1
        searched = self._reader.close(timeout_s, self._close_search)
        return self._writer.close(timeout_s, self._close) and searched

    def _guarded(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            raise store_error("The history is closed.")
        try:
            return work(self._connection)
        except sqlite3.Error as error:
            if primary_code(error) in _DAMAGE:
                self._ask_for_check()
            raise from_sqlite(error) from error
        except OverflowError as error:
            raise store_error("A number is too large to be saved.", str(error)) from error

    def _open(self, *, owner: bool) -> sqlite3.Connection:
        try:
            return self._open_sound()
        except sqlite3.Error as error:
            if primary_code(error) not in _DAMAGE or not owner:
                raise from_sqlite(error) from error
            _log.warning("%s is damaged: %s", self.path, error)
        self._set_aside()
        try:
            return self._open_sound()
        except sqlite3.Error as error:
            raise from_sqlite(error) from error

    def _open_sound(self) -> sqlite3.Connection:
        """Opens the file.

        Raises:
            sqlite3.DatabaseError: it is damaged.
            StoreError: it cannot be made, or is not for this program.
        """
        _make_private(self.path)
        left_open = _size(self.path.with_name(self.path.name + "-wal")) > 0
        asked = self._check_mark.exists()
        connection = _connect(self.path)
        try:
            if refuse_strangers(connection, self.path) == 0:
                # Lets a purge give its space back; must stand before the first table.
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            _keep_a_log(connection)
            connection.execute("PRAGMA foreign_keys = ON")
            if asked or (left_open and _size(self.path) <= CHECKED_BYTES):
                _check(connection)
            migrate(connection, self.path)
        except BaseException:
            connection.close()
            raise
        self._check_mark.unlink(missing_ok=True)
        return connection

    @property
    def _check_mark(self) -> Path:
        return self.path.with_name(self.path.name + "-check")

    def _ask_for_check(self) -> None:
        """Leaves a mark, so that the next start looks at every page before it trusts the file again."""
        with suppress(OSError):
            self._check_mark.touch()

    def _set_aside(self) -> None:
        """Renames the damaged file with its log, so that SQLite's own tools can still read the pair."""
        kept = free_name(self.path.parent, f"{self.path.stem}-damaged-{date_stamp()}", self.path.suffix)
        try:
            self._check_mark.unlink(missing_ok=True)
            for ending in ("-wal", "-shm", ""):
                part = self.path.with_name(self.path.name + ending)
                if part.exists():
                    part.rename(kept.with_name(kept.name + ending))
        except OSError as error:
            raise from_os(error, "The history file is damaged and could not be set aside.") from error
        backups = sorted(self.path.parent.glob(f"{self.path.stem}-backup-v*.db"), key=lambda each: each.stat().st_mtime)
        hint = f" The newest backup is {backups[-1].name}." if backups else ""
        self.notice = f"The history file was damaged. It is kept as {kept.name}, and a new one was begun.{hint}"

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.execute("PRAGMA optimize")
            with suppress(sqlite3.Error):
                connection.close()

    def _close_search(self) -> None:
        connection, self._search_connection = self._search_connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()


def _make_private(path: Path) -> None:
    """Makes the file, if there is none, for this user only; SQLite gives its log the same permissions."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise from_os(error, f"Tally's data folder {path.parent} cannot be used.") from error


def _connect(path: Path) -> sqlite3.Connection:
    # The thread that opens is the worker; closing may come from another when the worker never started.
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _connect_to_read(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Turns on the write-ahead log; SQLite's own waiting does not cover two processes doing so to a new file."""
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    pause = threading.Event()
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        else:
            return
        pause.wait(0.01)


def _transact(connection: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], durable: bool) -> T:  # noqa: FBT001  passed on
    connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(connection)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _check(connection: sqlite3.Connection) -> None:
    finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if finding != "ok":
        error = sqlite3.DatabaseError(finding)
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        error.sqlite_errorname = "SQLITE_CORRUPT"
        raise error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
