"""The key is in the keyring or in memory; whatever the keyring does, the program says so and goes on."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import keyring
import keyring.backends.fail
import keyring.backends.null
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend
from keyring.errors import InitError, KeyringLocked, NoKeyringError, PasswordDeleteError

from tally.core.failures import FailureKind, RefusedError
from tally.core.ports import KeyKind, KeyState
from tally.storage import secrets as secrets_module
from tally.storage.secrets import KeyringSecrets

run = asyncio.run
URL = "https://Gateway.Test/api/v1"
KEY = "th-0123456789abcdef"
HINT = "th-…cdef"


class MemoryKeyring(KeyringBackend):
    """A keyring of this test's own, which can be told to misbehave."""

    name = "Memory"
    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.reads = 0
        self.before: Callable[[], Any] = lambda: None

    def get_password(self, service: str, username: str) -> str | None:
        self.reads += 1
        self.before()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.before()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self.before()
        if (service, username) not in self.kept:
            raise PasswordDeleteError("none")
        del self.kept[service, username]


class ForgetfulKeyring(MemoryKeyring):
    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password[:-1]


PlaintextKeyring = type("PlaintextKeyring", (MemoryKeyring,), {"__module__": "keyrings.alt.file"})


class Chain(ChainerBackend):
    backends: list[KeyringBackend] = []  # noqa: RUF012  as in the class it stands for


def failing(error: Exception) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    yield from using(MemoryKeyring())


def using(backend: KeyringBackend) -> Iterator[Any]:
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


@pytest.fixture
def secrets() -> Iterator[KeyringSecrets]:
    secrets = KeyringSecrets({})
    yield secrets
    assert secrets.close(5)


def test_a_key_is_stored_under_its_host_and_found_in_the_next_run(
    memory: MemoryKeyring, secrets: KeyringSecrets
) -> None:
    assert run(secrets.put(URL, KEY)) == KeyState(KeyKind.STORED, HINT, "Memory")
    assert memory.kept == {("tally-chat", "gateway.test"): KEY}
    later = KeyringSecrets({})
    assert run(later.key_for("https://gateway.test/other")) == KEY
    assert run(later.state(URL)) == KeyState(KeyKind.STORED, HINT, "Memory")
    assert later.close()


def test_a_key_is_never_given_to_another_host(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    run(secrets.put(URL, KEY))
    for other in (
        "https://gateway.test:8443/v1",
        "https://gateway.test.evil.test/",
        "https://evil.test/gateway.test",
        "",
    ):
        assert run(secrets.key_for(other)) is None
        assert run(secrets.state(other)).kind is KeyKind.MISSING


def test_the_keyring_is_asked_once_for_a_host(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    memory.kept["tally-chat", "gateway.test"] = KEY

    async def ask() -> list[str | None]:
        return await asyncio.gather(*(secrets.key_for(URL) for _ in range(5)))

    assert run(ask()) == [KEY] * 5
    assert run(secrets.key_for("https://other.test")) is run(secrets.key_for("https://other.test")) is None
    assert memory.reads == 2


def test_nothing_is_asked_before_a_key_is_wanted(memory: MemoryKeyring) -> None:
    KeyringSecrets({})
    assert memory.reads == 0


def test_a_pasted_key_is_cleaned(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    run(secrets.put(URL, f' "Bearer {KEY}"\n'))
    assert run(secrets.key_for(URL)) == KEY


@pytest.mark.parametrize(("pasted", "kind"), [("  ", FailureKind.NO_KEY), ("th-ключ", FailureKind.BAD_KEY)])
def test_what_cannot_be_a_key_is_refused(
    memory: MemoryKeyring, secrets: KeyringSecrets, pasted: str, kind: FailureKind
) -> None:
    with pytest.raises(RefusedError) as error:
        run(secrets.put(URL, pasted))
    assert error.value.failure.kind is kind
    assert memory.kept == {}
    assert run(secrets.key_for(URL)) is None


def test_a_key_for_this_run_only_is_in_memory_only(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    assert run(secrets.put(URL, KEY, persist=False)) == KeyState(KeyKind.SESSION, HINT)
    assert run(secrets.key_for(URL)) == KEY
    assert memory.kept == {}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyringLocked("no"), secrets_module.LOCKED),
        (NoKeyringError("no"), secrets_module.NO_KEYRING),
        (InitError("no"), secrets_module.FAILED),
        (RuntimeError(f"D-Bus: {KEY}"), secrets_module.FAILED),
        (OSError(5, "broken"), secrets_module.FAILED),
    ],
)
def test_with_a_keyring_that_fails_the_key_lives_for_this_run(
    memory: MemoryKeyring,
    secrets: KeyringSecrets,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    reason: str,
) -> None:
    memory.before = failing(error)
    assert run(secrets.state(URL)) == KeyState(KeyKind.MISSING, "", "Memory", reason)
    state = run(secrets.put(URL, KEY))
    assert state == KeyState(KeyKind.SESSION, HINT, "Memory", reason)
    assert run(secrets.key_for(URL)) == KEY
    assert KEY not in caplog.text


def test_a_locked_keyring_is_asked_again_when_the_key_is_wanted(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    memory.kept["tally-chat", "gateway.test"] = KEY
    memory.before = failing(KeyringLocked("no"))
    assert run(secrets.key_for(URL)) is None
    assert run(secrets.state(URL)).reason == secrets_module.LOCKED
    memory.before = lambda: None
    assert run(secrets.state(URL)).kind is KeyKind.MISSING
    assert run(secrets.key_for(URL)) == KEY
    assert run(secrets.state(URL)).kind is KeyKind.STORED


def test_an_error_while_reading_deletes_nothing(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    memory.kept["tally-chat", "gateway.test"] = KEY
    memory.before = failing(RuntimeError("cannot decrypt"))
    assert run(secrets.key_for(URL)) is None
    assert memory.kept == {("tally-chat", "gateway.test"): KEY}


def test_a_keyring_that_keeps_something_else_is_not_trusted(secrets: KeyringSecrets) -> None:
    for _ in using(ForgetfulKeyring()):
        state = run(secrets.put(URL, KEY))
        assert (state.kind, state.reason) == (KeyKind.SESSION, secrets_module.NOT_KEPT)
        assert run(secrets.key_for(URL)) == KEY


@pytest.mark.parametrize(
    ("backend", "reason"),
    [
        (keyring.backends.fail.Keyring, secrets_module.NO_KEYRING),
        (keyring.backends.null.Keyring, secrets_module.NO_KEYRING),
        (PlaintextKeyring, secrets_module.UNSAFE_KEYRING),
    ],
)
def test_back_ends_without_protection_are_refused(
    secrets: KeyringSecrets, backend: type[KeyringBackend], reason: str
) -> None:
    for used in using(backend()):
        assert run(secrets.put(URL, KEY)) == KeyState(KeyKind.SESSION, HINT, "", reason)
        assert getattr(used, "kept", {}) == {}


def test_of_chained_back_ends_the_first_safe_one_is_used(
    secrets: KeyringSecrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, safe = PlaintextKeyring(), MemoryKeyring()
    monkeypatch.setattr(Chain, "backends", [plain, safe])
    for _ in using(Chain()):
        assert run(secrets.put(URL, KEY)).kind is KeyKind.STORED
    assert plain.kept == {}
    assert list(safe.kept.values()) == [KEY]


def test_a_chain_of_unsafe_back_ends_is_refused(secrets: KeyringSecrets, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = PlaintextKeyring()
    monkeypatch.setattr(Chain, "backends", [plain, keyring.backends.fail.Keyring()])
    for _ in using(Chain()):
        assert run(secrets.put(URL, KEY)).reason == secrets_module.UNSAFE_KEYRING
    assert plain.kept == {}


def test_a_forgotten_key_is_gone_everywhere(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    run(secrets.put(URL, KEY))
    assert run(secrets.forget(URL)) == KeyState(KeyKind.MISSING)
    assert memory.kept == {}
    assert run(secrets.key_for(URL)) is None
    assert run(secrets.forget(URL)) == KeyState(KeyKind.MISSING)


def test_a_key_the_keyring_will_not_remove_is_not_used_and_it_is_said(
    memory: MemoryKeyring, secrets: KeyringSecrets
) -> None:
    run(secrets.put(URL, KEY))
    memory.before = failing(KeyringLocked("no"))
    assert run(secrets.forget(URL)) == KeyState(KeyKind.MISSING, reason=secrets_module.NOT_REMOVED)


def test_the_environments_key_wins_for_every_address(memory: MemoryKeyring) -> None:
    secrets = KeyringSecrets({"TOKENHUB_API_KEY": f" {KEY}\n"})
    memory.kept["tally-chat", "gateway.test"] = "th-another-key-entirely"
    for url in (URL, "https://other.test"):
        assert run(secrets.key_for(url)) == KEY
        assert run(secrets.state(url)) == KeyState(KeyKind.ENVIRONMENT, HINT)
    assert memory.reads == 0
    assert secrets.close()


def test_a_key_for_this_run_and_address_comes_before_the_environments(memory: MemoryKeyring) -> None:
    secrets = KeyringSecrets({"TOKENHUB_API_KEY": KEY})
    demo = "http://127.0.0.1:4711/v1"
    assert run(secrets.put(demo, "th-demo-demo-demo", persist=False)).kind is KeyKind.SESSION
    assert run(secrets.key_for(demo)) == "th-demo-demo-demo"
    assert run(secrets.key_for(URL)) == KEY
    assert run(secrets.put(URL, "th-stored-stored")).kind is KeyKind.ENVIRONMENT
    assert run(secrets.key_for(URL)) == KEY
    assert run(secrets.forget(demo)).kind is KeyKind.ENVIRONMENT
    assert secrets.close()


def test_an_empty_environment_variable_is_none(memory: MemoryKeyring) -> None:
    memory.kept["tally-chat", "gateway.test"] = KEY
    secrets = KeyringSecrets({"TOKENHUB_API_KEY": " "})
    assert run(secrets.key_for(URL)) == KEY
    assert secrets.close()


def test_an_environment_variable_that_is_no_key_is_said_and_nothing_else_is_used(memory: MemoryKeyring) -> None:
    memory.kept["tally-chat", "gateway.test"] = KEY
    secrets = KeyringSecrets({"TOKENHUB_API_KEY": "th-ключ"})
    with pytest.raises(RefusedError) as caught:
        run(secrets.key_for(URL))
    assert caught.value.failure.kind is FailureKind.BAD_KEY
    assert run(secrets.state(URL)) == KeyState(KeyKind.MISSING, reason=secrets_module.BAD_ENVIRONMENT)


def test_a_prompt_nobody_answers_blocks_neither_the_loop_nor_the_end(memory: MemoryKeyring) -> None:
    secrets, release = KeyringSecrets({}), threading.Event()
    memory.before = lambda: release.wait(30)

    async def ask() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(secrets.key_for(URL), 0.01)
        # The key entered meanwhile counts at once, and what the keyring says later does not replace it.
        await secrets.put(URL, KEY, persist=False)
        assert await secrets.key_for(URL) == KEY

    run(ask())
    assert not secrets.close(0.01)
    release.set()
    assert secrets.close(5)
    assert run(secrets.key_for(URL)) == KEY


def test_the_key_is_in_no_representation(memory: MemoryKeyring, secrets: KeyringSecrets) -> None:
    state = run(secrets.put(URL, KEY))
    shown = [repr(secrets), str(secrets), repr(state), repr(vars(secrets))]
    environment = KeyringSecrets({"TOKENHUB_API_KEY": KEY})
    shown += [repr(environment), repr(run(environment.state(URL)))]
    assert all(KEY not in text for text in shown)
