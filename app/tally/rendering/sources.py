"""The source of the single blocks of a text."""

from tally.rendering.blocks import Blocks


def top_level(source: str) -> list[str]:
    """The Markdown of each block that stands in no other block, in order, without the blank lines between them."""
    blocks = Blocks()
    blocks.feed(source)
    blocks.finish()
    lines = source.split("\n")
    return ["\n".join(lines[node.first : node.last]) for node in blocks.root.children]
