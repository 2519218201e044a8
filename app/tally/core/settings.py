"""What the user can set for the whole program. The file format and its repair are `storage/settings_file.py`."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tally.core.catalog import PriceOverride
from tally.core.conversation import ConversationOptions

DEFAULT_BASE_URL = "https://tokenhub.store/api/v1"


class ProxyMode(StrEnum):
    """Where the way out is taken from."""

    SYSTEM = "system"
    NONE = "none"
    CUSTOM = "custom"


class Theme(StrEnum):
    """Light, dark, or what the desktop says."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class SendKey(StrEnum):
    """Which key sends; the other one breaks the line."""

    ENTER = "enter"
    CTRL_ENTER = "ctrl_enter"


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """How long to wait, in seconds (reasons: protocol.md 3.4).

    Attributes:
        connect: for TCP and TLS.
        write: for one write to the socket.
        first_byte: from the end of the request to the first byte of the answer.
        idle: between bytes of the answer; keep-alive comments count.
        semantic_idle: between pieces of the answer; keep-alive comments do not count.
        whole: for an answer that does not stream.
    """

    connect: float = 10.0
    write: float = 60.0
    first_byte: float = 120.0
    idle: float = 120.0
    semantic_idle: float = 300.0
    whole: float = 600.0


@dataclass(frozen=True, slots=True)
class Connection:
    """How the gateway is reached.

    Attributes:
        base_url: https, or plain http to this computer only.
        proxy_mode: where the proxy is taken from.
        proxy_url: `http://`, `https://`, `socks5://` or `socks5h://`, used with CUSTOM.
        limits: how long to wait.
    """

    base_url: str = DEFAULT_BASE_URL
    proxy_mode: ProxyMode = ProxyMode.SYSTEM
    proxy_url: str = ""
    limits: TimeLimits = field(default_factory=TimeLimits)


@dataclass(frozen=True, slots=True)
class Preset:
    """Model and parameters saved under a name."""

    name: str
    options: ConversationOptions


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything.

    Attributes:
        connection: how the gateway is reached.
        defaults: model and parameters of a new conversation.
        theme: light or dark.
        zoom: text size in percent, 50–300.
        language: "system" or a language code.
        send_key: which key sends.
        installation_id: random, opaque; sent as `user` when `send_user` is on.
        send_user: whether to send it.
        prices: the user's prices, in place of the table's.
        models: the user's models, as tables of `models.toml`.
        presets: saved model and parameters.
        demo: the window was last used with the demo gateway.
        unknown: keys of the file that this version does not know, kept as they are.
    """

    connection: Connection = field(default_factory=Connection)
    defaults: ConversationOptions = field(default_factory=ConversationOptions)
    theme: Theme = Theme.SYSTEM
    zoom: int = 100
    language: str = "system"
    send_key: SendKey = SendKey.ENTER
    installation_id: str = ""
    send_user: bool = False
    prices: tuple[PriceOverride, ...] = ()
    models: tuple[dict[str, Any], ...] = ()
    presets: tuple[Preset, ...] = ()
    demo: bool = False
    unknown: dict[str, Any] = field(default_factory=dict)
