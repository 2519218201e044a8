"""Asking the real `GatewayProvider` in a test: keys, learnings and clock in memory, small limits, events in a list."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tally.core.catalog import ModelInfo, Sampling
from tally.core.control import TurnControl
from tally.core.events import ReasoningDelta, RequestStarted, StreamEnded, StreamEvent, TextDelta
from tally.core.keys import clean_key
from tally.core.messages import Message, Part, Role, TextPart
from tally.core.params import GenerationParams
from tally.core.ports import ChatRequest, KeyKind, KeyState
from tally.core.settings import Connection, ProxyMode, TimeLimits
from tally.gateway.provider import GatewayProvider
from tally.gateway.retries import RetryPolicy

T = TypeVar("T")

KEY = "th-0123456789abcdefghij"
MODEL = ModelInfo(id="anthropic/claude-sonnet-4-6", name="Sonnet 4.6", aliases=("claude-sonnet-4-6",))
ANY_SAMPLING = replace(MODEL, sampling=Sampling.BOTH)
QUICK = RetryPolicy(first_delay=0.01, max_delay=0.05)
LIMITS = TimeLimits(connect=5, write=5, first_byte=10, idle=10, semantic_idle=10, whole=10)


class OneKey:
    """A secret store with one key for every host, or none."""

    def __init__(self, key: str | None = KEY) -> None:
        self.key = key

    async def key_for(self, base_url: str) -> str | None:
        return self.key

    async def state(self, base_url: str) -> KeyState:
        return KeyState(KeyKind.SESSION if self.key else KeyKind.MISSING)

    async def put(self, base_url: str, key: str, *, persist: bool = True) -> KeyState:
        self.key = clean_key(key)
        return await self.state(base_url)

    async def forget(self, base_url: str) -> KeyState:
        self.key = None
        return await self.state(base_url)


class Notes:
    """Learnings in a dict.

    Attributes:
        kept: value by (base URL, model, topic).
    """

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], str] = {}

    async def recall(self, base_url: str, model: str, topic: str) -> str | None:
        return self.kept.get((base_url, model, topic))

    async def remember(self, base_url: str, model: str, topic: str, value: str, *, days: float = 7) -> None:
        self.kept[base_url, model, topic] = value

    def by_topic(self) -> dict[str, str]:
        """The values by topic alone."""
        return {topic: value for (_, _, topic), value in self.kept.items()}


class RunningClock:
    """The computer's time, and ids that count up."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()

    def new_id(self) -> str:
        return f"{next(self._ids):032x}"


def user(*parts: Part | str) -> Message:
    """A question."""
    pieces = tuple(TextPart(part) if isinstance(part, str) else part for part in parts)
    return Message(id=f"u{id(pieces)}", parent=None, role=Role.USER, parts=pieces, created=0)


def assistant(*parts: Part | str) -> Message:
    """An answer."""
    return replace(user(*parts), role=Role.ASSISTANT)


def question(
    base_url: str,
    *messages: Message,
    limits: TimeLimits = LIMITS,
    model: ModelInfo = MODEL,
    params: GenerationParams | None = None,
    proxy_url: str = "",
    proxy_mode: ProxyMode = ProxyMode.SYSTEM,
) -> ChatRequest:
    """A request to a server on loopback."""
    mode = ProxyMode.CUSTOM if proxy_url else proxy_mode
    connection = Connection(base_url=base_url, limits=limits, proxy_mode=mode, proxy_url=proxy_url)
    return ChatRequest(connection, model, params or GenerationParams(), messages or (user("Hi"),))


@dataclass
class Answer:
    """What a turn yielded.

    Attributes:
        events: in order.
    """

    events: list[StreamEvent] = field(default_factory=list)

    @property
    def end(self) -> StreamEnded:
        """The last event, which must be the end."""
        last = self.events[-1]
        assert isinstance(last, StreamEnded), last
        return last

    @property
    def text(self) -> str:
        """The words that arrived."""
        return "".join(event.text for event in self.events if isinstance(event, TextDelta))

    @property
    def reasoning(self) -> str:
        """The reasoning that arrived."""
        return "".join(event.text for event in self.events if isinstance(event, ReasoningDelta))

    @property
    def posts(self) -> int:
        """How many POSTs were announced."""
        return sum(isinstance(event, RequestStarted) for event in self.events)

    def of(self, kind: type[T]) -> list[T]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def provider(
    secrets: OneKey | None = None, notes: Notes | None = None, *, policy: RetryPolicy = QUICK, **named: Any
) -> GatewayProvider:
    """A provider with short pauses and no jitter."""
    return GatewayProvider(
        secrets or OneKey(), notes or Notes(), RunningClock(), random=lambda: 0.0, policy=policy, **named
    )


Watch = Callable[[StreamEvent, TurnControl], None]


async def collect(asked: GatewayProvider, request: ChatRequest, watch: Watch | None = None) -> Answer:
    """The events of one turn; `watch` sees each as it comes."""
    answer, control = Answer(), TurnControl()
    async with aclosing(asked.stream(request, control)) as events:
        async for event in events:
            answer.events.append(event)
            if watch is not None:
                watch(event, control)
    return answer


def ask(
    *requests: ChatRequest, asked: GatewayProvider | None = None, watch: Watch | None = None, **named: Any
) -> list[Answer]:
    """Asks one after another with one provider (made of `named` when none is given) and closes it."""

    async def run() -> list[Answer]:
        one = asked or provider(**named)
        try:
            return [await collect(one, request, watch) for request in requests]
        finally:
            await one.close()

    return asyncio.run(run())
