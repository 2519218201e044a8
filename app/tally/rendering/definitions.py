"""Link reference definitions at the beginning of a paragraph: `[label]: destination "title"`."""

import re
from typing import NamedTuple

from tally.rendering.block_syntax import normal_label
from tally.rendering.block_tree import Node

_LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){1,999})\]:", re.DOTALL)
_SPACE = re.compile(r"[ \t]*(?:\n[ \t]*)?")
_DESTINATION = re.compile(r"<((?:[^<>\n\\]|\\.)*)>|([^\s<][^\s]*)")
_TITLE = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|\(((?:[^()\\]|\\.)*)\)', re.DOTALL)
_LINE_END = re.compile(r"[ \t]*(?:\n|$)")


def take_definitions(node: Node, references: dict[str, tuple[str, str]]) -> None:
    """Moves the definitions with which a paragraph begins to `references`; the first of a label counts.

    A paragraph of which nothing is left becomes a node of kind `definitions`.
    """
    if not node.lines[0].startswith("["):
        return
    text = node.text
    at = 0
    while (found := link_definition(text, at)) is not None:
        references.setdefault(found.label, (found.destination, found.title))
        at = found.end
    if at:
        node.lines = text[at:].split("\n") if at < len(text) else []
        if not node.lines:
            node.kind = "definitions"


class Definition(NamedTuple):
    """A link reference definition; destination and title still carry their escapes."""

    label: str
    destination: str
    title: str
    end: int


def link_definition(text: str, start: int) -> Definition | None:
    """Returns the link reference definition that begins at `start` of a paragraph's text."""
    label = _LABEL.match(text, start)
    if label is None or not label[1].strip() or label[1].startswith("^"):
        return None
    at = _skip(_SPACE, text, label.end())
    destination = _DESTINATION.match(text, at)
    if destination is None:
        return None
    target = destination[1] if destination[1] is not None else destination[2]
    after = destination.end()
    plain_end = _LINE_END.match(text, after)
    title_at = _skip(_SPACE, text, after)
    title = _TITLE.match(text, title_at) if title_at > after else None
    if title is not None:
        end = _LINE_END.match(text, title.end())
        if end is not None:
            words = title[1] or title[2] or title[3] or ""
            return Definition(normal_label(label[1]), target, words, end.end())
    if plain_end is None:
        return None
    return Definition(normal_label(label[1]), target, "", plain_end.end())


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
