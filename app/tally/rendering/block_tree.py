"""What the block parser finds: the tree of blocks."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "document", "quote", "list", "item", "footnote",
    "paragraph", "heading", "code", "fence", "rule", "table", "math", "definitions",
]  # fmt: skip

LEAVES = frozenset({"paragraph", "heading", "code", "fence", "rule", "table", "math", "definitions"})


@dataclass(slots=True, eq=False)
class Node:
    """A block.

    Attributes:
        kind: what it is.
        first: number of its first source line, from 0.
        last: number of the line after its last one that is not blank.
        parent: the block around it.
        depth: number of blocks around it.
        closed: True once nothing can be added.
        children: blocks inside (containers only).
        lines: text without the surrounding blocks' markers (leaves only); of a table: header row and body rows.
        level: heading level; start number of an ordered list, -1 for bullets; length of a fence.
        mark: marker of a list (`-`, `+`, `*`, `.`, `)`); character of a fence; closing delimiter of a formula.
        info: info string of a fence; normalised label of a footnote.
        offset: columns by which an item's content is indented; indentation of a fence.
        indent: columns before an item's marker.
        loose: a list with blank lines between its blocks.
        checked: state of a task item, None for ordinary items.
        align: alignment per column of a table.
        nested: open inner fences of a `markdown` fence.
        flush: a fence in a list item whose code is not indented.
    """

    kind: Kind
    first: int
    last: int = 0
    parent: "Node | None" = None
    depth: int = 0
    closed: bool = False
    children: list["Node"] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    level: int = 0
    mark: str = ""
    info: str = ""
    offset: int = 0
    indent: int = 0
    loose: bool = False
    checked: bool | None = None
    align: tuple[str, ...] = ()
    nested: int = 0
    flush: bool = False

    @property
    def text(self) -> str:
        """The lines as one string."""
        return "\n".join(self.lines)

    @property
    def language(self) -> str:
        """First word of a fence's info string in lower case."""
        return self.info.split(None, 1)[0].lower() if self.info.strip() else ""
