"""A session bus of its own with a keyring on it: the real Secret Service, away from the user's.

Run as a program it starts the rest of its command line with both:
`python tests/support/dbus.py python -m pytest -m secretservice`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

# gnome-keyring takes an empty password for "ask the user", and there is none.
PASSWORD = "a test's password"


class SessionBus:
    """A D-Bus session bus without a keyring. Use it in a `with` statement.

    Attributes:
        address: Where it is.
        env: What to add to the environment of programs that shall use it.
    """

    needed: tuple[str, ...] = ("dbus-daemon",)

    def __init__(self) -> None:
        self._cleanup = ExitStack()
        self.address = ""
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        missing = [name for name in self.needed if shutil.which(name) is None]
        if missing:
            raise RuntimeError(f"{', '.join(missing)} not found: see packaging/linux/test.txt")
        try:
            self._start()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def _start(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="tally-bus-"))
        self._cleanup.callback(shutil.rmtree, folder, ignore_errors=True)
        environment = dict(os.environ)
        for name, subfolder in {"XDG_DATA_HOME": "data", "XDG_RUNTIME_DIR": "run", "HOME": "home"}.items():
            (folder / subfolder).mkdir(mode=0o700)
            environment[name] = str(folder / subfolder)
        # Nothing may pop up a question: there is nobody to answer it.
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "GNOME_KEYRING_CONTROL"):
            environment.pop(name, None)
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._cleanup.callback(_end, bus)
        assert bus.stdout is not None
        with bus.stdout as answer:
            self.address = answer.readline().strip()
        if not self.address:
            raise RuntimeError("dbus-daemon did not start")
        self.env = {"DBUS_SESSION_BUS_ADDRESS": self.address}
        self._populate({**environment, **self.env})

    def _populate(self, environment: dict[str, str]) -> None:
        """Start what else shall be on the bus."""


class SecretService(SessionBus):
    """A D-Bus session bus with gnome-keyring on it, unlocked or locked."""

    needed = ("dbus-daemon", "gnome-keyring-daemon")

    def __init__(self, *, unlocked: bool = True) -> None:
        super().__init__()
        self._unlocked = unlocked

    def _populate(self, environment: dict[str, str]) -> None:
        # Unlocking for the first time is what creates the login keyring; a locked one is the same, started again.
        keyring = self._keyring(environment, unlock=True)
        if not self._unlocked:
            _end(keyring)
            keyring = self._keyring(environment, unlock=False)
        self._cleanup.callback(_end, keyring)

    def _keyring(self, environment: dict[str, str], *, unlock: bool) -> subprocess.Popen[str]:
        command = ["gnome-keyring-daemon", "--foreground", "--components=secrets"]
        keyring = subprocess.Popen(
            [*command, "--unlock"] if unlock else command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert keyring.stdin is not None
        with suppress(BrokenPipeError), keyring.stdin as password:
            password.write(PASSWORD + "\n" if unlock else "")
        self._wait_for_service(environment["DBUS_SESSION_BUS_ADDRESS"], unlocked=unlock)
        return keyring

    @staticmethod
    def _wait_for_service(address: str, *, unlocked: bool) -> None:
        """Return when the default collection is there and in the wanted state."""
        import jeepney
        from jeepney.io.blocking import open_dbus_connection

        from support.waiting import wait_until

        # The bus hands calls over to the daemon; asking for the property also waits for its start.
        collection = jeepney.DBusAddress(
            "/org/freedesktop/secrets/aliases/default", "org.freedesktop.secrets", "org.freedesktop.Secret.Collection"
        )
        with open_dbus_connection(bus=address) as connection:

            def in_wanted_state() -> bool:
                request = jeepney.Properties(collection).get("Locked")
                request.header.flags |= jeepney.MessageFlag.no_auto_start
                reply = connection.send_and_get_reply(request, timeout=5)
                if reply.header.message_type is jeepney.MessageType.error:
                    return False
                return reply.body[0] == ("b", not unlocked)

            wait_until(in_wanted_state, "the Secret Service")


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    if process.poll() is None:
        process.kill()
        process.wait()


def main() -> int:
    """Run the command line's program with an unlocked Secret Service and return its exit status."""
    environment = dict(os.environ)
    environment.pop("PYTHON_KEYRING_BACKEND", None)
    with SecretService() as service:
        return subprocess.run(sys.argv[1:], env={**environment, **service.env}, check=False).returncode


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(main())
