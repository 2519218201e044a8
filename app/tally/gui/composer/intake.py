"""Takes files and pictures in: read, checked and scaled down off the GUI thread, kept by the store, then ready."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage

from tally.core.failures import ChatError, Failure
from tally.core.messages import ImagePart
from tally.media.files import Attachment, attachment_from, read_attachment
from tally.media.thumbnails import thumbnail
from tally.runtime.backend import Reply

THUMBNAIL_EDGE = 256


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that was read.

    Attributes:
        attachment: what becomes of it.
        thumbnail: of a picture; null otherwise.
    """

    attachment: Attachment
    thumbnail: QImage


class _Reading(QRunnable):
    """Reads one file in Qt's thread pool."""

    def __init__(self, intake: "Intake", key: int, read: Callable[[], Attachment]) -> None:
        super().__init__()
        self._intake = intake
        self._key = key
        self._read = read

    def run(self) -> None:
        try:
            attachment = self._read()
        except ChatError as error:
            self._intake.crossed.emit(self._key, error.failure)
            return
        image = thumbnail(attachment.data, THUMBNAIL_EDGE) if attachment.data else QImage()
        self._intake.crossed.emit(self._key, Taken(attachment, image))


def _png_of(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, b"PNG")
    return bytes(data.data())


class Intake(QObject):
    """Reads in the order given, two files at a time.

    Signals:
        ready(int, object): the key of a file and its `Taken`; a picture is in the store already.
        refused(int, object): the key of a file and the `Failure` that says why.
        crossed(int, object): from the pool to this object; not for others.
    """

    ready = Signal(int, object)
    refused = Signal(int, object)
    crossed = Signal(int, object)

    def __init__(self, store: Callable[[bytes, str], Reply[str]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self.crossed.connect(self._on_read, Qt.ConnectionType.QueuedConnection)

    def file(self, key: int, path: str) -> None:
        """Takes a file from disk."""
        self._pool.start(_Reading(self, key, lambda: read_attachment(Path(path))))

    def image(self, key: int, image: QImage, name: str) -> None:
        """Takes a picture from the clipboard or a drop."""
        self._pool.start(_Reading(self, key, lambda: attachment_from(name, _png_of(image))))

    def text(self, key: int, text: str, name: str) -> None:
        """Takes a text as a file."""
        self._pool.start(_Reading(self, key, lambda: attachment_from(name, text.encode())))

    def _on_read(self, key: int, result: object) -> None:
        if isinstance(result, Failure):
            self.refused.emit(key, result)
        elif isinstance(result, Taken):
            part = result.attachment.part
            if isinstance(part, ImagePart):
                reply = self._store(result.attachment.data, part.media_type)
                reply.then(lambda _: self.ready.emit(key, result), lambda failure: self.refused.emit(key, failure))
            else:
                self.ready.emit(key, result)
