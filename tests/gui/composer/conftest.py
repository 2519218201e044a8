"""A composer in a window, with a store that keeps what it is given."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

from support.pictures import halves, photo, saved
from support.themes import fresh_theme
from tally.core.catalog import ModelInfo
from tally.core.failures import Failure
from tally.core.money import Price
from tally.gui.composer.composer import Composer
from tally.runtime.backend import Reply

MODEL = ModelInfo("claude-sonnet-4.6", "Claude Sonnet 4.6", price=Price.per_million("3", "15"))


class Store:
    """Keeps attachments in memory and answers a turn of the event loop later.

    Attributes:
        kept: data and media type of each, in the order of arrival.
        trouble: what it answers instead, while it is set.
    """

    def __init__(self) -> None:
        self.kept: list[tuple[bytes, str]] = []
        self.trouble: Failure | None = None
        self._replies: list[Reply[str]] = []

    def __call__(self, data: bytes, media_type: str) -> Reply[str]:
        reply: Reply[str] = Reply()
        self._replies.append(reply)
        trouble = self.trouble
        if trouble is None:
            self.kept.append((data, media_type))
            QTimer.singleShot(0, lambda: reply.succeeded.emit("digest"))
        else:
            QTimer.singleShot(0, lambda: reply.failed.emit(trouble))
        return reply


@pytest.fixture
def theme(qapp: QApplication):
    with fresh_theme(qapp, applied=True) as manager:
        yield manager


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def composer(qtbot, theme, store) -> Composer:
    """At the bottom of an active window of 760 × 600, under another field."""
    window = QWidget()
    window.resize(760, 600)
    column = QVBoxLayout(window)
    other = QLineEdit()
    other.setObjectName("other")
    column.addWidget(other)
    column.addStretch(1)
    made = Composer(theme, store)
    made.set_model(MODEL)
    column.addWidget(made)
    qtbot.addWidget(window)
    made.destroyed.connect(lambda: window)  # a fixture returns one object, and this one keeps the other alive
    window.show()
    window.activateWindow()
    qtbot.waitActive(window)
    made.focus_text()
    qtbot.waitUntil(made.field.hasFocus)
    return made


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """Paths of files by kind: photo, screenshot, code, program, pdf."""
    contents = {
        "photo.jpg": saved(photo(2000, 1500), "jpeg"),
        "screenshot.png": saved(halves(640, 400), "png"),
        "code.py": b"print('narx')\n",
        "program.bin": b"\x7fELF" + bytes(100),
        "paper.pdf": b"%PDF-1.7\n",
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return {Path(name).stem: str(tmp_path / name) for name in contents}


@pytest.fixture
def attach(qtbot, composer, files):
    """Attaches files by their keys and waits until they are read."""

    def attach_(*names: str) -> None:
        composer.add_files([files[name] for name in names])
        qtbot.waitUntil(lambda: not composer.is_pending(), timeout=15_000)

    return attach_
