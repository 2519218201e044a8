"""Whatever is wrong with the disk or the file: a sentence, and no loss."""

import asyncio
import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from support.stored import OPTIONS, Store, answer, entry, finished, head, number, open_call, opened, question
from tally.core.failures import FailureKind, StoreError
from tally.storage import database as database_module
from tally.storage.database import Database

run = asyncio.run
C = "c" * 32


def fill(store: Store, messages: int = 200) -> None:
    async def work() -> None:
        await store.history.save_head(head(), OPTIONS)
        for digit in range(1, messages + 1):
            await store.history.save_message(C, question("words " * 200, digit))

    run(work())


def damaged(path: Path) -> list[Path]:
    return sorted(each for each in path.parent.glob("tally-damaged-*") if each.suffix == ".db")


def test_a_file_that_is_no_database_is_set_aside_and_named(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 500)
    with opened(path) as store:
        [kept] = damaged(path)
        assert kept.read_bytes() == b"not a database at all" * 500
        assert kept.name in store.database.notice
        assert run(store.history.heads()) == []
    with opened(path) as store:
        assert store.database.notice == ""


def test_a_file_that_was_cut_short_is_set_aside_with_its_log(path: Path) -> None:
    with opened(path) as store:
        fill(store)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    path.with_name("tally.db-wal").write_bytes(b"")
    with opened(path) as store:
        assert "damaged" in store.database.notice
        assert len(damaged(path)) == 1


def test_damage_met_while_running_is_said_and_the_file_is_set_aside_at_the_next_start(path: Path) -> None:
    with opened(path) as store:
        fill(store)
    # The pages that hold messages; those that lead to them stay.
    content = path.read_bytes()
    pages = [content[start : start + 4096] for start in range(0, len(content), 4096)]
    path.write_bytes(b"".join(b"\xa5" * 4096 if b"words words" in page else page for page in pages))
    with opened(path) as store:
        assert store.database.notice == ""
        with pytest.raises(StoreError, match="Restart Tally"):
            run(store.history.load(C))
    with opened(path) as store:
        [kept] = damaged(path)
        assert kept.name in store.database.notice
        assert run(store.history.heads()) == []
    with opened(path) as store:
        assert store.database.notice == ""
        assert len(damaged(path)) == 1


def test_the_newest_backup_is_named_when_a_file_was_damaged(path: Path) -> None:
    path.write_bytes(b"not a database" * 500)
    path.with_name("tally-backup-v1-2026-01-01-000000.db").touch()
    with opened(path) as store:
        assert "tally-backup-v1-2026-01-01-000000.db" in store.database.notice


def test_a_script_leaves_a_damaged_file_where_it_is(path: Path) -> None:
    path.write_bytes(b"not a database" * 500)
    with pytest.raises(StoreError, match="damaged"):
        Database.open(path, owner=False)
    assert damaged(path) == []
    assert path.read_bytes() == b"not a database" * 500


def test_a_folder_in_the_files_place_is_said(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StoreError, match="cannot be written") as error:
        Database.open(path, owner=True)
    assert error.value.failure.kind is FailureKind.STORAGE


def test_a_folder_that_does_not_exist_is_said(path: Path) -> None:
    with pytest.raises(StoreError, match="data folder"):
        Database.open(path.parent / "nowhere" / "tally.db", owner=True)


def test_a_file_that_may_only_be_read_is_said_and_can_still_be_read(store: Store) -> None:
    fill(store, 1)
    run(store.database.read(lambda connection: connection.execute("PRAGMA query_only = ON").fetchall()))
    with pytest.raises(StoreError, match="cannot be written"):
        run(store.history.save_message(C, question("more", 2)))
    assert len(run(store.history.load(C))) == 1


def test_a_file_that_another_program_holds_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 50)
    with opened(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Another program"):
            run(store.history.save_head(head(), OPTIONS))
        other.execute("ROLLBACK")
        run(store.history.save_head(head(), OPTIONS))


def test_a_full_disk_is_said_and_what_was_saved_stays(store: Store) -> None:
    fill(store, 5)
    said = answer(digit=50, parent=number(1))
    run(store.history.begin_turn(head(), OPTIONS, None, said, open_call(answer=said.id)))

    def limit(connection: sqlite3.Connection) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}").fetchall()

    run(store.database.read(limit))
    with pytest.raises(StoreError, match="disk is full"):
        run(store.history.finish_turn(finished(said, "words " * 100_000), [entry()]))
    kept = run(store.history.load(C))
    assert kept.message(said.id) == said
    assert run(store.ledger.conversation_entries(C)) == []
    run(store.database.read(lambda connection: connection.execute("PRAGMA max_page_count = 1000000").fetchall()))
    run(store.history.finish_turn(finished(said, "words " * 100_000), [entry()]))
    assert run(store.ledger.conversation_entries(C)) == [entry()]


LIMITED_CHILD = """
import asyncio, json, resource, sys
from pathlib import Path
from support.stored import OPTIONS, head, opened, question
from tally.core.failures import StoreError

with opened(Path(sys.argv[1])) as store:
    asyncio.run(store.history.save_head(head(), OPTIONS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
    saved, sentence = 0, ""
    while not sentence and saved < 10_000:
        try:
            asyncio.run(store.history.save_message("c" * 32, question("words " * 500, saved + 1)))
            saved += 1
        except StoreError as error:
            sentence = error.failure.message
    print(json.dumps([saved, sentence, len(asyncio.run(store.history.load("c" * 32)))]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a POSIX matter")
def test_a_disk_that_takes_no_more_loses_nothing_it_took(path: Path) -> None:
    tests = Path(__file__).resolve().parents[2]
    output = subprocess.run(
        [sys.executable, "-c", LIMITED_CHILD, str(path)], cwd=tests, check=True, capture_output=True, text=True
    ).stdout
    saved, sentence, loaded = json.loads(output)
    assert 1 < saved == loaded
    assert "disk" in sentence
    with opened(path) as store:
        assert store.database.notice == ""
        assert len(run(store.history.load(C))) == saved


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are a POSIX matter")
def test_only_this_user_may_read_what_is_kept(path: Path) -> None:
    with opened(path) as store:
        fill(store, 1)
        files = sorted(path.parent.iterdir())
        assert [file.name for file in files] == ["tally.db", "tally.db-shm", "tally.db-wal"]
        assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


def test_what_was_given_to_be_saved_is_saved_before_closing(path: Path) -> None:
    async def give_and_leave(store: Store) -> None:
        await store.history.save_head(head(), OPTIONS)
        saving = asyncio.ensure_future(store.history.save_message(C, question("last words")))
        await asyncio.sleep(0)
        saving.cancel()

    with opened(path) as store:
        run(give_and_leave(store))
    with opened(path) as store:
        assert run(store.history.load(C)).message(number(1)).text == "last words"


def test_closing_is_bounded_though_the_disk_hangs(path: Path) -> None:
    database = Database.open(path, owner=True)
    release = threading.Event()

    async def hang() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(database.read(lambda _connection: release.wait(30)), 0.01)

    run(hang())
    assert not database.close(timeout_s=0.05)
    release.set()
    assert database.close()


def test_after_closing_a_sentence_comes(path: Path) -> None:
    with opened(path) as store:
        pass
    with pytest.raises(StoreError, match="closing"):
        run(store.history.heads())


def test_paid_answers_wait_for_the_disk_and_partial_ones_do_not(store: Store) -> None:
    modes: list[int] = []
    for durable in (True, False):
        run(
            store.database.write(
                lambda connection: modes.append(connection.execute("PRAGMA synchronous").fetchone()[0]), durable=durable
            )
        )
    assert modes == [2, 1]  # FULL, NORMAL


def test_a_purge_gives_its_space_back(path: Path) -> None:
    with opened(path) as store:
        fill(store, 300)
    full = path.stat().st_size
    with opened(path) as store:
        run(store.history.purge(C))
    assert path.stat().st_size < full / 2


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


def test_a_search_is_ended_by_the_next_one(store: Store) -> None:
    async def type_on() -> list[str]:
        looks = [store.database.look_through(lambda c: c.execute(ENDLESS).fetchone()[0], "overtaken") for _ in "ab"]
        return await asyncio.gather(*looks, store.database.look_through(lambda _connection: "found", "overtaken"))

    assert run(type_on()) == ["overtaken", "overtaken", "found"]


def test_a_search_is_ended_by_closing(path: Path) -> None:
    async def close_while_searching() -> str:
        started = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work(connection: sqlite3.Connection) -> str:
            loop.call_soon_threadsafe(started.set)
            return str(connection.execute(ENDLESS).fetchone()[0])

        search = asyncio.ensure_future(database.look_through(work, "overtaken"))
        await started.wait()
        assert database.close()
        return await search

    database = Database.open(path, owner=True)
    assert run(close_while_searching()) == "overtaken"


def test_a_search_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError):
        run(store.database.look_through(lambda c: c.execute("DELETE FROM drafts"), None))
