"""Markdown to HTML: Python-Markdown with a block parser and an inline tree processor of our own.

`ChatMarkdown` is an ordinary Python-Markdown extension. It assigns `md.parser`, registers the tree processors and
leaves document handling, serialisation and post-processing to the library. Raw HTML is text everywhere.

Our inline reader stands where the library's pattern engine stood, because that one cannot reach the specification
(links in links, delimiter runs) and takes seconds for a few thousand brackets.
"""

from collections.abc import Iterable
from xml.etree.ElementTree import Element, ElementTree, SubElement

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from tally.rendering import html, tree
from tally.rendering.block_tree import Node
from tally.rendering.blocks import Blocks
from tally.rendering.inline import InlineParser
from tally.rendering.inline_syntax import SPECIAL, too_dense
from tally.rendering.inline_tokens import Atom, Context, End, Start, Token
from tally.rendering.tree import literal


def to_html(source: str, *, breaks: bool = False) -> str:
    """Renders a whole text as standard HTML (`<blockquote>`, `<pre>`, `<input type=checkbox>`), as an export wants it.

    Args:
        source: Markdown.
        breaks: shows every line break of a paragraph.
    """
    extension = ChatMarkdown(for_qt=False)
    extension.context.breaks = breaks
    return Markdown(extensions=[extension]).convert(clean(source))


def clean(text: str) -> str:
    """Replaces the characters that cannot be shown or that the serialiser uses for itself; keeps the length."""
    return text.translate(_UNUSABLE)


_UNUSABLE = dict.fromkeys((0, 2, 3), "\ufffd") | {0x0B: " ", 0x0C: " "}


class ChatMarkdown(Extension):
    """Markdown as models write it.

    Args:
        for_qt: makes the HTML that `QTextDocument` draws well (`html.py`) instead of standard HTML.
    """

    def __init__(self, *, for_qt: bool) -> None:
        super().__init__()
        self.context = Context()
        self._for_qt = for_qt

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Exchanges the parts of the library's pipeline."""
        for name in ("normalize_whitespace", "html_block"):
            md.preprocessors.deregister(name)
        for name in ("inline", "prettify", "unescape"):
            md.treeprocessors.deregister(name, strict=False)
        for name in ("raw_html", "unescape"):
            md.postprocessors.deregister(name, strict=False)
        inline = InlineMarkup(md, self.context)
        md.parser = DocumentParser(md, inline)
        md.treeprocessors.register(inline, "inline", 20)
        if self._for_qt:
            md.treeprocessors.register(QtDialect(md), "qt_dialect", 10)


class DocumentParser(BlockParser):
    """Builds the tree of a document with `Blocks`."""

    def __init__(self, md: Markdown, inline: "InlineMarkup") -> None:
        super().__init__(md)
        self._inline = inline

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:  # noqa: N802 - Python-Markdown's name
        """Parses complete source lines; footnotes are appended at the end."""
        blocks = Blocks()
        # What follows the last line end is not a line.
        *complete, last = lines
        for line in [*complete, last] if last else complete:
            blocks.line(line)
        blocks.finish()
        context = self._inline.context
        context.references = blocks.references
        context.notes = frozenset(blocks.footnotes)
        context.numbers = {}
        self._inline.footnotes = blocks.footnotes
        self.root = Element(self.md.doc_tag)
        tree.add_blocks(self.root, blocks.root.children)
        return ElementTree(self.root)


class InlineMarkup(Treeprocessor):
    """Reads the inline markup of everything that is not an `AtomicString`.

    Attributes:
        context: what the text can refer to.
        footnotes: the definitions of the document; those that are referred to are appended to it.
    """

    def __init__(self, md: Markdown, context: Context) -> None:
        super().__init__(md)
        self.context = context
        self.footnotes: dict[str, Node] = {}

    def run(self, root: Element) -> None:
        """Works in place."""
        fill_inline(root, self.context)
        add_notes(root, self.footnotes, self.context)


class QtDialect(Treeprocessor):
    """Rewrites the tree to what Qt draws."""

    def run(self, root: Element) -> None:
        """Works in place."""
        html.to_qt(root)


class Fragments:
    """Renders single blocks to Qt's HTML; keeps one Python-Markdown for all of them."""

    def __init__(self, context: Context) -> None:
        extension = ChatMarkdown(for_qt=True)
        extension.context = self.context = context
        self._markdown = Markdown(extensions=[extension])

    def html(self, root: Element) -> str:
        """Returns the HTML of the children of a `div` made with `tree`."""
        for processor in self._markdown.treeprocessors:
            processor.run(root)
        return self._serialised(root)

    def _serialised(self, root: Element) -> str:
        markup = self._markdown.serializer(root)
        for processor in self._markdown.postprocessors:
            markup = processor.run(markup)
        tag = len(root.tag)
        return markup[tag + 2 : -tag - 3].strip() if len(root) else ""


def fill_inline(root: Element, context: Context) -> None:
    """Replaces source text by inline elements in a whole tree."""
    for element in list(root.iter()):
        text = element.text
        children = list(element)
        if text is not None and _may_hold_markup(text):
            element.text = None
            _insert(element, 0, text, context)
        for child in children:
            tail = child.tail
            if tail is not None and _may_hold_markup(tail):
                child.tail = None
                _insert(element, list(element).index(child) + 1, tail, context)


def _may_hold_markup(text: str) -> bool:
    return SPECIAL.search(text) is not None and not isinstance(text, AtomicString)


def _insert(parent: Element, index: int, text: str, context: Context) -> None:
    if too_dense(text):
        _append_text(parent, index, text)
        return
    holder = Element("holder")
    _build(holder, InlineParser(text, context).parse())
    if holder.text:
        _append_text(parent, index, holder.text)
    for offset, child in enumerate(list(holder)):
        parent.insert(index + offset, child)


def _append_text(parent: Element, index: int, text: str) -> None:
    safe = literal(text)
    if index == 0:
        parent.text = safe
    else:
        parent[index - 1].tail = safe


def _build(root: Element, tokens: list[Token]) -> None:
    stack = [root]
    words: list[str] = []

    def flush() -> None:
        if not words:
            return
        text = literal("".join(words))
        words.clear()
        parent = stack[-1]
        if len(parent):
            parent[-1].tail = text
        else:
            parent.text = text

    for token in tokens:
        if isinstance(token, str):
            words.append(token)
            continue
        flush()
        if isinstance(token, End):
            stack.pop()
        elif isinstance(token, Start):
            stack.append(SubElement(stack[-1], token.tag, token.attributes))
        else:
            atom: Atom = token
            SubElement(stack[-1], atom.tag, atom.attributes).text = literal(atom.text) if atom.text else None
    flush()


def add_notes(root: Element, notes: dict[str, Node], context: Context) -> None:
    """Appends the footnotes that were referred to, in the order of their numbers."""
    section: Element | None = None
    done = 0
    while done < len(context.numbers):
        label = list(context.numbers)[done]
        done += 1
        if label not in notes:
            continue
        if section is None:
            section = SubElement(SubElement(root, "section", {"class": "footnotes"}), "ol")
        item = SubElement(section, "li", {"id": f"fn-{context.numbers[label]}"})
        tree.add_blocks(item, notes[label].children)
        fill_inline(item, context)
