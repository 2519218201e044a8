"""Addresses: what people paste as a base URL, and the URLs that are made of it."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

import httpx

from tally.core.failures import Failure, FailureKind, RefusedError

_KNOWN_ENDS = re.compile(r"/(?:chat/completions|completions|messages|responses|models)$", re.IGNORECASE)
_VERSION = re.compile(r"/v\d+\w*(?=/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A gateway's address, cleaned.

    Attributes:
        base: scheme, host and path without a trailing slash, under which things are remembered.
        chat: where answers are asked for.
        models: where the list of models is.
        scheme: "https", or "http" on this computer.
        host: the host's name in lower case, without port and brackets.
    """

    base: str
    chat: str
    models: str
    scheme: str
    host: str

    @property
    def is_loopback(self) -> bool:
        """Whether it is this computer."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this computer."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def endpoint_of(base_url: str) -> Endpoint:
    """Reads a base URL as people paste it: with or without scheme, `/v1`, a slash at the end, or the full path.

    Raises:
        RefusedError: it is no address, carries a password, or would send the key unencrypted to another computer.
    """
    parts = _split(base_url.strip().strip("\"'<>"))
    host = (parts.hostname or "").lower()
    if parts.scheme == "http" and not is_loopback(host):
        raise _refused("The address must begin with https://, because the key would travel unencrypted.")
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    bare = _KNOWN_ENDS.sub("", path)
    if bare == path and not _VERSION.search(path):
        bare = f"{path}/v1"
    origin = (parts.scheme, parts.netloc.lower())
    try:
        httpx.URL(urlunsplit((*origin, bare, parts.query, "")))
        host.encode("idna")
    except (httpx.InvalidURL, UnicodeError):
        raise _refused(f"This is not an address: {base_url.strip()}") from None
    return Endpoint(
        base=urlunsplit((*origin, bare, parts.query, "")),
        chat=urlunsplit((*origin, f"{bare}/chat/completions", parts.query, "")),
        models=urlunsplit((*origin, f"{bare}/models", parts.query, "")),
        scheme=parts.scheme,
        host=host,
    )


def _split(text: str) -> SplitResult:
    if text and "://" not in text:
        name = text.partition("/")[0]
        name = name if name.count(":") > 1 else name.partition(":")[0]
        text = f"{'http' if is_loopback(name) else 'https'}://{text}"
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  raises for a port that is no number
    except ValueError:
        raise _refused(f"This is not an address: {text}") from None
    if not text or any(char.isspace() for char in text) or not parts.hostname:
        raise _refused(f"This is not an address: {text}" if text else "The address of the gateway is missing.")
    if parts.username is not None or parts.password is not None:
        raise _refused("The address must not contain a user name or a password.")
    if parts.scheme not in {"http", "https"}:
        raise _refused("The address must begin with https://.")
    return parts


def _refused(message: str) -> RefusedError:
    return RefusedError(Failure(FailureKind.WRONG_ADDRESS, message))
