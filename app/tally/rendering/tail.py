"""Decides what of a text that still arrives can be shown without having to be taken back.

`hold_back` looks at the last line: a line that is only a marker so far (`-`, `1.`, `##`, three backticks, a table's
header) may become anything. `close_inline` looks at the text of the last block: it ends open emphasis and code as if
their closing marks were there, and leaves out what may turn into a link, a formula or a longer mark. Both are pure;
they only shorten text or add closing marks.
"""

import re

from tally.rendering.block_syntax import FENCE_END
from tally.rendering.inline import InlineParser
from tally.rendering.inline_syntax import too_dense
from tally.rendering.inline_tokens import Context

_MARKERS_ONLY = re.compile(
    r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+|>\s*)*"
    r"(?:\d{1,9}[.)]?|\d{1,9}[.)]\s*|[-+*=_][-+*=_\s]*|#{1,6}\s*|\[[ xX]?\]?\s*|~+|`{1,2}|\||\$|\$\$.*|\\\[?.*|)\s*"
)
_FENCE_LINE = re.compile(r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*(?:`{3,}[^`]*|~{3,}.*)")
_DEFINITION_LINE = re.compile(r"[\s>]*(?:\[\^?[^\]\s]*\]?|\[[^\]]*\]:.*)")
_TABLE_LINE = re.compile(r"[\s>]*(?:(?:[-+*]|\d{1,9}[.)])\s+)*\|.*")
_DELIMITERS = re.compile(r"[\s>]*[|:\-][|:\-\s]*")

_LAST_MARKS = re.compile(
    r"(?:[*_~`\\!<&$\[]|(?<=\S)  +|\n[ \t]*|&#?[A-Za-z0-9]{0,10}"
    r"|<(?:/?(?:b|br|s|su|sub|sup|k|kb|kbd)|https?:[^\s<>]*) ?/?)+$"
)
_HALF_LINK = re.compile(r"(!?)\[([^\[\]]*)\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+[\"'][^\"']*[\"']?)?$")
_CLOSED_BRACKET = re.compile(r"!?\[(?!\^)[^\[\]]*\]$")

_PATIENCE = {"[": 200, "![": 400, "$": 80, "$$": 400, "\\(": 300, "\\[": 400}
"""Characters for which a construct that has begun is left out, hoping for its end."""


def hold_back(line: str, inside: str = "") -> str:
    r"""Returns the part of an unfinished last line that may be shown.

    Args:
        line: the line as it arrived so far, with the markers of the blocks around it.
        inside: the block in which the line stands when it takes all text: the character of a fence, `$$` or `\]` of a
            formula, `|` for a table, else empty.
    """
    if inside in ("`", "~"):
        return "" if FENCE_END.match(line.strip() + inside * 3) and set(line.strip()) <= {inside} else line
    if inside == "|":
        return line if line.lstrip().startswith("|") and len(line.strip()) > 1 else ""
    if inside:
        return line.rstrip("$\\")
    if _MARKERS_ONLY.fullmatch(line) or _FENCE_LINE.fullmatch(line) or _DEFINITION_LINE.fullmatch(line):
        return ""
    if _TABLE_LINE.fullmatch(line) or _DELIMITERS.fullmatch(line):
        return ""
    return line


def may_be_table_header(line: str) -> bool:
    """Tells whether the last complete line of a paragraph may yet turn out to be a table's header."""
    return line.lstrip().startswith("|")


def close_inline(text: str) -> str:
    """Returns the text of an unfinished block with its open inline markup closed or left out."""
    if too_dense(text):
        return text
    text = _LAST_MARKS.sub("", text)
    shorter = _without_half_link(text)
    text = shorter if shorter == text else _LAST_MARKS.sub("", shorter)
    for _ in range(4):
        parser = InlineParser(text, Context(assume_notes=True))
        parser.parse()
        shorter = _without_begun(text, parser.begun())
        if shorter == text:
            closing = _closing(text, parser)
            return text.rstrip() + closing if closing else text
        text = _LAST_MARKS.sub("", shorter)
    return text


def _without_half_link(text: str) -> str:
    half = _HALF_LINK.search(text, max(0, len(text) - 2000))
    if half is not None:
        return text[: half.start()] + ("" if half[1] else half[2])
    bracket = _CLOSED_BRACKET.search(text, max(0, len(text) - 400))
    return text[: bracket.start()] if bracket is not None else text


def _without_begun(text: str, begun: list[tuple[int, str]]) -> str:
    for position, mark in begun:
        if mark in _PATIENCE and len(text) - position <= _PATIENCE[mark]:
            return text[:position]
    return text


def _closing(text: str, parser: InlineParser) -> str:
    ticks = next((mark for position, mark in parser.begun() if mark.startswith("`") and position < len(text)), "")
    marks = [mark for _, mark in parser.open_runs()]
    # Two ends of deleted text side by side would be four tildes, which mean nothing.
    deleted = marks.count("~~") - 1
    for _ in range(deleted):
        marks.remove("~~")
    return ticks + "".join(reversed(marks))
