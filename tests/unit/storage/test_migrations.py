"""A file of an older format becomes one of the present format with a copy kept beside it, or stays as it was."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from support.stored import entry, number, opened
from tally.core.failures import StoreError
from tally.core.messages import EndState, ImagePart, TextPart
from tally.core.ports import Draft
from tally.storage import migrations
from tally.storage.database import Database
from tally.storage.migrations import KEPT_BACKUPS, migrate, version_of
from tally.storage.schema import STEPS, Step

run = asyncio.run
C = "c" * 32
FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("v*.sql"))
TWO: tuple[Step, ...] = (("CREATE TABLE one (a)",), ("CREATE TABLE two (b)", "INSERT INTO two SELECT a FROM one"))
BROKEN: tuple[Step, ...] = (*TWO[:1], ("CREATE TABLE two (b)", "INSERT INTO nowhere VALUES (1)"))

KILLED_CHILD = """
import os, signal, sqlite3, sys
from pathlib import Path
from tally.storage.migrations import migrate
path = Path(sys.argv[1])
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("PRAGMA journal_mode = WAL")
connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
second = ("CREATE TABLE two (b)", "INSERT INTO two VALUES (1)", "SELECT die()")
migrate(connection, path, (("CREATE TABLE one (a)",), second))
"""

OPENING_CHILD = """
import sys
from pathlib import Path
from tally.storage.database import Database
Database.open(Path(sys.argv[1]), owner=False).close()
"""


def plain(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None)


def tables(path: Path) -> set[str]:
    with closing(plain(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}


def at_version_one(path: Path) -> None:
    with closing(plain(path)) as connection:
        migrate(connection, path, TWO[:1])
        connection.execute("INSERT INTO one VALUES (42)")


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("tally-backup-v*.db"))


def test_there_is_a_file_of_every_format_that_was_ever_written() -> None:
    assert [fixture.stem for fixture in FIXTURES] == [f"v{number}" for number in range(1, len(STEPS) + 1)]


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda each: each.stem)
def test_a_file_of_an_older_format_is_read_whole(path: Path, fixture: Path) -> None:
    with closing(plain(path)) as connection:
        connection.executescript(fixture.read_text(encoding="utf-8"))
    with opened(path) as store:
        assert run(store.history.recover()) == 1
        conversation = run(store.history.load(C))
        assert conversation.message(number(1)).text == "What is 東京?"
        assert conversation.message(number(2)).text == "The capital of Japan."
        interrupted = conversation.message(number(3))
        assert interrupted.parts == (TextPart("The cap"),)
        assert interrupted.answer is not None
        assert interrupted.answer.state is EndState.INTERRUPTED
        [picture] = conversation.message(number(4)).images
        assert isinstance(picture, ImagePart)
        assert run(store.history.attachment(picture.digest)) == b"cat"
        assert run(store.history.draft("")) == Draft("half a question")
        assert run(store.ledger.conversation_entries(C))[0] == entry()
        assert run(store.history.search("東京"))[0].message == number(1)
        assert run(store.history.heads())[0].cost > run(store.history.heads())[0].estimated > 0


def test_a_new_file_has_the_present_format_and_no_backup(path: Path) -> None:
    with opened(path):
        pass
    with closing(plain(path)) as connection:
        assert version_of(connection) == len(STEPS)
        assert connection.execute("PRAGMA application_id").fetchone() == (0x54414C59,)
    assert backups(path) == []


def test_each_step_that_is_missing_is_applied_after_a_copy_was_made(path: Path) -> None:
    at_version_one(path)
    with closing(plain(path)) as connection:
        migrate(connection, path, TWO)
        assert version_of(connection) == 2
        assert connection.execute("SELECT b FROM two").fetchall() == [(42,)]
    [copy] = backups(path)
    assert copy.name.startswith("tally-backup-v1-")
    assert tables(copy) == {"one"}


def test_a_failed_step_leaves_the_file_as_it_was(path: Path) -> None:
    at_version_one(path)
    with closing(plain(path)) as connection:
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(connection, path, BROKEN)
        assert version_of(connection) == 1
    assert tables(path) == {"one"}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter")
def test_a_process_killed_within_a_step_leaves_the_file_as_it_was(path: Path) -> None:
    at_version_one(path)
    child = subprocess.run([sys.executable, "-c", KILLED_CHILD, str(path)], check=False)
    assert child.returncode == -signal.SIGKILL
    with closing(plain(path)) as connection:
        assert version_of(connection) == 1
        assert connection.execute("SELECT a FROM one").fetchall() == [(42,)]
    assert tables(path) == {"one"}
    assert len(backups(path)) == 1


def test_only_the_newest_copies_are_kept(path: Path) -> None:
    at_version_one(path)
    made = []
    with closing(plain(path)) as connection:
        for age in range(KEPT_BACKUPS + 2):
            copy = migrations.back_up(connection, path, 1)
            os.utime(copy, (1_000 + age, 1_000 + age))
            made.append(copy)
        made.append(migrations.back_up(connection, path, 1))
    assert sorted(made[-KEPT_BACKUPS:]) == backups(path)


def test_without_a_copy_nothing_is_converted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_version_one(path)
    # A folder stands where the copy would be written.
    blocked = path.parent / "blocked.db"
    blocked.with_suffix(".part").mkdir()
    monkeypatch.setattr(migrations, "free_name", lambda *_: blocked)
    with closing(plain(path)) as connection:
        with pytest.raises(StoreError, match="was not converted"):
            migrate(connection, path, TWO)
        assert version_of(connection) == 1


def test_a_newer_file_is_refused_and_untouched(path: Path) -> None:
    with opened(path):
        pass
    with closing(plain(path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer Tally") as refused:
        Database.open(path, owner=True)
    assert "nothing was changed" in refused.value.failure.message
    assert path.read_bytes() == before
    assert backups(path) == []


def test_another_programs_database_is_refused_and_untouched(path: Path) -> None:
    with closing(plain(path)) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    with pytest.raises(StoreError, match="another program's file"):
        Database.open(path, owner=True)
    assert tables(path) == {"theirs"}


def test_two_processes_that_convert_at_once_convert_once(path: Path) -> None:
    command = [sys.executable, "-c", OPENING_CHILD, str(path)]
    children = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(child.communicate()[1], child.returncode) for child in children] == [("", 0)] * 3
    with opened(path) as store:
        assert run(store.history.heads()) == []
