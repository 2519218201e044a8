"""Rules about fenced code: what ends it, and what models get wrong about it."""

from tally.rendering.block_syntax import FENCE, FENCE_END, THEMATIC, list_marker
from tally.rendering.block_tree import Node

_NESTING_LANGUAGES = frozenset({"markdown", "md", "mdx"})


def closes(fence: Node, text: str) -> bool:
    """Tells whether a line, without its indentation, has the form of the fence's end."""
    end = FENCE_END.match(text)
    return end is not None and text[0] == fence.mark and len(end[1]) >= fence.level


def begins_inner(fence: Node, line: str) -> bool:
    """Tells whether a line of Markdown shown as code begins a code block of its own.

    Its end would end the outer fence otherwise. A shorter inner fence needs no counting: its end ends nothing.
    """
    if fence.language not in _NESTING_LANGUAGES:
        return False
    inner = FENCE.match(line.lstrip())
    marks, info = (inner[1] or inner[3], inner[2] or inner[4] or "") if inner else ("", "")
    return marks.startswith(fence.mark * fence.level) and bool(info.strip())


def begins_unindented(fence: Node, text: str) -> bool:
    """Tells whether an under-indented line below a fence in a list item is its code, not indented from the start."""
    return not (fence.lines or list_marker(text) or THEMATIC.match(text))


def only_lists_around(node: Node) -> bool:
    """Tells whether a block stands in nothing but lists, where indentation is all that holds it."""
    parent = node.parent
    while parent is not None:
        if parent.kind in ("quote", "footnote"):
            return False
        parent = parent.parent
    return True
