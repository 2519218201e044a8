"""Takes files and pictures in: read, checked and scaled down off the GUI thread, kept by the store, then ready."""

import logging
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage

from tally.core.failures import ChatError, Failure, FailureKind
from tally.core.messages import ImagePart
from tally.media.files import Attachment, attachment_from, read_attachment
from tally.media.images import png_of
from tally.runtime.backend import Reply

log = logging.getLogger(__name__)

THUMBNAIL_EDGE = 256
"""Longest edge of a tile's picture in pixels; enough for its place at 300 %."""


class _Reading(QRunnable):
    """Reads one file in the pool."""

    def __init__(self, intake: "Intake", key: int, read: Callable[[], Attachment]) -> None:
        super().__init__()
        self._intake = intake
        self._key = key
        self._read = read

    def run(self) -> None:
        try:
            result: Attachment | Failure = self._read()
        except ChatError as error:
            result = error.failure
        except Exception:  # the thread ends here, and the tile must not wait for ever
            log.exception("a file could not be taken in")
            result = Failure(FailureKind.INTERNAL, "A file could not be read because of an error in Tally.")
        self._intake.deliver(self._key, result)


class Intake(QObject):
    """Reads two files at a time.

    Signals:
        ready(int, object): the key of a file and its `Attachment`; a picture is in the store already.
        refused(int, object): the key of a file and the `Failure` that says why.
    """

    ready = Signal(int, object)
    refused = Signal(int, object)
    _crossed = Signal(int, object)

    def __init__(self, store: Callable[[bytes, str], Reply[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._crossed.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    def file(self, key: int, path: str) -> None:
        """Takes a file from disk."""
        self._pool.start(_Reading(self, key, lambda: read_attachment(Path(path), THUMBNAIL_EDGE)))

    def image(self, key: int, image: QImage, name: str) -> None:
        """Takes a picture from the clipboard or a drop."""
        self._pool.start(_Reading(self, key, lambda: attachment_from(name, png_of(image), THUMBNAIL_EDGE)))

    def text(self, key: int, text: str, name: str) -> None:
        """Takes a text as a file."""
        data = text.encode("utf-8", "replace")
        self._pool.start(_Reading(self, key, lambda: attachment_from(name, data, THUMBNAIL_EDGE)))

    def deliver(self, key: int, result: Attachment | Failure) -> None:
        """Takes a result from the pool's threads."""
        try:
            self._crossed.emit(key, result)
        except RuntimeError:
            return  # the window closed meanwhile; this object has gone with it

    def _on_read(self, key: int, result: Attachment | Failure) -> None:
        if isinstance(result, Failure):
            self.refused.emit(key, result)
            return
        if not isinstance(result.part, ImagePart):
            self.ready.emit(key, result)
            return
        reply = self._store(result.data, result.part.media_type)
        reply.then(lambda _: self.ready.emit(key, result), lambda failure: self.refused.emit(key, failure))
