"""How an answer ended, said in one line, when it did not simply end well."""

from PySide6.QtCore import QCoreApplication

from tally.core.failures import Failure, FailureKind
from tally.core.messages import AnswerInfo, EndState, Message
from tally.gui.conversation.shown import Notice, NoticeKind
from tally.gui.texts import action_label, end_text, failure_text

_CALM = {EndState.LENGTH, EndState.CANCELLED, EndState.INTERRUPTED}
_UNSURE = {EndState.FILTERED, EndState.CUT, EndState.CUT_SILENT, EndState.EMPTY}
_NEVER_A_NOTICE = {EndState.COMPLETE, EndState.STREAMING, EndState.TOOLS}
_BROKEN_OFF = {EndState.CUT, EndState.CUT_SILENT, EndState.STREAM_ERROR}
_MOST_ACTIONS = 3


def end_notice(message: Message) -> Notice | None:
    """What is to be said about an answer's end; None when it ended well."""
    answer = message.answer
    if answer is None or answer.state in _NEVER_A_NOTICE:
        return None
    failure = answer.failure
    # Of an answer that has words the end is what matters; why it ended is in the details.
    kept = bool(message.text) and answer.state in _BROKEN_OFF
    text = end_text(answer.state) if failure is None or kept else failure_text(failure).sentence
    return Notice(_kind(answer), text, tuple(_actions(message, answer)), details(answer, failure))


def _kind(answer: AnswerInfo) -> NoticeKind:
    if answer.state in _CALM:
        return NoticeKind.INFO
    return NoticeKind.WARNING if answer.state in _UNSURE else NoticeKind.ERROR


def _actions(message: Message, answer: AnswerInfo) -> list[tuple[str, str]]:
    failure = answer.failure
    found = []
    if message.text and answer.state is not EndState.FILTERED:
        found.append(("continue", QCoreApplication.translate("AnswerEnd", "Continue")))
    if answer.state is EndState.LENGTH:
        return found
    offered = failure_text(failure).actions if failure is not None else ("retry",)
    for name in offered:
        if name == "remove_image" and failure is not None and failure.kind is FailureKind.IMAGE_REJECTED:
            found.append(("retry_without_image", QCoreApplication.translate("AnswerEnd", "Send without the picture")))
        elif name != "wait":
            found.append((name, action_label(name)))
    return found[:_MOST_ACTIONS]


def details(answer: AnswerInfo, failure: Failure | None) -> str:
    """The technical rest of a failure, for the curious and for support; empty when there is none."""
    if failure is None:
        return ""
    lines = [failure.message]
    if failure.status is not None:
        lines.append(f"HTTP {failure.status}")
    if failure.code:
        lines.append(failure.code)
    request = failure.request_id or answer.request_id
    if request:
        lines.append(f"request {request}")
    if failure.details:
        lines += ["", failure.details]
    return "\n".join(lines)
