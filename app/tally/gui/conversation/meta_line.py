"""The line of figures under an answer; a click asks for the arithmetic."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from tally.core.messages import AnswerInfo, EndState
from tally.core.money import CostStatus
from tally.gui import money_text
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import plain_tooltip

_SEPARATOR = " · "


@dataclass(frozen=True, slots=True)
class Figure:
    """One piece of the line.

    Attributes:
        text: as shown.
        keep: the last to go when space is short (0 goes first).
        is_cost: set in the accent.
    """

    text: str
    keep: int
    is_cost: bool = False


def _tr(text: str) -> str:
    return QCoreApplication.translate("MetaLine", text)


def speed(answer: AnswerInfo) -> float | None:
    """Output tokens per second after the first token; None when that cannot be said honestly."""
    timings = answer.timings
    if answer.usage is None or timings.first_token_ms is None:
        return None
    writing = timings.duration_ms - timings.first_token_ms
    # Below a quarter of a second the clock of the first packet decides, not the model.
    return answer.usage.output * 1000 / writing if writing >= 250 and answer.usage.output > 1 else None


def figures(answer: AnswerInfo, model_name: Callable[[str], str], *, edited: bool = False) -> list[Figure]:
    """The pieces of the line, in order.

    Args:
        answer: how it came to be.
        model_name: says how a model id is called.
        edited: the person changed the words; such a version has no figures of its own.
    """
    found = [Figure(model_name(answer.model), keep=3)]
    if edited:
        return [*found, Figure(_tr("edited by you"), keep=4)]
    if answer.state is EndState.STREAMING:
        return [*found, Figure(_tr("writing…"), keep=1)]
    first = answer.timings.first_token_ms
    if first is not None:
        found.append(Figure(_tr("{duration} to first token").format(duration=money_text.seconds(first)), keep=0))
    rate = speed(answer)
    if rate is not None:
        found.append(Figure(_tr("{rate} tok/s").format(rate=money_text.tokens(round(rate))), keep=1))
    if answer.usage is not None:
        tokens = answer.usage.output
        text = _tr("{count} token") if tokens == 1 else _tr("{count} tokens")
        found.append(Figure(text.format(count=money_text.tokens(tokens)), keep=2))
    charged = answer.cost.usd is not None and answer.cost.status is not CostStatus.NOT_BILLED
    found.append(Figure(money_text.cost(answer.cost), keep=4, is_cost=charged))
    if answer.simulated:
        found.append(Figure(_tr("simulated"), keep=3))
    return found


class MetaLine(QAbstractButton):
    """The figures of an answer as one quiet button."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._figures: list[Figure] = []
        self._inside = False
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_figures(self, pieces: list[Figure]) -> None:
        """Shows these pieces."""
        self._figures = pieces
        words = _SEPARATOR.join(piece.text for piece in pieces)
        self.setAccessibleName(words)
        plain_tooltip(self, self.tr("{figures} · click for details").format(figures=words))
        self.update()

    def _font(self, piece: Figure) -> QFont:
        font = self._theme.font(FontRole.FIGURES)
        if piece.is_cost:
            font.setWeight(QFont.Weight.DemiBold)
        return font

    def _fitting(self, width: int) -> list[tuple[Figure, int]]:
        """The pieces that fit, with their widths."""
        separator = QFontMetrics(self._theme.font(FontRole.FIGURES)).horizontalAdvance(_SEPARATOR)
        pieces = [(piece, QFontMetrics(self._font(piece)).horizontalAdvance(piece.text)) for piece in self._figures]
        while len(pieces) > 1 and sum(size + separator for _, size in pieces) - separator > width:
            pieces.remove(min(pieces, key=lambda pair: pair[0].keep))
        return pieces

    # Qt overrides

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font(FontRole.FIGURES))
        words = _SEPARATOR.join(piece.text for piece in self._figures)
        return QSize(round(metrics.horizontalAdvance(words) * 1.05) + 8, metrics.height() + 8)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lively = self._inside or self.hasFocus()
        muted = self._theme.color("text" if lively else "muted")
        plain = self._theme.font(FontRole.FIGURES)
        separator = QFontMetrics(plain).horizontalAdvance(_SEPARATOR)
        x = 0
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for number, (piece, size) in enumerate(self._fitting(self.width())):
            if number:
                painter.setFont(plain)
                painter.setPen(self._theme.color("muted"))
                painter.drawText(x, 0, separator, self.height(), align, _SEPARATOR)
                x += separator
            painter.setFont(self._font(piece))
            painter.setPen(self._theme.color("accent") if piece.is_cost else muted)
            painter.drawText(x, 0, min(size + 2, self.width() - x), self.height(), align, piece.text)
            x += size
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._inside = True
        self.update()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._inside = False
        self.update()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
