"""What a person may type as the gateway's or a proxy's address, and what is wrong with it otherwise."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

from PySide6.QtCore import QCoreApplication

PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")


def is_this_computer(host: str) -> bool:
    """Whether a host name or address means this computer."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def tidy_address(text: str) -> str:
    """A gateway's address as it is kept: without quotes and spaces around it, with a scheme."""
    text = text.strip().strip("\"'<>").strip()
    if not text or "://" in text:
        return text.rstrip("/")
    name = text.partition("/")[0]
    name = name if name.count(":") > 1 else name.partition(":")[0]
    return f"{'http' if is_this_computer(name) else 'https'}://{text}".rstrip("/")


def address_problem(text: str) -> str:
    """Why this cannot be the gateway's address, one sentence; empty when it can."""
    tr = QCoreApplication.translate
    address = tidy_address(text)
    if not address:
        return tr("Address", "The address of the gateway is missing.")
    parts = _split(address)
    if parts is None or not parts.hostname or any(char.isspace() for char in address):
        return tr("Address", "This is not an address. It looks like https://example.com/v1.")
    if parts.username is not None or parts.password is not None:
        return tr("Address", "The address must not contain a user name or a password.")
    if parts.scheme.lower() == "http" and not is_this_computer(parts.hostname):
        return tr("Address", "It must begin with https://, or the key would travel unencrypted.")
    if parts.scheme.lower() not in {"http", "https"}:
        return tr("Address", "It must begin with https://.")
    return ""


def proxy_problem(text: str) -> str:
    """Why this cannot be a proxy's address, one sentence; empty when it can."""
    tr = QCoreApplication.translate
    text = text.strip()
    parts = _split(text)
    if not text:
        return tr("Address", "The address of the proxy is missing.")
    if parts is None or not parts.hostname or any(char.isspace() for char in text):
        return tr("Address", "This is not an address. It looks like http://proxy.example.com:8080.")
    if parts.scheme.lower() not in PROXY_SCHEMES:
        return tr("Address", "It must begin with http://, https://, socks5:// or socks5h://.")
    return ""


def holds_password(text: str) -> bool:
    """Whether an address carries a password."""
    parts = _split(text.strip())
    return parts is not None and bool(parts.password)


def _split(text: str) -> SplitResult | None:
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  raises for a port that is no number
    except ValueError:
        return None
    return parts
