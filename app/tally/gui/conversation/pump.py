"""Turns a stream of small pieces into frames: 30 a second, fewer when frames are dear."""

import time

from PySide6.QtCore import QObject, QTimer, Signal

FRAME_MS = 33
"""The shortest time between two frames."""

SLOWEST_MS = 500
"""The longest time between two frames, however dear they are."""

SHARE = 3
"""A frame may take this fraction of the time until the next one."""


class StreamPump(QObject):
    """Calls for a frame while something is waiting.

    Signals:
        frame: render what is waiting now.
    """

    frame = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tick)
        self._cost_ms = 0.0
        self._began = 0.0
        self._cpu = 0.0

    @property
    def interval_ms(self) -> int:
        """The time between two frames that the last one's cost allows."""
        return round(min(SLOWEST_MS, max(FRAME_MS, SHARE * self._cost_ms)))

    def wake(self) -> None:
        """Something is waiting; the first frame of a burst comes at once."""
        if not self._timer.isActive():
            since_ms = (time.monotonic() - self._began) * 1000
            self._timer.start(max(0, round(self.interval_ms - since_ms)))

    def stop(self) -> None:
        """Nothing is waiting any more."""
        self._timer.stop()

    def _tick(self) -> None:
        began, cpu = time.monotonic(), time.thread_time()
        # Painting happens after this returns, so a frame's whole cost is known when the next one begins.
        whole = cpu - self._cpu if (began - self._began) * 1000 <= 2 * self.interval_ms else 0.0
        self._began, self._cpu = began, cpu
        self.frame.emit()
        self._cost_ms = max(whole, time.thread_time() - cpu) * 1000
