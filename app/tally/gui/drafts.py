"""What stands in the composer, for each conversation: in memory during a run, on disk for the next one."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from tally.core.ports import Draft
from tally.gui.composer.composer import Composer
from tally.gui.message_queue import joined
from tally.runtime.backend import Backend

DELAY_MS = 800
"""A draft is written this long after the last keystroke."""

NEW = ""
"""The key of the conversation that has no question yet."""


class Drafts(QObject):
    """Fills and empties the composer.

    On disk a conversation has one draft. Messages that wait to be sent are part of it, so that they are in the composer
    again if the program ends before they were sent.

    Signals:
        failed(object): a `Failure` of the store.
    """

    failed = Signal(object)

    def __init__(
        self,
        backend: Backend,
        composer: Composer,
        waiting: Callable[[str], Sequence[Draft]],
        parent: QObject | None = None,
    ) -> None:
        """Watches the composer.

        Args:
            backend: writes.
            composer: whose content it is.
            waiting: the messages that wait in a conversation.
            parent: as usual.
        """
        super().__init__(parent)
        self._backend = backend
        self._composer = composer
        self._waiting = waiting
        self._key = NEW
        self._left: dict[str, Draft] = {}
        self._aside = False
        self._unread = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.save)
        composer.changed.connect(self._timer.start)

    def open(self, key: str) -> None:
        """Puts the composer's content away and brings a conversation's draft."""
        self.save()
        if not self._aside and not self._is_unread():
            self._left[self._key] = self._composer.draft()
        self._aside = self._unread = False
        self._key = key
        self._composer.clear()
        if key in self._left:
            self._composer.set_draft(self._left.pop(key))
        else:
            self.load()

    def load(self) -> None:
        """Brings the draft that an earlier run has left."""
        key = self._key
        self._unread = True

        def put(draft: Draft) -> None:
            if self._key != key or not self._unread or self._aside:
                return
            self._unread = False
            if draft != Draft():
                # Whoever was quicker than the disk finds his words below what he had written before.
                self._composer.set_draft(joined([draft, self._composer.draft()]))

        self._backend.ask(lambda services: services.history.draft(key)).then(put, self._on_not_loaded)

    def _is_unread(self) -> bool:
        """Whether the composer is empty only because its draft has not come yet."""
        return self._unread and self._composer.draft() == Draft()

    def _on_not_loaded(self, failure: object) -> None:
        self._unread = False
        self.failed.emit(failure)

    def put_aside(self, draft: Draft) -> None:
        """Shows something that is no draft, until `put_back`."""
        if not self._aside:
            self.save()
            self._left[self._key] = self._composer.draft()
            self._aside = True
        self._composer.set_draft(draft)

    def put_back(self) -> None:
        """Brings the draft back that was put aside; without one the composer becomes empty."""
        self._composer.clear()
        if self._aside:
            self._aside = False
            self._composer.set_draft(self._left.pop(self._key, Draft()))

    def sent(self, key: str) -> None:
        """What stood in the composer is a message now, of the conversation `key`."""
        was, self._key = self._key, key
        unread, self._unread = self._unread, False
        self.put_back()
        if was != key and not unread:  # what an earlier run has left there was never seen, so it was not sent
            self.write(was)
        self.save()

    def absorb(self, key: str) -> None:
        """Makes the messages that wait in a conversation part of its draft; the queue may forget them then."""
        waiting = self._waiting(key)
        if not waiting:
            return
        if key == self._key and not self._aside:
            self._composer.set_draft(joined([*waiting, self._composer.draft()]))
        else:
            self._left[key] = joined([*waiting, self._left.get(key, Draft())])

    def save(self) -> None:
        """Writes the draft of the conversation on screen."""
        self._timer.stop()
        self.write(self._key)

    def write(self, key: str) -> None:
        """Writes the draft of a conversation; one that was never shown in this run stays as it is."""
        if key == self._key:
            if self._unread:  # what is on disk would be lost
                return
            own = self._left.get(key, Draft()) if self._aside else self._composer.draft()
        elif key in self._left or key == NEW:
            own = self._left.get(key, Draft())
        else:
            return
        draft = joined([*self._waiting(key), own]) if self._waiting(key) else own
        self._backend.ask(lambda services: services.history.save_draft(key, draft)).then(_ignore, self.failed.emit)


def _ignore(_: object) -> None:
    """The success of a write needs no word."""
