"""What inline text consists of once it has been read: a flat sequence of text, elements and their starts and ends."""

from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import quote, urlsplit

from tally.rendering.inline_syntax import safe_link

MAX_NESTING = 40
"""Inline elements inside each other; deeper ones lose their formatting, not their text."""

_URL_SAFE = "!#$%&'()*+,-./:;=?@_~"


@dataclass(slots=True)
class Atom:
    """An element that holds plain text only."""

    tag: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Start:
    """An element begins."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class End:
    """An element ends."""

    tag: str


Token: TypeAlias = str | Atom | Start | End


@dataclass(slots=True)
class Context:
    """What inline text can refer to.

    Attributes:
        references: link reference definitions by normalised label: destination and title as written.
        notes: normalised labels of the footnotes that are defined.
        numbers: number of each footnote that was referred to, in the order of the references; filled while reading.
        assume_notes: treats every footnote reference as defined (while the text still arrives).
        breaks: shows every line break.
    """

    references: dict[str, tuple[str, str]] = field(default_factory=dict)
    notes: frozenset[str] = frozenset()
    numbers: dict[str, int] = field(default_factory=dict)
    assume_notes: bool = False
    breaks: bool = False


def limit_nesting(tokens: list[Token]) -> list[Token]:
    """Drops the elements that are nested too deeply."""
    if len(tokens) <= MAX_NESTING:
        return tokens
    kept: list[Token] = []
    depth = 0
    for token in tokens:
        if isinstance(token, Start):
            depth += 1
            if depth > MAX_NESTING:
                continue
        elif isinstance(token, End):
            depth -= 1
            if depth >= MAX_NESTING:
                continue
        kept.append(token)
    return kept


def plain(token: Token) -> str:
    """Returns the text of a token, empty for starts and ends."""
    if isinstance(token, str):
        return token
    return token.text if isinstance(token, Atom) else ""


def link_address(destination: str) -> str:
    """Returns the value of `href` for a destination, empty when a link may not lead there."""
    safe = safe_link(destination.strip())
    return quote(safe, safe=_URL_SAFE) if safe else ""


def image_placeholder(alt: str, destination: str) -> Atom:
    """Returns what stands for an image in the text: its description and its host, never something that loads.

    The address is kept in the link so that the reader can ask for the picture, see `html.placeholder_source`.
    """
    href = link_address(destination)
    try:
        host = urlsplit(href).hostname or ""
    except ValueError:
        host = ""
    label = " ".join(alt.split()) or "image"
    attributes = {"class": "image", "href": href} if href and host else {"class": "image"}
    return Atom("a" if href and host else "span", f"{label} ({host})" if host else label, attributes)
