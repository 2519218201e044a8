"""Hands what arrives in running turns to the view, as far as their conversation is on screen."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from tally.gui.conversation.view import ConversationView
from tally.gui.live_turns import LiveTurns
from tally.gui.turn_notices import TurnNotices


class TurnDisplay(QObject):
    """Connects turns with view and notices."""

    def __init__(
        self,
        turns: LiveTurns,
        view: ConversationView,
        notices: TurnNotices,
        is_on_screen: Callable[[str], bool],
        parent: QObject | None = None,
    ) -> None:
        """Connects them.

        Args:
            turns: whose text.
            view: shows it.
            notices: says what else happens.
            is_on_screen: whether an answer, by its id, belongs to the conversation on screen.
            parent: as usual.
        """
        super().__init__(parent)
        self._view = view
        self._notices = notices
        self._is_on_screen = is_on_screen
        turns.text.connect(self._on_text)
        turns.reasoning.connect(self._on_reasoning)
        turns.progressed.connect(self._on_progress)

    def _on_text(self, answer_id: str, text: str) -> None:
        if self._is_on_screen(answer_id):
            self._view.feed(answer_id, text)

    def _on_reasoning(self, answer_id: str, text: str) -> None:
        if self._is_on_screen(answer_id):
            self._view.feed_reasoning(answer_id, text)

    def _on_progress(self, answer_id: str, event: object) -> None:
        if self._is_on_screen(answer_id):
            self._notices.show(answer_id, event)
