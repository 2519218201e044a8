"""A key that was entered stands in no file, whatever is saved around it."""

import asyncio
import logging
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from support.stored import OPTIONS, answer, entry, finished, head, open_call, opened, question
from tally.core.ports import KeyKind
from tally.core.settings import Settings
from tally.storage.learned import LearnedFile
from tally.storage.paths import find_paths, make_folders
from tally.storage.secrets import KeyringSecrets
from tally.storage.settings_file import SettingsFile

KEY = "th-canary-0123456789abcdef"
URL = "https://gateway.test/v1"


class LockedKeyring(KeyringBackend):
    """Asks in vain."""

    priority = 1

    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        raise KeyringLocked(f"{service} {username} {password}")

    def delete_password(self, service: str, username: str) -> None:
        raise KeyringLocked(f"{service} {username}")


def holding(folder: Path, needle: str) -> list[Path]:
    files = [each for each in folder.rglob("*") if each.is_file()]
    assert files, "nothing was written"
    found = {needle.encode(), needle.encode("utf-16-le"), needle.encode("utf-16-be")}
    return [each for each in files if any(form in each.read_bytes() for form in found)]


def test_the_key_is_in_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    paths = find_paths({"TALLY_DATA_DIR": str(tmp_path / "tally")})
    make_folders(paths)
    before = keyring.get_keyring()
    keyring.set_keyring(LockedKeyring())
    secrets = KeyringSecrets({})
    learned = LearnedFile(paths.learned, lambda: 1_000)

    async def live() -> None:
        assert (await secrets.put(URL, KEY)).kind is KeyKind.SESSION
        assert await secrets.key_for(URL) == KEY
        await learned.remember(URL, "m", "t", "v")
        said = answer()
        await store.history.begin_turn(head(), OPTIONS, question("Hi?"), said, open_call(answer=said.id))
        await store.history.finish_turn(finished(said, "Hello."), [entry()])
        await secrets.forget(URL)

    with opened(paths.database) as store:
        asyncio.run(live())
        SettingsFile(paths.settings).save(Settings())
        while_open = holding(tmp_path, KEY)
    assert learned.close()
    assert secrets.close()
    keyring.set_keyring(before)
    assert while_open == holding(tmp_path, KEY) == []
    assert KEY not in caplog.text
    # The search finds what is there.
    assert holding(tmp_path, "Hello.") == [paths.database]
