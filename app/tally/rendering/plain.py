"""Markdown to plain text: for "copy as text", for titles and for the snippets of a list."""

from collections.abc import Iterator

from tally.rendering import block_syntax
from tally.rendering.block_tree import Node
from tally.rendering.blocks import Blocks
from tally.rendering.inline import InlineParser
from tally.rendering.inline_syntax import SPECIAL, too_dense
from tally.rendering.inline_tokens import Atom, Context, End, Start


def plain_text(source: str, *, addresses: bool = True) -> str:
    """Returns the text as a person would type it in a mail: list markers and quote marks stay, emphasis goes.

    Args:
        source: Markdown.
        addresses: writes the address of a link after its text.
    """
    blocks = Blocks()
    blocks.feed(source)
    blocks.finish()
    writer = _Writer(blocks, addresses=addresses)
    lines = list(writer.blocks(blocks.root.children, loose=True))
    notes = writer.notes()
    return "\n".join([*lines, "", *notes] if notes else lines)


def one_line(source: str, limit: int) -> str:
    """Returns the beginning of a text in one line, for a title or a snippet.

    Args:
        source: Markdown.
        limit: most characters; a longer text is cut at a word where there is one and ends with an ellipsis.
    """
    # Marks and addresses make the source longer than its text, hardly ever by more than this.
    text = " ".join(plain_text(source[: limit * 8 + 400], addresses=False).split())
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    if space > limit // 2 and text[limit - 1] != " ":
        cut = cut[:space]
    return cut.rstrip(" ,.;:-–—") + "…"


class _Writer:
    def __init__(self, blocks: Blocks, *, addresses: bool) -> None:
        self._footnotes = blocks.footnotes
        self._context = Context(references=blocks.references, notes=frozenset(blocks.footnotes))
        self._addresses = addresses

    def blocks(self, nodes: list[Node], *, loose: bool) -> Iterator[str]:
        """Yields the lines of blocks, with an empty line between them when `loose`."""
        first = True
        for node in nodes:
            lines = list(self._block(node))
            if lines and loose and not first:
                yield ""
            first = first and not lines
            yield from lines

    def notes(self) -> list[str]:
        """Returns the lines of the footnotes that were referred to."""
        lines: list[str] = []
        done = 0
        while done < len(self._context.numbers):
            label, number = list(self._context.numbers.items())[done]
            done += 1
            mark = f"[{number}] "
            lines += _indented(mark, self.blocks(self._footnotes[label].children, loose=True))
        return lines

    def _block(self, node: Node) -> Iterator[str]:
        match node.kind:
            case "paragraph" | "heading":
                yield from self._inline(node.text.strip(" \t")).split("\n")
            case "fence" | "code" | "math":
                yield from node.lines
            case "table":
                for line in node.lines:
                    yield "\t".join(self._inline(cell) for cell in block_syntax.split_row(line))
            case "quote":
                for line in self.blocks(node.children, loose=True):
                    yield f"> {line}".rstrip()
            case "list":
                yield from self._list(node)
            case "rule":
                yield "---"
            case _:
                pass

    def _list(self, node: Node) -> Iterator[str]:
        for index, item in enumerate(node.children):
            mark = f"{node.level + index}. " if node.level >= 0 else "- "
            if item.checked is not None:
                mark = "☑ " if item.checked else "☐ "
            if index and node.loose:
                yield ""
            yield from _indented(mark, self.blocks(item.children, loose=node.loose))

    def _inline(self, text: str) -> str:
        if SPECIAL.search(text) is None or too_dense(text):
            return text
        parts: list[str] = []
        link, begin = "", 0
        for token in InlineParser(text, self._context).parse():
            if isinstance(token, str):
                parts.append(token)
            elif isinstance(token, Start):
                if token.tag == "a":
                    link, begin = token.attributes["href"], len(parts)
            elif isinstance(token, End):
                if token.tag == "a" and self._addresses and "".join(parts[begin:]) != link:
                    parts.append(f" ({link})")
            else:
                parts.append(_atom(token))
        return "".join(parts)


def _atom(atom: Atom) -> str:
    if atom.tag == "br":
        return "\n"
    return f"[{atom.text}]" if atom.attributes.get("class") == "footnote-ref" else atom.text


def _indented(mark: str, lines: Iterator[str]) -> Iterator[str]:
    """Puts a mark before the first line and as many spaces before the others."""
    first = True
    for line in lines:
        yield (mark if first else " " * len(mark) if line else "") + line
        first = False
    if first:
        yield mark.rstrip()
