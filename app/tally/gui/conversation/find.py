"""Finding words in a conversation, on screen or not."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tally.core.messages import Message


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where the words stand.

    Attributes:
        row: which message.
        offset: where in its source, in characters.
        number: which hit of that message, from 0.
    """

    row: int
    offset: int
    number: int


class Finder:
    """All places of some words in a list of messages, and which of them is looked at."""

    def __init__(self) -> None:
        self.pattern: re.Pattern[str] | None = None
        self.hits: list[Hit] = []
        self.current = -1
        self._words = ""

    def search(self, words: str, messages: Sequence[Message]) -> None:
        """Looks everything up; case does not matter."""
        self._words = words
        self.pattern = re.compile(re.escape(words), re.IGNORECASE) if words else None
        self.hits = []
        self.current = -1
        if self.pattern is None:
            return
        for row, message in enumerate(messages):
            found = self.pattern.finditer(message.text)
            self.hits += [Hit(row, match.start(), number) for number, match in enumerate(found)]

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
