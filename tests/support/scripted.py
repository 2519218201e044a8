"""A provider that plays a script, and stores in memory, for tests of the turn without network and disk."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field

from tally.core.catalog import ImageRule
from tally.core.control import TurnControl
from tally.core.conversation import Conversation, ConversationHead, ConversationOptions
from tally.core.events import StreamEvent
from tally.core.failures import Failure, FailureKind, RefusedError, StoreError
from tally.core.messages import ImagePart, Message, Part
from tally.core.ports import (
    ChatRequest,
    Draft,
    LedgerEntry,
    OpenCall,
    PreparedImage,
    SearchHit,
    ServerCheck,
)
from tally.core.settings import Connection


@dataclass(frozen=True)
class Wait:
    """A step of a script: nothing more comes until the turn is stopped; `reached` tells when."""

    reached: asyncio.Event


@dataclass
class ScriptedProvider:
    """Plays its script for every request; a `Wait` in it blocks until cancelled, an exception is raised."""

    script: Sequence[StreamEvent | Wait | Exception]
    requests: list[ChatRequest] = field(default_factory=list)
    closed: int = 0

    async def stream(self, request: ChatRequest, control: TurnControl) -> AsyncGenerator[StreamEvent, None]:
        self.requests.append(request)
        try:
            for step in self.script:
                if isinstance(step, Wait):
                    step.reached.set()
                    await asyncio.Event().wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    await asyncio.sleep(0)
                    yield step
        finally:
            self.closed += 1

    async def check(self, connection: Connection) -> ServerCheck:
        return ServerCheck(reachable=True, key_accepted=None, models=(), problem="", milliseconds=0)

    async def close(self) -> None:
        pass


@dataclass
class MemoryHistory:
    """Remembers what it was told, in order."""

    log: list[str] = field(default_factory=list)
    question: Message | None = None
    opened: OpenCall | None = None
    partials: list[tuple[Part, ...]] = field(default_factory=list)
    answer: Message | None = None
    entries: list[LedgerEntry] = field(default_factory=list)
    fail_at: str = ""

    def _note(self, what: str) -> None:
        self.log.append(what)
        if what == self.fail_at:
            raise StoreError(Failure(FailureKind.STORAGE, "The disk is full."))

    async def begin_turn(
        self,
        head: ConversationHead,
        options: ConversationOptions,
        question: Message | None,
        answer: Message,
        call: OpenCall,
    ) -> None:
        self._note("begin_turn")
        self.question, self.opened = question, call

    async def save_partial(self, answer: str, parts: Sequence[Part]) -> None:
        self._note("save_partial")
        self.partials.append(tuple(parts))

    async def finish_turn(self, answer: Message, calls: Sequence[LedgerEntry]) -> None:
        self._note("finish_turn")
        self.answer = answer
        self.entries += calls

    async def heads(self, *, trashed: bool = False) -> list[ConversationHead]:
        return []

    async def load(self, conversation: str) -> Conversation:
        return Conversation(conversation)

    async def save_head(self, head: ConversationHead, options: ConversationOptions) -> None:
        self._note("save_head")

    async def choose(self, conversation: str, chosen: Mapping[str, str]) -> None:
        self._note("choose")

    async def save_message(self, conversation: str, message: Message) -> None:
        self._note("save_message")

    async def remove_messages(self, conversation: str, ids: Sequence[str]) -> None:
        self._note("remove_messages")

    async def restore_messages(self, conversation: str, messages: Sequence[Message]) -> None:
        self._note("restore_messages")

    async def purge(self, conversation: str) -> None:
        self._note("purge")

    async def put_attachment(self, data: bytes, media_type: str) -> str:
        return ""

    async def attachment(self, digest: str) -> bytes | None:
        return None

    async def save_draft(self, conversation: str, draft: Draft) -> None:
        self._note("save_draft")

    async def draft(self, conversation: str) -> Draft:
        return Draft()

    async def search(self, text: str, limit: int = 50) -> list[SearchHit]:
        return []


@dataclass
class MemoryLearnings:
    """A dictionary that never expires."""

    kept: dict[tuple[str, str, str], str] = field(default_factory=dict)

    async def recall(self, base_url: str, model: str, topic: str) -> str | None:
        return self.kept.get((base_url, model, topic))

    async def remember(self, base_url: str, model: str, topic: str, value: str, *, days: float = 7) -> None:
        self.kept[base_url, model, topic] = value


@dataclass
class StubImages:
    """Prepares every picture to one pixel; refuses those it was told to."""

    refuse: set[str] = field(default_factory=set)
    asked: list[tuple[str, bool]] = field(default_factory=list)

    async def prepare(self, image: ImagePart, rule: ImageRule, *, many: bool) -> PreparedImage:
        self.asked.append((image.digest, many))
        if image.digest in self.refuse:
            raise RefusedError(Failure(FailureKind.UNUSABLE_IMAGE, f"{image.name} cannot be read."))
        return PreparedImage("image/png", b"x", 1, 1)


@dataclass
class SteppingClock:
    """Time that moves only when it is asked: one millisecond each time."""

    ms: int = 1_700_000_000_000
    ids: int = 0

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms

    def monotonic(self) -> float:
        self.ms += 1
        return self.ms / 1000

    def new_id(self) -> str:
        self.ids += 1
        return f"{self.ids:032x}"
