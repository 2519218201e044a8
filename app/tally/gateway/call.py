"""One POST from sending to its end: bytes into the parser, limits of time, and the report of how it went."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation

import httpx

from tally.core.events import (
    CallPurpose,
    CallReport,
    StillWaiting,
    WaitStage,
)
from tally.core.failures import Failure, FailureKind
from tally.core.keys import masked
from tally.core.messages import EndState, ToolCallPart
from tally.core.settings import TimeLimits
from tally.gateway.chunks import AnswerParser
from tally.gateway.client import WayOut
from tally.gateway.endings import Delta
from tally.gateway.exchange import Exchange
from tally.gateway.failures import failure_from_answer, request_id_in, without_key
from tally.gateway.retry_hints import retry_after, should_retry
from tally.gateway.transport_failures import failure_of, is_disconnect, timed_out

CallEvent = Delta | StillWaiting


@dataclass(frozen=True, slots=True)
class Patience:
    """When to say that it takes long, and how long to wait for what is not the answer; in seconds.

    Attributes:
        first: without a first token.
        long: likewise, the second notice.
        idle: of silence within an answer.
        drain: for the end of the connection after the end of the answer.
        error_body: for the body of an error.
    """

    first: float = 30.0
    long: float = 90.0
    idle: float = 60.0
    drain: float = 2.0
    error_body: float = 10.0


@dataclass(frozen=True, slots=True)
class CallContext:
    """What a call needs to know besides its request.

    Attributes:
        number: which POST of the turn.
        purpose: as in `RequestStarted`.
        key: to be masked in what is reported.
        limits: how long to wait.
        streams: the answer was asked for piece by piece.
        expects_finish: an answer without a finish_reason is suspicious at this endpoint.
        now: Unix time in seconds, for hints that name a date.
    """

    number: int
    purpose: CallPurpose | None
    key: str = field(repr=False)
    limits: TimeLimits
    streams: bool
    expects_finish: bool
    now: float


class Call:
    """One POST and its answer.

    Attributes:
        report: how it went; set when `events` has ended.
        tool_calls: assembled calls.
        note: a small remark on the end.
        shown: something visible has arrived, so the request must not be repeated.
        accepted: the server began to answer with a 2xx.
        saw_finish: a finish_reason came.
        closed_by_itself: the answer's end came from the server, without an error.
        should_retry: what `x-should-retry` said.
        stale: a kept connection turned out to be dead before anything was answered.
    """

    def __init__(self, way: WayOut, request: httpx.Request, context: CallContext, patience: Patience) -> None:
        self._exchange = Exchange(way.client, request, error_body_s=patience.error_body)
        self._way = way
        self._context = context
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._parser = AnswerParser(expects_finish=context.expects_finish)
        self._started = self._loop.time()
        self._first_token: float | None = None
        self._last_activity = self._started
        self._keepalives = 0
        self._noticed: set[WaitStage] = set()
        self.report = CallReport(context.number, context.purpose, EndState.NETWORK_ERROR)
        self.tool_calls: tuple[ToolCallPart, ...] = ()
        self.note: str | None = None
        self.saw_finish = False
        self.closed_by_itself = False

    @property
    def shown(self) -> bool:
        """Whether something visible has arrived."""
        return self._parser.shown

    @property
    def accepted(self) -> bool:
        """Whether the server began to answer with a 2xx."""
        return self._exchange.succeeded

    @property
    def should_retry(self) -> bool | None:
        """What the server's `x-should-retry` says."""
        return should_retry(self._exchange.headers)

    @property
    def stale(self) -> bool:
        """Whether a kept connection died before a byte of the answer: the server closed it while it was idle."""
        error = self._exchange.error
        return self._exchange.reused and self._exchange.status is None and is_disconnect(error)

    async def events(self) -> AsyncGenerator[CallEvent, None]:
        """Sends the request and yields what arrives. Closing the generator closes the connection at once."""
        exchange = self._exchange
        exchange.start()
        cut: Failure | None = None
        try:
            while True:
                await exchange.wait(self._next_moment())
                for event in self._take():
                    yield event
                if self._parser.done or self._parser.failed:
                    break
                if exchange.done and not exchange.has_bytes:
                    cut = self._transport_failure()
                    break
                cut = self._limit_passed()
                if cut is not None:
                    break
                notice = self._notice()
                if notice is not None:
                    yield notice
            ended = self._loop.time()
            if self._parser.done and not self._parser.failed:
                await self._drain()
        finally:
            await exchange.close()
        for event in self._finish(cut, ended):
            yield event

    def _take(self) -> list[Delta]:
        data = self._exchange.take()
        if not data:
            return []
        before = self._parser.activity
        events = self._parser.feed(data)
        if self._parser.activity != before:
            self._last_activity = self._loop.time()
            self._keepalives = self._parser.keepalives
            self._noticed.discard(WaitStage.IDLE)
        if self._parser.shown and self._first_token is None:
            self._first_token = self._loop.time()
        return events

    # Time

    def _hard_limits(self) -> list[tuple[float, str]]:
        """The moments at which waiting ends, with the sentence for each."""
        exchange, limits = self._exchange, self._context.limits
        found: list[tuple[float, str]] = []
        if not self._context.streams:
            found.append(((exchange.sent_at or self._started) + limits.whole, "The answer took too long."))
        elif exchange.status is None and exchange.sent_at is not None:
            found.append((exchange.sent_at + limits.first_byte, "The server sent nothing in time."))
        if exchange.last_byte_at is not None:
            found.append((exchange.last_byte_at + limits.idle, "The server stopped sending."))
        if self._parser.shown:
            found.append((self._last_activity + limits.semantic_idle, "The server stopped answering."))
        return found

    def _limit_passed(self) -> Failure | None:
        now = self._loop.time()
        passed = next((sentence for moment, sentence in self._hard_limits() if now >= moment), None)
        return timed_out(passed) if passed else None

    def _soft_limits(self) -> list[tuple[float, WaitStage, float]]:
        """The notices still to be given: when, which, and since when nothing has come."""
        wait = self._patience
        if self._parser.shown:
            since = self._last_activity
            stages = [(WaitStage.IDLE, wait.idle)]
        else:
            since = self._started
            stages = [(WaitStage.FIRST, wait.first), (WaitStage.LONG, wait.long)]
        return [(since + after, stage, since) for stage, after in stages if stage not in self._noticed]

    def _notice(self) -> StillWaiting | None:
        now = self._loop.time()
        due = [(stage, since) for moment, stage, since in self._soft_limits() if now >= moment]
        if not due:
            return None
        stage, since = due[-1]
        self._noticed.update(each for each, _ in due)
        return StillWaiting(stage, int(now - since), alive=self._parser.keepalives > self._keepalives)

    def _next_moment(self) -> float | None:
        moments = [moment for moment, _ in self._hard_limits()]
        moments += [moment for moment, _, _ in self._soft_limits()]
        return min(moments, default=None)

    async def _drain(self) -> None:
        """Reads to the end of the connection: some gateways book an early close as a lost answer (protocol.md 2.1)."""
        until = self._loop.time() + self._patience.drain
        while not self._exchange.done and self._loop.time() < until:
            await self._exchange.wait(until)
            self._exchange.take()

    # The end

    def _transport_failure(self) -> Failure | None:
        error = self._exchange.error
        if error is None:
            return None
        answered = self._exchange.status is not None
        return failure_of(error, host=self._way.host, proxy=self._way.proxy, answered=answered)

    def _finish(self, cut: Failure | None, ended: float) -> tuple[Delta, ...]:
        """Judges how it went; returns what only the end has made certain."""
        exchange = self._exchange
        last: tuple[Delta, ...] = ()
        if exchange.succeeded:
            last = self._finish_answer(cut)
        elif exchange.status is not None:
            failure = failure_from_answer(exchange.status, exchange.headers, exchange.error_body)
            self._fail(EndState.HTTP_ERROR, failure)
        else:
            self._fail(EndState.NETWORK_ERROR, cut or Failure(FailureKind.DISCONNECTED, "The connection ended."))
        first = self._first_token
        self.report = replace(
            self.report,
            first_token_ms=None if first is None else round((first - self._started) * 1000),
            duration_ms=round((ended - self._started) * 1000),
        )
        return last

    def _finish_answer(self, cut: Failure | None) -> tuple[Delta, ...]:
        ending = self._parser.finish(cut)
        state, failure = ending.state, ending.failure
        if state is EndState.NETWORK_ERROR and cut is not None and cut.kind is FailureKind.WRONG_FORMAT:
            state = EndState.PROTOCOL_ERROR
        if state is EndState.PROTOCOL_ERROR and failure is not None and self._unknown_coding():
            failure = replace(failure, message=f"The answer is compressed ({self._unknown_coding()}), unasked.")
        if self._parser.shown and self._first_token is None:
            self._first_token = self._loop.time()
        self.tool_calls, self.note, self.saw_finish = ending.tool_calls, ending.note, ending.saw_finish
        self.closed_by_itself = cut is None and (state.succeeded or state is EndState.CUT_SILENT)
        request_id = request_id_in(self._exchange.headers) or ending.request_id
        self.report = replace(
            self.report,
            usage=ending.usage,
            model_returned=ending.model_returned and masked(ending.model_returned, self._context.key),
            request_id=request_id and masked(request_id, self._context.key),
            server_cost=ending.server_cost or self._header_cost(),
        )
        self._fail(state, failure)
        return ending.deltas

    def _fail(self, state: EndState, failure: Failure | None) -> None:
        if failure is not None:
            headers = self._exchange.headers
            limited = failure.kind is FailureKind.RATE_LIMITED
            failure = without_key(
                replace(
                    failure,
                    status=failure.status or self._exchange.status,
                    request_id=failure.request_id or self.report.request_id,
                    retry_after_s=retry_after(headers, now=self._context.now, limited=limited),
                ),
                self._context.key,
            )
        request_id = self.report.request_id or (failure.request_id if failure else None)
        self.report = replace(self.report, state=state, failure=failure, request_id=request_id)

    def _unknown_coding(self) -> str:
        """A compression that cannot be undone here and that was not asked for; empty for none."""
        coding = self._exchange.headers.get("content-encoding", "").strip().lower()
        return coding if coding in {"br", "zstd"} else ""

    def _header_cost(self) -> str | None:
        """LiteLLM's price of the call; in streams it is absent or zero."""
        text = self._exchange.headers.get("x-litellm-response-cost", "").strip()
        try:
            cost = Decimal(text)
        except InvalidOperation:
            return None
        return f"{cost:f}" if cost.is_finite() and 0 < cost < 10**6 else None
