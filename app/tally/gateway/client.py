"""HTTP clients, set up once per way out: trust store, proxy, keep-alive, no redirects, nothing logged."""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from tally.core.failures import Failure, FailureKind, RefusedError
from tally.core.settings import Connection, ProxyMode
from tally.gateway.endpoint import Endpoint

_POOL_WAIT_S = 10.0
_KEEP_ALIVE_S = 30.0
_PROXY_SCHEMES = {"http", "https", "socks5", "socks5h"}

SslContextFactory = Callable[[], ssl.SSLContext]


def system_trust() -> ssl.SSLContext:
    """A context that trusts what the operating system trusts, company roots included. Reads files: off the loop."""
    import truststore  # noqa: PLC0415  not wanted before the first request

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True, slots=True)
class WayOut:
    """How a gateway is reached.

    Attributes:
        client: the connections.
        host: the gateway's host, for messages.
        proxy: the proxy's URL, which may hold a password; empty for none.
    """

    client: httpx.AsyncClient
    host: str
    proxy: str = field(default="", repr=False)


class HttpClients:
    """The clients by base URL and proxy, built when first asked for. For one event loop.

    Args:
        make_context: builds the TLS context; called once, in an executor.
    """

    def __init__(self, make_context: SslContextFactory = system_trust) -> None:
        self._make_context = make_context
        self._context: asyncio.Future[ssl.SSLContext] | None = None
        self._clients: dict[tuple[str, str], httpx.AsyncClient] = {}
        for name in ("httpx", "httpcore"):
            # They write addresses and headers at DEBUG and INFO; a log must never be able to hold the key.
            logging.getLogger(name).setLevel(logging.WARNING)

    async def way_out(self, endpoint: Endpoint, connection: Connection) -> WayOut:
        """The client for an address, with the proxy that the settings or the system name.

        Raises:
            RefusedError: the proxy's address cannot be used.
        """
        proxy = await self._proxy(endpoint, connection)
        client = self._clients.get((endpoint.base, proxy))
        if client is None:
            needs_tls = endpoint.scheme == "https" or proxy.startswith("https:")
            context = await self._trust() if needs_tls else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            client = self._clients.setdefault((endpoint.base, proxy), _build(proxy, context))
        return WayOut(client, endpoint.host, proxy)

    async def _proxy(self, endpoint: Endpoint, connection: Connection) -> str:
        if connection.proxy_mode is ProxyMode.NONE:
            return ""
        if connection.proxy_mode is ProxyMode.CUSTOM:
            return _checked_proxy(connection.proxy_url)
        if endpoint.is_loopback:
            # No proxy of the system could reach this computer's own servers.
            return ""
        # Windows and macOS ask the registry and the resolver here.
        return await asyncio.get_running_loop().run_in_executor(None, _system_proxy, endpoint)

    async def close(self) -> None:
        """Closes every connection."""
        clients, self._clients = list(self._clients.values()), {}
        context, self._context = self._context, None
        if context is not None:
            context.cancel()
        for client in clients:
            with contextlib.suppress(httpx.HTTPError, OSError):
                await client.aclose()

    async def _trust(self) -> ssl.SSLContext:
        """The context that all clients share.

        Raises:
            RefusedError: the system's certificates cannot be read.
        """
        if self._context is None or self._context.cancelled() or (self._context.done() and self._context.exception()):
            self._context = asyncio.get_running_loop().run_in_executor(None, self._make_context)
        try:
            # Whoever is cancelled here must not take the context away from the others.
            return await asyncio.shield(self._context)
        except (OSError, ImportError, ValueError) as error:
            message = "The certificates of this system cannot be read."
            raise RefusedError(Failure(FailureKind.TLS, message, details=str(error))) from error


def timeout_of(connection: Connection) -> httpx.Timeout:
    """The limits that httpx watches over; those on reading are watched over by `exchange.py`."""
    limits = connection.limits
    return httpx.Timeout(connect=limits.connect, write=limits.write, pool=_POOL_WAIT_S, read=None)


def _build(proxy: str, context: ssl.SSLContext) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(
        verify=context,
        trust_env=False,
        limits=httpx.Limits(max_connections=100, max_keepalive_connections=8, keepalive_expiry=_KEEP_ALIVE_S),
        proxy=httpx.Proxy(proxy, ssl_context=context if proxy.startswith("https:") else None) if proxy else None,
        socket_options=_socket_options(),
    )
    return httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=False)


def _socket_options() -> list[tuple[int, int, int]]:
    """Keep-alive on TCP: home routers forget a silent connection while a model thinks (protocol.md 1.1)."""
    wanted = {"TCP_KEEPIDLE": 60, "TCP_KEEPALIVE": 60, "TCP_KEEPINTVL": 60, "TCP_KEEPCNT": 5}
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    options += [
        (socket.IPPROTO_TCP, getattr(socket, name), value) for name, value in wanted.items() if hasattr(socket, name)
    ]
    return options


def _system_proxy(endpoint: Endpoint) -> str:
    if proxy_bypass(endpoint.host):
        return ""
    proxies = getproxies()
    found = proxies.get(endpoint.scheme) or proxies.get("all") or proxies.get("socks") or ""
    return _checked_proxy(found) if found else ""


def _checked_proxy(url: str) -> str:
    url = url.strip()
    if url and "://" not in url:
        url = f"http://{url}"
    if url.startswith("socks://"):
        url = f"socks5{url.removeprefix('socks')}"
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        # Not repeated in the message: it may hold a password.
        raise RefusedError(
            Failure(FailureKind.PROXY, "The proxy's address must look like http://host:port or socks5://host:port.")
        )
    return url
