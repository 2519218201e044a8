"""`GatewayProvider`: asks a model over HTTP, repairs and repeats where that is safe, and always ends with one event."""

import asyncio
import contextlib
import random as random_module
import uuid
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from tally.core.control import TurnControl
from tally.core.events import (
    CallFailed,
    CallPurpose,
    CallReport,
    Repaired,
    RequestStarted,
    RetryScheduled,
    StreamEnded,
    StreamEvent,
)
from tally.core.failures import ChatError, Failure, FailureKind, RefusedError
from tally.core.keys import clean_key
from tally.core.messages import EndState
from tally.core.ports import ChatRequest, Clock, Learnings, SecretStore, ServerCheck
from tally.core.settings import Connection
from tally.gateway.call import Call, CallContext, Patience
from tally.gateway.client import HttpClients, SslContextFactory, WayOut, system_trust, timeout_of
from tally.gateway.endpoint import Endpoint, endpoint_of
from tally.gateway.learning import Memory, Repair, repair_for
from tally.gateway.models_list import check_server
from tally.gateway.retries import RetryBudget, RetryPolicy, Streaks, repeats_allowed
from tally.gateway.wire import Quirks, WireBody, build_body


@dataclass(slots=True)
class _Turn:
    """What one turn carries from POST to POST."""

    request: ChatRequest
    endpoint: Endpoint
    way: WayOut
    key: str = field(repr=False)
    quirks: Quirks
    body: WireBody
    budget: RetryBudget
    expects_finish: bool
    number: int = 0
    purpose: CallPurpose | None = None
    was_stale: bool = False
    repairs: list[Repair] = field(default_factory=list)
    repaired: set[str] = field(default_factory=set)


class GatewayProvider:
    """Asks models behind an OpenAI-compatible gateway. Implements `core.ports.ChatProvider`; for one event loop.

    Args:
        secrets: where the key is.
        learnings: what is remembered of endpoints.
        clock: time and ids.
        random: numbers from 0 to 1 for the jitter of pauses.
        user_agent: name and version of the program.
        policy: how often and how long to repeat.
        patience: when to say that it takes long.
        make_context: builds the TLS context, in an executor.
    """

    def __init__(
        self,
        secrets: SecretStore,
        learnings: Learnings,
        clock: Clock,
        *,
        random: Callable[[], float] = random_module.random,
        user_agent: str = "Tally",
        policy: RetryPolicy | None = None,
        patience: Patience | None = None,
        make_context: SslContextFactory = system_trust,
    ) -> None:
        self._secrets = secrets
        self._memory = Memory(learnings)
        self._clock = clock
        self._random = random
        self._user_agent = user_agent
        self._policy = policy or RetryPolicy()
        self._patience = patience or Patience()
        self._clients = HttpClients(make_context)
        self._streaks = Streaks(self._policy)

    async def stream(self, request: ChatRequest, control: TurnControl) -> AsyncGenerator[StreamEvent, None]:
        """Asks for one answer; see `core.ports.ChatProvider.stream`."""
        try:
            turn = await self._prepare(request)
        except ChatError as error:
            yield _refused(error.failure)
            return
        while True:
            turn.number += 1
            yield RequestStarted(turn.number, turn.purpose)
            call = self._call(turn)
            async with aclosing(call.events()) as events:
                async for event in events:
                    yield event
            await self._learn(turn, call)
            try:
                repeated = await self._repeat(turn, call)
            except ChatError:
                repeated = None
            if repeated is None:
                yield StreamEnded(call.report, call.tool_calls, call.note)
                return
            yield CallFailed(call.report)
            if isinstance(repeated, RetryScheduled):
                control.retry_now.clear()
            yield repeated
            if isinstance(repeated, RetryScheduled) and repeated.in_s > 0:
                await _pause(repeated.in_s, control.retry_now)

    async def check(self, connection: Connection) -> ServerCheck:
        """Asks for the list of models; see `core.ports.ChatProvider.check`."""
        begin = self._clock.monotonic()
        try:
            endpoint = endpoint_of(connection.base_url)
            key = await self._secrets.key_for(endpoint.base)
            key = clean_key(key) if key else None
            way = await self._clients.way_out(endpoint, connection)
            headers = {"Accept": "application/json", "User-Agent": self._user_agent}
            if key:
                headers["Authorization"] = f"Bearer {key}"
            request = way.client.build_request("GET", endpoint.models, headers=headers, timeout=timeout_of(connection))
            found = await check_server(way, request, connection.limits, key=key)
        except ChatError as error:
            found = ServerCheck(
                reachable=False, key_accepted=None, models=(), problem=error.failure.message, milliseconds=0
            )
        return replace(found, milliseconds=round((self._clock.monotonic() - begin) * 1000))

    async def close(self) -> None:
        """Closes every connection."""
        await self._clients.close()

    async def _prepare(self, request: ChatRequest) -> _Turn:
        """All that can be refused before a byte is sent.

        Raises:
            ChatError: no key, an address, a picture or a parameter that cannot be sent.
        """
        endpoint = endpoint_of(request.connection.base_url)
        key = await self._secrets.key_for(endpoint.base)
        if not key:
            raise RefusedError(Failure(FailureKind.NO_KEY, "There is no key for this gateway yet."))
        key = clean_key(key)
        quirks = await self._memory.quirks(endpoint.base, request.model.id)
        return _Turn(
            request=request,
            endpoint=endpoint,
            way=await self._clients.way_out(endpoint, request.connection),
            key=key,
            quirks=quirks,
            body=await _built(request, quirks),
            budget=RetryBudget(self._policy, self._random),
            expects_finish=await self._memory.expects_finish(endpoint.base, request.model.id),
        )

    def _call(self, turn: _Turn) -> Call:
        streams = turn.request.params.stream
        headers = {
            "Authorization": f"Bearer {turn.key}",
            "Content-Type": "application/json",
            "Accept": "text/event-stream" if streams else "application/json",
            "User-Agent": self._user_agent,
            "X-Client-Request-Id": str(uuid.UUID(hex=self._clock.new_id(), version=4)),
        }
        if streams:
            # Compressing boxes on the way hold back tokens until a block is full.
            headers["Accept-Encoding"] = "identity"
        limits = turn.request.connection.limits
        request = turn.way.client.build_request(
            "POST", turn.endpoint.chat, headers=headers, content=turn.body.data,
            timeout=timeout_of(turn.request.connection),
        )  # fmt: skip
        context = CallContext(
            number=turn.number,
            purpose=turn.purpose,
            key=turn.key,
            limits=limits,
            streams=streams,
            expects_finish=turn.expects_finish,
            now=self._clock.now_ms() / 1000,
        )
        return Call(turn.way, request, context, self._patience)

    async def _learn(self, turn: _Turn, call: Call) -> None:
        base, model = turn.endpoint.base, turn.request.model.id
        failure = call.report.failure
        if failure is not None and repeats_allowed(failure, call.should_retry):
            self._streaks.failed(base, failure.kind, self._clock.monotonic())
        else:
            self._streaks.answered(base)
        if call.accepted and not _is_refusal(failure):
            for repair in turn.repairs:
                await self._memory.keep(base, model, repair)
            turn.repairs.clear()
        if call.closed_by_itself:
            await self._memory.saw_end(base, model, finish=call.saw_finish)

    async def _repeat(self, turn: _Turn, call: Call) -> RetryScheduled | Repaired | None:
        """What comes before the next POST; None when there is none.

        Raises:
            ChatError: the repaired body cannot be built.
        """
        failure = call.report.failure
        if failure is None or call.shown or call.report.state.succeeded:
            return None
        repair = repair_for(failure, turn.body, turn.quirks)
        if repair is not None and repair.topic not in turn.repaired:
            turn.body = await _built(turn.request, repair.quirks)
            turn.quirks, turn.purpose = repair.quirks, CallPurpose.REPAIR
            turn.repairs.append(repair)
            turn.repaired.add(repair.topic)
            return Repaired(repair.change)
        turn.purpose = CallPurpose.RETRY
        if call.stale and not turn.was_stale:
            turn.was_stale = True
            return RetryScheduled(0.0, failure, turn.budget.used + 1)
        allowed = repeats_allowed(failure, call.should_retry)
        if not allowed or self._streaks.resting(turn.endpoint.base, self._clock.monotonic()):
            return None
        pause = turn.budget.pause(failure, allowed)
        return None if pause is None else RetryScheduled(pause, failure, turn.budget.used)


async def _built(request: ChatRequest, quirks: Quirks) -> WireBody:
    if not request.images:
        return build_body(request, quirks)
    # Base64 of several pictures would hold up everything else on the loop.
    return await asyncio.get_running_loop().run_in_executor(None, build_body, request, quirks)


async def _pause(seconds: float, now: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await now.wait()


def _is_refusal(failure: Failure | None) -> bool:
    return failure is not None and failure.kind is FailureKind.BAD_REQUEST


def _refused(failure: Failure) -> StreamEnded:
    return StreamEnded(CallReport(0, None, EndState.HTTP_ERROR, failure=failure))
