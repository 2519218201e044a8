"""Where the reader was when the program ended: which conversation, which message, how far down."""

from dataclasses import dataclass

from PySide6.QtCore import QSettings

_CONVERSATION, _MESSAGE, _TOP, _UNCLEAN = "reading/conversation", "reading/message", "reading/top", "run/unclean"
_MOST_UNCLEAN = 1
"""After more runs than this that did not end by themselves, nothing is opened: what was on screen may be the cause."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a conversation.

    Attributes:
        conversation: its id; empty for a new one.
        position: the message that was read and where its top stood in the view in px; None at the end.
    """

    conversation: str = ""
    position: tuple[str, int] | None = None


class ReadingPlace:
    """Kept beside the window's geometry.

    A start is counted when it begins and the count is taken back when the program ends in order, so that a run that
    crashed, or was killed, is known by the next one.
    """

    def __init__(self, settings: QSettings) -> None:
        """Reads what the last run has left."""
        self._settings = settings
        self._unclean = _number(settings.value(_UNCLEAN))
        self.last = self._read() if self._unclean <= _MOST_UNCLEAN else Place()

    def _read(self) -> Place:
        conversation, message = self._settings.value(_CONVERSATION), self._settings.value(_MESSAGE)
        if not isinstance(conversation, str):
            return Place()
        position = (message, _number(self._settings.value(_TOP))) if isinstance(message, str) and message else None
        return Place(conversation, position)

    def begin(self) -> None:
        """A run begins; it counts as crashed until `end`."""
        self._settings.setValue(_UNCLEAN, self._unclean + 1)
        self._settings.sync()

    def note(self, place: Place) -> None:
        """Remembers what is on screen."""
        message, top = place.position or ("", 0)
        self._settings.setValue(_CONVERSATION, place.conversation)
        self._settings.setValue(_MESSAGE, message)
        self._settings.setValue(_TOP, top)

    def end(self) -> None:
        """The run ends in order."""
        self._settings.setValue(_UNCLEAN, 0)
        self._settings.sync()


def _number(value: object) -> int:
    try:
        return int(str(value))
    except ValueError:
        return 0
