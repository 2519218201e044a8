"""An answer of the model: plain text on the canvas, what happened, and a line of figures under it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tally.core.messages import AnswerInfo, EndState, ToolResultPart
from tally.gui.conversation.actions import BUTTON, ActionBar
from tally.gui.conversation.ends import end_notice
from tally.gui.conversation.fold import Fold
from tally.gui.conversation.json_switch import JsonSwitch
from tally.gui.conversation.message_row import MessageRow, RowContext
from tally.gui.conversation.meta_line import MetaLine, figures
from tally.gui.conversation.notice import NoticeView
from tally.gui.conversation.segment_views import TextWidget
from tally.gui.conversation.shown import Notice, Shown

_ABOVE, _BELOW = 4, 16
_GAP = 10


class AnswerRow(MessageRow):
    """What the model said.

    Signals:
        notice_action: the id of an action of the notice.
        formatted_wanted: the JSON of this answer is to be shown pretty (True) or as written (False).
    """

    notice_action = Signal(str)
    formatted_wanted = Signal(bool)

    def __init__(self, shown: Shown, context: RowContext, parent: QWidget) -> None:
        super().__init__(shown, context, parent)
        self._reasoning: Fold | None = None
        self._calls: list[Fold] = []
        self._notice: NoticeView | None = None
        self._live_notice: Notice | None = None
        self._json: JsonSwitch | None = None
        self._meta = MetaLine(self.theme, self)
        self._meta.clicked.connect(lambda: self.action.emit("details"))
        self.show_message(shown)

    @property
    def answer(self) -> AnswerInfo:
        """How the answer came to be."""
        answer = self.shown.message.answer
        return answer if answer is not None else AnswerInfo("", EndState.COMPLETE)

    def show_message(self, shown: Shown) -> None:
        """Takes a newer value of the message."""
        super().show_message(shown)
        self.set_reasoning(shown.message.reasoning)
        self._show_calls()
        self._meta.show_figures(figures(self.answer, self.context.model_name, edited=shown.message.edited))
        self._meta.setVisible(shown.message.answer is not None)
        self._show_json()
        self._show_notice()

    def set_reasoning(self, words: str) -> None:
        """Takes the reasoning so far."""
        if words and self._reasoning is None:
            self._reasoning = Fold("", self.theme, self)
            self._reasoning.toggled.connect(lambda _: self.changed())
            self._reasoning.show()
            self.text_made.emit(self._reasoning.text)
            self.invalidate()
        if self._reasoning is not None:
            thinking = self.answer.state is EndState.STREAMING and self.body.is_empty
            self._reasoning.set_title(self.tr("Thinking…") if thinking else self.tr("Reasoning"))
            self._reasoning.set_words(words)
            if self._reasoning.is_open:
                self.invalidate()

    def set_notice(self, notice: Notice | None) -> None:
        """Shows what is going on with a running answer; None when there is nothing to say."""
        self._live_notice = notice
        self._show_notice()
        self.invalidate()

    def restyle(self) -> None:
        """Takes the theme's present colours and size."""
        for part in (self._reasoning, self._notice, self._json, *self._calls):
            if part is not None:
                part.restyle()
        super().restyle()

    def texts(self) -> list[TextWidget]:
        """The widgets that hold text, in reading order."""
        return [fold.text for fold in self._folds() if fold.is_open] + super().texts()

    def all_texts(self) -> list[TextWidget]:
        """Also those that are folded."""
        return [*(fold.text for fold in self._folds()), *super().texts()]

    def tab_stops(self) -> list[QWidget]:
        """What Tab reaches inside this message, in order."""
        stops = [stop for fold in self._folds() for stop in fold.tab_stops()]
        bars = super().tab_stops()
        notice = self._notice.tab_stops() if self._notice is not None else []
        json = self._json.tab_stops() if self._json is not None else []
        return [*stops, *json, *notice, self._meta, *bars]

    def _folds(self) -> list[Fold]:
        return [*([self._reasoning] if self._reasoning is not None else []), *self._calls]

    def _show_calls(self) -> None:
        for fold in self._calls:
            fold.deleteLater()
        results = {part.call_id: part.text for part in self.shown.message.parts if isinstance(part, ToolResultPart)}
        self._calls = []
        for call in self.shown.message.tool_calls:
            fold = Fold(self.tr("Tool call: {name}").format(name=call.name), self.theme, self, mono=True)
            result = results.get(call.call_id)
            fold.set_words(call.raw if result is None else f"{call.raw}\n\n{result}")
            fold.toggled.connect(lambda _: self.changed())
            fold.show()
            self.text_made.emit(fold.text)
            self._calls.append(fold)

    def _show_notice(self) -> None:
        notice = self._live_notice if self.answer.state is EndState.STREAMING else None
        if notice is None and self.shown.message.answer is not None:
            notice = end_notice(self.shown.message)
        if notice is None:
            if self._notice is not None:
                self._notice.hide()
                self._notice.deleteLater()
                self._notice = None
        elif self._notice is None:
            self._notice = NoticeView(notice, self.theme, self)
            self._notice.action.connect(self.notice_action)
            self._notice.resized.connect(self.changed)
            self._notice.show()
        else:
            self._notice.show_notice(notice)

    def _show_json(self) -> None:
        note = self.answer.note
        if note not in {"json", "json_invalid"}:
            return
        if self._json is None:
            self._json = JsonSwitch(self.theme, self)
            self._json.formatted_wanted.connect(self.formatted_wanted)
        self._json.show_state(valid=note == "json")
        self._json.show()

    def arrange(self, width: int) -> int:
        """See `MessageRow.arrange`."""
        left, inner = self.SIDE, width - 2 * self.SIDE
        top = _ABOVE
        if self._json is not None:
            height = self._json.sizeHint().height()
            self._json.setGeometry(left, top, inner, height)
            top += height + _GAP
        for fold in self._folds():
            height = fold.fit(inner)
            fold.setGeometry(left, top, inner, height)
            top += height + _GAP
        height = self.body.fit(inner)
        self.body.setGeometry(left, top, inner, height)
        top += height + (_GAP if height else 0)
        if self._notice is not None:
            height = self._notice.fit(inner)
            self._notice.setGeometry(left, top, inner, height)
            top += height + _GAP
        return top + BUTTON + _BELOW

    def place_actions(self) -> None:
        """See `MessageRow.place_actions`."""
        y = self._height - _BELOW - BUTTON
        right = self._fitted_width - self.SIDE
        wide = ActionBar.width_for(self.shown.message)
        if self._bar is not None:
            self._bar.setGeometry(right - wide, y, wide, BUTTON)
        right -= wide
        if self._siblings is not None and self.shown.siblings > 1:
            size = self._siblings.sizeHint()
            self._siblings.setGeometry(right - size.width() - 4, y, size.width(), BUTTON)
            right -= size.width() + 4
        available = max(0, right - self.SIDE - 8)
        self._meta.setGeometry(self.SIDE, y, min(available, self._meta.sizeHint().width()), BUTTON)
