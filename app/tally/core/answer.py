"""Folds the events of a stream into an answer, its cost and its ledger rows; shared by turns and scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tally.core.catalog import ModelInfo
from tally.core.estimate import Calibration, Script, count_text, output_tokens
from tally.core.events import (
    CallFailed,
    CallPurpose,
    CallReport,
    ReasoningDelta,
    RequestStarted,
    StreamEnded,
    StreamEvent,
    TextDelta,
    UsageSeen,
)
from tally.core.lenient_json import find_json
from tally.core.messages import (
    AnswerInfo,
    EndState,
    Part,
    ReasoningPart,
    TextPart,
    Timings,
    ToolCallPart,
)
from tally.core.money import NOT_BILLED, UNKNOWN_COST, ZERO, Cost, CostStatus, Usage, cost_of
from tally.core.ports import Clock, LedgerEntry


@dataclass(frozen=True, slots=True)
class Booking:
    """What every ledger row of an answer shares.

    Attributes:
        model: asked; its price is the snapshot.
        model_key: the spelling under which figures are collected.
        host: the gateway's host.
        purpose: why the question is asked.
        input_estimate: estimated input tokens, for calls whose usage is not reported.
        overhead: those of the system prompt and the tools among them; None when nobody asks later.
        conversation: None for scripts.
        answer: the answer's message id; None for scripts.
        simulated: the demo gateway is asked.
        json_mode: one JSON value was asked for.
        calibrations: what was learned of this model's output, by script.
    """

    model: ModelInfo
    model_key: str
    host: str
    purpose: CallPurpose
    input_estimate: int
    overhead: int | None = None
    conversation: str | None = None
    answer: str | None = None
    simulated: bool = False
    json_mode: bool = False
    calibrations: Mapping[Script, Calibration] = field(default_factory=dict)


def sum_of(costs: Sequence[Cost]) -> Cost:
    """The cost of several calls: as sure as the least sure of them; a lower bound when one of them is unknown."""
    billed = [cost for cost in costs if cost.status is not CostStatus.NOT_BILLED]
    if not billed:
        return NOT_BILLED if costs else UNKNOWN_COST
    known = [cost for cost in billed if cost.usd is not None]
    if not known:
        return UNKNOWN_COST
    total = sum((cost.usd for cost in known if cost.usd is not None), start=ZERO)
    statuses = {cost.status for cost in billed}
    at_most = any(cost.at_most for cost in billed)
    if statuses & {CostStatus.UNKNOWN, CostStatus.LOWER_BOUND}:
        return Cost(total, CostStatus.LOWER_BOUND)
    return Cost(total, CostStatus.ESTIMATED if CostStatus.ESTIMATED in statuses else CostStatus.EXACT, at_most)


class AnswerBuilder:
    """Takes every event of one answer and knows at any moment what the answer is and costs.

    Attributes:
        text: all that was received.
        reasoning: likewise.
        requests: POSTs that were started.
        entries: ledger rows of the calls that are over.
    """

    def __init__(self, booking: Booking, clock: Clock) -> None:
        self._booking = booking
        self._clock = clock
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._tool_calls: tuple[ToolCallPart, ...] = ()
        self._usage: Usage | None = None
        self._open: RequestStarted | None = None
        self._sent_at = 0
        self._sent_monotonic = 0.0
        self._first_token_ms: int | None = None
        self._last: CallReport | None = None
        self._note: str | None = None
        self.requests = 0
        self.entries: list[LedgerEntry] = []

    @property
    def text(self) -> str:
        """The words so far."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    @property
    def reasoning(self) -> str:
        """The reasoning so far."""
        return "".join(self._reasoning)

    @property
    def has_output(self) -> bool:
        """Whether anything of the answer was received."""
        return bool(self._text or self._reasoning or self._tool_calls)

    @property
    def in_flight(self) -> bool:
        """Whether a call has begun and its end was not reported."""
        return self._open is not None

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The assembled calls; empty before the end."""
        return self._tool_calls

    def parts(self) -> tuple[Part, ...]:
        """The answer's parts so far."""
        parts: list[Part] = []
        if self._reasoning:
            parts.append(ReasoningPart(self.reasoning))
        if self._text:
            parts.append(TextPart(self.text))
        return (*parts, *self._tool_calls)

    def add(self, event: StreamEvent) -> None:
        """Folds one event in."""
        if isinstance(event, TextDelta):
            self._mark_first_token()
            self._text.append(event.text)
        elif isinstance(event, ReasoningDelta):
            self._mark_first_token()
            self._reasoning.append(event.text)
        elif isinstance(event, UsageSeen):
            self._usage = event.usage
        elif isinstance(event, RequestStarted):
            self._begin(event)
        elif isinstance(event, CallFailed):
            self._close(event.report)
        elif isinstance(event, StreamEnded):
            self._tool_calls = event.tool_calls
            self._note = event.note
            if self._open is not None:
                self._close(event.report)
            self._last = event.report

    def cancel(self) -> None:
        """The user stopped it: closes the running call, if there is one."""
        if self._open is not None:
            self._close(self._report_of_cancelled(self._open))
        else:
            self._last = CallReport(self.requests, None, EndState.CANCELLED)

    def _report_of_cancelled(self, call: RequestStarted) -> CallReport:
        elapsed = round((self._clock.monotonic() - self._sent_monotonic) * 1000)
        return CallReport(
            call.number,
            call.purpose,
            EndState.CANCELLED,
            usage=self._usage,
            first_token_ms=self._first_token_ms,
            duration_ms=elapsed,
        )

    def _mark_first_token(self) -> None:
        if self._first_token_ms is None:
            self._first_token_ms = round((self._clock.monotonic() - self._sent_monotonic) * 1000)

    def _begin(self, event: RequestStarted) -> None:
        self._open = event
        self._usage = None
        self._first_token_ms = None
        self.requests = event.number
        self._sent_at = self._clock.now_ms()
        self._sent_monotonic = self._clock.monotonic()

    def _estimate(self) -> Usage:
        parts = self.parts()
        output = output_tokens(parts, self._booking.model)
        calibration = self._booking.calibrations.get(count_text(self.text).script)
        if calibration is not None:
            output = calibration.apply(output)
        return Usage(uncached=self._booking.input_estimate, output=output)

    def _priced(self, report: CallReport) -> tuple[Usage | None, Cost]:
        """What the call stands on and what it cost (protocol.md 4.2, 4.3)."""
        model = self._booking.model
        usage = report.usage
        # Every request has input, and words have tokens: where a count is missing, the report is not the whole truth.
        whole = usage is not None and usage.input > 0 and (usage.output > 0 or not self.has_output)
        if usage is not None and whole and report.state.succeeded:
            return usage, cost_of(usage, model.price)
        if usage is not None:
            estimate = self._estimate()
            partial = Usage(
                uncached=usage.uncached or (0 if usage.input else estimate.uncached),
                output=max(usage.output, estimate.output),
                cache_read=usage.cache_read,
                cache_write=usage.cache_write,
                prompt_reported=usage.prompt_reported,
            )
            unseen = model.hidden_thinking and not usage.output
            sure = report.state.succeeded and not unseen
            status = CostStatus.ESTIMATED if sure else CostStatus.LOWER_BOUND
            return partial, cost_of(partial, model.price, status)
        if report.state.succeeded or self.has_output or report.state is EndState.CANCELLED:
            estimate = self._estimate()
            status = CostStatus.LOWER_BOUND if model.hidden_thinking else CostStatus.ESTIMATED
            return estimate, cost_of(estimate, model.price, status)
        if report.failure is not None and report.failure.may_be_billed:
            return None, UNKNOWN_COST
        return None, NOT_BILLED

    def _close(self, report: CallReport) -> None:
        self._open = None
        self._last = report
        usage, cost = self._priced(report)
        booking = self._booking
        failure = report.failure
        self.entries.append(
            LedgerEntry(
                id=self._clock.new_id(),
                at=self._sent_at,
                conversation=booking.conversation,
                answer=booking.answer,
                host=booking.host,
                model_asked=booking.model.id,
                model_key=booking.model_key,
                model_returned=report.model_returned,
                purpose=report.purpose or booking.purpose,
                state=report.state,
                usage=usage,
                usage_reported=report.usage is not None,
                price=booking.model.price,
                cost=cost,
                server_cost=report.server_cost,
                first_token_ms=report.first_token_ms,
                duration_ms=report.duration_ms,
                http_status=failure.status if failure else (200 if report.state.succeeded else None),
                request_id=report.request_id,
                simulated=booking.simulated,
            )
        )

    def cost(self) -> Cost:
        """Of all calls that are over; not billed when none was made."""
        return sum_of([entry.cost for entry in self.entries]) if self.entries else NOT_BILLED

    def _noted(self, state: EndState) -> str | None:
        if self._booking.json_mode and state.succeeded and self._text:
            return "json" if find_json(self.text)[0] else "json_invalid"
        return self._note

    def info(self) -> AnswerInfo:
        """The finished answer's facts; `cancel` or a `StreamEnded` came before."""
        last = self._last or CallReport(0, None, EndState.EMPTY)
        return AnswerInfo(
            model=self._booking.model.id,
            state=last.state,
            model_returned=last.model_returned,
            request_id=last.request_id,
            usage=last.usage if last.state.succeeded else None,
            cost=self.cost(),
            timings=Timings(last.first_token_ms, last.duration_ms),
            failure=last.failure,
            requests=self.requests,
            simulated=self._booking.simulated,
            note=self._noted(last.state),
            overhead=self._booking.overhead,
        )

    def reported_usage(self) -> Usage | None:
        """What the server reported for the last call, complete or not."""
        return self._last.usage if self._last else None

    def lesson(self) -> tuple[Script, int, int] | None:
        """For calibration: script, real and estimated output tokens; None when the answer teaches nothing."""
        last = self._last
        if last is None or last.usage is None or not last.state.succeeded or not self._text:
            return None
        estimate = output_tokens(self.parts(), self._booking.model)
        return count_text(self.text).script, last.usage.output, estimate
