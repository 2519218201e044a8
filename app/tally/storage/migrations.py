"""Brings a file to the present format: a copy of the file first, then each step in a transaction of its own."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from tally.storage.errors import from_os, store_error
from tally.storage.files import date_stamp, free_name
from tally.storage.schema import APPLICATION_ID, STEPS, Step

KEPT_BACKUPS = 5


def version_of(connection: sqlite3.Connection) -> int:
    """The file's format; 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Step] = STEPS) -> None:
    """Applies the steps that are missing.

    Args:
        connection: in autocommit mode.
        path: of the file, for the backup beside it.
        steps: the format's whole history.

    Raises:
        StoreError: the file is newer than this program, is not Tally's, or the backup cannot be written.
        sqlite3.Error: a step failed; the file is as it was before that step.
    """
    version = refuse_strangers(connection, path, steps)
    if version == len(steps):
        return
    if version > 0:
        back_up(connection, path, version)
    for number in range(version + 1, len(steps) + 1):
        _apply(connection, steps[number - 1], number)


def refuse_strangers(connection: sqlite3.Connection, path: Path, steps: Sequence[Step] = STEPS) -> int:
    """Makes sure that the file may be written to; to be called before anything is.

    Returns:
        The file's format.

    Raises:
        StoreError: the file is newer than this program, or is not Tally's.
    """
    # In this order: a process that is just making the tables gives them and the number in one transaction.
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    version = version_of(connection)
    if version > len(steps):
        raise store_error(
            f"The history was written by a newer Tally (format {version}; this one knows {len(steps)}). "
            "Please update Tally; nothing was changed.",
            str(path),
        )
    if version == 0 and tables:
        raise store_error(f"{path.name} in Tally's data folder is another program's file. Please move it away.")
    return version


def _apply(connection: sqlite3.Connection, step: Step, number: int) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have been faster.
        if version_of(connection) < number:
            for statement in step:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {number}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """Copies the whole database beside it and keeps the newest `KEPT_BACKUPS` copies.

    Raises:
        StoreError: the copy cannot be written.
    """
    target = free_name(path.parent, f"{path.stem}-backup-v{version}-{date_stamp()}", ".db")
    unfinished = target.with_suffix(".part")
    try:
        unfinished.touch(mode=0o600)
        with closing(sqlite3.connect(unfinished)) as copy:
            connection.backup(copy)
        unfinished.replace(target)
        found = sorted(path.parent.glob(f"{path.stem}-backup-v*.db"), key=lambda each: each.stat().st_mtime_ns)
        for old in found[:-KEPT_BACKUPS]:
            old.unlink()
    except (OSError, sqlite3.Error) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        sentence = "No backup of the history could be written, so it was not converted to the new format."
        if isinstance(error, OSError):
            raise from_os(error, sentence) from error
        raise store_error(sentence, str(error)) from error
    return target
