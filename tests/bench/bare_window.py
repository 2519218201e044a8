"""The baseline of the start-up time: the plainest window PySide6 can show, gone after its first paint.

It ends the same way as `tally --exit-after-paint`: at once, when the event loop is idle again after the paint.
"""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow


class Window(QMainWindow):
    """Ends the program once it is on the screen."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, lambda: os._exit(0))


app = QApplication(sys.argv)
window = Window()
window.resize(1200, 800)
window.show()
sys.exit(app.exec())
