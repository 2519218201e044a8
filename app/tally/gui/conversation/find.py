"""Finding words in a conversation, on screen or not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tally.core.messages import Message
from tally.rendering.visible import Visible, visible

_SPACES = re.compile(r"(?:\\ )+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where the words stand.

    Attributes:
        row: which message.
        offset: where in its source, in characters.
    """

    row: int
    offset: int


class Finder:
    """All places of some words in a list of messages, and which of them is looked at."""

    def __init__(self) -> None:
        self.pattern: re.Pattern[str] | None = None
        self.hits: list[Hit] = []
        self.current = -1
        self._words = ""
        self._seen: dict[str, tuple[str, Visible]] = {}

    def search(self, words: str, messages: Sequence[Message]) -> None:
        """Looks everything up that can be seen; neither case nor the kind of space matters."""
        self._words = words
        self.pattern = re.compile(_SPACES.sub(r"\\s+", re.escape(words)), re.IGNORECASE) if words else None
        self.hits = []
        self.current = -1
        if self.pattern is None:
            self._seen.clear()
            return
        for row, message in enumerate(messages):
            seen = self._visible(message)
            self.hits += [Hit(row, seen.origin(match.start())) for match in self.pattern.finditer(seen.text)]

    def before(self, hit: Hit, start: int) -> int:
        """How many hits of the same message stand between an offset of its source and a hit."""
        return sum(1 for each in self.hits if each.row == hit.row and start <= each.offset < hit.offset)

    def _visible(self, message: Message) -> Visible:
        text = message.text
        known = self._seen.get(message.id)
        if known is None or known[0] != text:
            known = self._seen[message.id] = text, visible(text)
        return known[1]

    def step(self, *, forward: bool, near_row: int) -> Hit | None:
        """The next hit, round the corner at the ends.

        Args:
            forward: towards the end.
            near_row: where the reader is, for the first step.
        """
        if not self.hits:
            return None
        if self.current < 0:
            later = [number for number, hit in enumerate(self.hits) if hit.row >= near_row]
            self.current = later[0] if later and forward else (later[0] - 1 if later else len(self.hits) - 1)
            self.current %= len(self.hits)
        else:
            self.current = (self.current + (1 if forward else -1)) % len(self.hits)
        return self.hits[self.current]

    def is_for(self, words: str) -> bool:
        """Whether these are the words last looked up."""
        return words == self._words
