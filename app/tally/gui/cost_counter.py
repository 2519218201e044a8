"""The running figures at the bottom: this answer · conversation · today · month. A click opens the usage window."""

from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from tally.core.money import Cost, Total, Totals
from tally.gui import money_text
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import plain_tooltip

_GAP = 14
_PADDING = 8


@dataclass(frozen=True, slots=True)
class _Figure:
    """One figure with its name, and the share that is not exact."""

    name: str
    value: str
    note: str = ""


class CostCounter(QAbstractButton):
    """The figures, as many as there is room for: the month's note goes first, then today, then the answer.

    Signals:
        usage_wanted: it was clicked.
    """

    usage_wanted = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("cost-counter")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._theme = theme
        self._answer: Cost | None = None
        self._totals = Totals()
        self._path: Total | None = None
        self._simulated = False
        self.clicked.connect(self.usage_wanted)
        theme.changed.connect(self._refresh)
        self._refresh()

    def set_answer(self, cost: Cost | None) -> None:
        """Shows what the last answer cost; None for none yet."""
        self._answer = cost
        self._refresh()

    def set_totals(self, totals: Totals) -> None:
        """Shows the sums."""
        self._totals = totals
        self._refresh()

    def set_path(self, total: Total | None) -> None:
        """Says what the answers on screen have cost; None when they are all there ever were."""
        self._path = total
        self._refresh()

    def set_simulated(self, simulated: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Says that the figures are the demo's and cost nothing."""
        self._simulated = simulated
        self._refresh()

    def lines(self) -> list[str]:
        """Everything it knows, one figure a line; also its tooltip."""
        found = [f"{each.name} {each.value}" + (f" ({each.note})" if each.note else "") for each in self._figures()]
        if self._path is not None:
            versions = self.tr("    of it this path {path} · all versions {whole}").format(
                path=money_text.total(self._path), whole=money_text.total(self._totals.conversation)
            )
            found.insert(2, versions)
        return found

    def shown(self) -> str:
        """What there is room for at the present width."""
        return " · ".join(f"{name} {value}" for name, value in self._fitting())

    def _figures(self) -> list[_Figure]:
        answer = money_text.UNKNOWN if self._answer is None else money_text.cost(self._answer)
        return [
            _Figure(self.tr("this answer"), answer),
            self._sum(self.tr("conversation"), self._totals.conversation),
            self._sum(self.tr("today"), self._totals.today),
            self._sum(self.tr("month"), self._totals.month),
        ]

    def _sum(self, name: str, total: Total) -> _Figure:
        return _Figure(name, money_text.total(total), money_text.total_note(total))

    def _candidates(self) -> list[list[tuple[str, str]]]:
        """What could be shown, from the fullest to the shortest."""
        figures = self._figures()
        plain = [(each.name, each.value) for each in figures]
        noted = [*plain[:3], (figures[3].name, f"{figures[3].value} {figures[3].note}".rstrip())]
        answer, conversation, _, month = plain
        found = [
            noted,
            plain,
            [answer, conversation, month],
            [conversation, month],
            [conversation],
        ]
        if self._simulated:
            mark = (self.tr("simulated"), "")
            found = [[mark, *each] for each in found]
        return found

    def _fitting(self) -> list[tuple[str, str]]:
        candidates = self._candidates()
        room = self.width() - 2 * _PADDING
        return next((each for each in candidates if self._length(each) <= room), candidates[-1])

    def _length(self, parts: list[tuple[str, str]]) -> int:
        metrics = QFontMetrics(self._theme.font(FontRole.FIGURES))
        return sum(metrics.horizontalAdvance(f"{name} {value}".rstrip()) for name, value in parts) + _GAP * (
            len(parts) - 1
        )

    def _refresh(self) -> None:
        lines = self.lines()
        if self._simulated:
            lines.insert(0, self.tr("Simulated: the demo costs nothing."))
        lines.append(self.tr("Click for every call."))
        plain_tooltip(self, "\n".join(lines))
        self.setAccessibleName(self.tr("Costs: {figures}").format(figures="; ".join(lines[:-1])))
        self.updateGeometry()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  all of it is painted
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 2, -1, -2)
        if self.isDown() or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("pressed" if self.isDown() else "hover"))
            painter.drawRoundedRect(box, 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 6, 6)
        painter.setFont(theme.font(FontRole.FIGURES))
        metrics = painter.fontMetrics()
        x = _PADDING
        line = self.rect()
        for index, (name, value) in enumerate(self._fitting()):
            if index:
                painter.setPen(theme.color("outline"))
                gap = QRect(x, line.top(), _GAP, line.height())
                painter.drawText(gap, Qt.AlignmentFlag.AlignCenter, "·")
                x += _GAP
            painter.setPen(theme.color("text" if not value else "muted"))
            painter.drawText(line.adjusted(x, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, name)
            x += metrics.horizontalAdvance(f"{name} " if value else name)
            painter.setPen(theme.color("text"))
            painter.drawText(line.adjusted(x, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, value)
            x += metrics.horizontalAdvance(value)

    def sizeHint(self) -> QSize:
        return QSize(self._length(self._candidates()[0]) + 2 * _PADDING, self._theme.px(12) + 14)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._length(self._candidates()[-1]) + 2 * _PADDING, self.sizeHint().height())
