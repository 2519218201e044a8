"""How an answer ended, judged from everything that was seen of it (protocol.md 2.4).

An answer is complete when a finish reason was seen and no error; neither `[DONE]` nor a clean end of the bytes proves
it, and neither's absence disproves it. Three decisions go beyond the table:

- An error after the finish reason is still STREAM_ERROR, with the note `error_after_finish`: the words are kept, and
  the server has said in so many words that something went wrong.
- A connection lost after the finish reason or `[DONE]` takes nothing from the answer, so it is not CUT.
- Usage in a chunk of its own after the last words is sent only when an answer is over, so that without a finish
  reason and without `[DONE]` it is COMPLETE; usage beside words (some servers count along) proves nothing.
"""

import logging
from dataclasses import dataclass, replace
from enum import Enum

from tally.core.events import ReasoningDelta, TextDelta, UsageSeen
from tally.core.failures import Failure, FailureKind
from tally.core.messages import EndState, ToolCallPart
from tally.core.money import Usage

_log = logging.getLogger(__name__)

NOTE_EMPTY = "empty_answer"
NOTE_DONE = "done_without_finish"
NOTE_NO_FINISH = "no_finish_reason"
NOTE_LATE_ERROR = "error_after_finish"

Delta = TextDelta | ReasoningDelta | UsageSeen


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of one answer.

    Attributes:
        state: how it ended.
        usage: as reported; None when nothing usable was.
        tool_calls: in order of arrival; not to be run unless the state is TOOLS.
        failure: what went wrong; None when nothing did.
        note: a small remark: `empty_answer`, `done_without_finish`, `no_finish_reason`, `error_after_finish`.
        model_returned: the id the server says it used.
        request_id: the server's id of the request, when the body names one.
        server_cost: what the server says it cost, a decimal string in dollars.
        saw_finish: a finish reason came.
        saw_done: `[DONE]` came.
        deltas: what only the end brought to light (an answer in one JSON document, a last line without line end);
            they come before everything else here.
    """

    state: EndState
    usage: Usage | None = None
    tool_calls: tuple[ToolCallPart, ...] = ()
    failure: Failure | None = None
    note: str | None = None
    model_returned: str | None = None
    request_id: str | None = None
    server_cost: str | None = None
    saw_finish: bool = False
    saw_done: bool = False
    deltas: tuple[Delta, ...] = ()


class Finish(Enum):
    """Why the model stopped, in the server's own view."""

    STOP = "stop"
    LENGTH = "length"
    TOOLS = "tools"
    FILTERED = "filtered"
    ERROR = "error"


_FINISH: dict[str, Finish] = {
    **dict.fromkeys(("stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed"), Finish.STOP),
    **dict.fromkeys(
        ("length", "max_tokens", "model_context_window_exceeded", "pause_turn", "compaction"), Finish.LENGTH
    ),
    **dict.fromkeys(("tool_calls", "function_call", "tool_use"), Finish.TOOLS),
    **dict.fromkeys(("content_filter", "refusal", "safety", "recitation"), Finish.FILTERED),
    **dict.fromkeys(("error", "network_error"), Finish.ERROR),
}


def finish_of(reason: object) -> Finish | None:
    """The meaning of a `finish_reason`; None when it is null, empty or no text."""
    if not isinstance(reason, str):
        return None
    name = reason.strip().strip('"').lower()
    if name in {"", "null", "none"}:
        return None
    finish = _FINISH.get(name)
    if finish is None:
        _log.info("unknown finish_reason %.60r is read as stop", reason)
        return Finish.STOP
    return finish


def more_telling(before: Finish | None, later: Finish | None) -> Finish | None:
    """Which of two finish reasons holds: an error always, else the first that is more than a plain stop."""
    if later is None:
        return before
    if before is None or before is Finish.STOP or later is Finish.ERROR:
        return later
    return before


@dataclass(slots=True)
class Findings:
    """What was seen of an answer.

    Attributes:
        expects_finish: the endpoint is not known to leave out finish reasons.
        failure: an error the server reported.
        violation: a sentence on why this is not the protocol; None when it is.
        finish: the finish reason that holds.
        done: `[DONE]` came.
        chunks: objects that belong to the protocol.
        activity: those of them that said something.
        strangers: lines, objects and garbled JSON that belong to nothing.
        said: text where JSON was expected.
        has_text: words came that can be seen.
        refused: the model declined in words.
        whole: a complete answer in one JSON document came.
        usage: as reported.
        usage_alone: the last thing that said something was usage without words.
        tool_calls: assembled.
        excerpt: the first characters of the body.
        shown: something visible came.
    """

    expects_finish: bool = True
    failure: Failure | None = None
    violation: str | None = None
    finish: Finish | None = None
    done: bool = False
    chunks: int = 0
    activity: int = 0
    strangers: int = 0
    said: str = ""
    has_text: bool = False
    refused: bool = False
    whole: bool = False
    usage: Usage | None = None
    usage_alone: bool = False
    tool_calls: tuple[ToolCallPart, ...] = ()
    excerpt: str = ""
    shown: bool = False


Verdict = tuple[EndState, Failure | None, str | None]
"""State, failure and note."""


def judge(seen: Findings, cut: Failure | None) -> Verdict:
    """The end of an answer.

    Args:
        seen: what came.
        cut: how the connection failed; None when the bytes simply ended.
    """
    if seen.failure is not None:
        return _broken(seen, seen.failure)
    if seen.violation is not None:
        return EndState.PROTOCOL_ERROR, _wrong_format(seen.violation, seen), None
    if seen.finish is Finish.ERROR:
        return _broken(seen, Failure(FailureKind.STREAM, seen.said or "The server broke off the answer with an error."))
    if seen.finish is not None:
        return _finished(seen, seen.finish, None)
    if seen.whole:
        return _finished(seen, Finish.STOP, NOTE_NO_FINISH)
    if seen.said:
        return _spoken(seen)
    if cut is not None and not seen.done:
        return (EndState.CUT if seen.chunks else EndState.NETWORK_ERROR), cut, None
    return _without_finish(seen)


def _broken(seen: Findings, failure: Failure) -> Verdict:
    note = NOTE_LATE_ERROR if seen.finish not in {None, Finish.ERROR} else None
    return EndState.STREAM_ERROR, replace(failure, may_be_billed=failure.may_be_billed or seen.shown), note


def _finished(seen: Findings, finish: Finish, note: str | None) -> Verdict:
    if finish is Finish.LENGTH:
        return EndState.LENGTH, None, note
    if finish is Finish.FILTERED or seen.refused:
        return EndState.FILTERED, None, note
    if seen.tool_calls:
        return EndState.TOOLS, None, note
    return EndState.COMPLETE, None, note if seen.has_text else NOTE_EMPTY


def _spoken(seen: Findings) -> Verdict:
    """Plain text stood where a chunk should have, and nothing after it said that all was well."""
    if seen.chunks:
        return _broken(seen, Failure(FailureKind.STREAM, seen.said, details=seen.said))
    return EndState.PROTOCOL_ERROR, _wrong_format(seen.said, seen), None


def _without_finish(seen: Findings) -> Verdict:
    if not seen.activity:
        if seen.strangers and not seen.chunks and not seen.done:
            message = f"What the server sent is not an answer: {seen.excerpt.strip()}"
            return EndState.PROTOCOL_ERROR, _wrong_format(message, seen), None
        # Not billed: the gateway bills successful calls only, and nothing of this one was lost on the way.
        message = "The server sent an empty answer."
        return EndState.EMPTY, Failure(FailureKind.EMPTY, message, details=seen.excerpt), None
    if seen.refused:
        return EndState.FILTERED, None, NOTE_NO_FINISH
    if seen.done and seen.usage is not None:
        return _finished(seen, Finish.STOP, NOTE_DONE)
    if seen.usage_alone or not seen.expects_finish:
        return _finished(seen, Finish.STOP, NOTE_NO_FINISH)
    message = "The answer ended without the mark that it is complete; the end may be missing."
    return EndState.CUT_SILENT, Failure(FailureKind.DISCONNECTED, message, may_be_billed=True), None


def _wrong_format(message: str, seen: Findings) -> Failure:
    """What came is not this protocol; its beginning goes into the details."""
    return Failure(FailureKind.WRONG_FORMAT, message, details=seen.excerpt)
