"""The price of the next message, while it is typed: at the Send button and on every row of the model picker."""

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication, QElapsedTimer, QObject, QTimer

from tally.core.catalog import ModelInfo
from tally.core.estimate import (
    TextCount,
    count_text,
    input_tokens,
    message_texts,
    message_tokens,
    overhead_texts,
)
from tally.core.messages import Message
from tally.core.ports import Services
from tally.core.quote import Quote, quote
from tally.gui import money_text
from tally.gui.chat_controller import ChatController
from tally.gui.composer.composer import Composer
from tally.gui.panels.model_picker import ModelPicker
from tally.gui.state import AppState
from tally.runtime.backend import Backend

DELAY_MS = 40
COUNTING_MS = 6
"""How long the window may be kept from the next keystroke; what is not counted by then is counted after it."""


class QuoteController(QObject):
    """Recounts a moment after each change.

    Every text is counted once, for all models and for as long as it is part of the message or of what goes before it.
    """

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
        self._counts: dict[str, TextCount] = {}
        self._history: dict[str, int] = {}
        self._typical: dict[str, int | None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.update)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self.update)
        composer.changed.connect(self._timer.start)
        chat.content_changed.connect(self._forget)
        chat.options_changed.connect(lambda _: self._forget())
        chat.answered.connect(self._on_answered)
        state.settings_changed.connect(self._forget)
        state.mode_changed.connect(self._forget)

    def begin(self) -> None:
        """The backend runs: learns how long the user's answers usually are."""
        self._ask_typical({self._state.catalog.key(model.id) for model in self._state.catalog.models})
        self._forget()

    def _forget(self) -> None:
        self._history.clear()
        self._timer.start()

    def _on_answered(self, message: Message) -> None:
        if message.answer is not None:
            self._ask_typical({self._state.catalog.key(message.answer.model)})

    def _ask_typical(self, keys: Iterable[str]) -> None:
        async def typical(services: Services) -> dict[str, int | None]:
            return {key: await services.ledger.typical_output(key) for key in keys}

        # When the ledger cannot be read, a usual length is assumed.
        self._backend.ask(typical).then(self._on_typical)

    def _on_typical(self, lengths: dict[str, int | None]) -> None:
        self._typical |= lengths
        self._timer.start()

    def _count(self, text: str) -> TextCount:
        return self._counts.get(text) or count_text(text)

    def _count_new(self, draft: Message) -> bool:
        """Counts, for a moment, the texts that were not counted yet; returns whether none is left."""
        watch = QElapsedTimer()
        watch.start()
        texts = overhead_texts(self._chat.options.params, ())
        for message in (draft, *self._chat.base()):
            texts += message_texts(message)
        counts: dict[str, TextCount] = {}
        for text in texts:
            if text not in self._counts and watch.elapsed() >= COUNTING_MS:
                self._counts |= counts
                return False
            counts[text] = self._count(text)
        self._counts = counts
        return True

    def _base_tokens(self, model: ModelInfo) -> int:
        key = model.id
        if key not in self._history:
            params = self._chat.options.params
            self._history[key] = input_tokens(self._chat.base(), params, (), model, count=self._count)
        return self._history[key]

    def quote_for(self, model: ModelInfo, draft: Message | None = None) -> Quote:
        """The price of what stands in the composer, with all that is sent along."""
        draft = draft or self._chat.draft_message()
        tokens = self._base_tokens(model) + (message_tokens(draft, model, count=self._count) if draft.parts else 0)
        typical = self._typical.get(self._state.catalog.key(model.id))
        return quote(model, tokens, self._chat.options.params, typical)

    def update(self) -> None:
        """Counts and shows."""
        draft = self._chat.draft_message()
        if not self._count_new(draft):
            self._rest.start()
            return
        chosen = self._state.model(self._chat.options.model)
        quotes = {model.id: self.quote_for(model, draft) for model in self._state.catalog.models}
        self._picker.set_quotes(quotes)
        mine = quotes.get(chosen.id) or self.quote_for(chosen, draft)
        if not self._chat.asks or not draft.parts:
            self._composer.set_quote("", "")
            return
        text = money_text.UNKNOWN if mine.likely is None else f"≈ {money_text.usd(mine.likely)}"
        self._composer.set_quote(text, self._tooltip(mine, chosen))

    def _tooltip(self, mine: Quote, model: ModelInfo) -> str:
        translate = QCoreApplication.translate
        if mine.low is None or mine.likely is None or mine.high is None:
            return translate(
                "Quote", "About {tokens} tokens go out. The price of {model} is unknown; set one in the settings."
            ).format(tokens=money_text.tokens(mine.input_tokens), model=model.name)
        return translate(
            "Quote",
            "About {tokens} tokens go out to {model}.\n"
            "At least {low}; likely {likely} with an answer of {output} tokens; at most {high}.",
        ).format(
            tokens=money_text.tokens(mine.input_tokens),
            model=model.name,
            low=money_text.usd(mine.low),
            likely=money_text.usd(mine.likely),
            output=money_text.tokens(mine.output_tokens),
            high=money_text.usd(mine.high),
        )
