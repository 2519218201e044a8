"""A second program for a virtual screen: it holds and reads the clipboard and is the source of drags.

It is told what to do by JSON objects on standard input, one per line, and answers the same way on standard output.
"""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

from PySide6.QtCore import QMimeData, QSocketNotifier, Qt, QUrl
from PySide6.QtGui import QDrag, QGuiApplication, QImage, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

# Seconds after which the program ends whatever happens, so that nobody waits for it for ever.
_LIFETIME_S = 300


def say(kind: str, **facts: Any) -> None:
    """Answer with one line."""
    print(json.dumps({"kind": kind, **facts}), flush=True)


class Source(QLabel):
    """A little window at the screen's lower right corner whose content can be dragged away."""

    def __init__(self) -> None:
        super().__init__("drag me")
        self.setWindowFlags(Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
        self.setFixedSize(100, 40)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._urls: list[QUrl] = []

    def offer(self, paths: list[str]) -> None:
        """Show the window with these files to drag."""
        self._urls = [QUrl.fromLocalFile(path) for path in paths]
        corner = QGuiApplication.primaryScreen().geometry().bottomRight()
        self.move(corner.x() - self.width(), corner.y() - self.height())
        self.show()

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        if self._urls and not self.property("announced"):
            self.setProperty("announced", True)
            middle = self.mapToGlobal(self.rect().center())
            say("shown", x=middle.x(), y=middle.y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self._urls or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        mime = QMimeData()
        mime.setUrls(self._urls)
        self._urls = []
        drag = QDrag(self)
        drag.setMimeData(mime)
        drag.actionChanged.connect(lambda action: say("answered", action=action.name))
        say("dragging")
        action = drag.exec(Qt.DropAction.CopyAction)
        self.setProperty("announced", False)
        self.hide()
        say("dropped", action=action.name)


def obey(request: dict[str, Any], source: Source) -> None:
    """Do what one line of input asks for."""
    clipboard = QGuiApplication.clipboard()
    match request["do"]:
        case "copy_text":
            clipboard.setText(request["text"])
            say("copied")
        case "copy_image":
            clipboard.setImage(QImage(request["path"]))
            say("copied")
        case "read_text":
            say("text", text=clipboard.text())
        case "show_source":
            source.offer(request["paths"])


def main() -> int:
    """Run until standard input ends."""
    signal.alarm(_LIFETIME_S)
    app = QApplication(sys.argv)
    app.setQuitOnLastWindowClosed(False)
    source = Source()
    reader = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)

    def read() -> None:
        line = sys.stdin.readline()
        if line:
            obey(json.loads(line), source)
        else:
            app.quit()

    reader.activated.connect(read)
    say("ready")
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
