"""Small pictures for the screen, decoded on Qt's thread pool; the GUI thread receives finished QImages."""

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader

from tally.media.images import ALLOCATION_LIMIT_MB


def thumbnail(data: bytes, edge_px: int) -> QImage:
    """A picture scaled down to at most `edge_px`, upright; a null image when it cannot be read."""
    stored = QByteArray(data)
    buffer = QBuffer(stored)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setAutoTransform(True)
    reader.setAllocationLimit(ALLOCATION_LIMIT_MB)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > edge_px:
        reader.setScaledSize(size.scaled(QSize(edge_px, edge_px), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


class _Job(QRunnable):
    def __init__(self, owner: "ThumbnailJobs", key: str, data: bytes, edge_px: int) -> None:
        super().__init__()
        self._owner = owner
        self._key = key
        self._data = data
        self._edge_px = edge_px

    def run(self) -> None:
        image = thumbnail(self._data, self._edge_px)
        self._owner.crossed.emit(self._key, image)


class ThumbnailJobs(QObject):
    """Decodes on request.

    Signals:
        ready(str, QImage): the key of a request and its thumbnail, in the thread that made this object.
        crossed(str, QImage): from the pool to this object; not for others.
    """

    ready = Signal(str, QImage)
    crossed = Signal(str, QImage)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self.crossed.connect(self.ready, Qt.ConnectionType.QueuedConnection)

    def request(self, key: str, data: bytes, edge_px: int) -> None:
        """Asks for a thumbnail; `ready` follows, with a null image when the data is no picture."""
        self._pool.start(_Job(self, key, data, edge_px))
