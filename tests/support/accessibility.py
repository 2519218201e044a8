"""Finds controls in a running program the way a screen reader does: by role and accessible name, over AT-SPI.

What cannot be found here cannot be found by a blind user either, so the tests look for controls by nothing else.
Interfaces: the AT-SPI 2 D-Bus protocol (`xml/*.xml` of at-spi2-core).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import jeepney
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from support.screens import Box
from support.waiting import wait_until

# Positions in the state bit set (AtspiStateType).
_STATES = {
    "active": 1,
    "checked": 4,
    "editable": 7,
    "enabled": 8,
    "expanded": 10,
    "focusable": 11,
    "focused": 12,
    "pressed": 20,
    "sensitive": 24,
    "showing": 25,
    "visible": 30,
}
_SCREEN_COORDINATES = 0
_ROOT = "/org/a11y/atspi/accessible/root"
_SPI = "org.a11y.atspi."


class GoneError(Exception):
    """The control no longer exists, or has not what was asked for."""


@dataclass(frozen=True)
class Control:
    """One object of the program's accessibility tree; what it says is asked anew each time.

    Attributes:
        desktop: where it was found.
        owner: the program's name on the accessibility bus.
        path: the object's path there.
    """

    desktop: Desktop = field(repr=False)
    owner: str
    path: str

    @property
    def name(self) -> str:
        """The accessible name."""
        return str(self._property("Name"))

    @property
    def description(self) -> str:
        """The accessible description."""
        return str(self._property("Description"))

    @property
    def role(self) -> str:
        """The role in words: `button`, `text`, `check box`."""
        return str(self._call("Accessible", "GetRoleName"))

    @property
    def states(self) -> set[str]:
        """Which of the named states hold."""
        low, high = self._call("Accessible", "GetState")
        bits = low | high << 32
        return {name for name, position in _STATES.items() if bits >> position & 1}

    @property
    def box(self) -> Box:
        """Where it is on the screen."""
        return Box(*self._call("Component", "GetExtents", "u", (_SCREEN_COORDINATES,)))

    @property
    def text(self) -> str:
        """The characters of a text control."""
        return str(self._call("Text", "GetText", "ii", (0, -1)))

    @property
    def words(self) -> str:
        """Everything it has to say: its name, and its characters if it has any."""
        try:
            return f"{self.name}\n{self.text}"
        except GoneError:
            return self.name

    @property
    def children(self) -> list[Control]:
        """The objects directly inside."""
        found = self._call("Accessible", "GetChildren")
        return [Control(self.desktop, owner, path) for owner, path in found]

    def walk(self) -> Iterator[Control]:
        """This object and everything inside it that is on the screen."""
        try:
            showing = "showing" in self.states
            children = self.children
        except GoneError:
            return
        # The application itself has no state; a window that is not shown has nothing to find in it.
        if not showing and self.role != "application":
            return
        yield self
        for child in children:
            yield from child.walk()

    def find(self, role: str = "", name: str = "") -> Control | None:
        """The first showing object inside whose role is the one pattern and in whose name the other is found."""
        return next(iter(self.find_all(role, name)), None)

    def find_all(self, role: str = "", name: str = "") -> list[Control]:
        """All objects inside that `find` would take."""
        found = []
        for control in self.walk():
            with suppress(GoneError):
                if re.fullmatch(role or ".*", control.role) and re.search(name, control.name):
                    found.append(control)
        return found

    def wait_for(self, role: str = "", name: str = "", timeout_s: float = 15) -> Control:
        """Like `find`, once there is one."""
        found = wait_until(lambda: self.find(role, name), f"a {role or 'control'} named {name!r}", timeout_s, 0.1)
        assert found is not None
        return found

    def outline(self, depth: int = 0) -> str:
        """The tree below, one line per object, for error messages."""
        lines = [f"{'  ' * depth}{self.role} {self.name!r} {'' if depth == 0 else tuple(self.box)}"]
        lines += [child.outline(depth + 1) for child in self.children]
        return "\n".join(lines)

    def _property(self, name: str) -> Any:
        address = jeepney.DBusAddress(self.path, self.owner, _SPI + "Accessible")
        return self.desktop.ask(jeepney.Properties(address).get(name))[0][1]

    def _call(self, interface: str, method: str, signature: str | None = None, body: tuple[Any, ...] = ()) -> Any:
        address = jeepney.DBusAddress(self.path, self.owner, _SPI + interface)
        return self.desktop.ask(jeepney.new_method_call(address, method, signature, body))[0]


class Desktop:
    """The accessibility bus of a session. Use it in a `with` statement.

    Programs show up here when they run with this session's bus and with `QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1`.
    """

    def __init__(self, session_bus: str) -> None:
        self._session_bus = session_bus
        self._connection: DBusConnection

    def __enter__(self) -> Self:
        address = jeepney.DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        with open_dbus_connection(bus=self._session_bus) as session:
            reply = session.send_and_get_reply(jeepney.new_method_call(address, "GetAddress"), timeout=15)
        if reply.header.message_type is jeepney.MessageType.error:
            raise RuntimeError(f"no accessibility bus: {reply.body}")
        self._connection = open_dbus_connection(bus=reply.body[0])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def program(self, pid: int, timeout_s: float = 20) -> Control:
        """The root of a process's tree, once it is there."""
        registry = Control(self, "org.a11y.atspi.Registry", _ROOT)

        def found() -> Control | None:
            return next((child for child in registry.children if self._pid(child.owner) == pid), None)

        program = wait_until(found, f"process {pid} on the accessibility bus", timeout_s, 0.1)
        assert program is not None
        return program

    def ask(self, message: Any) -> Any:
        """Send a call and return the reply's body.

        Raises:
            GoneError: There is no such object (any more), or it does not understand.
        """
        reply = self._connection.send_and_get_reply(message, timeout=15)
        if reply.header.message_type is jeepney.MessageType.error:
            raise GoneError(str(reply.body))
        return reply.body

    def _pid(self, owner: str) -> int:
        bus = jeepney.DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        try:
            return int(self.ask(jeepney.new_method_call(bus, "GetConnectionUnixProcessID", "s", (owner,)))[0])
        except GoneError:
            return 0
