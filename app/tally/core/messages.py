"""Messages as pure values: who spoke, what it is made of, how it ended.

A message is a tuple of parts. Parts never change; a new version of a message is a new value (or a sibling, see
`conversation.py`). Pictures are named by the digest of their original bytes, which the store keeps.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from tally.core.failures import Failure
from tally.core.money import UNKNOWN_COST, Cost, Usage


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture the user attached, named by its original.

    Attributes:
        digest: SHA-256 of the original bytes, in hex; the key in the attachment store.
        name: the file's name, for people.
        media_type: of the original, from its magic bytes.
        width: of the original as seen (EXIF orientation applied), in pixels.
        height: likewise.
        size: of the original, in bytes.
        excluded: left out of later requests because a server refused it.
    """

    digest: str
    name: str
    media_type: str
    width: int
    height: int
    size: int
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class FilePart:
    """A text file the user attached; it is sent as text.

    Attributes:
        name: the file's name, for people and the model.
        text: the decoded content.
        size: of the original, in bytes.
    """

    name: str
    text: str
    size: int


@dataclass(frozen=True, slots=True)
class ReasoningPart:
    """What a server showed of the model's reasoning. Kept and folded away, never sent back."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallPart:
    """A function call the model asked for.

    Attributes:
        call_id: the server's id, kept exactly.
        name: the function.
        raw: the arguments as the server wrote them.
        arguments: the arguments as an object; None when `raw` is not a JSON object (such a call is never run).
    """

    call_id: str
    name: str
    raw: str
    arguments: dict[str, object] | None


@dataclass(frozen=True, slots=True)
class ToolResultPart:
    """What a function answered.

    Attributes:
        call_id: the call this belongs to.
        text: the result as text.
    """

    call_id: str
    text: str


Part = TextPart | ImagePart | FilePart | ReasoningPart | ToolCallPart | ToolResultPart


class EndState(StrEnum):
    """Why an answer is as it is. The first twelve are how a turn can end (protocol.md 2.4 calls them end states)."""

    COMPLETE = "complete"
    LENGTH = "length"
    TOOLS = "tools"
    FILTERED = "filtered"
    STREAM_ERROR = "stream_error"
    CUT = "cut"
    CUT_SILENT = "cut_silent"
    EMPTY = "empty"
    CANCELLED = "cancelled"
    PROTOCOL_ERROR = "protocol_error"
    HTTP_ERROR = "http_error"
    NETWORK_ERROR = "network_error"
    STREAMING = "streaming"
    """Still being written; found on disk after a crash it becomes `INTERRUPTED`."""
    INTERRUPTED = "interrupted"
    """The program ended while the answer was streaming."""

    @property
    def succeeded(self) -> bool:
        """Whether the server finished the answer in its own way."""
        return self in {EndState.COMPLETE, EndState.LENGTH, EndState.TOOLS, EndState.FILTERED}


@dataclass(frozen=True, slots=True)
class Timings:
    """How long one answer took.

    Attributes:
        first_token_ms: from sending the request to the first visible token; None when none came.
        duration_ms: from sending the request to the end.
    """

    first_token_ms: int | None = None
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class AnswerInfo:
    """What is known of an answer besides its words.

    Attributes:
        model: the id that was asked for.
        state: how it ended.
        model_returned: the id the server says it used.
        request_id: the server's id of the request, for support.
        usage: as reported by the server; None when it reported nothing usable.
        cost: of all calls of this answer.
        timings: of the last call.
        failure: what went wrong, when something did.
        requests: how many POSTs were made.
        simulated: the answer came from the demo gateway.
        note: a small remark on the end ("done_without_finish", "json_invalid"), machine-readable.
        overhead: estimated input tokens of the system prompt and tools that were sent; None when nobody estimated.
    """

    model: str
    state: EndState
    model_returned: str | None = None
    request_id: str | None = None
    usage: Usage | None = None
    cost: Cost = UNKNOWN_COST
    timings: Timings = field(default_factory=Timings)
    failure: Failure | None = None
    requests: int = 0
    simulated: bool = False
    note: str | None = None
    overhead: int | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One node of the conversation's tree.

    Attributes:
        id: unique for ever (32 hex digits).
        parent: the message it follows; None for the first question.
        role: who speaks.
        parts: what it is made of, in order.
        created: Unix time in milliseconds.
        answer: for answers of the model: how they came to be; None otherwise.
        edited: the user changed the model's words.
    """

    id: str
    parent: str | None
    role: Role
    parts: tuple[Part, ...]
    created: int
    answer: AnswerInfo | None = None
    edited: bool = False

    @property
    def text(self) -> str:
        """The words alone, without attached files or reasoning."""
        return "\n\n".join(part.text for part in self.parts if isinstance(part, TextPart))

    @property
    def reasoning(self) -> str:
        """The reasoning alone."""
        return "".join(part.text for part in self.parts if isinstance(part, ReasoningPart))

    @property
    def images(self) -> tuple[ImagePart, ...]:
        """The pictures, in order."""
        return tuple(part for part in self.parts if isinstance(part, ImagePart))

    @property
    def files(self) -> tuple[FilePart, ...]:
        """The attached text files, in order."""
        return tuple(part for part in self.parts if isinstance(part, FilePart))

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The function calls, in the order they arrived."""
        return tuple(part for part in self.parts if isinstance(part, ToolCallPart))
