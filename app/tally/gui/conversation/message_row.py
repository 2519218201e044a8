"""What every message of the view has: words, a focus ring, actions that appear without moving anything."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QEnterEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QWidget

from tally.core.messages import Message
from tally.gui.conversation.actions import ActionBar, SiblingBar, message_menu
from tally.gui.conversation.body import Body
from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.plain_copy import whole_text
from tally.gui.conversation.row import Row
from tally.gui.conversation.segment_views import TextWidget
from tally.gui.conversation.shown import Shown
from tally.gui.theme import ThemeManager
from tally.rendering.segments import Segment


@dataclass(frozen=True, slots=True)
class RowContext:
    """What rows ask the view for.

    Attributes:
        theme: colours and type.
        segments: the rendered words of a message.
        model_name: the name of a model id for people.
        thumbnail: a decoded picture by digest; None while it is not known.
        formulas: draws formulas.
    """

    theme: ThemeManager
    segments: Callable[[Message], Sequence[Segment]]
    model_name: Callable[[str], str]
    thumbnail: Callable[[str], QImage | None]
    formulas: Formulas


class MessageRow(Row):
    """One message.

    Attributes:
        shown: what it shows.
        body: its words.

    Signals:
        action: what the user wants done with the message ("copy" and "copy_markdown" included).
        sibling: another version is wanted, -1 or +1.
        link_clicked: an allowed link.
        link_hovered: the address under the pointer, empty when there is none.
        image_clicked: the digest of a picture to open.
        resized: the height changed by the user's doing.
        wants_colours: a `CodeView` to highlight.
        text_made: a new text widget.
        reveal_wanted: a place of the row is to be brought on screen, in px from its top.
    """

    action = Signal(str)
    sibling = Signal(int)
    link_clicked = Signal(str)
    link_hovered = Signal(str)
    image_clicked = Signal(str)
    resized = Signal()
    wants_colours = Signal(object)
    text_made = Signal(object)
    reveal_wanted = Signal(int)

    SIDE: ClassVar[int] = 4
    """How far the focus ring stands outside the text, in px."""

    def __init__(self, shown: Shown, context: RowContext, parent: QWidget) -> None:
        super().__init__(parent)
        self.shown = shown
        self.context = context
        self.theme = context.theme
        self._fitted_width = -1
        self._height = 0
        self._inside = False
        self._bar: ActionBar | None = None
        self._siblings: SiblingBar | None = None
        self.body = Body(self.theme, context.formulas, self)
        self.body.link_clicked.connect(self.link_clicked)
        self.body.link_hovered.connect(self.link_hovered)
        self.body.copied.connect(lambda: self.action.emit("copied"))
        self.body.resized.connect(self.changed)
        self.body.wants_colours.connect(self.wants_colours)
        self.body.text_made.connect(self.text_made)
        self.body.reveal_wanted.connect(lambda y: self.reveal_wanted.emit(self.body.y() + y))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    # What a kind of message provides

    def arrange(self, width: int) -> int:
        """Places everything in a width and returns the height, both in px."""
        raise NotImplementedError

    def place_actions(self) -> None:
        """Puts the action bar and the sibling bar at their place."""
        raise NotImplementedError

    # For the list

    def fit(self, width: int) -> int:
        """See `Row.fit`; nothing is done when neither the width nor the message has changed."""
        if width != self._fitted_width:
            self._fitted_width = width
            self._height = self.arrange(width)
            self.place_actions()
        return self._height

    def show_range(self, top: int, bottom: int) -> int | None:
        """See `Row.show_range`."""
        shift = self.body.show_range(top - self.body.y(), bottom - self.body.y())
        if shift is not None:
            self.invalidate()
        return shift

    def changed(self) -> None:
        """Something in the row has another height now."""
        self._fitted_width = -1
        self.resized.emit()

    def invalidate(self) -> None:
        """Makes the next `fit` arrange everything again."""
        self._fitted_width = -1

    def mark_at(self, y: int) -> object:
        """See `Row.mark_at`."""
        return self.body.mark_at(y - self.body.y())

    def mark_y(self, mark: object) -> int:
        """See `Row.mark_y`."""
        if not isinstance(mark, tuple):
            return 0
        return self.body.y() + self.body.mark_y(mark)

    def is_held(self) -> bool:
        """See `Row.is_held`."""
        focus = QApplication.focusWidget()
        if focus is not None and (focus is self or self.isAncestorOf(focus)):
            return True
        return any(text.textCursor().hasSelection() for text in self.texts())

    # For the view

    def show_message(self, shown: Shown) -> None:
        """Takes a newer value of the message."""
        self.shown = shown
        self.body.set_segments(self.context.segments(shown.message))
        self.update_siblings()
        self.invalidate()

    def restyle(self) -> None:
        """Takes the theme's present colours and size."""
        self.body.restyle()
        if self._siblings is not None:
            self._siblings.restyle()
        self.invalidate()
        self.update()

    def texts(self) -> list[TextWidget]:
        """The widgets that hold text, in reading order."""
        return self.body.texts()

    def all_texts(self) -> list[TextWidget]:
        """Also those that are folded."""
        return self.texts()

    def copied_text(self) -> str:
        """The words as plain text, for the clipboard; the row may have another height afterwards."""
        self.body.build_all()
        self.invalidate()
        return "\n\n".join(whole_text(text.document()) for text in self.body.texts())

    def set_thumbnail(self, digest: str, image: QImage) -> None:
        """A picture was decoded; rows without pictures ignore it."""

    def tab_stops(self) -> list[QWidget]:
        """What Tab reaches inside this message, in order."""
        links = [view for view in self.body.texts() if view.document().toHtml().find("<a href") >= 0]
        self.show_actions()
        bars = [bar for bar in (self._siblings, self._bar) if bar is not None]
        return [*links, *(button for bar in bars for button in bar.buttons if button.isEnabled())]

    def update_siblings(self) -> None:
        """Shows or hides ‹ 2/3 ›."""
        if self.shown.siblings > 1 and self._siblings is None:
            self._siblings = SiblingBar(self.theme, self)
            self._siblings.stepped.connect(self.sibling)
        if self._siblings is not None:
            self._siblings.show_place(self.shown.index, self.shown.siblings)
            self._siblings.setVisible(self.shown.siblings > 1)

    def show_actions(self) -> None:
        """Makes the action bar visible; its place was kept free."""
        if self._bar is None:
            self._bar = ActionBar(self.shown.message, self.theme, self)
            self._bar.chosen.connect(self._on_action)
            self.place_actions()
        self._bar.show()

    def _hide_actions(self) -> None:
        focus = QApplication.focusWidget()
        if self._bar is not None and not self._inside and (focus is None or not self._has(focus)):
            self._bar.hide()

    def _has(self, widget: QWidget) -> bool:
        return widget is self or self.isAncestorOf(widget)

    def open_menu(self) -> None:
        """Opens the menu of everything that can be done, at the action bar."""
        self.show_actions()
        menu = message_menu(self.shown.message, self.theme, self)
        menu.triggered.connect(lambda chosen: self.action.emit(chosen.data()))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        corner = self._bar.buttons[-1] if self._bar is not None else self
        menu.popup(corner.mapToGlobal(corner.rect().bottomLeft()))

    def _on_action(self, name: str) -> None:
        if name == "menu":
            self.open_menu()
        else:
            self.action.emit(name)

    # Qt overrides

    def enterEvent(self, event: QEnterEvent) -> None:
        self._inside = True
        self.show_actions()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._inside = False
        self._hide_actions()
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.show_actions()
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hide_actions()
        self.update()
        super().focusOutEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()
        self.open_menu()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Left and self.shown.index > 0:
            self.sibling.emit(-1)
        elif event.key() == Qt.Key.Key_Right and self.shown.index < self.shown.siblings - 1:
            self.sibling.emit(1)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.action.emit("copy")
        elif event.key() == Qt.Key.Key_Menu:
            self.open_menu()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  Qt's signature
        if self.hasFocus():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
