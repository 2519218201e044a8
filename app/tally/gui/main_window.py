"""The window: a frame with places for the conversation, the composer, the panel and the model's chip.

It knows nothing of turns or stores. It shows what it is given and says what the person wants.
"""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, QSettings, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QHideEvent,
    QImage,
    QKeySequence,
    QShortcut,
)
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QMenu, QStackedWidget, QVBoxLayout, QWidget

from tally.gui.banner import InlineNotice, NoticeKind, UndoBar
from tally.gui.drop_overlay import DropOverlay
from tally.gui.history_panel import HistoryPanel
from tally.gui.icons import icon
from tally.gui.panes import Panes, Side
from tally.gui.shortcuts import Command, Entry, Menu, commands, make_actions
from tally.gui.status_line import KeyMark, StatusLine
from tally.gui.theme import ThemeManager
from tally.gui.top_bar import TopBar
from tally.gui.widgets import Separator, Surface, fade_in

if TYPE_CHECKING:
    from tally.gui.welcome import Welcome

COLUMN = 760
"""The widest a line of conversation gets, in px."""

MARGIN = 16

_FOR_THE_WINDOW = {Command.TOGGLE_SIDE, Command.TOGGLE_PANEL, Command.FULL_SCREEN, Command.SEARCH}
"""Commands that the window carries out itself; all others leave through `commanded`."""


class _FirstPaint(QObject):
    """Notices that the window was painted for the first time.

    Signals:
        seen: once, after the painted window was handed to the screen.
    """

    seen = Signal()

    def __init__(self, watched: Sequence[QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._watched = list(watched)
        for widget in self._watched:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._watched:
            for widget in self._watched:
                widget.removeEventFilter(self)
            self._watched.clear()
            # All widgets are painted and flushed within this event; the timer fires after it.
            QTimer.singleShot(0, self, self.seen.emit)
        return super().eventFilter(watched, event)


class MainWindow(QMainWindow):
    """The frame.

    Signals:
        first_painted: once, when the window has really been painted.
        commanded(Command): a menu item, shortcut or button that the window does not carry out itself.
        title_edited(str): the person gave the open conversation another title.
        files_dropped(list): paths of files dropped anywhere on the window.
        image_dropped(QImage): a picture dropped without a file.
        notice_action(str, str): the id of a notice and of its pressed button ("closed" when it was closed).
        undo_wanted(str): Undo was pressed; the id given to `show_undo`.
        undo_expired(str): Undo is no longer offered for that id.
        key_clicked: the key's state was clicked.
        closing(QCloseEvent): the window is about to close; a receiver may ignore the event.

    Attributes:
        history: the list of conversations.
        counter: the running costs.
    """

    first_painted = Signal()
    commanded = Signal(object)
    title_edited = Signal(str)
    files_dropped = Signal(list)
    image_dropped = Signal(QImage)
    notice_action = Signal(str, str)
    undo_wanted = Signal(str)
    undo_expired = Signal(str)
    key_clicked = Signal()
    closing = Signal(QCloseEvent)

    def __init__(self, theme: ThemeManager, settings: QSettings, parent: QWidget | None = None) -> None:
        """Builds the window.

        Args:
            theme: whose colours.
            settings: where geometry and panes are kept.
            parent: as usual.
        """
        super().__init__(parent)
        self.setObjectName("main-window")
        self.setWindowTitle("Tally")
        self.setAcceptDrops(True)
        self._theme = theme
        self._settings = settings
        self._actions = make_actions(self)
        self._notices: dict[str, InlineNotice] = {}
        self.history = HistoryPanel(theme)
        self._welcome: Welcome | None = None
        self._status = StatusLine(theme)
        self.counter = self._status.counter
        self._panes = Panes(theme)
        self._panes.set_content(Side.LEFT, self.history)
        self._top = TopBar(theme, self._actions)
        self._stack = QStackedWidget()
        self._stack.addWidget(QWidget())
        self._conversation: QWidget | None = None
        self._notice_column = QVBoxLayout()
        self._undo = UndoBar(theme)
        self._composer_column = QVBoxLayout()
        self._composer: QWidget | None = None
        central = self._lay_out()
        self._drop = DropOverlay(theme, central)
        self._connect()
        self._restore()
        first = _FirstPaint([self, central, self._top, self._status], self)
        first.seen.connect(self._complete)
        first.seen.connect(self.first_painted)

    @property
    def welcome(self) -> "Welcome":
        """What stands in an empty conversation; built when it is first asked for, after the first paint."""
        if self._welcome is None:
            from tally.gui.welcome import Welcome  # noqa: PLC0415  after the first paint

            self._welcome = Welcome(self._theme)
            self._stack.addWidget(self._welcome)
            before: QWidget = self._top.menu_button
            for widget in self._welcome.findChildren(QWidget):
                if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    self.setTabOrder(before, widget)
                    before = widget
        return self._welcome

    # What it is given

    def set_title(self, title: str) -> None:
        """Shows the open conversation's title; empty for a new one, whose title cannot be edited yet."""
        self._top.set_title(title or self.tr("New chat"), editable=bool(title))
        self.setWindowTitle(f"{title} – Tally" if title else "Tally")

    def set_conversation_widget(self, widget: QWidget) -> None:
        """Puts the conversation view in its place."""
        if self._conversation is not None:
            self._stack.removeWidget(self._conversation)
            self._conversation.setParent(None)
        self._conversation = widget
        self._stack.addWidget(widget)
        self._stack.setCurrentWidget(widget)

    def set_composer(self, widget: QWidget) -> None:
        """Puts the composer under the conversation, in the same column."""
        if self._composer is not None:
            self._composer_column.removeWidget(self._composer)
            self._composer.setParent(None)
        self._composer = widget
        self._composer_column.addWidget(widget)

    def add_above_composer(self, widget: QWidget) -> None:
        """Puts a bar between the conversation and the composer; the one added last stands lowest."""
        place = -1 if self._composer is None else self._composer_column.indexOf(self._composer)
        self._composer_column.insertWidget(place, widget)

    def set_panel(self, widget: QWidget) -> None:
        """Fills the right pane."""
        self._panes.set_content(Side.RIGHT, widget)

    def set_model_chip(self, widget: QWidget) -> None:
        """Puts the model's chip into the top bar."""
        self._top.set_chip(widget)

    def show_welcome(self, shown: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Shows what stands in an empty conversation, or the conversation."""
        self._stack.setCurrentWidget(self.welcome if shown or self._conversation is None else self._conversation)

    def set_demo(self, demo: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Marks the demo."""
        self._status.set_demo(demo)
        self._actions[Command.DEMO].setChecked(demo)

    def set_key_state(self, text: str, mark: KeyMark, sentence: str = "") -> None:
        """Says where the key is, in a few words (empty shows nothing) and in a sentence for the tooltip."""
        self._status.set_key_state(text, mark, sentence)

    def show_notice(
        self,
        notice_id: str,
        kind: NoticeKind,
        text: str,
        actions: Sequence[tuple[str, str]] = (),
        *,
        details: str = "",
    ) -> None:
        """Shows a notice above the conversation, in place of one with the same id.

        Args:
            notice_id: names it in `notice_action` and `clear_notice`.
            kind: how serious it is.
            text: one sentence, plain.
            actions: ids and texts of its buttons.
            details: the technical rest.
        """
        self.clear_notice(notice_id)
        notice = InlineNotice(self._theme, kind, text, actions, details=details, closable=True)
        notice.setMaximumWidth(COLUMN)
        notice.action.connect(lambda action: self.notice_action.emit(notice_id, action))
        notice.closed.connect(lambda: self._on_notice_closed(notice_id))
        self._notices[notice_id] = notice
        self._notice_column.addWidget(notice)
        fade_in(notice)

    def clear_notice(self, notice_id: str) -> None:
        """Takes a notice away; unknown ids are fine."""
        notice = self._notices.pop(notice_id, None)
        if notice is not None:
            self._notice_column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()

    def show_undo(self, text: str, undo_id: str) -> None:
        """Offers to take something back for some seconds; `undo_wanted` or `undo_expired` follows."""
        self._undo.offer(text, undo_id)

    def action(self, command: Command) -> QAction:
        """The action of a command, to enable, disable or check it."""
        return self._actions[command]

    def edit_title(self) -> None:
        """Lets the person type another title in the top bar."""
        self._top.edit_title()

    def is_open(self, side: Side) -> bool:
        """Whether an outer pane can be seen."""
        return self._panes.is_open(side)

    def set_open(self, side: Side, *, open_: bool) -> None:
        """Opens or closes an outer pane."""
        self._panes.set_open(side, open_=open_)

    # How it is built

    def _lay_out(self) -> QWidget:
        def column(content: QVBoxLayout, *, top: int, bottom: int) -> QWidget:
            holder = QWidget()
            holder.setMaximumWidth(COLUMN + 2 * MARGIN)
            holder.setLayout(content)
            content.setContentsMargins(MARGIN, top, MARGIN, bottom)
            content.setSpacing(8)
            return holder

        notices = column(self._notice_column, top=4, bottom=0)
        self._composer_column.addWidget(self._undo)
        composer = column(self._composer_column, top=4, bottom=12)
        middle = QVBoxLayout(self._panes.centre)
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self._top)
        for widget, stretch in ((notices, 0), (self._stack, 1), (composer, 0)):
            if stretch:
                middle.addWidget(widget, stretch)
            else:
                row = QHBoxLayout()
                row.addWidget(widget)
                middle.addLayout(row)
        central = Surface("canvas")
        whole = QVBoxLayout(central)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._panes, 1)
        whole.addWidget(Separator(self._theme))
        whole.addWidget(self._status)
        self.setCentralWidget(central)
        self.setMinimumSize(480, 480)
        self.set_title("")
        return central

    def _connect(self) -> None:
        for command, action in self._actions.items():
            if command not in _FOR_THE_WINDOW:
                action.triggered.connect(lambda _checked=False, wanted=command: self.commanded.emit(wanted))
        self._actions[Command.TOGGLE_SIDE].triggered.connect(lambda: self._panes.toggle(Side.LEFT))
        self._actions[Command.TOGGLE_PANEL].triggered.connect(lambda: self._panes.toggle(Side.RIGHT))
        self._actions[Command.FULL_SCREEN].triggered.connect(self._on_full_screen)
        self._actions[Command.SEARCH].triggered.connect(self._on_search)
        self._actions[Command.STOP].setEnabled(False)
        self._panes.changed.connect(self._on_panes_changed)
        self._top.title_edited.connect(self.title_edited)
        self._status.key_clicked.connect(self.key_clicked)
        self._status.demo_clicked.connect(self.key_clicked)
        self.counter.usage_wanted.connect(self._actions[Command.USAGE].trigger)
        self.history.opened.connect(self._close_overlay)
        self.history.new_wanted.connect(self._close_overlay)
        self._undo.undone.connect(self.undo_wanted)
        self._undo.expired.connect(self.undo_expired)
        self._drop.files_dropped.connect(self.files_dropped)
        self._drop.image_dropped.connect(self.image_dropped)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self._on_escape)
        QShortcut(QKeySequence(Qt.Key.Key_F10), self, self._top.open_menu)

    def _complete(self) -> None:
        """Adds what the first paint does not show."""
        self._add_menus()
        handle = self.windowHandle()
        if handle is not None:
            self._drop.watch(handle)

    def _add_menus(self) -> None:
        names = {
            Menu.CHAT: self.tr("Chat"),
            Menu.ANSWER: self.tr("Answer"),
            Menu.VIEW: self.tr("View"),
            Menu.PROGRAM: self.tr("Tally"),
        }
        entries = commands()
        if sys.platform == "darwin":
            for place, name in names.items():
                self._fill(self.menuBar().addMenu(name), [each for each in entries if each.menu is place])
            self._top.set_menu(None)
            return
        menu = QMenu(self)
        menu.setObjectName("main-menu")
        for place in (Menu.CHAT, Menu.ANSWER, Menu.VIEW):
            submenu = menu.addMenu(names[place])
            self._fill(submenu, [each for each in entries if each.menu is place])
        menu.addSeparator()
        self._fill(menu, [each for each in entries if each.menu is Menu.PROGRAM])
        self._top.set_menu(menu)

    def _fill(self, menu: QMenu, entries: Sequence[Entry]) -> None:
        for entry in entries:
            action = self._actions[entry.command]
            if entry.separate:
                menu.addSeparator()
            if entry.icon and not entry.checkable:
                action.setIcon(icon(entry.icon, self._theme, size=16))
            menu.addAction(action)

    def _restore(self) -> None:
        geometry = self._settings.value("window/geometry")
        if not (isinstance(geometry, QByteArray) and self.restoreGeometry(geometry)):
            self.resize(1180, 780)
        self._panes.restore(self._settings)

    def _save(self) -> None:
        self._settings.setValue("window/geometry", self.saveGeometry())
        self._panes.save(self._settings)

    # What happens

    def _close_overlay(self) -> None:
        self._panes.close_overlay()

    def _on_panes_changed(self) -> None:
        self._actions[Command.TOGGLE_SIDE].setChecked(self._panes.is_open(Side.LEFT))
        self._actions[Command.TOGGLE_PANEL].setChecked(self._panes.is_open(Side.RIGHT))
        # The list has a New chat button of its own.
        self._top.new_button.setVisible(self._panes.narrow or not self._panes.is_open(Side.LEFT))

    def _on_escape(self) -> None:
        if not self._panes.close_overlay() and self._actions[Command.STOP].isEnabled():
            self.commanded.emit(Command.STOP)

    def _on_search(self) -> None:
        self._panes.set_open(Side.LEFT, open_=True)
        self.history.focus_search()

    def _on_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _on_notice_closed(self, notice_id: str) -> None:
        self.clear_notice(notice_id)
        self.notice_action.emit(notice_id, "closed")

    # Qt

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self._undo.withdraw()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._drop.welcome(event.mimeData()):
            event.accept()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.WindowStateChange:
            self._actions[Command.FULL_SCREEN].setChecked(self.isFullScreen())

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closing.emit(event)
        if event.isAccepted():
            self._save()
