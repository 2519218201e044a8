"""A slim bar for finding words in the conversation on screen."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from tally.gui.icons import icon
from tally.gui.shortcuts import Command, keys_of
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Card, IconButton, LineEdit, PlainLabel, use_font

_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}


class FindBar(Card):
    """Field, place, previous, next, close. Hidden until it is opened.

    Signals:
        words_changed(str): other words are to be found.
        step_wanted(bool): the next place (True) or the one before it.
        closed(): the bar was closed; it hides itself.

    Attributes:
        field: the words.
    """

    words_changed = Signal(str)
    step_wanted = Signal(bool)
    closed = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("find-bar")
        self.setAccessibleName(self.tr("Find in this chat"))
        self.field = LineEdit(
            self.tr("Find in this chat"), self, placeholder=self.tr("Find in this chat"), name="find-words"
        )
        self.field.addAction(icon("search", theme, size=16), LineEdit.ActionPosition.LeadingPosition)
        self._place = PlainLabel("", self, tone="muted")
        self._place.setObjectName("find-place")
        use_font(self._place, theme, FontRole.FIGURES)
        self._before = IconButton(
            "chevron-up", theme, self.tr("Previous place"), self, keys=keys_of(Command.FIND_PREVIOUS), size=16
        )
        self._after = IconButton(
            "chevron-down", theme, self.tr("Next place"), self, keys=keys_of(Command.FIND_NEXT), size=16
        )
        close = IconButton("close", theme, self.tr("Close"), self, keys="Esc", size=16)
        self._before.clicked.connect(lambda: self.step_wanted.emit(False))  # noqa: FBT003  Qt's signature
        self._after.clicked.connect(lambda: self.step_wanted.emit(True))  # noqa: FBT003  Qt's signature
        close.clicked.connect(self.dismiss)
        self.field.textChanged.connect(self.words_changed)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 6, 6)
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addSpacing(4)
        row.addWidget(self._place)
        for button in (self._before, self._after, close):
            row.addWidget(button)
        self.show_place(0, 0)
        self.hide()

    def words(self) -> str:
        """What is to be found; empty while the bar is closed."""
        return "" if self.isHidden() else self.field.text()

    def set_words(self, words: str) -> None:
        """Opens the bar with these words, as if they were typed."""
        self.show()
        self.field.setText(words)

    def open(self) -> None:
        """Shows the bar with the cursor in its field; the words of the last time can be typed over."""
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def dismiss(self) -> None:
        """Closes the bar."""
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def show_place(self, number: int, count: int) -> None:
        """Says which of how many places is shown; nothing while there are no words."""
        if not self.field.text():
            text = ""
        elif not count:
            text = self.tr("Not found")
        elif not number:
            text = self.tr("%n place(s)", "", count)
        else:
            text = self.tr("{number} of {count}").format(number=f"{number:,}", count=f"{count:,}")
        self._place.set_text(text)
        self.field.setAccessibleDescription(text)
        self.field.set_invalid(invalid=bool(self.field.text()) and not count)
        for button in (self._before, self._after):
            button.setEnabled(bool(count))

    # Qt

    def event(self, event: QEvent) -> bool:
        # Esc is the window's shortcut for Stop; in here it closes the bar.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in _ENTER and self.field.hasFocus():
            self.step_wanted.emit(not event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        else:
            super().keyPressEvent(event)
