"""Keeps the cost counter true: it adds nothing up itself, it asks the ledger."""

from collections.abc import Iterable
from datetime import date, datetime

from PySide6.QtCore import QObject, QTimer, Signal

from tally.core.messages import AnswerInfo, Message
from tally.core.money import Total, Totals
from tally.core.ports import Clock
from tally.gui.chat_controller import ChatController
from tally.gui.cost_counter import CostCounter
from tally.gui.state import AppState
from tally.runtime.backend import Backend

MIDNIGHT_CHECK_MS = 60_000


def day_and_month(now_ms: int) -> tuple[int, int]:
    """The local starts of the day and of the month that hold a moment, all in Unix milliseconds."""
    today = datetime.fromtimestamp(now_ms / 1000).astimezone().date()
    return _start_of(today), _start_of(today.replace(day=1))


def _start_of(day: date) -> int:
    """The first moment of a local day; where clocks change at midnight, that hour comes twice or not at all."""
    midnights = [datetime(day.year, day.month, day.day, fold=fold).astimezone() for fold in (0, 1)]
    within = [each.timestamp() for each in midnights if each.date() == day]
    return round(min(within, default=midnights[0].timestamp()) * 1000)


def path_total(answers: Iterable[AnswerInfo], *, simulated: bool) -> Total:
    """What answers have cost in this conversation.

    Args:
        answers: those on screen. Copies from another conversation made no request here and count nothing.
        simulated: whether the demo's answers are added up or the real ones.
    """
    total = Total()
    for answer in answers:
        if answer.requests and answer.simulated == simulated:
            total = total.plus(answer.cost)
    return total


class CounterController(QObject):
    """Refreshes the counter after each answer, each change of conversation, and at midnight.

    Signals:
        failed(object): a `Failure`.
    """

    failed = Signal(object)

    def __init__(
        self,
        backend: Backend,
        state: AppState,
        chat: ChatController,
        counter: CostCounter,
        clock: Clock,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._state = state
        self._chat = chat
        self._counter = counter
        self._clock = clock
        self._day = 0
        self._totals: Totals | None = None
        self._midnight = QTimer(self)
        self._midnight.setInterval(MIDNIGHT_CHECK_MS)
        self._midnight.timeout.connect(self._on_minute)
        chat.answered.connect(self._on_answered)
        chat.opened.connect(self._on_opened)
        chat.content_changed.connect(self._show_path)
        state.mode_changed.connect(self.refresh)

    def begin(self) -> None:
        """The backend runs."""
        self._midnight.start()
        self.refresh()

    def refresh(self) -> None:
        """Asks the ledger."""
        conversation, simulated = self._chat.conversation.id, self._state.simulated
        day, month = day_and_month(self._clock.now_ms())
        self._day = day
        self._counter.set_simulated(simulated)
        reply = self._backend.ask(
            lambda services: services.ledger.totals(conversation, day=day, month=month, simulated=simulated)
        )
        reply.then(self._on_totals, self.failed.emit)

    def _on_totals(self, totals: Totals) -> None:
        self._totals = totals
        self._counter.set_totals(totals)
        self._show_path()

    def _show_path(self) -> None:
        """The last answer on screen, and what all answers on screen have cost if there were others.

        Beside the demo's figures stands no real answer's, and the other way round.
        """
        simulated = self._state.simulated
        answers = [message.answer for message in self._chat.conversation.path() if message.answer is not None]
        shown = bool(answers) and answers[-1].simulated == simulated
        self._counter.set_answer(answers[-1].cost if shown else None)
        path = path_total(answers, simulated=simulated)
        known = self._totals is not None and path != self._totals.conversation
        self._counter.set_path(path if known else None)

    def _on_answered(self, _: Message) -> None:
        self.refresh()

    def _on_opened(self, _: str) -> None:
        self._totals = None
        self.refresh()

    def _on_minute(self) -> None:
        if day_and_month(self._clock.now_ms())[0] != self._day:
            self.refresh()
