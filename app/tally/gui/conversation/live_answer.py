"""An answer that is being written: what has arrived, rendered as far as it goes, whether or not it is on screen."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tally.core.messages import Message
from tally.rendering.segments import Segment, Update

if TYPE_CHECKING:
    from tally.rendering.stream import StreamRenderer


class LiveAnswer:
    """Gathers the text of one answer and renders it once per frame.

    Attributes:
        text: everything that was fed and flushed.
        reasoning: likewise.
    """

    def __init__(self, message: Message) -> None:
        self.text = ""
        self.reasoning = message.reasoning
        self._pending: list[str] = [message.text] if message.text else []
        self._pending_reasoning: list[str] = []
        self._renderer: StreamRenderer | None = None

    @property
    def segments(self) -> Sequence[Segment]:
        """What is rendered so far."""
        return self._renderer.segments if self._renderer is not None else ()

    @property
    def waiting(self) -> bool:
        """Whether something has arrived since the last flush."""
        return bool(self._pending or self._pending_reasoning)

    def feed(self, text: str) -> None:
        """More words have arrived."""
        self._pending.append(text)

    def feed_reasoning(self, text: str) -> None:
        """More reasoning has arrived."""
        self._pending_reasoning.append(text)

    def flush(self) -> tuple[Update | None, bool]:
        """Renders what is waiting.

        Returns:
            what changed in `segments` (None: nothing), and whether the reasoning grew.
        """
        thought = bool(self._pending_reasoning)
        self.reasoning += "".join(self._pending_reasoning)
        self._pending_reasoning.clear()
        if not self._pending:
            return None, thought
        text = "".join(self._pending)
        self._pending.clear()
        self.text += text
        return self._started().feed(text), thought

    def finish(self) -> Update | None:
        """Declares the text complete; `flush` must have been called before."""
        return self._renderer.finish() if self._renderer is not None else None

    def _started(self) -> "StreamRenderer":
        if self._renderer is None:
            from tally.rendering.stream import StreamRenderer  # noqa: PLC0415  loads Python-Markdown

            self._renderer = StreamRenderer()
        return self._renderer


class SegmentCache:
    """The rendered words of finished messages, the recently shown ones only.

    Args:
        size: how many messages are kept.
    """

    def __init__(self, size: int = 200) -> None:
        self._size = size
        self._kept: dict[str, tuple[str, Sequence[Segment]]] = {}

    def get(self, key: str, text: str, make: Callable[[], Sequence[Segment]]) -> Sequence[Segment]:
        """The segments of a message; rendered if they are not known for this very text."""
        kept = self._kept.pop(key, None)
        segments = kept[1] if kept is not None and kept[0] == text else make()
        self._kept[key] = (text, segments)
        if len(self._kept) > self._size:
            del self._kept[next(iter(self._kept))]
        return segments
