"""The pane at the left: the name, a new chat, the search, and under them the list of conversations."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from tally.gui.icons import icon, pixmap
from tally.gui.shortcuts import Command, keys_of
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, LineEdit, PlainLabel, key_text, plain_tooltip, use_font

if TYPE_CHECKING:
    from tally.core.conversation import ConversationHead
    from tally.core.ports import SearchHit
    from tally.gui.history_list import HistoryList


class SearchField(LineEdit):
    """Esc empties it before anything else hears of Esc.

    Signals:
        left_downwards: Down or Enter was pressed.
    """

    left_downwards = Signal()

    def event(self, event: QEvent) -> bool:
        wanted = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if wanted and event.key() == Qt.Key.Key_Escape and self.text():  # type: ignore[attr-defined]  # a QKeyEvent
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.left_downwards.emit()
        else:
            super().keyPressEvent(event)


class HistoryPanel(QWidget):
    """Search, new chat, and the conversations.

    Signals:
        opened(str): the id of the conversation to show.
        hit_opened(str, str): right after `opened` for a search hit: conversation and message id ("" for the title).
        new_wanted: a new conversation.
        renamed(str, str): id and new title.
        pin_toggled(str, bool): id and whether it shall be pinned.
        delete_wanted(str): the id of the conversation to put into the trash.
        search_changed(str): the searched words; answer with `show_hits` unless empty.
    """

    opened = Signal(str)
    hit_opened = Signal(str, str)
    new_wanted = Signal()
    renamed = Signal(str, str)
    pin_toggled = Signal(str, bool)
    delete_wanted = Signal(str)
    search_changed = Signal(str)

    def __init__(
        self,
        theme: ThemeManager,
        parent: QWidget | None = None,
        *,
        today: Callable[[], QDate] = QDate.currentDate,
    ) -> None:
        """Builds the panel without its list, which is made for the first conversations.

        Args:
            theme: whose colours.
            parent: as usual.
            today: the present day, for the headings.
        """
        super().__init__(parent)
        self.setObjectName("history")
        self._theme = theme
        self._today = today
        self._mark = QLabel(self)
        self._search = SearchField(
            self.tr("Search chats ({keys})").format(keys=key_text(keys_of(Command.SEARCH))),
            self,
            placeholder=self.tr("Search"),
            name="history-search",
        )
        glass = self._search.addAction(icon("search", theme, size=16), LineEdit.ActionPosition.LeadingPosition)
        glass.setToolTip(self.tr("Search"))
        glass.triggered.connect(self.focus_search)
        self._clear = self._search.addAction(icon("close", theme, size=16), LineEdit.ActionPosition.TrailingPosition)
        self._clear.setToolTip(self.tr("Clear the search ({keys})").format(keys=key_text("Esc")))
        for button in self._search.findChildren(QToolButton):
            button.setAccessibleName(button.defaultAction().toolTip())
        self._clear.setVisible(False)
        self._clear.triggered.connect(self._search.clear)
        self._new = Button(self.tr("New chat"), self, name="new-chat-button")
        self._new.setIcon(icon("plus", theme, token="accent", size=16))  # noqa: S106  a colour
        self._new.setIconSize(QSize(16, 16))
        plain_tooltip(self._new, self.tr("New chat ({keys})").format(keys=key_text(keys_of(Command.NEW_CHAT))))
        self._room = QWidget(self)
        self._lay_out()
        self._new.clicked.connect(self.new_wanted)
        self._search.textChanged.connect(self._on_search)
        theme.changed.connect(self._paint_mark)
        self._paint_mark()

    @cached_property
    def _list(self) -> "HistoryList":
        from tally.gui.history_list import HistoryList  # noqa: PLC0415  not needed for the first paint

        made = HistoryList(self._theme, self._today, self)
        made.opened.connect(self.opened)
        made.hit_opened.connect(self.hit_opened)
        made.renamed.connect(self.renamed)
        made.pin_toggled.connect(self.pin_toggled)
        made.delete_wanted.connect(self.delete_wanted)
        self._search.left_downwards.connect(made.enter)
        self._box.replaceWidget(self._room, made)
        self._room.deleteLater()
        QWidget.setTabOrder(self._new, made.view)
        self.setFocusProxy(made)
        made.show()
        return made

    def set_heads(self, heads: "Sequence[ConversationHead]") -> None:
        """Shows these conversations; those in the trash are left out."""
        self._list.set_heads(heads)

    def update_head(self, head: "ConversationHead") -> None:
        """Shows one conversation's new title, cost, pin or place; adds it if new, removes it if trashed."""
        self._list.update_head(head)

    def remove_head(self, conversation: str) -> None:
        """Takes a conversation off the list."""
        self._list.remove_head(conversation)

    def set_current(self, conversation: str) -> None:
        """Marks the conversation that is open; "" for a new one that is not in the list."""
        self._list.set_current(conversation)

    def show_hits(self, hits: "Sequence[SearchHit]") -> None:
        """Shows what was found; ignored when nothing is searched any more."""
        self._list.show_hits(hits)

    def focus_search(self) -> None:
        """Puts the cursor into the search field."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def start_rename(self, conversation: str) -> None:
        """Lets the person type another title into the row."""
        self._list.start_rename(conversation)

    def neighbour(self, conversation: str, step: int) -> str:
        """The id of the conversation so many places below (above if negative) in the list; "" when there is none."""
        return self._list.neighbour(conversation, step)

    def _lay_out(self) -> None:
        name = PlainLabel("Tally", self)
        use_font(name, self._theme, FontRole.TITLE)
        header = QHBoxLayout()
        header.setContentsMargins(18, 0, 0, 0)
        header.setSpacing(8)
        header.addWidget(self._mark)
        header.addWidget(name)
        header.addStretch(1)
        header.addWidget(self._new)
        top = QVBoxLayout()
        top.setContentsMargins(0, 10, 8, 6)
        top.setSpacing(10)
        top.addLayout(header)
        search = QHBoxLayout()
        search.setContentsMargins(8, 0, 0, 0)
        search.addWidget(self._search)
        top.addLayout(search)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addLayout(top)
        self._box.addWidget(self._room, 1)

    def _on_search(self, text: str) -> None:
        wanted = text.strip()
        self._clear.setVisible(bool(text))
        self.search_changed.emit(wanted)
        self._list.set_searching(bool(wanted))

    def _paint_mark(self) -> None:
        self._mark.setPixmap(
            pixmap("wordmark", self._theme, token="accent", size=20, ratio=self.devicePixelRatioF())  # noqa: S106  a colour
        )
