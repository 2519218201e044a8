"""Finding in the conversation on screen, and going to a message that was found in the list of conversations."""

from PySide6.QtCore import QObject

from tally.gui.chat_controller import ChatController
from tally.gui.composer.composer import Composer
from tally.gui.conversation.view import ConversationView
from tally.gui.find_bar import FindBar


class FindController(QObject):
    """Drives the find bar."""

    def __init__(
        self,
        bar: FindBar,
        chat: ChatController,
        view: ConversationView,
        composer: Composer,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._bar = bar
        self._chat = chat
        self._view = view
        self._composer = composer
        self._sought: tuple[str, str, str] | None = None
        bar.words_changed.connect(self._on_words)
        bar.step_wanted.connect(lambda forward: self.step(forward=forward))
        bar.closed.connect(self._on_closed)
        chat.opened.connect(lambda _: self._bar.dismiss())
        chat.content_changed.connect(self._on_content_changed)

    def open(self) -> None:
        """Opens the bar."""
        if len(self._chat.conversation):
            self._bar.open()

    def step(self, *, forward: bool) -> None:
        """Goes to the next place or the one before; opens the bar when there is nothing to find yet."""
        if not self._bar.words():
            self.open()
            return
        self._find(forward=forward)

    def show_message(self, conversation_id: str, message_id: str, words: str = "") -> None:
        """Brings a message on screen, whatever version of the conversation it belongs to.

        Args:
            conversation_id: of which conversation; it is opened elsewhere, perhaps later.
            message_id: which message; empty for none in particular.
            words: what was searched; they are marked if they stand in the message just so.
        """
        self._sought = (conversation_id, message_id, words.strip()) if message_id else None
        if conversation_id == self._chat.conversation.id:
            self._go()

    def _go(self) -> None:
        if self._sought is None or self._sought[0] != self._chat.conversation.id:
            return
        (_, message_id, words), self._sought = self._sought, None
        conversation = self._chat.conversation
        if message_id not in conversation:
            return
        if all(message.id != message_id for message in conversation.path()):
            conversation.choose(message_id)
            self._chat.save_choice()
            self._chat.refresh(keep_position=False)
            self._chat.content_changed.emit()
        self._view.scroll_to(message_id)
        text = conversation.message(message_id).text.casefold()
        found = next((each for each in (words, *sorted(words.split(), key=len)[::-1]) if each.casefold() in text), "")
        if found:
            # Typing the words would look for them from the reader's place on.
            self._bar.blockSignals(True)  # noqa: FBT003  Qt's signature
            self._bar.set_words(found)
            self._bar.blockSignals(False)  # noqa: FBT003  Qt's signature
            self._bar.show_place(*self._view.find(found, near=message_id))

    def _find(self, *, forward: bool) -> None:
        self._bar.show_place(*self._view.find(self._bar.words(), forward=forward))

    def _on_words(self) -> None:
        self._find(forward=True)

    def _on_closed(self) -> None:
        self._view.find("")
        self._composer.focus_text()

    def _on_content_changed(self) -> None:
        if not len(self._chat.conversation):
            self._bar.dismiss()
        elif self._sought is not None and self._sought[0] == self._chat.conversation.id:
            self._go()
        elif self._bar.words():
            # Marks and count belong to the messages as they were; the next step looks again.
            self._bar.show_place(0, self._view.count(self._bar.words()))
