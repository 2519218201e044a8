"""A conversation is a tree of messages and the path through it that is on screen.

Editing a question makes a sibling question, regenerating makes a sibling answer, comparing makes several sibling
answers. Nothing is destroyed by any of them. Every node remembers which of its children was looked at last.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tally.core.params import GenerationParams

if TYPE_CHECKING:  # the settings hold a conversation's options, and the window starts without any message
    from tally.core.messages import Message

ROOT = ""
"""Stands for the parent of the first questions where a plain text is needed."""


@dataclass(frozen=True, slots=True)
class ConversationHead:
    """What the list of conversations shows.

    Attributes:
        id: unique for ever (32 hex digits).
        title: chosen by the user, or made from the first question; empty for a new one.
        created: Unix time in milliseconds.
        updated: likewise; the list's order.
        pinned: stays on top.
        trashed: Unix time in milliseconds when it was put in the trash; None otherwise.
        cost: of all its calls, exact and estimated together, in pico-USD.
        estimated: the part of `cost` that is not exact, in pico-USD.
        unknown: how many of its calls have no known price.
        messages: how many messages it holds.
        simulated: its answers came from the demo gateway, so its costs are not real.
    """

    id: str
    title: str
    created: int
    updated: int
    pinned: bool = False
    trashed: int | None = None
    cost: int = 0
    estimated: int = 0
    unknown: int = 0
    messages: int = 0
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class ConversationOptions:
    """What belongs to a conversation and is used for its next request.

    Attributes:
        model: the id to ask; empty means the default.
        params: parameters and system prompt.
    """

    model: str = ""
    params: GenerationParams = field(default_factory=GenerationParams)


class Conversation:
    """The tree of one conversation. Not shared between threads.

    Attributes:
        id: the conversation's id.
        options: model and parameters of the next request.
    """

    def __init__(
        self,
        conversation_id: str,
        messages: "Iterable[Message]" = (),
        chosen: dict[str, str] | None = None,
        options: ConversationOptions | None = None,
    ) -> None:
        """Builds the tree.

        Args:
            conversation_id: its id.
            messages: parents before children.
            chosen: for each parent (ROOT for none) the child that is on the path; the newest child where missing.
            options: model and parameters.
        """
        self.id = conversation_id
        self.options = options or ConversationOptions()
        self._messages: dict[str, Message] = {}
        self._children: dict[str, list[str]] = {}
        self._chosen = dict(chosen or {})
        for message in messages:
            self._link(message)

    def _link(self, message: "Message") -> None:
        self._messages[message.id] = message
        self._children.setdefault(message.parent or ROOT, []).append(message.id)

    def __len__(self) -> int:
        return len(self._messages)

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._messages

    def message(self, message_id: str) -> "Message":
        """The message of that id.

        Raises:
            KeyError: there is none.
        """
        return self._messages[message_id]

    def messages(self) -> "tuple[Message, ...]":
        """Every message of the tree, parents before children."""
        return tuple(self._messages.values())

    def add(self, message: "Message") -> None:
        """Adds a message under its parent and puts it on the path.

        Raises:
            ValueError: the id is taken or the parent is not here.
        """
        if message.id in self._messages:
            raise ValueError(f"message {message.id} is already here")
        if message.parent is not None and message.parent not in self._messages:
            raise ValueError(f"parent {message.parent} is not here")
        self._link(message)
        self._chosen[message.parent or ROOT] = message.id

    def replace(self, message: "Message") -> None:
        """Puts a newer value of a message in its place."""
        if self._messages[message.id].parent != message.parent:
            raise ValueError("a message does not change its parent")
        self._messages[message.id] = message

    def remove(self, message_id: str) -> "tuple[Message, ...]":
        """Takes a message and everything below it out of the tree; returns it, parents first, for `restore`."""
        taken: list[Message] = []
        waiting = [message_id]
        for current_id in waiting:  # grows while it is walked
            taken.append(self._messages.pop(current_id))
            waiting += self._children.pop(current_id, [])
            self._chosen.pop(current_id, None)
        parent = taken[0].parent or ROOT
        self._children[parent].remove(message_id)
        if self._chosen.get(parent) == message_id:
            del self._chosen[parent]
        return tuple(taken)

    def restore(self, messages: "Sequence[Message]", chosen: Mapping[str, str] | None = None) -> None:
        """Puts removed messages back among their siblings (oldest first) and on the path; parents come first.

        Args:
            messages: as `remove` returned them.
            chosen: what was chosen before they were removed; below each of them that child is on the path again.
        """
        for message in messages:
            self.add(message)
            self._children[message.parent or ROOT].sort(key=lambda child: self._messages[child].created)
        for message in messages:
            child = (chosen or {}).get(message.id)
            if child in self._messages:
                self._chosen[message.id] = child

    def children(self, message_id: str | None) -> tuple[str, ...]:
        """The ids below a message, oldest first; below the root for None."""
        return tuple(self._children.get(message_id or ROOT, ()))

    def siblings(self, message_id: str) -> tuple[str, ...]:
        """The ids that share the message's parent, itself included, oldest first."""
        return self.children(self._messages[message_id].parent)

    def choose(self, message_id: str) -> None:
        """Puts a message, and with it all it follows, on the path."""
        current: Message | None = self._messages[message_id]
        while current is not None:
            self._chosen[current.parent or ROOT] = current.id
            current = self._messages[current.parent] if current.parent else None

    def chosen(self) -> dict[str, str]:
        """For each parent the child that was chosen, to be kept."""
        return dict(self._chosen)

    def path(self) -> "tuple[Message, ...]":
        """The messages on screen, first to last."""
        found: list[Message] = []
        parent = ROOT
        while children := self._children.get(parent):
            chosen = self._chosen.get(parent)
            parent = chosen if chosen in self._messages else children[-1]
            found.append(self._messages[parent])
        return tuple(found)

    def path_to(self, message_id: str | None) -> "tuple[Message, ...]":
        """The messages from the first to this one; empty for None."""
        found: list[Message] = []
        while message_id:
            message = self._messages[message_id]
            found.append(message)
            message_id = message.parent
        return tuple(reversed(found))

    def tip(self) -> str | None:
        """The id of the last message on the path."""
        path = self.path()
        return path[-1].id if path else None


def title_from(question: "Message") -> str:
    """A title made of the first words of a question, one line, at most 60 characters; empty if it has no words."""
    words = " ".join(question.text.split())
    if not words and (question.images or question.files):
        words = (question.images or question.files)[0].name
    return words if len(words) <= 60 else words[:59].rstrip() + "…"
