"""A vertical list whose rows exist as widgets only while they are on screen.

The position is an anchor, never a scroll value: either the end of the list, or a row and where its top stands. Rows
are placed outwards from the anchor, so a height that turns out different from its estimate moves what is off screen
and never what is being read.
"""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from tally.gui.conversation.heights import HeightIndex
from tally.gui.conversation.row import Row

PAD_TOP = 16
PAD_BOTTOM = 24
"""Space before the first and after the last row, in px."""

_MOST_PASSES = 8

_AT_END_PX = 4
"""Nearer to the end than this counts as being at the end."""


@dataclass
class _Anchor:
    """Where the reader is.

    Attributes:
        row: a row on screen.
        top: where its top stands, in px below the viewport's top; usually negative.
        at_end: the reader is at the end and stays there whatever is added; the rest then follows from it.
    """

    row: int = 0
    top: int = PAD_TOP
    at_end: bool = True


class VirtualList(QAbstractScrollArea):
    """The scrolling part of the conversation view; what a row is, a subclass decides.

    Signals:
        at_end_changed: the reader reached or left the end (True: at the end).
    """

    at_end_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heights = HeightIndex()
        self.live: dict[int, Row] = {}
        self._anchor = _Anchor()
        self._value = 0
        self._arranging = False
        self._width = 0
        self._mark: tuple[object, int] | None = None
        self._relayout_later = QTimer(self, singleShot=True, interval=0)
        self._relayout_later.timeout.connect(self.relayout)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._show_bar(is_needed=False)
        self.verticalScrollBar().setSingleStep(24)

    # What a subclass provides

    def make_row(self, index: int) -> Row:
        """Builds the widget of a row as a child of the viewport."""
        raise NotImplementedError

    def column(self) -> tuple[int, int]:
        """Left edge and width of the rows in the viewport, in px."""
        raise NotImplementedError

    def _show_bar(self, *, is_needed: bool) -> None:
        """Shows or hides the scroll bar; its room stays free, so that the text does not move sideways."""
        policies = Qt.ScrollBarPolicy
        policy = policies.ScrollBarAlwaysOn if is_needed else policies.ScrollBarAlwaysOff
        if policy == self.verticalScrollBarPolicy():
            return
        room = 0 if is_needed else self.verticalScrollBar().sizeHint().width()
        self.setVerticalScrollBarPolicy(policy)
        self.setViewportMargins(0, 0, room, 0)

    # Position

    @property
    def at_end(self) -> bool:
        """Whether the reader is at the end."""
        return self._anchor.at_end

    def anchor(self) -> tuple[int, int] | None:
        """The row that is read and where its top stands in the viewport; None at the end."""
        return None if self._anchor.at_end else (self._anchor.row, self._anchor.top)

    def first_on_screen(self) -> int:
        """The first row that can be seen, at the end as well; 0 when there is none."""
        return self._anchor.row

    def go_to(self, row: int, top: int = PAD_TOP) -> None:
        """Puts the top of a row at a height of the viewport."""
        self._set_anchor(_Anchor(row, top, at_end=False))
        self.relayout()

    def go_to_end(self) -> None:
        """Goes to the end and stays there."""
        self._set_anchor(_Anchor(at_end=True))
        self.relayout()

    def reveal(self, row: int, top: int, bottom: int) -> None:
        """Scrolls as little as needed to bring a part of a row (px from its top) on screen."""
        live = self.live.get(row)
        if live is None or not live.isVisible():
            self.go_to(row, PAD_TOP - top if top > 0 else PAD_TOP)
            live = self.live.get(row)
            if live is None:
                return
        y = live.y()
        if y + top < PAD_TOP or bottom - top > self.viewport().height() - 2 * PAD_TOP:
            self.go_to(row, PAD_TOP - top)
        elif y + bottom > self.viewport().height() - PAD_BOTTOM:
            self.go_to(row, self.viewport().height() - PAD_BOTTOM - bottom)

    def scroll_by(self, pixels: int) -> None:
        """Scrolls down by so many pixels (up when negative)."""
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + pixels)

    def _set_anchor(self, anchor: _Anchor) -> None:
        was = self._anchor.at_end
        self._anchor = anchor
        if was != anchor.at_end:
            self.at_end_changed.emit(anchor.at_end)

    # Rows

    def clear_rows(self, *, keep: dict[int, int] | None = None) -> None:
        """Throws the widgets away, except those that are the same row under a new index.

        Args:
            keep: old index to new index of the rows that stay.
        """
        kept = {}
        for index, row in self.live.items():
            if keep is not None and index in keep:
                kept[keep[index]] = row
            else:
                self._discard(row)
        self.live = kept

    def replace_row(self, index: int) -> None:
        """Builds the widget of a row anew."""
        row = self.live.pop(index, None)
        if row is not None:
            self._discard(row)

    def row_changed(self, index: int) -> None:
        """A live row has a new height; arranges everything that is on screen around it."""
        if index in self.live:
            self.relayout()

    def relayout_soon(self) -> None:
        """Arranges the rows before the next paint, once."""
        if not self._relayout_later.isActive():
            self._relayout_later.start()

    def remeasure(self) -> None:
        """The type or the width has changed: lays everything out anew around the words at the top of the screen."""
        at, row = self._anchor, self.live.get(self._anchor.row)
        self._width = self.column()[1]
        if self._mark is not None and row is not None and not at.at_end:
            mark, y = self._mark
            self.heights.set_exact(at.row, row.fit(self._width))
            at.top = y - row.mark_y(mark)
        self.relayout()

    def _note_mark(self) -> None:
        """Remembers which words stand at the top of the screen.

        When the type or the width has changed it is too late to ask: Qt may have laid the text out anew already.
        """
        at, row = self._anchor, self.live.get(self._anchor.row)
        self._mark = None
        if not at.at_end and row is not None and at.top < 0:
            mark = row.mark_at(-at.top)
            if mark is not None:
                self._mark = mark, row.mark_y(mark) + at.top

    def _discard(self, row: Row) -> None:
        row.hide()
        row.deleteLater()

    def _measure(self, index: int) -> int:
        row = self.live.get(index)
        if row is None:
            row = self.make_row(index)
            self.live[index] = row
        height = row.fit(self._width)
        self.heights.set_exact(index, height)
        return height

    def relayout(self) -> None:
        """Places the rows around the anchor, makes those that are missing and drops those far away."""
        self._relayout_later.stop()
        if self._arranging or self.viewport().height() <= 0:
            return
        self._arranging = True
        try:
            left, self._width = self.column()
            places = self._place()
            for _ in range(_MOST_PASSES):
                if not self._complete(places):
                    break
                places = self._place()
            for index, (top, height) in places.items():
                row = self.live[index]
                row.setGeometry(QRect(left, top, self._width, height))
                if not row.isVisible():
                    row.show()
            self._recycle(places)
            self._settle(places)
        finally:
            self._arranging = False

    def _place(self) -> dict[int, tuple[int, int]]:
        count = len(self.heights)
        if not count:
            return {}
        bottom = self.viewport().height()
        at = self._anchor
        if at.at_end:
            height = self._measure(count - 1)
            at.row, at.top = count - 1, bottom - PAD_BOTTOM - height
        at.row = max(0, min(at.row, count - 1))
        places: dict[int, tuple[int, int]] = {}
        self._extend_down(places, at.row, at.top)
        self._extend_up(places, at.row, at.top)
        last = max(places)
        end = sum(places[last])
        if last == count - 1 and end < bottom - PAD_BOTTOM:
            self._shift(places, bottom - PAD_BOTTOM - end)
            first = min(places)
            self._extend_up(places, first, places[first][0])
        first = min(places)
        if first == 0 and places[0][0] > PAD_TOP:
            self._shift(places, PAD_TOP - places[0][0])
            last = max(places)
            self._extend_down(places, last, places[last][0])
        return places

    def _complete(self, places: dict[int, tuple[int, int]]) -> bool:
        """Lets the rows complete what is on screen of them; True when they have to be placed again."""
        screen = self.viewport().height()
        changed = False
        for index, (top, height) in places.items():
            if top >= screen or top + height <= 0:
                continue
            shift = self.live[index].show_range(-top, screen - top)
            if shift is not None:
                changed = True
                if index == self._anchor.row:
                    self._anchor.top -= shift
        return changed

    def _extend_down(self, places: dict[int, tuple[int, int]], index: int, top: int) -> None:
        bottom = self.viewport().height()
        while index < len(self.heights):
            height = self._measure(index)
            places[index] = (top, height)
            top += height
            index += 1
            if top >= bottom:
                break

    def _extend_up(self, places: dict[int, tuple[int, int]], index: int, top: int) -> None:
        while index > 0 and top > 0:
            index -= 1
            height = self._measure(index)
            top -= height
            places[index] = (top, height)

    @staticmethod
    def _shift(places: dict[int, tuple[int, int]], by: int) -> None:
        for index, (top, height) in places.items():
            places[index] = (top + by, height)

    def _recycle(self, places: dict[int, tuple[int, int]]) -> None:
        screen = self.viewport().height()
        origin = self._origin(places)
        for index in [index for index in self.live if index not in places]:
            row = self.live[index]
            top = self.heights.top(index) - origin
            if top > 2 * screen or top + row.height() < -screen:
                if row.is_held():
                    row.move(row.x(), top if top > 0 else -row.height())
                    continue
                del self.live[index]
                self._discard(row)
            else:
                row.move(row.x(), top)

    def _origin(self, places: dict[int, tuple[int, int]]) -> int:
        if not places:
            return 0
        first = min(places)
        return self.heights.top(first) - places[first][0]

    def _settle(self, places: dict[int, tuple[int, int]]) -> None:
        """Writes the result back: the anchor is the first row on screen, the scroll bar follows."""
        screen = self.viewport().height()
        whole = PAD_TOP + self.heights.total() + PAD_BOTTOM
        value = PAD_TOP + self._origin(places)
        maximum = max(0, whole - screen)
        at_end = not places or value >= maximum - _AT_END_PX if not self._anchor.at_end else True
        # Of a row that ends above the edge of the text nothing is read.
        ends = {index: top + height for index, (top, height) in places.items() if top + height > 0}
        on_screen = [index for index, end in ends.items() if end > PAD_TOP] or list(ends)
        if on_screen:
            row = min(on_screen)
            self._anchor.row, self._anchor.top = row, places[row][0]
        if at_end != self._anchor.at_end:
            self._anchor.at_end = at_end
            self.at_end_changed.emit(at_end)
        bar = self.verticalScrollBar()
        self._show_bar(is_needed=maximum > 0)
        bar.setPageStep(screen)
        bar.setRange(0, maximum)
        bar.setValue(max(0, min(value, maximum)))
        self._value = bar.value()
        self._note_mark()

    # Qt overrides

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: ARG002  Qt's signature; the bar's value says it better
        if self._arranging:
            return
        bar = self.verticalScrollBar()
        value = bar.value()
        moved = value - self._value
        if value >= bar.maximum() - _AT_END_PX:
            self._set_anchor(_Anchor(at_end=True))
        elif abs(moved) <= 3 * self.viewport().height():
            self._set_anchor(_Anchor(self._anchor.row, self._anchor.top - moved, at_end=False))
        else:
            row = self.heights.at(value - PAD_TOP)
            self._set_anchor(_Anchor(row, self.heights.top(row) + PAD_TOP - value, at_end=False))
        self.relayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.column()[1] != self._width:
            self.remeasure()
        else:
            self.relayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.verticalScrollBar()
        keys = Qt.Key
        page = self.viewport().height() - 2 * bar.singleStep()
        if event.key() in {keys.Key_PageUp, keys.Key_PageDown, keys.Key_Space}:
            up = event.key() == keys.Key_PageUp or (
                event.key() == keys.Key_Space and event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            )
            self.scroll_by(-page if up else page)
        elif event.key() == keys.Key_Home:
            self.go_to(0)
        elif event.key() == keys.Key_End:
            self.go_to_end()
        else:
            event.ignore()

    def viewportEvent(self, event: QEvent) -> bool:
        # The style's own paint and layout requests of children must not reach QAbstractScrollArea as scrolling.
        if event.type() == QEvent.Type.LayoutRequest:
            return True
        return super().viewportEvent(event)

    def viewport_point(self, row: int, y: int) -> QPoint:
        """A point of a row in the viewport."""
        live = self.live[row]
        return QPoint(live.x(), live.y() + y)
