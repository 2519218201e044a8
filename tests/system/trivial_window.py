"""The plainest program the harness can drive: it notes on disk whatever reaches it.

Usage: python trivial_window.py NOTES, where NOTES is the file to append one JSON object per event to.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication, QPlainTextEdit

notes = Path(sys.argv[1])


def note(kind: str, what: Any) -> None:
    """Append one line."""
    with notes.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"kind": kind, "what": what}, ensure_ascii=False) + "\n")


class Window(QPlainTextEdit):
    """Notes text, pasted pictures, dropped files, clicks and its closing."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("Harness")
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.resize(600, 400)
        self.setStyleSheet("background: #0f766e; color: #ffffff")
        self.textChanged.connect(lambda: note("text", self.toPlainText()))

    def canInsertFromMimeData(self, source: Any) -> bool:
        return source.hasImage() or source.hasUrls() or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: Any) -> None:
        if source.hasUrls():
            note("files", [url.toLocalFile() for url in source.urls()])
        elif source.hasImage():
            note("image", [source.imageData().width(), source.imageData().height()])
        else:
            super().insertFromMimeData(source)

    def mousePressEvent(self, event: Any) -> None:
        note("click", [int(event.position().x()), int(event.position().y())])
        super().mousePressEvent(event)

    def closeEvent(self, event: Any) -> None:
        note("closed", True)
        super().closeEvent(event)


app = QApplication(sys.argv)
window = Window()
window.show()
sys.exit(app.exec())
