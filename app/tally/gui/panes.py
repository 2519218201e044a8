"""Three panes side by side: list, conversation, panel. In a narrow window the outer two lie over the middle one.

A pane keeps its width and whether it is open; the narrow window's overlays are a matter of the moment.
"""

from enum import StrEnum

from PySide6.QtCore import QRect, QSettings, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QSplitter, QVBoxLayout, QWidget

from tally.gui.theme import ThemeManager
from tally.gui.widgets import Surface, fade_in

NARROW = 900
"""Below this width in px the outer panes lie over the middle."""

_LEAST_FREE = 56
"""How much of the middle an overlay leaves to click on, in px."""


class Side(StrEnum):
    """One of the outer panes."""

    LEFT = "left"
    RIGHT = "right"


_WIDTH = {Side.LEFT: 260, Side.RIGHT: 300}
_MIN_WIDTH = {Side.LEFT: 200, Side.RIGHT: 260}
_MAX_WIDTH = 520


class Scrim(QWidget):
    """Dims what lies under an overlay and takes the click that closes it.

    Signals:
        clicked: anywhere.
    """

    clicked = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("scrim")
        self._theme = theme
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self._theme.color("scrim"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.clicked.emit()


class Panes(QWidget):
    """The three panes.

    Signals:
        changed: an outer pane was opened or closed, or the window became narrow or wide.

    Attributes:
        centre: the middle pane, to be filled by whoever builds the window.
    """

    changed = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.centre = Surface("canvas", self)
        self.centre.setMinimumWidth(320)
        self._outer = {side: Surface("side", self) for side in Side}
        self._boxes = {side: QVBoxLayout(pane) for side, pane in self._outer.items()}
        for side, pane in self._outer.items():
            pane.setObjectName(f"pane-{side}")
            pane.setMinimumWidth(_MIN_WIDTH[side])
            pane.setMaximumWidth(_MAX_WIDTH)
            self._boxes[side].setContentsMargins(0, 0, 0, 0)
            pane.hide()
        self._open = {Side.LEFT: True, Side.RIGHT: False}
        self._width = dict(_WIDTH)
        self._over: Side | None = None
        self._narrow = False
        self._focus_before: QWidget | None = None
        self._splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self._splitter.setHandleWidth(1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(self._outer[Side.LEFT])
        self._splitter.addWidget(self.centre)
        self._splitter.addWidget(self._outer[Side.RIGHT])
        self._splitter.setStretchFactor(1, 1)
        self._splitter.splitterMoved.connect(self._remember_widths)
        self._scrim = Scrim(theme, self)
        self._scrim.clicked.connect(self.close_overlay)
        self.setMinimumWidth(self.centre.minimumWidth())
        self._show_open_panes()

    def set_content(self, side: Side, widget: QWidget) -> None:
        """Fills an outer pane, in place of what was there."""
        box = self._boxes[side]
        while (item := box.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
        box.addWidget(widget)

    def is_open(self, side: Side) -> bool:
        """Whether a pane can be seen."""
        return self._over is side if self._narrow else self._open[side]

    @property
    def narrow(self) -> bool:
        """Whether the outer panes lie over the middle."""
        return self._narrow

    def set_open(self, side: Side, *, open_: bool) -> None:
        """Opens or closes a pane."""
        if open_ == self.is_open(side):
            return
        if self._narrow:
            if open_:
                self._open_overlay(side)
            else:
                self.close_overlay()
            return
        self._open[side] = open_
        self._show_open_panes()
        self.changed.emit()

    def toggle(self, side: Side) -> None:
        """Opens a closed pane and closes an open one."""
        self.set_open(side, open_=not self.is_open(side))

    def close_overlay(self) -> bool:
        """Closes the pane that lies over the middle; False when none does."""
        if self._over is None:
            return False
        self._outer[self._over].hide()
        self._over = None
        self._scrim.hide()
        before, self._focus_before = self._focus_before, None
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.changed.emit()
        return True

    def save(self, settings: QSettings) -> None:
        """Keeps widths and what is open."""
        for side in Side:
            settings.setValue(f"window/{side}_width", self._width[side])
            settings.setValue(f"window/{side}_open", int(self._open[side]))

    def restore(self, settings: QSettings) -> None:
        """Takes up what was kept; nonsense is ignored."""
        for side in Side:
            self._width[side] = _number(settings.value(f"window/{side}_width"), _WIDTH[side])
            self._open[side] = bool(_number(settings.value(f"window/{side}_open"), int(self._open[side])))
        if not self._narrow:
            self._show_open_panes()
        self.changed.emit()

    def _open_overlay(self, side: Side) -> None:
        if self._over is not None:
            self._outer[self._over].hide()
        else:
            focused = QApplication.focusWidget()
            self._focus_before = focused if focused is not None and self.isAncestorOf(focused) else None
            if self._focus_before is not None:
                self._focus_before.destroyed.connect(self._forget_focus)
        self._over = side
        self._place_overlay()
        self._scrim.show()
        self._scrim.raise_()
        pane = self._outer[side]
        fade_in(pane)
        pane.raise_()
        item = self._boxes[side].itemAt(0)
        if item is not None and (content := item.widget()) is not None:
            content.setFocus(Qt.FocusReason.PopupFocusReason)
        self.changed.emit()

    def _forget_focus(self) -> None:
        self._focus_before = None

    def _place_overlay(self) -> None:
        self._scrim.setGeometry(self.rect())
        if self._over is None:
            return
        width = min(self._width[self._over], self.width() - _LEAST_FREE)
        left = 0 if self._over is Side.LEFT else self.width() - width
        self._outer[self._over].setGeometry(QRect(left, 0, width, self.height()))

    def _rearrange(self) -> None:
        """Moves the outer panes into the splitter, or out of it."""
        if self._narrow:
            for pane in self._outer.values():
                pane.setParent(self)
                pane.hide()
        else:
            self._over = None
            self._focus_before = None
            self._scrim.hide()
            self._splitter.insertWidget(0, self._outer[Side.LEFT])
            self._splitter.addWidget(self._outer[Side.RIGHT])
            self._show_open_panes()
        self.changed.emit()

    def _show_open_panes(self) -> None:
        for side, pane in self._outer.items():
            pane.setVisible(self._open[side])
        left = self._width[Side.LEFT] if self._open[Side.LEFT] else 0
        right = self._width[Side.RIGHT] if self._open[Side.RIGHT] else 0
        self._splitter.setSizes([left, max(1, self.width() - left - right - 2), right])

    def _remember_widths(self) -> None:
        for side, pane in self._outer.items():
            if pane.isVisible():
                self._width[side] = pane.width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._splitter.setGeometry(self.rect())
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._narrow = narrow
            self._rearrange()
        elif not narrow and not self.isVisible():
            self._show_open_panes()
        self._place_overlay()


def _number(value: object, otherwise: int) -> int:
    """A number out of a settings file, which may hold it as text, or anything else."""
    try:
        return max(0, min(_MAX_WIDTH, int(str(value))))
    except ValueError:
        return otherwise
