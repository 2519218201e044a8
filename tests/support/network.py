"""Keeps a test process on this machine: connections and name look-ups that would leave it are refused."""

from __future__ import annotations

import errno
import ipaddress
import socket
from typing import Any


class LoopbackOnly:
    """Replaces `connect`, `sendto` and `getaddrinfo` while installed.

    Attributes:
        attempts: The addresses that were refused since the list was last cleared.
    """

    def __init__(self) -> None:
        self.attempts: list[Any] = []
        self._originals: dict[str, Any] = {}

    def install(self) -> None:
        """Start refusing."""
        self._originals = {
            "connect": socket.socket.connect,
            "connect_ex": socket.socket.connect_ex,
            "sendto": socket.socket.sendto,
            "getaddrinfo": socket.getaddrinfo,
        }
        connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
        sendto, getaddrinfo = socket.socket.sendto, socket.getaddrinfo

        def guarded_connect(this: socket.socket, address: Any) -> None:
            self._check(this, address)
            connect(this, address)

        def guarded_connect_ex(this: socket.socket, address: Any) -> int:
            self._check(this, address)
            return connect_ex(this, address)

        def guarded_sendto(this: socket.socket, data: Any, *rest: Any) -> int:
            self._check(this, rest[-1])
            return sendto(this, data, *rest)

        def guarded_getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if name == "localhost":
                # A bare machine may have no hosts file to look it up in.
                return getaddrinfo("127.0.0.1", *rest, **named)
            if name and not _is_address(name):
                # The resolver would ask a name server. Names made up for tests get the answer they expect.
                if not name.endswith((".invalid", ".test")):
                    self.attempts.append(name)
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return getaddrinfo(host, *rest, **named)

        socket.socket.connect = guarded_connect  # type: ignore[method-assign]  # the guard is the point
        socket.socket.connect_ex = guarded_connect_ex  # type: ignore[method-assign]  # likewise
        socket.socket.sendto = guarded_sendto  # type: ignore[method-assign,assignment]  # likewise
        socket.getaddrinfo = guarded_getaddrinfo

    def remove(self) -> None:
        """Put the originals back."""
        if not self._originals:
            return
        for name in ("connect", "connect_ex", "sendto"):
            setattr(socket.socket, name, self._originals[name])
        socket.getaddrinfo = self._originals["getaddrinfo"]
        self._originals = {}

    def _check(self, this: socket.socket, address: Any) -> None:
        if this.family not in (socket.AF_INET, socket.AF_INET6):
            return
        host = address[0]
        if host in ("localhost", "") or (_is_address(host) and ipaddress.ip_address(host).is_loopback):
            return
        self.attempts.append(address)
        raise OSError(errno.ENETUNREACH, "the tests may not leave this machine", str(address))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
