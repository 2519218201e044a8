"""Small pictures for the screen, decoded on Qt's thread pool; the GUI thread receives finished QImages."""

from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage

from tally.core.failures import RefusedError
from tally.media.decoding import decode


def thumbnail(data: bytes, edge_px: int) -> QImage:
    """A picture scaled down to at most `edge_px`, upright.

    Raises:
        RefusedError: it cannot be read.
    """

    def fit(width: int, height: int) -> tuple[int, int]:
        scale = min(1.0, edge_px / max(width, height))
        return max(1, round(width * scale)), max(1, round(height * scale))

    return decode(data, fit)[0]


class _Job(QRunnable):
    def __init__(self, owner: "ThumbnailJobs", key: str, data: bytes, edge_px: int) -> None:
        super().__init__()
        self._owner = owner
        self._key = key
        self._data = data
        self._edge_px = edge_px

    def run(self) -> None:
        try:
            image = thumbnail(self._data, self._edge_px)
        except RefusedError:
            image = QImage()
        self._owner.deliver(self._key, image)


class ThumbnailJobs(QObject):
    """Decodes on request.

    Signals:
        ready(str, QImage): the key of a request and its thumbnail, in the thread that made this object.
    """

    ready = Signal(str, QImage)
    _crossed = Signal(str, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self._crossed.connect(self.ready, Qt.ConnectionType.QueuedConnection)

    def request(self, key: str, data: bytes, edge_px: int) -> None:
        """Asks for a thumbnail; `ready` follows, with a null image when the data is no picture."""
        self._pool.start(_Job(self, key, data, edge_px))

    def deliver(self, key: str, image: QImage) -> None:
        """Takes a finished thumbnail from the pool's threads."""
        try:
            self._crossed.emit(key, image)
        except RuntimeError:
            return  # the window closed meanwhile; this object has gone with it
