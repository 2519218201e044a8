"""Asking again with another model or a preset: a menu with the price of this very question on each."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from tally.core.catalog import ModelInfo
from tally.core.conversation import ConversationOptions
from tally.core.estimate import input_tokens
from tally.core.messages import Message
from tally.core.ports import Services
from tally.core.quote import Quote, quote
from tally.gui import money_text
from tally.gui.chat_controller import ChatController
from tally.gui.conversation.view import ConversationView
from tally.gui.message_actions import MessageActions
from tally.gui.state import AppState
from tally.runtime.backend import Backend


class AgainMenu(QObject):
    """Opens the menu when the actions want a model."""

    def __init__(
        self,
        backend: Backend,
        state: AppState,
        chat: ChatController,
        actions: MessageActions,
        view: ConversationView,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._state = state
        self._chat = chat
        self._actions = actions
        self._view = view
        actions.model_wanted.connect(self.open)

    def open(self, message: Message) -> None:
        """Opens the menu for an answer or question, once the usual length of answers is known."""
        keys = {self._state.catalog.key(model.id) for model in self._state.catalog.models}
        conversation_id = self._chat.conversation.id

        async def typical(services: Services) -> dict[str, int | None]:
            return {key: await services.ledger.typical_output(key) for key in keys}

        def show(lengths: dict[str, int | None]) -> None:
            if self._chat.conversation.id == conversation_id and message.id in self._chat.conversation:
                self._popup(message, lengths)

        self._backend.ask(typical).then(show, lambda _: show({}))

    def _popup(self, message: Message, lengths: dict[str, int | None]) -> None:
        question_id = self._actions.question_of(message.id)
        path = self._chat.conversation.path_to(question_id)
        menu = QMenu(self.tr("Ask again with"), self._view)
        menu.setObjectName("again-menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Ask again with")).setEnabled(False)
        asked = message.answer.model if message.answer is not None else ""
        pictured = any(not image.excluded for each in path for image in each.images)
        for model in self._state.catalog.models:
            options = replace(self._chat.options, model=model.id)
            price = self._quote(path, options, lengths)
            name = (
                model.name
                if model.vision or not pictured
                else self.tr("{model} (without pictures)").format(model=model.name)
            )
            self._add(menu, message, name, options, price, current=self._same(model, asked))
        if self._state.settings.presets:
            menu.addSeparator()
        for preset in self._state.settings.presets:
            self._add(menu, message, preset.name, preset.options, self._quote(path, preset.options, lengths))
        menu.popup(self._place(message))
        menu.setActiveAction(next((each for each in menu.actions() if each.isEnabled()), menu.actions()[0]))

    def _same(self, model: ModelInfo, asked: str) -> bool:
        return bool(asked) and self._state.catalog.key(model.id) == self._state.catalog.key(asked)

    def _quote(self, path: Sequence[Message], options: ConversationOptions, lengths: dict[str, int | None]) -> Quote:
        model = self._state.model(options.model)
        tokens = input_tokens(path, options.params, (), model)
        return quote(model, tokens, options.params, lengths.get(self._state.catalog.key(model.id)))

    def _add(
        self,
        menu: QMenu,
        message: Message,
        name: str,
        options: ConversationOptions,
        price: Quote,
        *,
        current: bool = False,
    ) -> None:
        likely = money_text.UNKNOWN if price.likely is None else f"≈ {money_text.usd(price.likely)}"
        # What follows a tab stands in the column at the right; an ampersand would mark a letter.
        action = menu.addAction(f"{name.replace('&', '&&')}\t{likely}")
        action.setCheckable(current)
        action.setChecked(current)
        action.triggered.connect(lambda: self._actions.regenerate(message.id, options))

    def _place(self, message: Message) -> QPoint:
        """Under the words of the message, within what can be seen of it."""
        port = self._view.viewport()
        row = next((row for row in self._view.text_rows() if row.shown.message.id == message.id), None)
        bottom = port.height() if row is None else max(0, min(port.height(), row.y() + row.height()))
        left = 0 if row is None else row.x() + row.SIDE
        return port.mapToGlobal(QPoint(left, bottom))
