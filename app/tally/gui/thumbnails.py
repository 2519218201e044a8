"""Brings the pictures of messages and drafts onto the screen: bytes from the store, decoded off the GUI thread."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QImage

from tally.core.failures import Failure
from tally.media.thumbnails import ThumbnailJobs
from tally.runtime.backend import Backend

EDGE = 640
"""Longest edge of a thumbnail in pixels; enough for its largest place at 200 %."""


class Thumbnails(QObject):
    """Answers `thumbnails_wanted` of several widgets from one cache of running jobs."""

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._waiting: dict[str, list[Callable[[str, QImage], None]]] = {}
        self._jobs = ThumbnailJobs(self)
        self._jobs.ready.connect(self._on_ready)

    def bring(self, digests: Sequence[str], show: Callable[[str, QImage], None]) -> None:
        """Calls `show` with each digest and its thumbnail once it is there; a null image when it cannot be read."""
        for digest in digests:
            receivers = self._waiting.setdefault(digest, [])
            receivers.append(show)
            if len(receivers) == 1:
                self._ask(digest)

    def _ask(self, digest: str) -> None:
        def on_bytes(data: bytes | None) -> None:
            if data is None:
                self._on_ready(digest, QImage())
            else:
                self._jobs.request(digest, data, EDGE)

        def on_failure(_: Failure) -> None:
            self._on_ready(digest, QImage())

        self._backend.ask(lambda services: services.history.attachment(digest)).then(on_bytes, on_failure)

    def _on_ready(self, digest: str, image: QImage) -> None:
        for show in self._waiting.pop(digest, []):
            show(digest, image)
