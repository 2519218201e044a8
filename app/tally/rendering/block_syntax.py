"""Recognises, in one line of Markdown, what could begin or end a block. Pure functions over strings.

Sections and rules are those of the CommonMark specification 0.31 and of GitHub Flavored Markdown (tables, task lists);
displayed formulas follow what TeX and Pandoc users write.
"""

import re
from typing import NamedTuple

TAB = 4

ATX = re.compile(r"#{1,6}(?=[ \t]|$)")
SETEXT = re.compile(r"(?:=+|-+)[ \t]*$")
THEMATIC = re.compile(r"(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
FENCE = re.compile(r"(`{3,})([^`]*)$|(~{3,})(.*)$")
FENCE_END = re.compile(r"(`{3,}|~{3,})[ \t]*$")
MARKER = re.compile(r"([-+*])(?=[ \t]|$)|(\d{1,9})([.)])(?=[ \t]|$)")
FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]:[ \t]*")
TASK = re.compile(r"\[([ xX])\](?=[ \t]+\S)[ \t]+")
DELIMITER_ROW = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")

_PIPE = re.compile(r"(?<!\\)\|")


def indent_of(line: str, column: int) -> tuple[int, int]:
    """Returns the indentation of a line in columns and the index of its first other character.

    Args:
        line: the rest of a line.
        column: column of the line at which this rest begins; tab stops depend on it.
    """
    if line[:1] not in (" ", "\t"):
        return 0, 0
    at = column
    for index, char in enumerate(line):
        if char == " ":
            at += 1
        elif char == "\t":
            at += TAB - at % TAB
        else:
            return at - column, index
    return at - column, len(line)


def strip_columns(line: str, column: int, count: int) -> str:
    """Removes `count` columns of white space; a tab that reaches further leaves its rest as spaces."""
    if line.startswith(" " * count):
        return line[count:]
    at = column
    for index, char in enumerate(line):
        if at >= column + count:
            return line[index:]
        if char == "\t":
            at += TAB - at % TAB
            if at > column + count:
                return " " * (at - column - count) + line[index + 1 :]
        elif char == " ":
            at += 1
        else:
            return line[index:]
    return ""


class Marker(NamedTuple):
    """A list marker. `kind` tells lists apart (`-`, `+`, `*`, `.`, `)`); `number` is -1 for bullets."""

    kind: str
    number: int
    width: int


def heading(text: str) -> tuple[int, str] | None:
    """Returns level and text of an ATX heading."""
    match = ATX.match(text)
    if match is None:
        return None
    content = text[match.end() :].strip(" \t")
    if content.endswith("#"):
        opened = content.rstrip("#")
        if not opened or opened[-1] in " \t":
            content = opened.rstrip(" \t")
    return match.end(), content


def list_marker(text: str) -> Marker | None:
    """Returns the list marker with which the text begins."""
    match = MARKER.match(text)
    if match is None:
        return None
    if match[1]:
        return Marker(match[1], -1, 1)
    return Marker(match[3], int(match[2]), match.end())


def split_row(line: str) -> list[str]:
    r"""Splits a table row into its cells; `\|` is a pipe inside a cell, also inside code."""
    text = line.strip()
    text = text.removeprefix("|")
    if "\\" not in text:
        return [cell.strip() for cell in text.removesuffix("|").split("|")]
    cells = [cell.strip().replace("\\|", "|") for cell in _PIPE.split(text)]
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def alignments(line: str) -> tuple[str, ...]:
    """Returns the alignment (`left`, `center`, `right` or empty) of each column of a delimiter row."""
    names = {(True, False): "left", (True, True): "center", (False, True): "right", (False, False): ""}
    return tuple(names[cell.startswith(":"), cell.endswith(":")] for cell in split_row(line))


def math_opening(text: str) -> tuple[str, str, bool] | None:
    r"""Recognises a line that begins a displayed formula.

    Returns:
        The closing delimiter (`$$` or `\]`), the part of the formula on this line, and whether it also ends here.
    """
    text = text.rstrip()
    closing = {"$$": "$$", "\\[": "\\]"}.get(text[:2])
    if closing is None:
        return None
    body = text[2:]
    at = body.find(closing)
    if at < 0:
        # An escaped bracket with text after it is far more often a word in brackets than a formula over several lines.
        return (closing, body, False) if closing == "$$" or not body.strip() else None
    if at == len(body) - 2 and body[:at].strip():
        return closing, body[:at], True
    return None


def normal_label(label: str) -> str:
    """Returns the form in which labels of links and footnotes are compared."""
    return " ".join(label.split()).casefold()
