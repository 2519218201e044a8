"""What holds for every test: a home of its own, no network but loopback, no error left in the log unread.

Nothing here needs Qt; what watches over widgets, timers and threads is in `gui/conftest.py`.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.network import LoopbackOnly

_home: Path | None = None
_loopback = LoopbackOnly()

# Set from outside, each of these would make a test depend on who runs it.
_CLEARED = (
    "TOKENHUB_API_KEY", "TALLY_DATA_DIR", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy",
    "https_proxy", "all_proxy", "no_proxy", "DISPLAY", "WAYLAND_DISPLAY", "QT_STYLE_OVERRIDE", "QT_SCALE_FACTOR",
    "QT_QPA_PLATFORMTHEME", "SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH",
)  # fmt: skip
_NEEDS_A_STAGE = {
    "secretservice": "make test STAGES=keyring",
    "peers": "make test-peers",
    "bench": "make bench",
}


def _move_to_a_temporary_home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="tally-tests-"))
    folders = {
        "HOME": home,
        "USERPROFILE": home,
        "XDG_DATA_HOME": home / ".local/share",
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_STATE_HOME": home / ".local/state",
        "XDG_RUNTIME_DIR": home / "run",
        "APPDATA": home / "AppData/Roaming",
        "LOCALAPPDATA": home / "AppData/Local",
    }
    for name, folder in folders.items():
        folder.mkdir(parents=True, exist_ok=True)
        os.environ[name] = str(folder)
    (home / "run").chmod(0o700)  # Qt warns about a runtime folder that others can read
    return home


def pytest_configure(config: pytest.Config) -> None:
    """Leave the caller's environment before anything is imported that might look at it."""
    global _home  # noqa: PLW0603 - pytest's hooks share nothing else
    for name in _CLEARED:
        os.environ.pop(name, None)
    _home = _move_to_a_temporary_home()
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    if "secretservice" not in (config.option.markexpr or "").replace("not secretservice", ""):
        # Whoever runs the tests may have a keyring of his own; the tests must not even see it.
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={_home}/run/no-bus"
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    _loopback.install()


def pytest_unconfigure() -> None:
    """Remove the temporary home."""
    _loopback.remove()
    if _home is not None:
        shutil.rmtree(_home, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what only works inside its stage, unless its marker was asked for."""
    asked = config.option.markexpr or ""
    for marker, command in _NEEDS_A_STAGE.items():
        if marker in asked:
            continue
        for item in items:
            if marker in item.keywords:
                item.add_marker(pytest.mark.skip(reason=f"runs in `{command}`"))


@pytest.fixture(autouse=True)
def _only_loopback() -> Iterator[None]:
    """Fail a test that tried to reach another machine, even if it swallowed the refusal."""
    _loopback.attempts.clear()
    yield
    attempts = [str(attempt) for attempt in _loopback.attempts]
    assert not attempts, f"tried to leave this machine: {', '.join(attempts)}"


class _Errors(logging.Handler):
    """Keeps the records of level ERROR and above."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def _no_unread_errors(request: pytest.FixtureRequest) -> Iterator[list[logging.LogRecord]]:
    """Fail a test that left an ERROR in the log, unless it asked for `logged_errors` and so looks at them itself."""
    handler = _Errors()
    logging.getLogger().addHandler(handler)
    yield handler.records
    logging.getLogger().removeHandler(handler)
    if "logged_errors" not in request.fixturenames:
        texts = [logging.Formatter("%(name)s: %(message)s").format(record) for record in handler.records]
        assert not texts, "unexpected errors in the log:\n" + "\n".join(texts)


@pytest.fixture
def logged_errors(_no_unread_errors: list[logging.LogRecord]) -> list[logging.LogRecord]:
    """The ERROR records logged so far; a test that asks for it answers for them itself."""
    return _no_unread_errors


@pytest.fixture
def fresh_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder of this test's own, with the XDG folders inside."""
    for name, folder in {
        "HOME": "",
        "XDG_DATA_HOME": ".local/share",
        "XDG_CONFIG_HOME": ".config",
        "XDG_CACHE_HOME": ".cache",
        "XDG_STATE_HOME": ".local/state",
    }.items():
        path = tmp_path / "home" / folder
        path.mkdir(parents=True, exist_ok=True)
        monkeypatch.setenv(name, str(path))
    return tmp_path / "home"
