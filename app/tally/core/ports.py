"""What the parts of the program promise each other.

Implementations live in the rooms above and are built in `main.py`, which hands them over as `Services`. Everything
that may wait is a coroutine of the one asyncio loop (`runtime/io_thread.py`); whoever implements it keeps blocking
work in an executor of its own. Time and ids come from here too, so that tests patch nothing.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from tally.core.catalog import ImageRule, ModelInfo
from tally.core.conversation import Conversation, ConversationHead, ConversationOptions
from tally.core.events import CallPurpose, StreamEvent
from tally.core.messages import EndState, ImagePart, Message, Part
from tally.core.money import Cost, Price, Totals, Usage
from tally.core.params import GenerationParams, ToolDefinition
from tally.core.settings import Connection, Settings

if TYPE_CHECKING:  # asyncio is not wanted before the window is painted
    from tally.core.control import TurnControl


# The gateway


@dataclass(frozen=True, slots=True)
class PreparedImage:
    """A picture as it is sent.

    Attributes:
        media_type: image/jpeg, image/png, image/gif or image/webp.
        data: the bytes, at most 3,932,160 (5,242,880 in base64).
        width: in pixels.
        height: in pixels.
    """

    media_type: str
    data: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """All a provider needs for one answer.

    Attributes:
        connection: where to and how.
        model: whose `id` is sent exactly as it stands.
        params: already checked (`params.checked`); the provider fits them to the model.
        messages: the history and the question, as they are kept; the provider cleans them for the wire.
        tools: functions the model may ask for.
        images: the pictures of `messages` by digest, prepared; one that is missing here is left out.
        purpose: why the request is made.
    """

    connection: Connection
    model: ModelInfo
    params: GenerationParams
    messages: tuple[Message, ...]
    tools: tuple[ToolDefinition, ...] = ()
    images: Mapping[str, PreparedImage] = field(default_factory=dict)
    purpose: CallPurpose = CallPurpose.CHAT


@dataclass(frozen=True, slots=True)
class ServerCheck:
    """What "Test connection" found.

    Attributes:
        reachable: a server answered.
        key_accepted: None when the answer does not tell.
        models: the ids it listed, if it lists any.
        problem: what is wrong, one sentence; empty when nothing is.
        milliseconds: how long it took.
    """

    reachable: bool
    key_accepted: bool | None
    models: tuple[str, ...]
    problem: str
    milliseconds: int


class ChatProvider(Protocol):
    """Asks a model."""

    def stream(self, request: ChatRequest, control: "TurnControl") -> AsyncGenerator[StreamEvent, None]:
        """Yields what happens; the last event is always `StreamEnded`, failures included.

        Cancelling the task that iterates closes the connection at once; then no `StreamEnded` comes.
        """
        ...

    async def check(self, connection: Connection) -> ServerCheck:
        """Asks the server for its models, which costs nothing; never raises."""
        ...

    async def close(self) -> None:
        """Closes every connection."""
        ...


class Learnings(Protocol):
    """What was learned of an endpoint's peculiarities, kept on disk with an expiry."""

    async def recall(self, base_url: str, model: str, topic: str) -> str | None:
        """The remembered value; None when there is none or it has expired."""
        ...

    async def remember(self, base_url: str, model: str, topic: str, value: str, *, days: float = 7) -> None:
        """Keeps a value."""
        ...


# The key


class KeyKind(StrEnum):
    """Where the key is."""

    STORED = "stored"
    SESSION = "session"
    """For this run only; `KeyState.reason` says why it is not stored."""
    ENVIRONMENT = "environment"
    """From TOKENHUB_API_KEY."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class KeyState:
    """What may be shown of the key.

    Attributes:
        kind: where it is.
        hint: its last four characters (`th-…abcd`), empty when missing.
        backend: the keyring's name, for people.
        reason: why it could not be stored or read; empty otherwise.
    """

    kind: KeyKind
    hint: str = ""
    backend: str = ""
    reason: str = ""


class SecretStore(Protocol):
    """Keeps one key per host, in the system's keyring or in memory and nowhere else."""

    async def key_for(self, base_url: str) -> str | None:
        """The key that was entered for this address's host; None when there is none.

        Raises:
            RefusedError: a key is named, but it cannot be sent.
        """
        ...

    async def state(self, base_url: str) -> KeyState:
        """Where that key is."""
        ...

    async def put(self, base_url: str, key: str, *, persist: bool = True) -> KeyState:
        """Keeps a key; in memory only when the keyring cannot or must not.

        Raises:
            RefusedError: the text cannot be a key (see `core.keys.clean_key`).
        """
        ...

    async def forget(self, base_url: str) -> KeyState:
        """Removes the key of that host everywhere it was put."""
        ...


# What is kept


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One POST that left the program. Rows are only ever added.

    Attributes:
        id: unique for ever (32 hex digits).
        at: Unix time in milliseconds when it was sent.
        conversation: the conversation's id; None for scripts. The row survives it.
        answer: the answer's message id; None for scripts.
        host: the gateway's host.
        model_asked: the id that was sent.
        model_key: the spelling under which figures are collected (`Catalog.key`).
        model_returned: the id the server says it used.
        purpose: why it was made.
        state: how it ended.
        usage: the tokens the cost stands on; reported or estimated, see `usage_reported`.
        usage_reported: the server reported them.
        price: per token at that time; None when unknown.
        cost: the amount and its status.
        server_cost: what the server said, in dollars, a decimal string.
        first_token_ms: to the first visible token.
        duration_ms: to the end.
        http_status: None when there was no answer.
        request_id: the server's.
        simulated: a call to the demo gateway; never part of real totals.
    """

    id: str
    at: int
    conversation: str | None
    answer: str | None
    host: str
    model_asked: str
    model_key: str
    model_returned: str | None
    purpose: CallPurpose
    state: EndState
    usage: Usage | None
    usage_reported: bool
    price: Price | None
    cost: Cost
    server_cost: str | None = None
    first_token_ms: int | None = None
    duration_ms: int = 0
    http_status: int | None = None
    request_id: str | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class OpenCall:
    """What must be known of a running call to book it if the program dies.

    Attributes:
        entry: the row as it would be booked with nothing received: input estimated, no output.
        hidden_thinking: output may be larger than what is seen.
    """

    entry: LedgerEntry
    hidden_thinking: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the composer.

    Attributes:
        text: the words.
        parts: attached images and files.
    """

    text: str = ""
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One place where the searched words stand.

    Attributes:
        conversation: its id.
        title: its title.
        message: the message's id; None when the title matched.
        snippet: plain text around the hit.
        at: Unix time in milliseconds of the message.
    """

    conversation: str
    title: str
    message: str | None
    snippet: str
    at: int


class HistoryStore(Protocol):
    """Conversations, messages, attachments and drafts.

    Every method raises `StoreError` when the disk or the database would not.
    """

    async def heads(self, *, trashed: bool = False) -> list[ConversationHead]:
        """The conversations, pinned first, then by last change; or those in the trash."""
        ...

    async def load(self, conversation: str) -> Conversation:
        """A whole conversation; empty when it is not known."""
        ...

    async def begin_turn(
        self,
        head: ConversationHead,
        options: ConversationOptions,
        question: Message | None,
        answer: Message,
        call: OpenCall,
    ) -> None:
        """Saves the turn's beginning in one transaction, before the network is touched.

        The conversation if new, the question if new, the answer (state STREAMING) put on the path, and what is needed
        to book the call after a crash.
        """
        ...

    async def save_partial(self, answer: str, parts: Sequence[Part]) -> None:
        """What has arrived so far."""
        ...

    async def finish_turn(self, answer: Message, calls: Sequence[LedgerEntry]) -> None:
        """The finished answer and its ledger rows, in one transaction."""
        ...

    async def save_head(self, head: ConversationHead, options: ConversationOptions) -> None:
        """Creates a conversation or changes its title, pin, trash mark and options."""
        ...

    async def choose(self, conversation: str, chosen: Mapping[str, str]) -> None:
        """Remembers the path on screen (parent id, ROOT for none, to child id)."""
        ...

    async def save_message(self, conversation: str, message: Message) -> None:
        """Adds or replaces one message outside a turn."""
        ...

    async def remove_messages(self, conversation: str, ids: Sequence[str]) -> None:
        """Takes messages out of the conversation; its ledger rows stay."""
        ...

    async def restore_messages(self, conversation: str, messages: Sequence[Message]) -> None:
        """Puts removed messages back (parents first)."""
        ...

    async def purge(self, conversation: str) -> None:
        """Deletes a trashed conversation for good; its ledger rows stay."""
        ...

    async def put_attachment(self, data: bytes, media_type: str) -> str:
        """Keeps a file's bytes; returns their SHA-256 in hex, under which they are found."""
        ...

    async def attachment(self, digest: str) -> bytes | None:
        """The bytes; None when they are not here."""
        ...

    async def save_draft(self, conversation: str, draft: Draft) -> None:
        """Keeps what stands in the composer; an empty draft removes it. `""` is the new conversation's."""
        ...

    async def draft(self, conversation: str) -> Draft:
        """What stood in the composer; an empty draft when nothing did."""
        ...

    async def search(self, text: str, limit: int = 50) -> list[SearchHit]:
        """Full-text search over titles and messages, best first; any language."""
        ...


class Ledger(Protocol):
    """Every call that left the program. Raises `StoreError` when the disk or the database would not."""

    async def record(self, entries: Sequence[LedgerEntry]) -> None:
        """Adds rows."""
        ...

    async def totals(self, conversation: str | None, *, day: int, month: int, simulated: bool) -> Totals:
        """Sums since the start of the day and of the month (Unix ms, local midnight), real or simulated."""
        ...

    async def conversation_entries(self, conversation: str) -> list[LedgerEntry]:
        """The rows of one conversation, oldest first."""
        ...

    async def typical_output(self, model_key: str) -> int | None:
        """The user's median answer length on a model in tokens; None before the third answer."""
        ...


class SettingsStore(Protocol):
    """The settings file. Reading happens once at start-up, before there is a loop."""

    def load(self) -> tuple[Settings, str]:
        """The settings, and one sentence about what was wrong with the file (empty when nothing was)."""
        ...

    def save(self, settings: Settings) -> None:
        """Replaces the file in one step.

        Raises:
            StoreError: the disk would not.
        """
        ...


class ImagePreparer(Protocol):
    """Makes of an attached original what a model takes."""

    async def prepare(self, image: ImagePart, rule: ImageRule, *, many: bool) -> PreparedImage:
        """The picture as it is sent.

        Args:
            image: which original.
            rule: the model's useful size.
            many: more than 20 pictures go into the request, so none may exceed 2000 px.

        Raises:
            RefusedError: the original is gone, cannot be read, or cannot be made to fit.
        """
        ...


class Clock(Protocol):
    """Time and ids from outside."""

    def now_ms(self) -> int:
        """Unix time in milliseconds."""
        ...

    def monotonic(self) -> float:
        """Seconds of a clock that never steps."""
        ...

    def new_id(self) -> str:
        """32 random hex digits."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The built parts, handed over whole by `main.py`.

    Attributes:
        save_settings: replaces the settings file; one writer after the other.
        start_demo: starts the gateway inside the program, if it does not run yet, and returns its base URL.
        notice: one sentence about what happened while opening the database; empty when nothing did.
    """

    provider: ChatProvider
    history: HistoryStore
    ledger: Ledger
    secrets: SecretStore
    images: ImagePreparer
    learnings: Learnings
    clock: Clock
    save_settings: Callable[[Settings], Awaitable[None]]
    start_demo: Callable[[], Awaitable[str]]
    notice: str = ""
