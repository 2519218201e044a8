"""Markdown into segments: the whole text at once, or while it arrives."""

from tally.rendering.segments import Segment, Update


def render(text: str, *, breaks: bool = False) -> tuple[Segment, ...]:
    """Renders a complete message.

    Args:
        text: Markdown source.
        breaks: True shows every line break of a paragraph as one (what people type), False joins lines (what models
            write).
    """
    renderer = StreamRenderer(breaks=breaks)
    renderer.feed(text)
    renderer.finish()
    return tuple(renderer.segments)


class StreamRenderer:
    """Renders a message while it arrives; the cost of a call does not grow with the length of the message.

    Args:
        breaks: see `render`.
    """

    def __init__(self, *, breaks: bool = False) -> None:
        self.segments: list[Segment] = []
        self._breaks = breaks
        self._text = ""

    def feed(self, text: str) -> Update:
        """Takes the next characters and brings `segments` up to date. Call it once per frame."""
        raise NotImplementedError

    def finish(self) -> Update:
        """Declares the text complete; `segments` are then equal to `render` of the whole text."""
        raise NotImplementedError
