"""The price of the next message, while it is typed: at the Send button and on every row of the model picker."""

from PySide6.QtCore import QCoreApplication, QObject, QTimer

from tally.core.catalog import ModelInfo
from tally.core.estimate import input_tokens, message_tokens
from tally.core.quote import Quote, quote
from tally.gui.chat_controller import ChatController
from tally.gui.composer.composer import Composer
from tally.gui.panels.model_picker import ModelPicker
from tally.gui.state import AppState
from tally.runtime.backend import Backend

DELAY_MS = 40


class QuoteController(QObject):
    """Recounts a moment after each change; the history's count is kept until the history changes."""

    def __init__(
        self,
        backend: Backend,
        state: AppState,
        chat: ChatController,
        composer: Composer,
        picker: ModelPicker,
        *,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._state = state
        self._chat = chat
        self._composer = composer
        self._picker = picker
        self._history: dict[str, int] = {}
        self._typical: dict[str, int | None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.update)
        composer.changed.connect(self._timer.start)
        chat.content_changed.connect(self._forget)
        chat.options_changed.connect(lambda _: self._forget())
        chat.answered.connect(lambda _: self._ask_typical())
        state.settings_changed.connect(self._forget)
        state.mode_changed.connect(self._forget)

    def begin(self) -> None:
        """The backend runs: learns how long the user's answers usually are."""
        self._ask_typical()
        self._forget()

    def _forget(self) -> None:
        self._history.clear()
        self._timer.start()

    def _ask_typical(self) -> None:
        catalog = self._state.catalog
        key = catalog.key(self._state.model(self._chat.options.model).id)
        reply = self._backend.ask(lambda services: services.ledger.typical_output(key))
        reply.then(lambda tokens: self._on_typical(key, tokens))

    def _on_typical(self, key: str, tokens: int | None) -> None:
        self._typical[key] = tokens
        self._timer.start()

    def _base_tokens(self, model: ModelInfo) -> int:
        key = model.id
        if key not in self._history:
            self._history[key] = input_tokens(self._chat.base(), self._chat.options.params, (), model)
        return self._history[key]

    def quote_for(self, model: ModelInfo) -> Quote:
        """The price of what stands in the composer, with all that is sent along."""
        draft = self._chat.draft_message()
        tokens = self._base_tokens(model) + (message_tokens(draft, model) if draft.parts else 0)
        typical = self._typical.get(self._state.catalog.key(model.id))
        return quote(model, tokens, self._chat.options.params, typical)

    def update(self) -> None:
        """Counts and shows."""
        chosen = self._state.model(self._chat.options.model)
        quotes = {model.id: self.quote_for(model) for model in self._state.catalog.models}
        self._picker.set_quotes(quotes)
        mine = quotes.get(chosen.id) or self.quote_for(chosen)
        if not self._chat.asks or (not self._composer.text().strip() and not self._composer.parts()):
            self._composer.set_quote("", "")
            return
        text = "—" if mine.likely is None else f"≈ {mine.likely.display()}"
        self._composer.set_quote(text, self._tooltip(mine, chosen))

    def _tooltip(self, mine: Quote, model: ModelInfo) -> str:
        translate = QCoreApplication.translate
        if mine.low is None or mine.likely is None or mine.high is None:
            return translate(
                "Quote", "About {tokens} tokens go out. The price of {model} is unknown; set one in the settings."
            ).format(tokens=f"{mine.input_tokens:,}", model=model.name)
        return translate(
            "Quote",
            "About {tokens} tokens go out to {model}.\n"
            "At least {low}; likely {likely} with an answer of {output} tokens; at most {high}.",
        ).format(
            tokens=f"{mine.input_tokens:,}",
            model=model.name,
            low=mine.low.display(),
            likely=mine.likely.display(),
            output=f"{mine.output_tokens:,}",
            high=mine.high.display(),
        )
