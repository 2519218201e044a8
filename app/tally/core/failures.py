"""What can go wrong, as values that travel through events, rows and windows.

A `Failure` says what happened in terms a person can act on. `kind` chooses the sentence and the offered action (the
window translates it), `message` is the server's own sentence, `details` the technical rest. No failure ever carries
the key.

The exceptions, for code that must unwind:

    ChatError(Exception)        carries a Failure
    ├── RefusedError            nothing was sent: bad key, unusable image, impossible parameter
    └── StoreError              this computer's disk or database would not do what was asked
"""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """What happened, seen from the person who must do something about it."""

    NO_KEY = "no_key"
    BAD_KEY = "bad_key"
    """The key cannot be sent as it stands (not ASCII, empty after cleaning)."""
    UNUSABLE_IMAGE = "unusable_image"
    """A picture that cannot be read or made to fit, found before sending."""
    BAD_REQUEST_HERE = "bad_request_here"
    """Parameters that cannot be sent, found before sending."""
    AUTH = "auth"
    BALANCE = "balance"
    """No credit, quota or spend limit reached."""
    FORBIDDEN = "forbidden"
    CHALLENGE = "challenge"
    """A bot check stands between the program and the gateway."""
    MODEL_UNAVAILABLE = "model_unavailable"
    NOT_FOUND = "not_found"
    WRONG_ADDRESS = "wrong_address"
    """The base URL is not an API: redirect, a web page, 405."""
    BAD_REQUEST = "bad_request"
    CONTEXT_TOO_LONG = "context_too_long"
    IMAGE_REJECTED = "image_rejected"
    TOO_LARGE = "too_large"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    SERVER = "server"
    UNREACHABLE = "unreachable"
    """The gateway is up, what is behind it is not (502, 503, 521…)."""
    GATEWAY_TIMEOUT = "gateway_timeout"
    """504, 524: the work may have been done, and billed."""
    FILTERED = "filtered"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    PROXY = "proxy"
    TIMEOUT = "timeout"
    """No byte in time after the request was sent; it may be billed."""
    DISCONNECTED = "disconnected"
    """The connection ended before or within the answer."""
    STREAM = "stream"
    """The server reported an error inside the answer."""
    EMPTY = "empty"
    WRONG_FORMAT = "wrong_format"
    """What came is not this protocol: HTML, garbage, another vendor's events, a line without end."""
    STORAGE = "storage"
    INTERNAL = "internal"
    """A bug of ours."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, once.

    Attributes:
        kind: what happened.
        message: one sentence, the server's own where it has one, unwrapped, without the key; English otherwise.
        status: the HTTP status; None when there was no answer.
        details: the technical rest (body, headers of use), key masked, for *Details*.
        request_id: the server's id of the request.
        code: the server's own error code or type, for the curious.
        retry_after_s: how long the server asks to wait, in seconds.
        may_be_billed: the call may have succeeded on the other side.
    """

    kind: FailureKind
    message: str
    status: int | None = None
    details: str = ""
    request_id: str | None = None
    code: str | None = None
    retry_after_s: float | None = None
    may_be_billed: bool = False


class ChatError(Exception):
    """Something that a person must be told.

    Attributes:
        failure: what happened.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class RefusedError(ChatError):
    """Nothing was sent."""


class StoreError(ChatError):
    """The disk or the database would not do what was asked."""
