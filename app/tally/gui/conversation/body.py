"""The words of a message: its segments as native text widgets, one under the other.

A long message makes the widgets of those segments that are on screen; the others are empty places of estimated height.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QWidget

from tally.gui.conversation.code_block import CodeView
from tally.gui.conversation.document_style import BLOCK_GAP
from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.segment_views import (
    SegmentView,
    TextWidget,
    make_view,
    probable_height,
    take_over,
    text_of,
)
from tally.gui.conversation.text_browser import MessageText
from tally.gui.theme import ThemeManager
from tally.rendering.segments import Segment, TableSegment, Update

LAZY_FROM = 4
"""A message of more segments makes only the widgets that are needed."""


@dataclass
class _Place:
    """Where a segment stands.

    Attributes:
        segment: what is to be drawn.
        view: its widget; None while it was never on screen.
        top: in px from the body's top.
        height: in px, estimated while there is no widget; -1 when it must be measured.
    """

    segment: Segment
    view: SegmentView | None = None
    top: int = 0
    height: int = -1


class Body(QWidget):
    """The segments of one message.

    Signals:
        link_clicked: an allowed link.
        link_hovered: the address under the pointer, empty when there is none.
        copied: a code block was copied.
        resized: the height changed by the user's doing, or because formulas were drawn.
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

    def __init__(self, theme: ThemeManager, formulas: Formulas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._formulas = formulas
        self._places: list[_Place] = []
        self._width = 0
        self._fitted = 0

    @property
    def is_empty(self) -> bool:
        """Whether there are no words."""
        return not self._places

    @property
    def views(self) -> list[SegmentView]:
        """The segment widgets that exist, in reading order."""
        return [place.view for place in self._places if place.view is not None]

    def set_segments(self, segments: Sequence[Segment], update: Update | None = None) -> None:
        """Shows these segments; what is unchanged keeps its widgets.

        Args:
            segments: all of them.
            update: which ones the renderer says have changed; None compares each of them.
        """
        first = 0 if update is None else min(update.first_changed, len(self._places))
        for index in range(first, len(segments)):
            segment = segments[index]
            if index == len(self._places):
                self._places.append(_Place(segment))
                continue
            place = self._places[index]
            if place.segment is segment:
                continue
            place.segment = segment
            appended = update.appended if update is not None and index == update.first_changed else None
            if place.view is not None and not take_over(place.view, segment, appended):
                self._drop(place)
            self._mark(index)
        for place in self._places[len(segments) :]:
            self._drop(place)
        del self._places[len(segments) :]
        self._fitted = min(self._fitted, len(segments))

    def fit(self, width: int) -> int:
        """Arranges the segments in a width and returns the height; only what changed is measured."""
        if width != self._width:
            self._width = width
            self._forget_heights()
        gap = self._theme.px(BLOCK_GAP)
        lazy = len(self._places) > LAZY_FROM
        top = 0
        if self._fitted:
            last = self._places[self._fitted - 1]
            top = last.top + last.height + gap
        for index in range(self._fitted, len(self._places)):
            place = self._places[index]
            if place.view is None and not lazy:
                self._build(place)
            if index and isinstance(place.segment, TableSegment) and place.segment.continued:
                top -= gap
            if place.height < 0:
                place.height = self._measure(place)
            place.top = top
            if place.view is not None:
                place.view.setGeometry(0, top, width, place.height)
            top += place.height + gap
        self._fitted = len(self._places)
        return max(0, top - gap)

    def show_range(self, top: int, bottom: int) -> int | None:
        """Makes the widgets between two heights, in px from the body's top.

        Returns:
            None when all of them exist; else by how much the words that were there already went down, because what
            is above them turned out higher than was estimated.
        """
        seen = [place for place in self._places if place.top + place.height > top and place.top < bottom]
        if all(place.view is not None for place in seen):
            return None
        known = next((place for place in seen if place.view is not None), None)
        before = known.top if known is not None else 0
        for index, place in enumerate(self._places):
            if place.view is None and place.top + place.height > top and place.top < bottom:
                self._build(place)
                self._mark(index)
        self.fit(self._width)
        return known.top - before if known is not None else 0

    def build_all(self) -> None:
        """Makes every widget, for what needs all words."""
        for index, place in enumerate(self._places):
            if place.view is None:
                self._build(place)
                self._mark(index)
        self.fit(self._width)

    def text_at(self, offset: int) -> tuple[Segment, TextWidget] | None:
        """The segment that came from an offset of the source, and its text widget; None when nothing is drawn of it."""
        for index, place in enumerate(self._places):
            if place.segment.start <= offset < max(place.segment.end, place.segment.start + 1):
                view = place.view
                if view is None:
                    view = self._build(place)
                    self._mark(index)
                    self.fit(self._width)
                return place.segment, text_of(view)
        return None

    def natural_width(self) -> int:
        """The width of the widest segment as laid out now, in px."""
        return max((view.natural_width() for view in self.views), default=0)

    def restyle(self) -> None:
        """Takes the theme's present colours and size; nothing is parsed again."""
        for view in self.views:
            view.restyle()
        self._forget_heights()

    def colour_all(self) -> None:
        """Asks for the colours of every complete code block."""
        for view in self.views:
            self._ask_colours(view)

    def texts(self) -> list[TextWidget]:
        """The widgets that hold text, in reading order."""
        return [text_of(view) for view in self.views]

    def mark_at(self, y: int) -> tuple[int, int] | None:
        """Segment and character position at a height; None when there is nothing."""
        for index, place in enumerate(self._places):
            if place.top + place.height > y:
                if place.view is None:
                    return index, 0
                text = text_of(place.view)
                point = text.viewport().mapFrom(self, QPoint(0, max(y, place.top)))
                return index, text.cursorForPosition(point).position()
        return None

    def mark_y(self, mark: tuple[int, int]) -> int:
        """The height at which a marked character stands now, in px from the body's top."""
        index, position = mark
        if index >= len(self._places):
            return self.height()
        view = self._places[index].view
        if view is None:
            return self._places[index].top
        text = text_of(view)
        cursor = text.textCursor()
        cursor.setPosition(min(position, text.document().characterCount() - 1))
        return text.viewport().mapTo(self, text.cursorRect(cursor).topLeft()).y()

    def _mark(self, index: int) -> None:
        self._places[index].height = -1
        self._fitted = min(self._fitted, index)

    def _forget_heights(self) -> None:
        for place in self._places:
            place.height = -1
        self._fitted = 0

    def _measure(self, place: _Place) -> int:
        if place.view is None:
            return probable_height(place.segment, self._width, self._theme)
        return place.view.fit(self._width)

    def _build(self, place: _Place) -> SegmentView:
        view = place.view = make_view(place.segment, self._theme, self._formulas, self)
        view.resized.connect(lambda: self._on_resized(place))
        if isinstance(view, CodeView):
            view.copied.connect(self.copied)
            view.wants_colours.connect(lambda: self.wants_colours.emit(view))
            self._ask_colours(view)
        else:
            view.link_clicked.connect(self.link_clicked)
            view.link_hovered.connect(self.link_hovered)
            view.anchor_wanted.connect(self._on_anchor_wanted)
        view.show()
        self.text_made.emit(text_of(view))
        return view

    def _ask_colours(self, view: SegmentView) -> None:
        if isinstance(view, CodeView) and view.segment.closed and view.segment.language:
            self.wants_colours.emit(view)

    def _drop(self, place: _Place) -> None:
        if place.view is not None:
            place.view.hide()
            place.view.deleteLater()
            place.view = None

    def _on_anchor_wanted(self, name: str) -> None:
        # The place may be in a segment that was never on screen.
        self.build_all()
        for index, place in enumerate(self._places):
            position = place.view.anchor_position(name) if isinstance(place.view, MessageText) else None
            if position is not None:
                self.resized.emit()
                self.reveal_wanted.emit(self.mark_y((index, position)))
                return

    def _on_resized(self, place: _Place) -> None:
        if place in self._places:
            self._mark(self._places.index(place))
        self.resized.emit()
