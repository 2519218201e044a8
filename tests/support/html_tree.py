"""Compares HTML by what a reader sees: elements, their meaning-bearing attributes, and text with white space folded."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset((
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "hr", "table", "thead", "tbody",
    "tr", "td", "th", "br", "section",
))  # fmt: skip
_EMPTY = frozenset(("br", "hr", "img", "input"))
_ATTRIBUTES = frozenset(("href", "start", "title"))
_LIVE = ("http:", "https:", "mailto:")

Event = tuple[str, ...] | str


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []
        self._dead: list[bool] = []
        self._items = 0

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        if tag == "a":
            # Links that the program will not follow are text.
            self._dead.append(not values.get("href", "").lower().startswith(_LIVE))
            if self._dead[-1]:
                return
        self._items += tag == "li"
        if tag == "p" and self._items:
            self.handle_data(" ")
            return
        kept = [f"{name}={value}" for name, value in sorted(values.items()) if name in _ATTRIBUTES]
        if values.get("class", "").startswith("language-"):
            kept.append(values["class"])
        self.events.append(("del" if tag == "s" else tag, *kept))

    def handle_endtag(self, tag):
        if tag == "a" and self._dead and self._dead.pop():
            return
        self._items -= tag == "li"
        if tag not in _EMPTY and not (tag == "p" and self._items):
            self.events.append(("/del" if tag == "s" else f"/{tag}",))

    def handle_data(self, data):
        if self.events and isinstance(self.events[-1], str):
            self.events[-1] += data
        else:
            self.events.append(data)


def tree(markup: str) -> list[Event]:
    """Returns the markup as a sequence of tags and texts that is equal for equal-looking HTML.

    Paragraphs inside list items are left out, white space between blocks is dropped, links that lead nowhere are text.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    result: list[Event] = []
    preformatted = 0
    for index, event in enumerate(reader.events):
        if not isinstance(event, str):
            preformatted += (event[0] == "pre") - (event[0] == "/pre")
            result.append(event)
            continue
        text = event
        if not preformatted:
            text = re.sub(r"\s+", " ", text)
            if index == 0 or _is_block(reader.events[index - 1]):
                text = text.lstrip()
            if index + 1 == len(reader.events) or _is_block(reader.events[index + 1]):
                text = text.rstrip()
        if text:
            result.append(text)
    return result


def _is_block(event: Event) -> bool:
    return not isinstance(event, str) and event[0].strip("/") in _BLOCKS
