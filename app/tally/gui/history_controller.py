"""The list of conversations: what it shows and what its buttons do."""

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal

from tally.core.conversation import ConversationHead
from tally.core.ports import Clock, SearchHit, Services
from tally.gui.chat_controller import ChatController
from tally.gui.history_panel import HistoryPanel
from tally.gui.reading_place import Place
from tally.runtime.backend import Backend

SEARCH_DELAY_MS = 120


class HistoryController(QObject):
    """Drives the history panel.

    Signals:
        failed(object): a `Failure`.
        not_reopened(): the conversation that `reopen` named is not shown.
        found(str, str, str): a hit was chosen: conversation, message (empty for none), the searched words.
        trashed(object): the `ConversationHead` that was put in the trash; `undo_trash` brings it back.
    """

    failed = Signal(object)
    trashed = Signal(object)
    not_reopened = Signal()
    found = Signal(str, str, str)

    def __init__(
        self,
        backend: Backend,
        panel: HistoryPanel,
        chat: ChatController,
        clock: Clock,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._panel = panel
        self._chat = chat
        self._clock = clock
        self._heads: dict[str, ConversationHead] = {}
        self._last_trashed: ConversationHead | None = None
        self._search = ""
        self._search_timer = QTimer(self)
        self._search_timer.setSingleShot(True)
        self._search_timer.setInterval(SEARCH_DELAY_MS)
        self._search_timer.timeout.connect(self._run_search)
        panel.opened.connect(self.open)
        panel.hit_opened.connect(lambda conversation, message: self.found.emit(conversation, message, self._search))
        panel.new_wanted.connect(chat.new)
        panel.renamed.connect(self.rename)
        panel.pin_toggled.connect(self.pin)
        panel.delete_wanted.connect(self.trash)
        panel.search_changed.connect(self._on_search)
        chat.head_changed.connect(self._on_head)
        chat.opened.connect(self._on_chat_opened)
        chat.answered.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Reads the list again, costs included."""
        self._backend.ask(lambda services: services.history.heads()).then(self._on_heads, self.failed.emit)

    def reopen(self, place: Place) -> None:
        """Reads the list and shows a conversation of it, unless something else was begun by then."""

        def show(heads: list[ConversationHead]) -> None:
            self._on_heads(heads)
            head = self._heads.get(place.conversation)
            if head is None:
                self.not_reopened.emit()
            else:
                self._chat.reopen(head, place.position, self.not_reopened.emit)

        def fail(failure: object) -> None:
            self.failed.emit(failure)
            self.not_reopened.emit()

        self._backend.ask(lambda services: services.history.heads()).then(show, fail)

    def _on_heads(self, heads: list[ConversationHead]) -> None:
        self._heads = {head.id: head for head in heads}
        self._panel.set_heads(heads)
        self._panel.set_current(self._chat.conversation.id)
        current = self._heads.get(self._chat.conversation.id)
        if current is not None:
            self._chat.adopt_head(current)

    def _on_head(self, head: ConversationHead) -> None:
        self._heads[head.id] = head
        self._panel.update_head(head)

    def _on_chat_opened(self, conversation_id: str) -> None:
        self._panel.set_current(conversation_id)

    def open(self, conversation_id: str) -> None:
        """Shows a conversation of the list."""
        head = self._heads.get(conversation_id)
        if head is not None:
            self._chat.open(head)

    def _change(self, head: ConversationHead, then: Callable[[object], object]) -> None:
        """Keeps a changed entry; the options of the conversation stay as they are."""

        async def save(services: Services) -> None:
            conversation = await services.history.load(head.id)
            await services.history.save_head(head, conversation.options)

        self._backend.ask(save).then(then, self.failed.emit)

    def rename(self, conversation_id: str, title: str) -> None:
        """Gives a conversation a title."""
        if conversation_id == self._chat.conversation.id:
            self._chat.rename(title)
        elif conversation_id in self._heads and title.strip():
            head = replace(self._heads[conversation_id], title=title.strip())
            self._on_head(head)
            self._change(head, lambda _: None)

    def pin(self, conversation_id: str, pinned: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        """Keeps a conversation on top, or lets it go."""
        if conversation_id in self._heads:
            head = replace(self._heads[conversation_id], pinned=pinned)
            self._change(head, lambda _: self.refresh())

    def trash(self, conversation_id: str) -> None:
        """Puts a conversation in the trash."""
        head = self._heads.get(conversation_id)
        if head is None:
            return
        self._chat.put_away(conversation_id)
        if conversation_id == self._chat.conversation.id:
            self._chat.new()
        self._last_trashed = head
        self._change(replace(head, trashed=self._clock.now_ms()), lambda _: self._on_trashed(head))

    def _on_trashed(self, head: ConversationHead) -> None:
        self.refresh()
        self.trashed.emit(head)

    def undo_trash(self) -> None:
        """Takes the conversation trashed last out again."""
        if self._last_trashed is not None:
            head, self._last_trashed = self._last_trashed, None
            self._change(replace(head, trashed=None), lambda _: self.refresh())

    # Search

    def _on_search(self, text: str) -> None:
        self._search = text.strip()
        if self._search:
            self._search_timer.start()
        else:
            self._search_timer.stop()
            self._panel.set_heads(list(self._heads.values()))

    def _run_search(self) -> None:
        text = self._search

        def show(hits: list[SearchHit]) -> None:
            if text == self._search:
                self._panel.show_hits(hits)

        self._backend.ask(lambda services: services.history.search(text)).then(show, self.failed.emit)
