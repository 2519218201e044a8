"""Opens what stands over the window: a picture as it is sent, the details of an answer. Imported when it is needed."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from tally.core.images import MANY_IMAGES
from tally.core.messages import ImagePart, Message
from tally.core.ports import LedgerEntry, PreparedImage
from tally.gui.chat_controller import ChatController
from tally.gui.state import AppState
from tally.gui.theme import ThemeManager
from tally.runtime.backend import Backend


class Dialogs(QObject):
    """Brings what a dialog needs, then opens it.

    Signals:
        failed(object): a `Failure`: it cannot be shown.
    """

    failed = Signal(object)

    def __init__(
        self, backend: Backend, state: AppState, theme: ThemeManager, chat: ChatController, window: QWidget
    ) -> None:
        super().__init__(window)
        self._backend = backend
        self._state = state
        self._theme = theme
        self._chat = chat
        self._window = window

    def show_picture(self, digest: str) -> None:
        """Shows a picture of the conversation on screen."""
        for message in self._chat.conversation.messages():
            for image in message.images:
                if image.digest == digest:
                    self.show_image(image)
                    return

    def show_image(self, image: ImagePart) -> None:
        """Shows a picture as it is sent to the model in use."""
        from tally.gui.composer.preview import ImagePreview  # noqa: PLC0415  not needed for the first paint

        rule = self._state.model(self._chat.options.model).images
        many = sum(len(message.images) for message in self._chat.conversation.path()) > MANY_IMAGES

        def show(prepared: PreparedImage) -> None:
            ImagePreview(self._theme, image, prepared, self._window).open()

        reply = self._backend.ask(lambda services: services.images.prepare(image, rule, many=many))
        reply.then(show, self.failed.emit)

    def show_details(self, message: Message) -> None:
        """Shows how an answer of the conversation on screen came about and what each of its calls has cost."""
        from tally.gui.panels.details_dialog import DetailsDialog  # noqa: PLC0415  not needed for the first paint

        conversation = self._chat.conversation.id

        def show(entries: list[LedgerEntry]) -> None:
            mine = [entry for entry in entries if entry.answer == message.id]
            DetailsDialog(self._theme, message, mine, self._state.model_name, self._window).open()

        reply = self._backend.ask(lambda services: services.ledger.conversation_entries(conversation))
        reply.then(show, self.failed.emit)
