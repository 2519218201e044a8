"""The list of conversations at the left: search, new chat, rows with their costs, and what can be done with each."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDate, QModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from tally.core.conversation import ConversationHead
from tally.core.ports import SearchHit
from tally.gui.history_delegate import HistoryDelegate
from tally.gui.history_model import HistoryModel, Row, RowKind, rows_of, rows_of_hits
from tally.gui.history_view import HistoryView, RowActions, SearchField
from tally.gui.icons import icon, pixmap
from tally.gui.shortcuts import Command, keys_of
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, LineEdit, PlainLabel, key_text, plain_tooltip, use_font


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
        """Builds the panel.

        Args:
            theme: whose colours.
            parent: as usual.
            today: the present day, for the headings.
        """
        super().__init__(parent)
        self.setObjectName("history")
        self._theme = theme
        self._today = today
        self._heads: dict[str, ConversationHead] = {}
        self._model = HistoryModel(self)
        self._delegate = HistoryDelegate(theme, self)
        self._delegate.renamed.connect(self.renamed)
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
        self._view = HistoryView(self)
        self._view.setAccessibleName(self.tr("Chats"))
        self._view.setModel(self._model)
        self._view.setItemDelegate(self._delegate)
        self._empty = PlainLabel("", self, tone="muted")
        self._empty.setObjectName("history-empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._actions: RowActions | None = None
        self._hovered = ""
        self._lay_out()
        self._connect()
        self.setFocusProxy(self._view)
        self._on_theme()
        self._show([])

    def set_heads(self, heads: Sequence[ConversationHead]) -> None:
        """Shows these conversations; those in the trash are left out."""
        self._heads = {head.id: head for head in heads if head.trashed is None}
        self._show_heads()

    def update_head(self, head: ConversationHead) -> None:
        """Shows one conversation's new title, cost, pin or place; adds it if new, removes it if trashed."""
        if head.trashed is None:
            self._heads[head.id] = head
        else:
            self._heads.pop(head.id, None)
        self._show_heads()

    def remove_head(self, conversation: str) -> None:
        """Takes a conversation off the list."""
        self._heads.pop(conversation, None)
        self._show_heads()

    def set_current(self, conversation: str) -> None:
        """Marks the conversation that is open; "" for a new one that is not in the list."""
        changed = self._delegate.current != conversation
        self._delegate.current = conversation
        index = self._model.place(conversation)
        self._view.put_current(index)
        if changed and index.isValid() and self._view.isVisible():
            self._view.scrollTo(index)
        self._view.viewport().update()

    def show_hits(self, hits: Sequence[SearchHit]) -> None:
        """Shows what was found; ignored when nothing is searched any more."""
        if self._search.text().strip():
            self._show(rows_of_hits(hits))

    def focus_search(self) -> None:
        """Puts the cursor into the search field."""
        self._search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._search.selectAll()

    def start_rename(self, conversation: str) -> None:
        """Lets the person type another title into the row."""
        index = self._model.place(conversation)
        row = self._model.row(index)
        if row is not None and row.kind is RowKind.CHAT:
            self._view.scrollTo(index)
            self._view.edit(index)

    def neighbour(self, conversation: str, step: int) -> str:
        """The id of the conversation so many places below (above if negative) in the list; "" when there is none."""
        ids = [row.conversation for row in self._model.rows() if row.kind is RowKind.CHAT]
        if conversation not in ids:
            return ids[0] if ids and step > 0 else ""
        place = ids.index(conversation) + step
        return ids[place] if 0 <= place < len(ids) else ""

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
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(self._empty)
        box.addWidget(self._view, 1)
        self._empty.setContentsMargins(16, 32, 16, 16)

    def _connect(self) -> None:
        self._new.clicked.connect(self.new_wanted)
        self._search.textChanged.connect(self._on_search)
        self._search.left_downwards.connect(self._on_left_search)
        self._view.open_wanted.connect(self._on_open)
        self._view.menu_wanted.connect(self._on_menu)
        self._view.rename_wanted.connect(lambda index: self.start_rename(self._id(index)))
        self._view.delete_wanted.connect(lambda index: self._delete(self._id(index)))
        self._view.hovered.connect(self._on_hovered)
        self._theme.changed.connect(self._on_theme)

    def _id(self, index: QModelIndex) -> str:
        row = self._model.row(index)
        return row.conversation if row is not None else ""

    def _show_heads(self) -> None:
        if not self._search.text().strip():
            self._show(rows_of(self._heads.values(), self._today()))

    def _show(self, rows: list[Row]) -> None:
        searching = bool(self._search.text().strip())
        self._delegate.searching = searching
        bar = self._view.verticalScrollBar()
        place = bar.value()
        self._on_hovered(QModelIndex())
        if self._model.show(rows):
            self._view.doItemsLayout()
            self._view.put_current(self._model.place(self._delegate.current))
            bar.setValue(0 if searching else place)
        self._view.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._empty.set_text(
            self.tr("Nothing found.") if searching else self.tr("Your chats will stand here, each with its cost.")
        )
        if not rows:
            # Without a list the panel's empty space would spread over its header.
            self._empty.setSizePolicy(
                self._empty.sizePolicy().horizontalPolicy(), self._view.sizePolicy().verticalPolicy()
            )

    def _delete(self, conversation: str) -> None:
        if conversation:
            self.delete_wanted.emit(conversation)

    def _toggle_pin(self, conversation: str) -> None:
        head = self._heads.get(conversation)
        if head is not None:
            self.pin_toggled.emit(conversation, not head.pinned)

    def _on_open(self, index: QModelIndex) -> None:
        row = self._model.row(index)
        if row is None or row.kind is RowKind.HEADING:
            return
        self.opened.emit(row.conversation)
        if row.hit is not None:
            self.hit_opened.emit(row.conversation, row.hit.message or "")

    def _on_menu(self, index: QModelIndex, place: QPoint) -> None:
        head = self._heads.get(self._id(index))
        if head is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Open"), lambda: self.opened.emit(head.id))
        menu.addAction(
            icon("pin", self._theme, size=16),
            self.tr("Unpin") if head.pinned else self.tr("Pin"),
            lambda: self._toggle_pin(head.id),
        )
        rename = menu.addAction(
            icon("rename", self._theme, size=16), self.tr("Rename"), lambda: self.start_rename(head.id)
        )
        rename.setShortcut("F2")
        menu.addSeparator()
        delete = menu.addAction(icon("trash", self._theme, size=16), self.tr("Delete"), lambda: self._delete(head.id))
        delete.setShortcut("Del")
        menu.popup(place)

    def _row_actions(self) -> RowActions:
        """The buttons over the row under the pointer, made when they are first needed."""
        if self._actions is None:
            self._actions = RowActions(self._theme, self._view.viewport())
            self._actions.pin.clicked.connect(lambda: self._toggle_pin(self._hovered))
            self._actions.rename.clicked.connect(lambda: self.start_rename(self._hovered))
            self._actions.delete.clicked.connect(lambda: self._delete(self._hovered))
        return self._actions

    def _on_hovered(self, index: QModelIndex) -> None:
        row = self._model.row(index)
        if row is None or row.head is None:
            if self._actions is not None:
                self._actions.hide()
            self._hovered = self._delegate.covered = ""
            return
        self._hovered = self._delegate.covered = row.conversation
        actions = self._row_actions()
        actions.opened = row.conversation == self._delegate.current
        actions.set_pinned(pinned=row.head.pinned)
        rect = self._view.visualRect(index)
        width = self._delegate.covered_width = actions.sizeHint().width()
        right = self._delegate.right_edge(self._view, rect) - 2
        actions.setGeometry(right - width, rect.top() + 2, width, rect.height() - 4)
        actions.show()
        actions.update()
        self._view.viewport().update()

    def _on_search(self, text: str) -> None:
        self._clear.setVisible(bool(text))
        self.search_changed.emit(text.strip())
        self._show_heads()

    def _on_left_search(self) -> None:
        if self._model.rowCount() == 0:
            return
        if not self._view.currentIndex().isValid():
            self._view.setCurrentIndex(self._model.first())
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_theme(self) -> None:
        self._mark.setPixmap(
            pixmap("wordmark", self._theme, token="accent", size=20, ratio=self.devicePixelRatioF())  # noqa: S106  a colour
        )
        self._view.doItemsLayout()
