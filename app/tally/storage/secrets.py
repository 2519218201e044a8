"""The key, in the system's keyring or in memory, and nowhere else.

Keyrings may ask the user to unlock them and wait as long as that takes, so every call is made on a thread of its own;
`keyring` itself is imported there, too. Back ends that write plain text are refused. A key in the environment
(`TOKENHUB_API_KEY`) is used for whatever base URL is configured: who sets it has chosen the gateway as well. Only a
key entered for one address and this run (as the demo's is) comes before it.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from tally.core.failures import Failure, FailureKind, RefusedError
from tally.core.keys import clean_key, host_of, key_hint
from tally.core.ports import KeyKind, KeyState
from tally.storage.worker import Worker

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")
SERVICE = "tally-chat"
ENVIRONMENT_NAME = "TOKENHUB_API_KEY"
_log = logging.getLogger(__name__)

_EMPTY = ("keyring.backends.null", "keyring.backends.fail")
"""Modules of back ends that keep nothing."""
_UNSAFE = ("keyrings.alt.",)
"""Modules of back ends that keep secrets in plain text or merely obfuscated."""

_NAMES = {
    "keyring.backends.SecretService": "Secret Service",
    "keyring.backends.libsecret": "Secret Service",
    "keyring.backends.kwallet": "KWallet",
    "keyring.backends.macOS": "macOS Keychain",
    "keyring.backends.Windows": "Windows Credential Manager",
}

NO_KEYRING = "This computer has no keyring that Tally can use."
UNSAFE_KEYRING = "The keyring set up here keeps passwords unprotected, so Tally does not use it."
LOCKED = "The keyring is locked."
FAILED = "The keyring did not answer as it should."
NOT_KEPT = "The keyring did not keep the key."
NOT_REMOVED = "The keyring would not remove the key; please remove it there."
BAD_ENVIRONMENT = f"The key in {ENVIRONMENT_NAME} cannot be used: it holds a character that no key has."


class _KeyringError(Exception):
    """The keyring cannot be used; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of one host's key."""

    key: str | None = field(repr=False)
    kind: KeyKind
    backend: str = ""
    reason: str = ""


class KeyringSecrets:
    """`core.ports.SecretStore`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        """Prepares the store; no keyring is touched yet.

        Args:
            environ: the process's environment.
        """
        self._environment, self._environment_problem = _from_environment(environ)
        self._held: dict[str, _Held] = {}
        self._for_this_run: set[str] = set()
        self._worker = Worker("tally-keyring")

    async def key_for(self, base_url: str) -> str | None:
        """The key that was entered for this address's host; None when there is none.

        Asks the keyring once per host; after a failure (locked, say) once more at each call.

        Raises:
            RefusedError: the environment names a key that cannot be sent.
        """
        host = host_of(base_url)
        if self._environment_wins(host):
            if self._environment is None:
                raise RefusedError(Failure(FailureKind.BAD_KEY, self._environment_problem))
            return self._environment
        held = self._held.get(host)
        if held is None or (held.key is None and held.reason):
            held = await self._worker.run(lambda: self._read(host, again=True))
        return held.key

    async def state(self, base_url: str) -> KeyState:
        """Where that key is."""
        host = host_of(base_url)
        if self._environment_wins(host):
            if self._environment is None:
                return KeyState(KeyKind.MISSING, reason=self._environment_problem)
            return KeyState(KeyKind.ENVIRONMENT, key_hint(self._environment))
        held = self._held.get(host)
        if held is None:
            held = await self._worker.run(lambda: self._read(host, again=False))
        return _state_of(held)

    async def put(self, base_url: str, key: str, *, persist: bool = True) -> KeyState:
        """Keeps a key; in memory only when the keyring cannot or must not.

        Raises:
            RefusedError: the text cannot be a key (see `core.keys.clean_key`).
        """
        host, key = host_of(base_url), clean_key(key)
        # Usable at once, also while the keyring waits for its user.
        self._held[host] = _Held(key, KeyKind.SESSION)
        if not persist:
            self._for_this_run.add(host)
        elif host:
            self._for_this_run.discard(host)
            await self._worker.run(lambda: self._write(host, key))
        return await self.state(base_url)

    async def forget(self, base_url: str) -> KeyState:
        """Removes the key of that host everywhere it was put."""
        host = host_of(base_url)
        self._held[host] = _Held(None, KeyKind.MISSING)
        self._for_this_run.discard(host)
        await self._worker.run(lambda: self._delete(host))
        return await self.state(base_url)

    def close(self, timeout_s: float = 1.0) -> bool:
        """Ends the thread; returns whether it did in time (a prompt nobody answers does not keep the program)."""
        return self._worker.close(timeout_s)

    def _environment_wins(self, host: str) -> bool:
        given = self._environment is not None or bool(self._environment_problem)
        return given and host not in self._for_this_run

    def _read(self, host: str, *, again: bool) -> _Held:
        known = self._held.get(host)
        if known is not None and (known.key is not None or not known.reason or not again):
            return known  # somebody asked meanwhile
        name = ""
        try:
            backend = _backend()
            name = _name_of(backend)
            key = _asked(lambda: backend.get_password(SERVICE, host))
            held = _Held(key, KeyKind.STORED, name) if key else _Held(None, KeyKind.MISSING, name)
        except _KeyringError as error:
            held = _Held(None, KeyKind.MISSING, name, str(error))
        # A key entered while the keyring was waiting for its user is newer than what it answers.
        return self._held.setdefault(host, held) if known is None else self._replace(host, known, held)

    def _replace(self, host: str, known: _Held, held: _Held) -> _Held:
        if self._held.get(host) is known:
            self._held[host] = held
        return self._held[host]

    def _write(self, host: str, key: str) -> None:
        name = ""
        try:
            backend = _backend()
            name = _name_of(backend)
            _asked(lambda: backend.set_password(SERVICE, host, key))
            kept = _asked(lambda: backend.get_password(SERVICE, host)) == key
            held = _Held(key, KeyKind.STORED, name) if kept else _Held(key, KeyKind.SESSION, name, NOT_KEPT)
        except _KeyringError as error:
            held = _Held(key, KeyKind.SESSION, name, str(error))
        self._held[host] = held

    def _delete(self, host: str) -> None:
        try:
            backend = _backend()
            if _asked(lambda: backend.get_password(SERVICE, host)) is not None:
                _asked(lambda: backend.delete_password(SERVICE, host))
        except _KeyringError as error:
            if str(error) not in {NO_KEYRING, UNSAFE_KEYRING}:  # those never held a key of ours
                _log.warning("the key of %s could not be removed: %s", host, error)
                self._held[host] = _Held(None, KeyKind.MISSING, reason=NOT_REMOVED)


def _from_environment(environ: Mapping[str, str]) -> tuple[str | None, str]:
    text = environ.get(ENVIRONMENT_NAME, "")
    if not text.strip():
        return None, ""
    try:
        return clean_key(text), ""
    except RefusedError:
        return None, BAD_ENVIRONMENT


def _state_of(held: _Held) -> KeyState:
    return KeyState(held.kind, key_hint(held.key) if held.key else "", held.backend, held.reason)


def _asked(call: Callable[[], T]) -> T:
    """What the keyring answers.

    Raises:
        _KeyringError: it did not.
    """
    from keyring import errors  # noqa: PLC0415  see the file's docstring

    try:
        return call()
    except errors.KeyringLocked as error:
        raise _KeyringError(LOCKED) from error
    except errors.NoKeyringError as error:
        raise _KeyringError(NO_KEYRING) from error
    except Exception as error:
        # Back ends let through whatever their system raises. Its text is not logged: it might quote what was sent.
        _log.warning("the keyring failed: %s", type(error).__qualname__)
        raise _KeyringError(FAILED) from error


def _backend() -> "KeyringBackend":
    """The back end that may be used; of several chained ones the first that is safe.

    Raises:
        _KeyringError: there is none.
    """
    import keyring  # noqa: PLC0415  see the file's docstring
    from keyring.backends.chainer import ChainerBackend  # noqa: PLC0415  likewise

    chosen = _asked(keyring.get_keyring)
    found = _asked(lambda: list(chosen.backends)) if isinstance(chosen, ChainerBackend) else [chosen]
    safe = [backend for backend in found if not _is_one_of(backend, (*_EMPTY, *_UNSAFE))]
    if safe:
        return safe[0]
    unsafe = any(_is_one_of(backend, _UNSAFE) for backend in found)
    raise _KeyringError(UNSAFE_KEYRING if unsafe else NO_KEYRING)


def _is_one_of(backend: "KeyringBackend", modules: tuple[str, ...]) -> bool:
    return any(kind.__module__.startswith(modules) for kind in type(backend).__mro__)


def _name_of(backend: "KeyringBackend") -> str:
    return _NAMES.get(type(backend).__module__, backend.name)
