"""The composition root of the window: builds, wires, runs, and stops in order. The only file that knows everything.

Until the first paint only Qt, the settings and the front of the window are loaded; the conversation view, the loop's
thread, HTTP, keyring, database and Markdown come after it.
"""

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from tally import __version__
from tally.compose import SystemClock, WindowParts, shipped_catalog
from tally.core.failures import StoreError
from tally.gui.front import Front
from tally.gui.icons import app_icon
from tally.gui.state import AppState
from tally.gui.theme import ThemeManager
from tally.storage.lock import InstanceLock
from tally.storage.paths import Paths, find_paths, make_folders
from tally.storage.settings_file import SettingsFile

if TYPE_CHECKING:
    from tally.gui.desk import Desk
    from tally.runtime.backend import Backend, Reply

EXIT_REFUSED = 1


@dataclass(frozen=True, slots=True)
class Options:
    """The command line.

    Attributes:
        demo: ask the gateway inside the program.
        demo_speed: how fast it answers.
        exit_after_paint: end after the first paint, to measure the start.
        files: to attach to a new message, absolute.
    """

    demo: bool = False
    demo_speed: float = 1.0
    exit_after_paint: bool = False
    files: tuple[str, ...] = field(default=())


def _read(arguments: Sequence[str]) -> Options:
    if not arguments:
        return Options()
    if list(arguments) == ["--exit-after-paint"]:
        return Options(exit_after_paint=True)  # what is measured is the double click, which reads no arguments
    import argparse  # noqa: PLC0415  a double click passes nothing

    parser = argparse.ArgumentParser(prog="tally", description="Chat with Claude and see what it costs.")
    parser.add_argument("--version", action="version", version=f"Tally {__version__}")
    parser.add_argument("--demo", action="store_true", help="ask the gateway inside the program: no key, no network")
    parser.add_argument("--demo-speed", type=float, default=1.0, metavar="FACTOR", help="how fast the demo answers")
    parser.add_argument("--exit-after-paint", action="store_true", help="measure the start: end after the first paint")
    parser.add_argument("files", nargs="*", metavar="FILE", help="files to attach to a new message")
    parser.epilog = "tally ask --help: one question without a window"
    found = parser.parse_args(arguments)
    files = tuple(str(Path(name).absolute()) for name in found.files)
    return Options(found.demo, found.demo_speed, found.exit_after_paint, files)


def _refuse(error: StoreError) -> int:
    """Says in a box why the program cannot begin."""
    from PySide6.QtCore import Qt  # noqa: PLC0415  only when there is something to refuse
    from PySide6.QtWidgets import QMessageBox  # noqa: PLC0415

    box = QMessageBox(QMessageBox.Icon.Warning, "Tally", error.failure.message)
    box.setTextFormat(Qt.TextFormat.PlainText)
    if error.failure.details:
        box.setDetailedText(error.failure.details)
    box.exec()
    return EXIT_REFUSED


def _application(arguments: Sequence[str]) -> QApplication:
    QCoreApplication.setApplicationName("Tally")
    QCoreApplication.setApplicationVersion(__version__)
    # As an argument: `setStyle` would make PySide build all that belongs to styles, 10 ms before the first paint.
    app = QApplication([sys.argv[0], "-style", "fusion", *arguments])
    app.setDesktopFileName("tally")
    app.setWindowIcon(app_icon())
    return app


class Program(QObject):
    """The running window, from its first widgets to the orderly end.

    Args:
        app: Qt's application.
        options: the command line.
        paths: where things are kept; the folders exist and the lock is held.
    """

    def __init__(self, app: QApplication, options: Options, paths: Paths) -> None:
        super().__init__(app)
        self._app = app
        self._options = options
        self._paths = paths
        settings_file = SettingsFile(paths.settings)
        settings, self._problem = settings_file.load()
        self._state = AppState(settings, shipped_catalog())
        self._parts = WindowParts(paths, settings_file, settings, os.environ, options.demo_speed)
        theme = ThemeManager()
        theme.set_theme(settings.theme)
        theme.set_zoom(settings.zoom)
        theme.apply(app)
        geometry = QSettings(str(paths.config / "window.ini"), QSettings.Format.IniFormat)
        self._front = Front(theme, geometry, self._store)
        self._desk: Desk | None = None

    @cached_property
    def _backend(self) -> "Backend":
        from tally.runtime.backend import Backend  # noqa: PLC0415  after the first paint

        return Backend(self._parts.build, self._parts.close)

    def _store(self, data: bytes, media_type: str) -> "Reply[str]":
        return self._backend.ask(lambda services: services.history.put_attachment(data, media_type))

    def run(self) -> int:
        """Shows the window until it is closed; returns the exit status."""
        self._front.window.first_painted.connect(lambda: QTimer.singleShot(0, self._begin))
        self._front.show(self._state.settings, self._state.catalog)
        status = self._app.exec()
        if self._desk is not None:
            self._desk.end()
        if not self._backend.stop():
            sys.stdout.flush()
            os._exit(status)  # a prompt or a name look-up that hangs must not keep a closed program
        return status

    def _begin(self) -> None:
        """The window was seen: everything else."""
        if self._options.exit_after_paint:
            os._exit(0)  # what ends is not what is measured
        from tally.gui.desk import Desk  # noqa: PLC0415  heavy, hence after the first paint
        from tally.logs import log_crashes, log_to  # noqa: PLC0415

        log_to(self._paths.logs)
        log_crashes()
        self._backend.start()
        self._desk = Desk(
            self._front, self._state, self._backend, SystemClock(), data_folder=str(self._paths.data), parent=self
        )
        self._desk.begin(demo=self._options.demo, files=self._options.files, problem=self._problem)


def run(arguments: Sequence[str]) -> int:
    """Opens the window and returns the exit status when it is closed."""
    options = _read(arguments)
    # The loop's thread and the window take turns more often than Python's default of 5 ms.
    sys.setswitchinterval(0.001)
    app = _application(arguments)
    paths = find_paths(os.environ)
    lock = InstanceLock(paths.lock)
    try:
        make_folders(paths)
        lock.acquire()
    except StoreError as error:
        return _refuse(error)
    try:
        return Program(app, options, paths).run()
    finally:
        lock.release()
