"""What of a Markdown text can be seen, with the way back to the source: for finding words.

Marks, addresses of links and definitions are taken out by patterns and not by the parser, because a search goes through
thousands of messages between two key presses.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

_MARKUP = re.compile(
    r"""(?=[`~*_\[\]!\#\\])(?:
    (?<![^\s>])(?P<fence>`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)(?:\n[ \t>]*(?P=fence)[`~]*[ \t]*(?=\n|\Z)|\Z)
    | (?P<ticks>`+)(?!`)(?P<span>[^\n]{1,500}?)(?<!`)(?P=ticks)(?!`)
    | \\(?P<escaped>[!-/:-@\[-`{-~])
    | (?<![^\n])\[(?!\^)[^\]\n]{1,300}\]:[^\n]*
    | !?\[(?=[^\[\]\n]{0,300}\][(\[])
    | \]\(\s*(?:<[^<>\n]*>|[^()\s<]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+(?:"[^"\n]*"|'[^'\n]*'))?\s*\)
    | \]\[[^\[\]\n]{0,300}\]
    | (?<![^\n])\#{1,6}[ \t]+
    | \*{2,}(?=[^\s*]) | (?<=[^\s*])\*{2,}
    | (?P<opens>(?<![\w*])\*(?=[^\s*][^*\n]{0,500}\*)) | (?P<closes>(?<=[^\s*])\*(?![\w*]))
    | (?<!\w)_{1,3}(?=[^\s_]) | (?<=[^\s_])_{1,3}(?!\w)
    | ~~(?=\S) | (?<=\S)~~
    )""",
    re.VERBOSE | re.DOTALL,
)


_SHOWN = {"code", "span", "escaped"}


@dataclass(frozen=True, slots=True)
class Visible:
    """The visible text of a message.

    Attributes:
        text: the text.
        places: where in `text` its pieces begin.
        origins: where in the source they come from.
    """

    text: str
    places: tuple[int, ...]
    origins: tuple[int, ...]

    def origin(self, place: int) -> int:
        """Where in the source a character of the text stands."""
        piece = bisect_right(self.places, place) - 1
        return self.origins[piece] + place - self.places[piece]


def visible(source: str) -> Visible:
    """Takes out of a text what is not shown."""
    pieces: list[str] = []
    places: list[int] = []
    origins: list[int] = []
    length = 0

    def keep(start: int, end: int) -> None:
        nonlocal length
        if start < end or not places:
            pieces.append(source[start:end])
            places.append(length)
            origins.append(start)
            length += end - start

    done, opened = 0, False
    for match in _MARKUP.finditer(source):
        keep(done, match.start())
        kind = match.lastgroup
        if kind in _SHOWN or (kind == "closes" and not opened):
            keep(*match.span(kind))
        opened = kind == "opens" or (opened and kind != "closes")
        done = match.end()
    keep(done, len(source))
    return Visible("".join(pieces), tuple(places), tuple(origins))
