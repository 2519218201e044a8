"""The words of a message: its segments as native text widgets, one under the other."""

from collections.abc import Sequence
from typing import TypeAlias

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from tally.gui.conversation.code_block import CodeText, CodeView
from tally.gui.conversation.document_style import BLOCK_GAP
from tally.gui.conversation.formula import FormulaView
from tally.gui.conversation.prose import ProseView
from tally.gui.conversation.table import TableView
from tally.gui.conversation.text_browser import MessageText
from tally.gui.theme import ThemeManager
from tally.rendering.segments import CodeSegment, MathSegment, ProseSegment, Segment, TableSegment, Update

SegmentView: TypeAlias = ProseView | CodeView | TableView | FormulaView
TextWidget: TypeAlias = MessageText | CodeText


class Body(QWidget):
    """The segments of one message.

    Attributes:
        views: the segment widgets, in reading order.

    Signals:
        link_clicked: an allowed link.
        link_hovered: the address under the pointer, empty when there is none.
        copied: a code block was copied.
        resized: the height changed by the user's doing.
        wants_colours: a complete code block (`CodeView`) to be highlighted.
        text_made: a new text widget.
        reveal_wanted: a place of this message is to be brought on screen, in px from the body's top.
    """

    link_clicked = Signal(str)
    link_hovered = Signal(str)
    copied = Signal()
    resized = Signal()
    wants_colours = Signal(object)
    text_made = Signal(object)
    reveal_wanted = Signal(int)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.views: list[SegmentView] = []
        self._heights: list[int] = []
        self._width = 0
        self._fitted = 0

    def set_segments(self, segments: Sequence[Segment], update: Update | None = None) -> None:
        """Shows these segments; what is unchanged keeps its widgets.

        Args:
            segments: all of them.
            update: which ones the renderer says have changed; None compares each of them.
        """
        first = 0 if update is None else update.first_changed
        for index in range(first, len(segments)):
            segment = segments[index]
            if index < len(self.views) and self.views[index].segment is segment:
                continue
            appended = update.appended if update is not None and index == first else None
            if index < len(self.views) and self._reuse(self.views[index], segment, appended):
                self._mark(index)
                continue
            view = self._make(segment)
            if index < len(self.views):
                self._drop(self.views[index])
                self.views[index] = view
            else:
                self.views.append(view)
                self._heights.append(-1)
            self._mark(index)
            view.show()
            if isinstance(view, CodeView) and view.segment.closed and view.segment.language:
                self.wants_colours.emit(view)
            self.text_made.emit(view.text if isinstance(view, CodeView) else view)
        for view in self.views[len(segments) :]:
            self._drop(view)
        del self.views[len(segments) :], self._heights[len(segments) :]
        self._fitted = min(self._fitted, len(segments))

    def fit(self, width: int) -> int:
        """Arranges the segments in a width and returns the height; only what changed is measured."""
        if width != self._width:
            self._width = width
            self._fitted = 0
            self._heights = [-1] * len(self.views)
        gap = self._theme.px(BLOCK_GAP)
        top = 0
        if self._fitted:
            last = self.views[self._fitted - 1]
            top = last.y() + self._heights[self._fitted - 1] + gap
        for index in range(self._fitted, len(self.views)):
            view = self.views[index]
            if index and isinstance(view, TableView) and view.segment.continued:
                top -= gap
            if self._heights[index] < 0:
                self._heights[index] = view.fit(width)
            view.setGeometry(0, top, width, self._heights[index])
            top += self._heights[index] + gap
        self._fitted = len(self.views)
        return max(0, top - gap)

    def natural_width(self) -> int:
        """The width of the widest segment as laid out now, in px."""
        return max((view.natural_width() for view in self.views), default=0)

    def restyle(self) -> None:
        """Takes the theme's present colours and size; nothing is parsed again."""
        for view in self.views:
            view.restyle()
        self._heights = [-1] * len(self.views)
        self._fitted = 0

    def colour_all(self) -> None:
        """Asks for the colours of every complete code block."""
        for view in self.views:
            if isinstance(view, CodeView) and view.segment.closed and view.segment.language:
                self.wants_colours.emit(view)

    def texts(self) -> list[TextWidget]:
        """The widgets that hold text, in reading order."""
        return [view.text if isinstance(view, CodeView) else view for view in self.views]

    def mark_at(self, y: int) -> tuple[int, int] | None:
        """Segment and character position at a height; None when there is nothing."""
        for index, view in enumerate(self.views):
            if view.y() + view.height() > y:
                text = self.texts()[index]
                point = text.viewport().mapFrom(self, QPoint(0, max(y, view.y())))
                return index, text.cursorForPosition(point).position()
        return None

    def mark_y(self, mark: tuple[int, int]) -> int:
        """The height at which a marked character stands now, in px from the body's top."""
        index, position = mark
        if index >= len(self.views):
            return self.height()
        text = self.texts()[index]
        cursor = text.textCursor()
        cursor.setPosition(min(position, text.document().characterCount() - 1))
        return text.viewport().mapTo(self, text.cursorRect(cursor).topLeft()).y()

    def _mark(self, index: int) -> None:
        self._heights[index] = -1
        self._fitted = min(self._fitted, index)

    def _reuse(self, view: SegmentView, segment: Segment, appended: int | None) -> bool:
        match view, segment:
            case CodeView(), CodeSegment():
                view.show_segment(segment, appended)
            case ProseView(), ProseSegment():
                view.show_segment(segment)
            case TableView(), TableSegment():
                view.show_segment(segment)
            case FormulaView(), MathSegment():
                view.show_segment(segment)
            case _:
                return False
        return True

    def _make(self, segment: Segment) -> SegmentView:
        if isinstance(segment, CodeSegment):
            code = CodeView(segment, self._theme, self)
            code.resized.connect(lambda: self._on_resized(code))
            code.copied.connect(self.copied)
            code.wants_colours.connect(lambda: self.wants_colours.emit(code))
            return code
        view: ProseView | TableView | FormulaView
        if isinstance(segment, TableSegment):
            view = TableView(segment, self._theme, self)
        elif isinstance(segment, MathSegment):
            view = FormulaView(segment, self._theme, self)
        else:
            view = ProseView(segment, self._theme, self)
        view.link_clicked.connect(self.link_clicked)
        view.link_hovered.connect(self.link_hovered)
        view.anchor_wanted.connect(self._on_anchor_wanted)
        return view

    def _drop(self, view: SegmentView) -> None:
        view.hide()
        view.deleteLater()

    def _on_anchor_wanted(self, name: str) -> None:
        for index, view in enumerate(self.views):
            position = view.anchor_position(name) if isinstance(view, MessageText) else None
            if position is not None:
                self.reveal_wanted.emit(self.mark_y((index, position)))
                return

    def _on_resized(self, code: CodeView) -> None:
        if code in self.views:
            self._mark(self.views.index(code))
        self.resized.emit()
