"""Everything that can happen during a turn, one small frozen class each.

Two layers speak in events. A provider (`ports.ChatProvider`) yields `StreamEvent`s for one request of the model, its
retries included. `turn.run_turn` passes them on and adds its own, so that a view receives `TurnEvent`s: always exactly
one `TurnEnded`, always last.
"""

from dataclasses import dataclass
from enum import StrEnum

from tally.core.failures import Failure
from tally.core.messages import EndState, Message, ToolCallPart
from tally.core.money import Usage


class CallPurpose(StrEnum):
    """Why a request was made; every POST is one row of the ledger."""

    CHAT = "chat"
    COMPARE = "compare"
    TOOL_ROUND = "tool_round"
    RETRY = "retry"
    REPAIR = "repair"
    SCRIPT = "script"


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More words of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """More of the reasoning a server shows."""

    text: str


@dataclass(frozen=True, slots=True)
class RequestStarted:
    """A POST is about to leave.

    Attributes:
        number: 1 for the first of this turn.
        purpose: RETRY or REPAIR for a repeated one; None for the turn's own purpose.
    """

    number: int
    purpose: CallPurpose | None = None


@dataclass(frozen=True, slots=True)
class CallReport:
    """How one POST went, for the ledger.

    Attributes:
        number: which POST of the turn.
        purpose: as in `RequestStarted`.
        state: how it ended.
        usage: as reported; None when nothing usable was.
        failure: what went wrong; None when nothing did.
        model_returned: the id the server says it used.
        request_id: the server's id of the request.
        first_token_ms: from sending to the first visible token; None when none came.
        duration_ms: from sending to the end.
        server_cost: what the server says it cost, a decimal string in dollars; information, not truth.
    """

    number: int
    purpose: CallPurpose | None
    state: EndState
    usage: Usage | None = None
    failure: Failure | None = None
    model_returned: str | None = None
    request_id: str | None = None
    first_token_ms: int | None = None
    duration_ms: int = 0
    server_cost: str | None = None


@dataclass(frozen=True, slots=True)
class UsageSeen:
    """A usage report in mid-stream: a lower bound until the end."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class CallFailed:
    """A POST failed and will be repeated; the last one is reported by `StreamEnded` instead."""

    report: CallReport


@dataclass(frozen=True, slots=True)
class RetryScheduled:
    """The request will be repeated after a pause that can be cancelled or cut short.

    Attributes:
        in_s: the pause in seconds.
        failure: why.
        attempt: 1 for the first repetition.
    """

    in_s: float
    failure: Failure
    attempt: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """The request is repeated at once with a change that this endpoint needs, which is remembered.

    Attributes:
        change: "no_stream_options", "no_sampling:<field>", "max_tokens:<limit>".
    """

    change: str


class WaitStage(StrEnum):
    """How long nothing has come."""

    FIRST = "first"
    """30 s without a first token."""
    LONG = "long"
    """90 s without a first token."""
    IDLE = "idle"
    """60 s of silence within an answer."""


@dataclass(frozen=True, slots=True)
class StillWaiting:
    """Nothing is wrong yet, but it takes long.

    Attributes:
        stage: which threshold has passed.
        seconds: how long nothing has come.
        alive: keep-alive signs of the server are arriving.
    """

    stage: WaitStage
    seconds: int
    alive: bool


@dataclass(frozen=True, slots=True)
class StreamEnded:
    """The model's answer is over, well or not; always the provider's last event.

    Attributes:
        report: of the last POST (its state is the answer's).
        tool_calls: assembled calls, in order of arrival; never to be run unless the state is TOOLS.
        note: a small remark ("done_without_finish"), machine-readable.
    """

    report: CallReport
    tool_calls: tuple[ToolCallPart, ...] = ()
    note: str | None = None


StreamEvent = (
    TextDelta
    | ReasoningDelta
    | RequestStarted
    | CallFailed
    | UsageSeen
    | RetryScheduled
    | Repaired
    | StillWaiting
    | StreamEnded
)


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """Question and empty answer are on disk; the network comes next.

    Attributes:
        answer: the empty answer as saved.
    """

    answer: Message


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The turn is over; always the last event, whatever happened.

    Attributes:
        answer: the finished answer as saved: text, state, usage, cost, failure.
    """

    answer: Message


TurnEvent = (
    TurnStarted | TextDelta | ReasoningDelta | RequestStarted | RetryScheduled | Repaired | StillWaiting | TurnEnded
)
