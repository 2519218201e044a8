"""Messages that wait until the answer of their conversation is finished."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Signal

from tally.core.messages import Part, TextPart
from tally.core.ports import Draft


class HoldReason(StrEnum):
    """Why waiting messages are not sent by themselves."""

    STOPPED = "stopped"
    FAILED = "failed"
    LIMIT = "limit"
    """The answer reached `max_tokens`; the person may want the rest of it first."""
    ELSEWHERE = "elsewhere"
    """Another version of the conversation is on screen than the one they were written for."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits.

    Attributes:
        id: names it in the queue.
        parts: what it is made of.
        replaces: the question it is a new version of; None for one that follows the answer.
    """

    id: str
    parts: tuple[Part, ...]
    replaces: str | None = None

    @property
    def draft(self) -> Draft:
        """The message as it stood in the composer."""
        words = "\n\n".join(part.text for part in self.parts if isinstance(part, TextPart))
        return Draft(words, tuple(part for part in self.parts if not isinstance(part, TextPart)))


def joined(drafts: Sequence[Draft]) -> Draft:
    """Several drafts as one: the words below each other, all attachments."""
    words = "\n\n".join(draft.text for draft in drafts if draft.text.strip())
    return Draft(words, tuple(part for draft in drafts for part in draft.parts))


class MessageQueue(QObject):
    """What waits, for each conversation in the order it was written.

    Signals:
        changed(str): the id of a conversation whose queue is new.
    """

    changed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: dict[str, list[Queued]] = {}
        self._held: dict[str, HoldReason] = {}

    def of(self, conversation_id: str) -> tuple[Queued, ...]:
        """What waits in a conversation, first to be sent first."""
        return tuple(self._waiting.get(conversation_id, ()))

    def drafts(self, conversation_id: str) -> tuple[Draft, ...]:
        """The same as drafts, to be kept for the next run."""
        return tuple(item.draft for item in self.of(conversation_id))

    def held(self, conversation_id: str) -> HoldReason | None:
        """Why nothing is sent by itself; None when it will be."""
        return self._held.get(conversation_id)

    def add(self, conversation_id: str, item: Queued) -> None:
        """Puts a message at the end."""
        self._waiting.setdefault(conversation_id, []).append(item)
        self.changed.emit(conversation_id)

    def take(self, conversation_id: str, item_id: str) -> Queued | None:
        """Takes one message out; None when it does not wait any more."""
        items = self._waiting.get(conversation_id, [])
        found = next((item for item in items if item.id == item_id), None)
        if found is not None:
            items.remove(found)
            self._tidy(conversation_id)
            self.changed.emit(conversation_id)
        return found

    def take_first(self, conversation_id: str) -> Queued | None:
        """Takes out the one that is to be sent next, and holds the rest no longer; None when nothing waits."""
        items = self.of(conversation_id)
        self._held.pop(conversation_id, None)
        return self.take(conversation_id, items[0].id) if items else None

    def hold(self, conversation_id: str, reason: HoldReason) -> None:
        """Keeps what waits until the person says otherwise or an answer ends well."""
        if conversation_id in self._waiting and self._held.get(conversation_id) is not reason:
            self._held[conversation_id] = reason
            self.changed.emit(conversation_id)

    def clear(self, conversation_id: str) -> None:
        """Forgets what waits in a conversation."""
        self._held.pop(conversation_id, None)
        if self._waiting.pop(conversation_id, None):
            self.changed.emit(conversation_id)

    def _tidy(self, conversation_id: str) -> None:
        if not self._waiting[conversation_id]:
            del self._waiting[conversation_id]
            self._held.pop(conversation_id, None)
