"""The whole window in this process: real widgets, backend, loop thread, database, and the demo gateway over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from tally.compose import SystemClock, WindowParts, shipped_catalog
from tally.core.messages import Message
from tally.gui.desk import Desk
from tally.gui.front import Front
from tally.gui.state import AppState
from tally.gui.theme import ThemeManager
from tally.runtime.backend import Backend, Reply
from tally.storage.paths import Paths, find_paths, make_folders
from tally.storage.settings_file import SettingsFile

WAIT_MS = 15_000


class OpenDesk:
    """A running window on a data folder; `close` ends it in the program's own order."""

    def __init__(self, folder: Path, *, demo: bool = True, speed: float = 0.0, environ: dict[str, str] | None = None):
        self.paths: Paths = find_paths({"TALLY_DATA_DIR": str(folder)})
        make_folders(self.paths)
        file = SettingsFile(self.paths.settings)
        settings, problem = file.load()
        self.state = AppState(settings, shipped_catalog())
        self.parts = WindowParts(self.paths, file, settings, environ or {}, speed)
        self.backend = Backend(self.parts.build, self.parts.close)
        self.theme = ThemeManager()
        self.theme.set_theme(settings.theme)
        self.theme.apply(QApplication.instance())
        geometry = QSettings(str(self.paths.config / "window.ini"), QSettings.Format.IniFormat)
        front = Front(
            self.theme,
            geometry,
            lambda data, kind: self.backend.ask(lambda services: services.history.put_attachment(data, kind)),
        )
        front.show(settings, self.state.catalog)
        self.backend.start()
        self.desk = Desk(front, self.state, self.backend, SystemClock(), data_folder=str(self.paths.data))
        self.window = self.desk.window
        self.chat = self.desk.chat
        self.actions = self.desk.actions
        self.view = self.desk.view
        self.composer = self.desk.composer
        self.desk.begin(demo=demo, files=[], problem=problem)
        if demo:
            self.until(lambda: self.state.simulated, "the demo to run")
        self.settle()

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Run the event loop until a condition holds."""
        loop, look, limit = QEventLoop(), QTimer(), QTimer()
        look.timeout.connect(lambda: condition() and loop.quit())
        limit.setSingleShot(True)
        limit.timeout.connect(loop.quit)
        look.start(2)
        limit.start(WAIT_MS)
        if not condition():
            loop.exec()
        assert limit.isActive(), f"waited in vain for {what}"
        look.stop()
        limit.stop()

    def settle(self) -> None:
        """Wait until everything that was asked of the backend, and what its answers asked in turn, is answered."""
        alive = self.backend._alive
        self.until(lambda: not any(isinstance(each, Reply) for each in alive), "the backend")

    def send(self, text: str) -> None:
        """Type a message and press Enter, as keys."""
        self.composer.focus_text()
        self.composer.set_text(text)
        self.composer.field.send_wanted.emit()

    def ask(self, text: str) -> Message:
        """Send a message and wait for its answer."""
        known = {message.id for message in self.chat.conversation.messages()}
        self.send(text)
        self.until(
            lambda: not self.chat.busy and self.answers() and self.answers()[-1].id not in known,
            f"the answer to {text!r}",
        )
        self.settle()
        return self.answers()[-1]

    def answers(self) -> list[Message]:
        """The answers on the path, oldest first."""
        return [message for message in self.chat.conversation.path() if message.answer is not None]

    def texts(self) -> list[str]:
        """The words of the messages on the path."""
        return [message.text for message in self.chat.conversation.path()]

    def close(self) -> None:
        """End as the program does."""
        self.window.close()
        self.desk.end()
        assert self.backend.stop()
        self.window.deleteLater()
        self.desk.deleteLater()
        self.backend.deleteLater()
