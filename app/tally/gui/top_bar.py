"""The bar over the conversation: title, model, and the buttons that open the panes and the menu."""

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QStackedWidget, QWidget

from tally.gui.shortcuts import Command, keys_of
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import IconButton, LineEdit, PlainLabel, Surface

HEIGHT = 52


class TitleLabel(PlainLabel):
    """The title; a double click wants to edit it.

    Signals:
        edit_wanted: it was double-clicked.
    """

    edit_wanted = Signal()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()
        self.edit_wanted.emit()


class TitleEdit(LineEdit):
    """Where a title is typed; Esc gives up without reaching the window.

    Signals:
        given_up: Esc was pressed.
    """

    given_up = Signal()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and _is_escape(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


def _is_escape(event: QEvent) -> bool:
    return isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape


class TopBar(Surface):
    """Title, model, buttons.

    Signals:
        title_edited(str): the person gave the conversation another title.
    """

    title_edited = Signal(str)

    def __init__(self, theme: ThemeManager, actions: dict[Command, QAction], parent: QWidget | None = None) -> None:
        super().__init__("canvas", parent)
        self.setObjectName("top-bar")
        self.setMinimumHeight(HEIGHT)
        self._title = TitleLabel("", self, elide=True)
        self._title.setObjectName("conversation-title")
        self._title.edit_wanted.connect(self.edit_title)
        self._theme = theme
        theme.changed.connect(self._dress_title)
        self._editor = TitleEdit(self.tr("Title of this chat"), self, name="title-editor")
        self._editor.editingFinished.connect(self._on_edited)
        self._editor.given_up.connect(self._show_title)
        self._stack = QStackedWidget(self)
        self._stack.addWidget(self._title)
        self._stack.addWidget(self._editor)
        self._title_editable = False
        self._editing = False
        self.side_button = self._toggle(theme, actions, Command.TOGGLE_SIDE, "panel-left", self.tr("Chat list"))
        self.panel_button = self._toggle(theme, actions, Command.TOGGLE_PANEL, "panel-right", self.tr("Parameters"))
        self.new_button = self._plain(theme, actions, Command.NEW_CHAT, "new-chat", self.tr("New chat"))
        self.menu_button = IconButton("menu", theme, self.tr("Menu"), self, keys="F10")
        self.menu_button.clicked.connect(self.open_menu)
        self._menu: QMenu | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(10, 6, 10, 6)
        self._row.setSpacing(4)
        self._row.addWidget(self.side_button)
        self._row.addWidget(self.new_button)
        self._row.addSpacing(6)
        self._row.addWidget(self._stack, 1)
        self._row.addWidget(self.panel_button)
        self._row.addWidget(self.menu_button)
        self._chip: QWidget | None = None

    def set_title(self, text: str, *, editable: bool = True) -> None:
        """Shows the conversation's title."""
        self._title.set_text(text)
        self._title_editable = editable
        self._dress_title()
        self._show_title()

    def title(self) -> str:
        """The title as shown."""
        return self._title.whole_text()

    def edit_title(self) -> None:
        """Lets the person type another title in its place."""
        if not self._title_editable:
            return
        self._editing = True
        self._editor.setText(self._title.whole_text())
        self._stack.setCurrentWidget(self._editor)
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self._editor.selectAll()

    def set_chip(self, widget: QWidget) -> None:
        """Puts the model chip in its place."""
        if self._chip is not None:
            self._row.removeWidget(self._chip)
            self._chip.setParent(None)
        self._chip = widget
        self._row.insertWidget(self._row.indexOf(self.panel_button), widget)

    def set_menu(self, menu: QMenu | None) -> None:
        """Gives the menu button its menu; without one the button is not there (a menu bar is, instead)."""
        self._menu = menu
        self.menu_button.setVisible(menu is not None)
        if menu is not None:
            menu.aboutToHide.connect(lambda: self.menu_button.setDown(False))

    def open_menu(self) -> None:
        """Opens the menu under its button."""
        # Not through QToolButton.setMenu, which would wait for the menu in an event loop of its own.
        if self._menu is None:
            return
        self.menu_button.setDown(True)
        corner = self.menu_button.mapToGlobal(self.menu_button.rect().bottomRight())
        self._menu.popup(QPoint(corner.x() - self._menu.sizeHint().width() + 1, corner.y() + 4))

    def _toggle(
        self, theme: ThemeManager, actions: dict[Command, QAction], command: Command, name: str, text: str
    ) -> IconButton:
        button = self._plain(theme, actions, command, name, text)
        button.setCheckable(True)
        button.setChecked(actions[command].isChecked())
        actions[command].toggled.connect(button.setChecked)
        return button

    def _plain(
        self, theme: ThemeManager, actions: dict[Command, QAction], command: Command, name: str, text: str
    ) -> IconButton:
        button = IconButton(name, theme, text, self, keys=keys_of(command))
        button.clicked.connect(actions[command].trigger)
        return button

    def _dress_title(self) -> None:
        self._title.setFont(self._theme.font(FontRole.TITLE, self._title.whole_text()))

    def _show_title(self) -> None:
        self._editing = False  # first, for the hidden editor loses the focus and so "finishes"
        self._stack.setCurrentWidget(self._title)

    def _on_edited(self) -> None:
        if not self._editing:
            return
        text = " ".join(self._editor.text().split())
        self._show_title()
        if text and text != self._title.whole_text():
            self.title_edited.emit(text)
