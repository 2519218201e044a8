"""The key in a real Secret Service: gnome-keyring on the session bus, as on a Linux desktop."""

import asyncio
import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import keyring
import pytest
import secretstorage

from support.dbus import SecretService, SessionBus
from tally.core.ports import KeyKind, KeyState
from tally.storage import secrets as secrets_module
from tally.storage.secrets import KeyringSecrets

pytestmark = pytest.mark.secretservice

run = asyncio.run
URL = "https://gateway.test/api/v1"
KEY = "th-0123456789abcdef"
STORED = KeyState(KeyKind.STORED, "th-…cdef", "Secret Service")

READER = """
import asyncio, os, sys
from tally.storage.secrets import KeyringSecrets
print(asyncio.run(KeyringSecrets(os.environ).key_for(sys.argv[1])))
"""


@pytest.fixture
def secrets() -> Iterator[KeyringSecrets]:
    keyring.core.init_backend()
    secrets = KeyringSecrets({})
    yield secrets
    assert secrets.close(10)
    with closing(secretstorage.dbus_init()) as bus:
        collection = secretstorage.get_default_collection(bus)
        for item in collection.search_items({"service": "tally-chat"}):
            item.delete()


def items() -> list[dict[str, str]]:
    with closing(secretstorage.dbus_init()) as bus:
        found = secretstorage.get_default_collection(bus).search_items({"service": "tally-chat"})
        return [item.get_attributes() for item in found]


def test_a_key_is_stored_and_another_process_finds_it(secrets: KeyringSecrets) -> None:
    assert run(secrets.put(URL, KEY)) == STORED
    assert [item["username"] for item in items()] == ["gateway.test"]
    child = subprocess.run([sys.executable, "-c", READER, URL], capture_output=True, text=True, check=True, timeout=60)
    assert child.stdout.strip() == KEY
    assert run(KeyringSecrets({}).state(URL)) == STORED


def test_a_new_key_replaces_the_old_one(secrets: KeyringSecrets) -> None:
    for key in ("th-old-old-old-old", KEY):
        run(secrets.put(URL, key))
    assert len(items()) == 1
    assert run(KeyringSecrets({}).key_for(URL)) == KEY


def test_a_forgotten_key_is_gone(secrets: KeyringSecrets) -> None:
    run(secrets.put(URL, KEY))
    assert run(secrets.forget(URL)) == KeyState(KeyKind.MISSING)
    assert items() == []
    assert run(KeyringSecrets({}).key_for(URL)) is None


def test_a_key_is_found_for_its_host_only(secrets: KeyringSecrets) -> None:
    run(secrets.put(URL, KEY))
    assert run(KeyringSecrets({}).key_for("https://gateway.test:8443/v1")) is None


# When it fails, keyring leaves its connection to the bus to the garbage collector.
_leaves_connections = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


@_leaves_connections
def test_a_locked_keyring_keeps_the_key_for_this_run_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with SecretService(unlocked=False) as service:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", service.address)
        secrets = KeyringSecrets({})
        assert run(secrets.state(URL)) == KeyState(KeyKind.MISSING, "", "Secret Service", secrets_module.LOCKED)
        kept = run(secrets.put(URL, KEY))
        assert kept == KeyState(KeyKind.SESSION, "th-…cdef", "Secret Service", secrets_module.LOCKED)
        assert run(secrets.key_for(URL)) == KEY
        assert secrets.close(10)
        gc.collect()


@_leaves_connections
def test_a_keyring_that_has_gone_away_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with SessionBus() as bus:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.address)
        secrets = KeyringSecrets({})
        state = run(secrets.put(URL, KEY))
        assert state.kind is KeyKind.SESSION
        assert state.reason == secrets_module.FAILED
        assert run(secrets.key_for(URL)) == KEY
        assert secrets.close(10)
        gc.collect()
