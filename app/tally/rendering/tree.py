"""Turns blocks into the element tree that Python-Markdown's tree processors and serialiser work on.

Text that may hold inline markup is left in `text` and `tail` as a plain string, text that may not as an
`AtomicString`; the inline tree processor (`markdown.py`) tells them apart by that, as Python-Markdown's own does.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AMP_SUBSTITUTE, AtomicString

from tally.rendering import inline_syntax
from tally.rendering.block_syntax import split_row
from tally.rendering.block_tree import Node

# What Python-Markdown's serialiser leaves unescaped, taking it for a character reference.
_REFERENCE = re.compile(r"&(?=(?:#[0-9]+|#x[0-9a-f]+|[0-9a-z]+);)", re.IGNORECASE)


def add_blocks(parent: Element, nodes: list[Node]) -> None:
    """Appends the elements of blocks to a parent."""
    for node in nodes:
        add_block(parent, node)


def add_block(parent: Element, node: Node) -> None:
    """Appends the element of one block to a parent; definitions have none."""
    match node.kind:
        case "paragraph":
            SubElement(parent, "p").text = node.text.rstrip(" \t")
        case "heading":
            SubElement(parent, f"h{node.level}").text = node.text.strip(" \t")
        case "fence" | "code":
            _add_code(parent, node)
        case "rule":
            SubElement(parent, "hr")
        case "table":
            add_table(parent, node.lines[0], node.lines[1:], node.align)
        case "math":
            formula = SubElement(SubElement(parent, "p"), "code", {"class": "math display"})
            formula.text = literal(node.text)
        case "quote":
            add_blocks(SubElement(parent, "blockquote"), node.children)
        case "list":
            add_list(parent, node, node.children)
        case _:
            pass


def add_list(parent: Element, node: Node, items: list[Node], *, loose: bool | None = None) -> None:
    """Appends a list with some of its items.

    Args:
        parent: where it goes.
        node: the list.
        items: the items wanted; their numbers follow from their place in the list.
        loose: whether items hold paragraphs; None takes it from the list.
    """
    if node.level < 0:
        element = SubElement(parent, "ul")
    else:
        element = SubElement(parent, "ol")
        start = node.level + (node.children.index(items[0]) if items else 0)
        if start != 1:
            element.set("start", str(start))
    if any(item.checked is not None for item in node.children):
        element.set("class", "contains-task-list")
    for item in items:
        add_item(element, item, item.children, loose=node.loose if loose is None else loose)


def add_item(parent: Element, item: Node, children: list[Node], *, loose: bool) -> Element:
    """Appends a list item with some of its blocks."""
    element = SubElement(parent, "li")
    if item.checked is not None:
        element.set("class", "task-list-item")
    for index, child in enumerate(children):
        box = _box(item) if index == 0 and child is item.children[0] else None
        if child.kind == "paragraph" and not loose:
            _add_tight(element, child.text.rstrip(" \t"), box)
            continue
        add_block(element, child)
        if box is not None and len(element):
            paragraph = element[-1]
            box.tail, paragraph.text = " " + (paragraph.text or ""), None
            paragraph.insert(0, box)
    return element


def _add_tight(element: Element, text: str, box: Element | None) -> None:
    if box is not None:
        box.tail = " " + text
        element.append(box)
    elif len(element):
        element[-1].tail = text
    else:
        element.text = text


def _box(item: Node) -> Element | None:
    if item.checked is None:
        return None
    attributes = {"type": "checkbox", "disabled": "disabled"}
    if item.checked:
        attributes["checked"] = "checked"
    return Element("input", attributes)


def _add_code(parent: Element, node: Node) -> None:
    code = SubElement(SubElement(parent, "pre"), "code")
    language = inline_syntax.unescape(node.info.split(None, 1)[0]) if node.info.strip() else ""
    if language:
        code.set("class", f"language-{language}")
    code.text = literal(node.text + "\n" if node.lines else "")


def add_table(parent: Element, header: str | None, rows: list[str], align: Sequence[str]) -> Element:
    """Appends a table; rows get as many cells as `align` has columns.

    Args:
        parent: where it goes.
        header: the header row, None for rows that continue a table.
        rows: the body rows.
        align: alignment per column.
    """
    table = SubElement(parent, "table")
    if header is not None:
        _add_row(SubElement(table, "thead"), "th", header, align)
    if rows:
        body = SubElement(table, "tbody")
        for row in rows:
            _add_row(body, "td", row, align)
    return table


def _add_row(parent: Element, tag: str, line: str, align: Sequence[str]) -> None:
    row = SubElement(parent, "tr")
    cells = split_row(line)
    for index, side in enumerate(align):
        cell = SubElement(row, tag, {"align": side} if side else {})
        cell.text = cells[index] if index < len(cells) else ""


def literal(text: str) -> AtomicString:
    """Marks text as final; protects an ampersand that would read as a character reference to the serialiser."""
    if "&" in text:
        text = _REFERENCE.sub(AMP_SUBSTITUTE + "amp;", text)
    return AtomicString(text)
