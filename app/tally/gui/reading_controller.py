"""Brings back what was on screen when the program ended, and remembers what is on screen now."""

from PySide6.QtCore import QObject

from tally.gui.chat_controller import ChatController
from tally.gui.conversation.view import ConversationView
from tally.gui.history_controller import HistoryController
from tally.gui.main_window import MainWindow
from tally.gui.reading_place import Place, ReadingPlace


class ReadingController(QObject):
    """Knows the reader's place from one run to the next."""

    def __init__(
        self,
        place: ReadingPlace,
        chat: ChatController,
        history: HistoryController,
        view: ConversationView,
        window: MainWindow,
    ) -> None:
        super().__init__(window)
        self._place = place
        self._chat = chat
        self._history = history
        self._view = view
        self._window = window
        window.show_welcome(not place.last.conversation)
        chat.content_changed.connect(self.note)
        history.not_reopened.connect(self._begin_anew)

    def begin(self, *, anew: bool) -> None:
        """The backend runs: shows the last conversation again, or an empty one.

        Args:
            anew: an empty one in any case.
        """
        last = self._place.last
        self._place.begin()
        if last.conversation and not anew:
            self._history.reopen(last)
        else:
            self._history.refresh()
            self._begin_anew()

    def note(self) -> None:
        """Remembers what is on screen."""
        conversation = self._chat.conversation
        self._place.note(Place(conversation.id if len(conversation) else "", self._view.position()))

    def end(self) -> None:
        """The window has closed."""
        self.note()
        self._place.end()

    def _begin_anew(self) -> None:
        self._chat.drafts.load()
        self._window.show_welcome(not len(self._chat.conversation))
