"""What is said about an answer while it is on its way: a retry's countdown, a repaired request, a long wait."""

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from tally.core.events import Repaired, RequestStarted, RetryScheduled, StillWaiting, WaitStage
from tally.gui.conversation.shown import Notice, NoticeKind
from tally.gui.conversation.view import ConversationView
from tally.gui.texts import failure_text


def _tr(text: str) -> str:
    return QCoreApplication.translate("TurnNotices", text)


class TurnNotices(QObject):
    """Keeps one notice for each running answer and counts its seconds down."""

    def __init__(self, view: ConversationView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._retries: dict[str, tuple[RetryScheduled, int]] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)

    def show(self, answer_id: str, event: object) -> None:
        """Says what an event means."""
        if isinstance(event, RetryScheduled):
            self._retries[answer_id] = (event, max(1, round(event.in_s)))
            self._timer.start()
            self._show_countdown(answer_id)
        elif isinstance(event, RequestStarted):
            self.drop(answer_id)
        elif isinstance(event, Repaired):
            self._view.set_notice(answer_id, Notice(NoticeKind.INFO, _repaired(event)))
        elif isinstance(event, StillWaiting):
            self._view.set_notice(answer_id, Notice(NoticeKind.INFO, _waiting(event), (("stop", _tr("Stop")),)))

    def drop(self, answer_id: str) -> None:
        """Nothing is to be said any more."""
        self._retries.pop(answer_id, None)
        if not self._retries:
            self._timer.stop()
        self._view.set_notice(answer_id, None)

    def clear(self) -> None:
        """Another conversation is on screen."""
        self._retries.clear()
        self._timer.stop()

    def _tick(self) -> None:
        for answer_id, (event, seconds) in list(self._retries.items()):
            self._retries[answer_id] = (event, max(0, seconds - 1))
            self._show_countdown(answer_id)

    def _show_countdown(self, answer_id: str) -> None:
        event, seconds = self._retries[answer_id]
        text = _tr("{reason} Trying again in {seconds} s.").format(
            reason=failure_text(event.failure).sentence, seconds=seconds
        )
        actions = (("retry_now", _tr("Now")), ("stop", _tr("Cancel")))
        self._view.set_notice(answer_id, Notice(NoticeKind.WARNING, text, actions, event.failure.details))


def _repaired(event: Repaired) -> str:
    change, _, detail = event.change.partition(":")
    if change == "no_sampling":
        return _tr("This model does not take {name}; the question was sent again without it.").format(name=detail)
    if change == "max_tokens":
        return _tr(
            "This model takes at most {limit} tokens of answer; the question was sent again with that limit."
        ).format(limit=detail)
    return _tr("This server did not understand part of the request; it was sent again in a simpler form.")


def _waiting(event: StillWaiting) -> str:
    if event.stage is WaitStage.FIRST:
        return _tr("Still waiting for the first words ({seconds} s).").format(seconds=event.seconds)
    if event.stage is WaitStage.LONG:
        if event.alive:
            return _tr("The model is thinking for a long time ({seconds} s); the connection is alive.").format(
                seconds=event.seconds
            )
        return _tr("Nothing has come for {seconds} s. The model may be thinking, or the server may be stuck.").format(
            seconds=event.seconds
        )
    return _tr("The answer has paused for {seconds} s.").format(seconds=event.seconds)
