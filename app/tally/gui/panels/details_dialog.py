"""How an answer came about: its end, its times, its tokens, the arithmetic of its cost, every request."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSlider,
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from tally.core.messages import Message
from tally.core.ports import LedgerEntry
from tally.gui.panels.answer_facts import AnswerFacts, facts_of, facts_text
from tally.gui.panels.growing_text import GrowingText
from tally.gui.panels.settings_page import Remark
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, PlainLabel, Separator, use_font

_LEAST = QSize(400, 320)
_USUAL = QSize(600, 640)

_SCROLLS = {
    Qt.Key.Key_Down: QAbstractSlider.SliderAction.SliderSingleStepAdd,
    Qt.Key.Key_Up: QAbstractSlider.SliderAction.SliderSingleStepSub,
    Qt.Key.Key_PageDown: QAbstractSlider.SliderAction.SliderPageStepAdd,
    Qt.Key.Key_PageUp: QAbstractSlider.SliderAction.SliderPageStepSub,
    Qt.Key.Key_Home: QAbstractSlider.SliderAction.SliderToMinimum,
    Qt.Key.Key_End: QAbstractSlider.SliderAction.SliderToMaximum,
}


class DetailsDialog(QDialog):
    """The details of one answer; nothing in it can be changed.

    Args:
        theme: whose colours.
        message: the answer.
        entries: its ledger rows, oldest first.
        names: a model's name for people, by id.
        parent: as usual.
    """

    def __init__(
        self,
        theme: ThemeManager,
        message: Message,
        entries: Sequence[LedgerEntry],
        names: Callable[[str], str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("details")
        self.setWindowTitle(self.tr("Details of this answer"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._theme = theme
        self._facts = facts_of(message, entries, names)
        content = QWidget()
        content.setProperty("surface", "canvas")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._column = QVBoxLayout(content)
        self._column.setContentsMargins(24, 20, 24, 20)
        self._column.setSpacing(8)
        self._fill()
        self._column.addStretch(1)
        scroll = QScrollArea(self)
        scroll.setObjectName("details-scroll")
        scroll.setAccessibleName(self.windowTitle())
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll = scroll
        scroll.setWidget(content)
        self._copy = Button(self.tr("Copy as text"), self, name="details-copy")
        self._copy.clicked.connect(self._on_copy)
        close = Button(self.tr("Close"), self, kind="primary", name="details-close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        close.setFocus()
        bottom = QHBoxLayout()
        bottom.setContentsMargins(16, 10, 16, 12)
        bottom.addWidget(self._copy)
        bottom.addStretch(1)
        bottom.addWidget(close)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(scroll, 1)
        box.addWidget(Separator(theme, self))
        box.addLayout(bottom)
        self.setMinimumSize(_LEAST)
        self.resize(_USUAL if parent is None else _USUAL.boundedTo(parent.window().size()).expandedTo(_LEAST))

    @property
    def facts(self) -> AnswerFacts:
        """What is shown."""
        return self._facts

    # Building

    def _fill(self) -> None:
        facts = self._facts
        end = Remark(self._theme, "details-end")
        if facts.ended_well:
            end.say(facts.end, icon="check", tone="")
        else:
            end.say(facts.end, icon="warning", tone="warning")
        self._column.addWidget(end)
        self._column.addSpacing(4)
        self._column.addLayout(self._fact_grid(facts))
        self._head(self.tr("Cost"))
        self._column.addLayout(self._cost_grid(facts))
        self._column.addWidget(self._words(facts.certainty, "details-certainty"))
        if facts.calls:
            self._head(self.tr("Requests"))
            for number, call in enumerate(facts.calls, 1):
                title = self._words(call.title, f"details-call-{number}", tone="")
                self._column.addWidget(title)
                text = self._words(call.text, f"details-call-{number}-text")
                self._column.addWidget(text)
        if facts.failure:
            self._add_failure(facts.failure)

    def _head(self, text: str) -> None:
        self._column.addSpacing(8)
        self._column.addWidget(Separator(self._theme))
        self._column.addSpacing(4)
        label = PlainLabel(text)
        use_font(label, self._theme, FontRole.TITLE)
        self._column.addWidget(label)

    def _words(self, text: str, name: str, tone: str = "muted") -> PlainLabel:
        label = PlainLabel(text, selectable=True, tone=tone)
        label.setObjectName(name)
        label.setWordWrap(True)
        use_font(label, self._theme, FontRole.FIGURES)
        return label

    def _fact_grid(self, facts: AnswerFacts) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (label, value) in enumerate(facts.facts):
            name = PlainLabel(label, tone="muted")
            use_font(name, self._theme, FontRole.FIGURES)
            shown = self._words(value, f"details-fact-{row}", tone="")
            shown.setAccessibleName(f"{label}: {value}")
            grid.addWidget(name, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(shown, row, 1)
        return grid

    def _cost_grid(self, facts: AnswerFacts) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        right = Qt.AlignmentFlag.AlignRight
        for row, line in enumerate(facts.costs):
            cells = (line.what, line.tokens, f"× {line.price}", f"= {line.amount}")
            for column, text in enumerate(cells):
                label = self._words(text, f"details-cost-{row}-{column}", tone="" if column else "muted")
                label.setWordWrap(column == 0)
                grid.addWidget(label, row, column, right if column else Qt.AlignmentFlag(0))
        last = len(facts.costs)
        if facts.costs:
            grid.addWidget(Separator(self._theme), last, 0, 1, 4)
        name = PlainLabel(self.tr("Sum"))
        total = PlainLabel(facts.total, selectable=True, tone="accent")
        total.setObjectName("details-total")
        total.setAccessibleName(self.tr("Sum: {amount}").format(amount=facts.total))
        for label in (name, total):
            use_font(label, self._theme, FontRole.TITLE)
        grid.addWidget(name, last + 1, 0)
        grid.addWidget(total, last + 1, 1, 1, 3, right)
        return grid

    def _add_failure(self, text: str) -> None:
        fold = Button(self.tr("Technical details"), kind="quiet", name="details-fold")
        fold.setCheckable(True)
        technical = GrowingText(1, 14)
        technical.setObjectName("details-technical")
        technical.setAccessibleName(self.tr("Technical details"))
        technical.show_only()
        technical.setPlainText(text)
        use_font(technical, self._theme, FontRole.CODE)
        technical.hide()
        fold.toggled.connect(technical.setVisible)
        row = QHBoxLayout()
        row.addWidget(fold)
        row.addStretch(1)
        self._column.addSpacing(8)
        self._column.addLayout(row)
        self._column.addWidget(technical)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(facts_text(self._facts))
        self._copy.setText(self.tr("Copied"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        action = _SCROLLS.get(Qt.Key(event.key()))
        if action is None:
            super().keyPressEvent(event)
        else:
            self._scroll.verticalScrollBar().triggerAction(action)
