"""How an answer ended, said in one line, when it did not simply end well."""

from PySide6.QtCore import QCoreApplication

from tally.core.failures import Failure, FailureKind
from tally.core.messages import AnswerInfo, EndState, Message
from tally.gui.conversation.shown import Notice, NoticeKind
from tally.gui.texts import end_text, failure_text

_CALM = {EndState.LENGTH, EndState.CANCELLED, EndState.INTERRUPTED}
_NEVER_A_NOTICE = {EndState.COMPLETE, EndState.STREAMING, EndState.TOOLS}
_RETRY_IN_VAIN = {FailureKind.NO_KEY, FailureKind.BAD_KEY, FailureKind.CONTEXT_TOO_LONG, FailureKind.UNUSABLE_IMAGE}


def _tr(text: str) -> str:
    return QCoreApplication.translate("AnswerEnd", text)


def end_notice(message: Message) -> Notice | None:
    """What is to be said about an answer's end; None when it ended well."""
    answer = message.answer
    if answer is None or answer.state in _NEVER_A_NOTICE:
        return None
    failure = answer.failure
    text = failure_text(failure).sentence if failure is not None else end_text(answer.state)
    return Notice(_kind(answer), text, tuple(_actions(message, answer)), details(answer, failure))


def _kind(answer: AnswerInfo) -> NoticeKind:
    if answer.state in _CALM:
        return NoticeKind.INFO
    if answer.state in {EndState.FILTERED, EndState.CUT, EndState.CUT_SILENT, EndState.EMPTY}:
        return NoticeKind.WARNING
    return NoticeKind.ERROR


def _actions(message: Message, answer: AnswerInfo) -> list[tuple[str, str]]:
    failure = answer.failure
    if failure is not None and failure.kind is FailureKind.IMAGE_REJECTED:
        return [("retry_without_image", _tr("Send without the picture")), ("retry", _tr("Try again"))]
    found = []
    if message.text and answer.state is not EndState.FILTERED:
        found.append(("continue", _tr("Continue")))
    if answer.state is EndState.LENGTH:
        return found
    if failure is None or failure.kind not in _RETRY_IN_VAIN:
        found.append(("retry", _tr("Try again")))
    return found


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
