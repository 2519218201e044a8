"""What goes wrong below HTTP, as `Failure`s: names, connections, certificates, proxies, time limits, cuts."""

import errno
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from tally.core.failures import Failure, FailureKind

_DNS_TEXT = re.compile(r"name or service not known|getaddrinfo|nodename nor servname|name resolution", re.IGNORECASE)
_TLS_TEXT = re.compile(r"certificate|\bSSL\b|\bTLS\b|handshake|wrong version number", re.IGNORECASE)
_SYSTEM_TEXTS = {
    errno.ECONNREFUSED: "nothing answers there",
    errno.ENETUNREACH: "the network cannot be reached",
    errno.EHOSTUNREACH: "the computer cannot be reached",
    errno.ECONNRESET: "the connection was reset",
    errno.ETIMEDOUT: "nothing answered in time",
}


def failure_of(error: Exception, *, host: str, proxy: str = "", answered: bool = False) -> Failure:
    """The failure behind an exception of the transport.

    Args:
        error: what httpx raised.
        host: the gateway's host, for the message.
        proxy: the proxy's URL; empty for none.
        answered: the head of an answer had arrived.
    """
    details = _details(error)
    if isinstance(error, (httpx.ConnectTimeout, httpx.ConnectError, httpx.ProxyError, httpx.PoolTimeout)):
        return _unconnected(error, host, proxy, details)
    if isinstance(error, httpx.DecodingError):
        return Failure(
            FailureKind.WRONG_FORMAT,
            "The answer is marked as compressed but is not. Something between here and the gateway changes it.",
            details=details,
            may_be_billed=True,
        )
    if isinstance(error, httpx.LocalProtocolError):
        return Failure(FailureKind.BAD_REQUEST_HERE, "The request could not be written.", details=details)
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return Failure(FailureKind.WRONG_ADDRESS, "The address of the gateway cannot be used.", details=details)
    if isinstance(error, httpx.WriteTimeout):
        return Failure(FailureKind.TIMEOUT, "Sending the request took too long.", details=details, may_be_billed=True)
    if isinstance(error, httpx.TimeoutException):
        return timed_out("The server sent nothing in time.", details)
    if isinstance(error, httpx.RemoteProtocolError) and not answered and not is_disconnect(error):
        return Failure(FailureKind.WRONG_FORMAT, f"What answers at {host} does not speak HTTP.", details=details)
    if isinstance(error, (httpx.TransportError, OSError)):
        where = "within the answer" if answered else "before the answer began"
        return Failure(FailureKind.DISCONNECTED, f"The connection ended {where}.", details=details, may_be_billed=True)
    return Failure(FailureKind.INTERNAL, "Something unexpected happened.", details=details, may_be_billed=True)


def is_disconnect(error: Exception | None) -> bool:
    """Whether the connection was closed or reset by the other side, rather than misused."""
    if isinstance(error, httpx.RemoteProtocolError):
        return "disconnected" in str(error).lower()
    return isinstance(error, (httpx.ReadError, httpx.WriteError))


def timed_out(message: str, details: str = "") -> Failure:
    """The failure of a limit that passed after the request was sent."""
    return Failure(FailureKind.TIMEOUT, message, details=details, may_be_billed=True)


def _unconnected(error: Exception, host: str, proxy: str, details: str) -> Failure:
    """The server was never reached: safe to repeat, nothing is billed."""
    causes = list(_causes(error))
    text = " ".join(str(cause) for cause in causes)
    name = _host(proxy) if proxy else host
    if isinstance(error, httpx.ProxyError):
        return Failure(FailureKind.PROXY, f"The proxy {name} refused: {error}", details=details)
    in_time = not isinstance(error, httpx.TimeoutException)
    # A handshake that only took too long also leaves an SSLError (want read) behind; it is not at fault.
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError) and in_time), None)
    if isinstance(tls, ssl.SSLCertVerificationError):
        reason = tls.verify_message or "it is not trusted"
        return Failure(FailureKind.TLS, f"The certificate of {host} cannot be trusted: {reason}.", details=details)
    if tls is not None or (in_time and _TLS_TEXT.search(text)):
        return Failure(FailureKind.TLS, f"No secure connection to {host} could be made.", details=details)
    if any(isinstance(cause, socket.gaierror) for cause in causes) or _DNS_TEXT.search(text):
        kind = FailureKind.PROXY if proxy else FailureKind.DNS
        return Failure(kind, f"The name {name} was not found.", details=details)
    what = f"The proxy {name}" if proxy else host
    if isinstance(error, httpx.PoolTimeout):
        return Failure(FailureKind.CONNECT, "Too many requests are running at once.", details=details)
    if not in_time:
        reason = "nothing answered in time"
    else:
        numbers = (getattr(cause, "errno", None) for cause in causes)
        reason = next((_SYSTEM_TEXTS[number] for number in numbers if number in _SYSTEM_TEXTS), "no connection")
    kind = FailureKind.PROXY if proxy else FailureKind.CONNECT
    return Failure(kind, f"{what} cannot be reached: {reason}.", details=details)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything that led to it, groups included, each once."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        waiting += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            waiting += current.exceptions


def _details(error: Exception) -> str:
    lines = [f"{type(cause).__name__}: {cause}" for cause in _causes(error)]
    return "\n".join(dict.fromkeys(lines))


def _host(proxy: str) -> str:
    """Host and port of a proxy, without the password its URL may hold."""
    parts = urlsplit(proxy)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""
