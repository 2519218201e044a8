"""The conversations themselves: rows under headings, what was found, and what can be done with each row."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QDate, QModelIndex, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QVBoxLayout, QWidget

from tally.core.conversation import ConversationHead
from tally.core.ports import SearchHit
from tally.gui.history_delegate import HistoryDelegate
from tally.gui.history_model import HistoryModel, Row, RowKind, rows_of, rows_of_hits
from tally.gui.history_view import HistoryView, RowActions
from tally.gui.icons import icon
from tally.gui.theme import ThemeManager
from tally.gui.widgets import PlainLabel


class HistoryList(QWidget):
    """All conversations, or what a search found, or a sentence where there is nothing.

    Args:
        theme: whose colours.
        today: the present day, for the headings.
        parent: as usual.

    Attributes:
        view: the rows.

    Signals:
        opened(str): the id of the conversation to show.
        hit_opened(str, str): right after `opened` for a search hit: conversation and message id ("" for the title).
        renamed(str, str): id and new title.
        pin_toggled(str, bool): id and whether it shall be pinned.
        delete_wanted(str): the id of the conversation to put into the trash.
    """

    opened = Signal(str)
    hit_opened = Signal(str, str)
    renamed = Signal(str, str)
    pin_toggled = Signal(str, bool)
    delete_wanted = Signal(str)

    def __init__(self, theme: ThemeManager, today: Callable[[], QDate], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._today = today
        self._searching = False
        self._heads: dict[str, ConversationHead] = {}
        self._model = HistoryModel(self)
        self._delegate = HistoryDelegate(theme, self)
        self._delegate.renamed.connect(self.renamed)
        self.view = HistoryView(self)
        self.view.setAccessibleName(self.tr("Chats"))
        self.view.setModel(self._model)
        self.view.setItemDelegate(self._delegate)
        self._empty = PlainLabel("", self, tone="muted")
        self._empty.setObjectName("history-empty")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(16, 32, 16, 16)
        self._actions: RowActions | None = None
        self._hovered = ""
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._empty)
        box.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
        self.view.open_wanted.connect(self._on_open)
        self.view.menu_wanted.connect(self._on_menu)
        self.view.rename_wanted.connect(lambda index: self.start_rename(self._id(index)))
        self.view.delete_wanted.connect(lambda index: self._delete(self._id(index)))
        self.view.hovered.connect(self._on_hovered)
        theme.changed.connect(self.view.doItemsLayout)
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
        self.view.put_current(index)
        if changed and index.isValid() and self.view.isVisible():
            self.view.scrollTo(index)
        self.view.viewport().update()

    def show_hits(self, hits: Sequence[SearchHit]) -> None:
        """Shows what was found; ignored when nothing is searched any more."""
        if self._searching:
            self._show(rows_of_hits(hits))

    def set_searching(self, searching: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Waits for `show_hits`, or shows all conversations again."""
        self._searching = searching
        self._show_heads()

    def start_rename(self, conversation: str) -> None:
        """Lets the person type another title into the row."""
        index = self._model.place(conversation)
        row = self._model.row(index)
        if row is not None and row.kind is RowKind.CHAT:
            self.view.scrollTo(index)
            self.view.edit(index)

    def neighbour(self, conversation: str, step: int) -> str:
        """The id of the conversation so many places below (above if negative) in the list; "" when there is none."""
        ids = [row.conversation for row in self._model.rows() if row.kind is RowKind.CHAT]
        if conversation not in ids:
            return ids[0] if ids and step > 0 else ""
        place = ids.index(conversation) + step
        return ids[place] if 0 <= place < len(ids) else ""

    def _id(self, index: QModelIndex) -> str:
        row = self._model.row(index)
        return row.conversation if row is not None else ""

    def _show_heads(self) -> None:
        if not self._searching:
            self._show(rows_of(self._heads.values(), self._today()))

    def _show(self, rows: list[Row]) -> None:
        self._delegate.searching = self._searching
        bar = self.view.verticalScrollBar()
        place = bar.value()
        self._on_hovered(QModelIndex())
        if self._model.show(rows):
            self.view.doItemsLayout()
            self.view.put_current(self._model.place(self._delegate.current))
            bar.setValue(0 if self._searching else place)
        self.view.setVisible(bool(rows))
        self._empty.setVisible(not rows)
        self._empty.set_text(
            self.tr("Nothing found.") if self._searching else self.tr("Your chats will stand here, each with its cost.")
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
            self._actions = RowActions(self._theme, self.view.viewport())
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
        rect = self.view.visualRect(index)
        width = self._delegate.covered_width = actions.sizeHint().width()
        right = self._delegate.right_edge(self.view, rect) - 2
        actions.setGeometry(right - width, rect.top() + 2, width, rect.height() - 4)
        actions.show()
        actions.update()
        self.view.viewport().update()

    def enter(self) -> None:
        """Takes the keyboard's focus onto a row; stays away when there is none."""
        if self._model.rowCount() == 0:
            return
        if not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self._model.first())
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)
