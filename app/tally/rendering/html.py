"""The HTML that `QTextDocument` draws well; whoever shows it has the style sheet for its classes.

The HTML holds classes and no colours, so that changing between light and dark sets another style sheet and the same
HTML. Qt draws neither padding nor borders on blocks: a quote is a table of one cell with a bar at its left, code inside
a quote a table of one cell with a background. Cells are aligned by attributes, because an inline style would take them
away from the style sheet. Task boxes are characters, so that they are copied with the text.
"""

import html
import re
from collections.abc import Callable
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element

MAX_TABLES = 4
"""Quotes inside each other that get a bar; Qt's layout takes twice as long for every table around a table."""

IMAGE_SCHEME = "app:image?"
"""Begins the address of an image placeholder; the rest is the percent-encoded address of the picture."""

_NUMBER = re.compile(r"[-+−±~≈<>≤≥]?\s*[$€£¥]?\s*\d[\d.,'\s]*(?:[eE][-+]?\d+)?\s*[%‰°×xkKMB$€£¥]{0,2}")
_IMAGE = re.compile(r'<a class="image" href="app:image\?([^"]*)">(.*?)</a>', re.DOTALL)
_MATH = re.compile(r'<code class="math( display)?">(.*?)</code>', re.DOTALL)


def to_qt(root: Element) -> None:
    """Rewrites a tree of standard HTML in place."""
    waiting = [(root, 0)]
    while waiting:
        parent, depth = waiting.pop()
        for element in list(parent):
            # The children stay in `element`, whatever is put around it.
            tag = element.tag
            if tag in ("blockquote", "pre") and depth >= MAX_TABLES:
                _flatten(element, depth)
            elif tag in _CHANGES:
                _CHANGES[tag](parent, element)
            waiting.append((element, depth + (tag == "blockquote")))


def _flatten(element: Element, depth: int) -> None:
    if element.tag == "blockquote":
        element.tag = "div"
        if depth < MAX_TABLES + 4:
            element.set("class", "in1")


def _quote(_parent: Element, element: Element) -> None:
    element.tag = "td"
    _wrap_in_table(_parent, element, "quote")


def _code(parent: Element, element: Element) -> None:
    code = element[0] if len(element) else None
    if code is not None:
        element.text = code.text
        element.remove(code)
    cell = Element("td")
    cell.tail, element.tail = element.tail, None
    index = list(parent).index(element)
    parent.remove(element)
    parent.insert(index, cell)
    cell.append(element)
    _wrap_in_table(parent, cell, "code")


def _wrap_in_table(parent: Element, cell: Element, name: str) -> None:
    table = Element("table", {"class": name, "width": "100%", "cellspacing": "0"})
    table.tail, cell.tail = cell.tail, None
    cell.set("class", name)
    index = list(parent).index(cell)
    parent.remove(cell)
    parent.insert(index, table)
    row = Element("tr")
    row.append(cell)
    table.append(row)


def _box(parent: Element, element: Element) -> None:
    parent.text = ("☑" if element.get("checked") else "☐") + (element.tail or "")
    parent.remove(element)


def _list(_parent: Element, element: Element) -> None:
    if element.get("class") == "contains-task-list":
        boxes = all(child.get("class") == "task-list-item" for child in element)
        element.set("class", "tasks" if boxes else "mixed")


def _item(_parent: Element, element: Element) -> None:
    element.attrib.pop("class", None)
    identifier = element.attrib.pop("id", None)
    if identifier is not None:
        anchor = Element("a", {"name": identifier})
        anchor.tail, element.text = element.text, None
        element.insert(0, anchor)


def _table(_parent: Element, element: Element) -> None:
    element.set("class", "data")
    element.set("cellspacing", "0")
    if element.get("width") is not None:
        # A part of a long table: its columns were judged by the first part.
        return
    body = element.find("tbody")
    columns = (
        list(zip(*(["".join(cell.itertext()) for cell in row] for row in body), strict=True))
        if body is not None
        else []
    )
    sides = ["right" if is_numeric(column) else "" for column in columns]
    for row in element.iter("tr"):
        for index, cell in enumerate(row):
            side = sides[index] if sides else ""
            if cell.get("align") is None and (side or cell.tag == "th"):
                cell.set("align", side or "left")


def is_numeric(cells: tuple[str, ...]) -> bool:
    """Tells whether a column holds numbers, with their currency or unit, and nothing else."""
    filled = [cell.strip() for cell in cells if cell.strip() not in ("", "-", "–", "—")]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def _section(_parent: Element, element: Element) -> None:
    element.tag = "div"


def _link(_parent: Element, element: Element) -> None:
    if element.get("class") == "image":
        element.set("href", IMAGE_SCHEME + quote(element.get("href", ""), safe=""))


_CHANGES: dict[str, Callable[[Element, Element], None]] = {
    "blockquote": _quote,
    "pre": _code,
    "input": _box,
    "ul": _list,
    "ol": _list,
    "li": _item,
    "table": _table,
    "section": _section,
    "a": _link,
}


def placeholder_source(address: str) -> str | None:
    """Returns the address of the picture for which a clicked placeholder stands, None for ordinary links."""
    return unquote(address.removeprefix(IMAGE_SCHEME)) if address.startswith(IMAGE_SCHEME) else None


def with_images(markup: str, show: Callable[[str, str], str | None]) -> str:
    """Replaces placeholders by what the view has for them.

    Args:
        markup: HTML of a segment.
        show: given the address of the picture and the placeholder's text, returns HTML, or None to keep the
            placeholder.
    """

    def replaced(found: re.Match[str]) -> str:
        return show(unquote(html.unescape(found[1])), html.unescape(found[2])) or found[0]

    return _IMAGE.sub(replaced, markup) if 'class="image"' in markup else markup


def with_formulas(markup: str, show: Callable[[str, bool], str | None]) -> str:
    r"""Replaces formulas, which stand in the HTML as their TeX source, by what the view has for them.

    Args:
        markup: HTML of a segment.
        show: given the TeX source and whether it is a displayed formula, returns HTML, or None to keep the source.
    """

    def replaced(found: re.Match[str]) -> str:
        return show(html.unescape(found[2]), bool(found[1])) or found[0]

    return _MATH.sub(replaced, markup) if 'class="math' in markup else markup
