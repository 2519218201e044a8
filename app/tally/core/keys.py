"""What a pasted key must look like before it may be sent or kept."""

from urllib.parse import urlsplit

from tally.core.failures import Failure, FailureKind, RefusedError

_QUOTES = "\"'`“”‘’«»"


def clean_key(pasted: str) -> str:
    """The key inside what people paste: without white space, quotes and a leading `Bearer`.

    Raises:
        RefusedError: nothing is left, or a character is not printable ASCII and could not be sent in a header.
    """
    key = "".join(pasted.split()).strip(_QUOTES)
    for prefix in ("Authorization:", "Bearer"):
        if key.lower().startswith(prefix.lower()):
            key = key[len(prefix) :].strip(_QUOTES)
    if not key:
        raise RefusedError(Failure(FailureKind.NO_KEY, "The key is empty."))
    if not all("!" <= char <= "~" for char in key):
        raise RefusedError(
            Failure(FailureKind.BAD_KEY, "The key holds a character that no key has. Please copy it again.")
        )
    return key


def key_hint(key: str) -> str:
    """What may be shown of a key: `th-…abcd`."""
    return f"{key[:3]}…{key[-4:]}" if len(key) >= 12 else "…"


def masked(text: str, key: str | None) -> str:
    """The text with the key replaced by its hint, wherever it stands."""
    return text.replace(key, key_hint(key)) if key and len(key) >= 4 else text


def host_of(base_url: str) -> str:
    """The host (and port, when one is named) a key belongs to, in lower case; empty for nonsense."""
    try:
        parts = urlsplit(base_url.strip())
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").lower()
    return f"{host}:{port}" if host and port else host
