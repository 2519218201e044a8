"""The composition root of the window: builds, wires, runs, and stops in order. The only file that knows everything.

Until the first paint only Qt, the core and the settings file are loaded; the loop's thread, HTTP, keyring, database
and Markdown come after it.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox

from tally import __version__
from tally.compose import SystemClock, WindowParts, shipped_catalog
from tally.core.failures import StoreError
from tally.gui.desk import Desk
from tally.gui.icons import app_icon
from tally.gui.state import AppState
from tally.gui.theme import ThemeManager
from tally.runtime.backend import Backend
from tally.storage.lock import InstanceLock
from tally.storage.paths import Paths, find_paths, make_folders
from tally.storage.settings_file import SettingsFile

EXIT_REFUSED = 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tally", description="Chat with Claude and see what it costs.")
    parser.add_argument("--version", action="version", version=f"Tally {__version__}")
    parser.add_argument("--demo", action="store_true", help="ask the gateway inside the program: no key, no network")
    parser.add_argument("--demo-speed", type=float, default=1.0, metavar="FACTOR", help="how fast the demo answers")
    parser.add_argument("--exit-after-paint", action="store_true", help="measure the start: end after the first paint")
    parser.add_argument("files", nargs="*", metavar="FILE", help="files to attach to a new message")
    parser.epilog = "tally ask --help: one question without a window"
    return parser


def _refuse(error: StoreError) -> int:
    """Says in a box why the program cannot begin."""
    box = QMessageBox(QMessageBox.Icon.Warning, "Tally", error.failure.message)
    box.setTextFormat(Qt.TextFormat.PlainText)
    if error.failure.details:
        box.setDetailedText(error.failure.details)
    box.exec()
    return EXIT_REFUSED


def _application(arguments: Sequence[str]) -> QApplication:
    QCoreApplication.setApplicationName("Tally")
    QCoreApplication.setApplicationVersion(__version__)
    app = QApplication([sys.argv[0], *arguments])
    app.setDesktopFileName("tally")
    app.setWindowIcon(app_icon())
    return app


def _start_logging(paths: Paths) -> None:
    from tally.logs import log_crashes, log_to  # noqa: PLC0415  not needed for the first paint

    log_to(paths.logs)
    log_crashes()


def run(arguments: Sequence[str]) -> int:
    """Opens the window and returns the exit status when it is closed."""
    options = _parser().parse_args(arguments)
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
        return _run_window(app, options, paths)
    finally:
        lock.release()


def _run_window(app: QApplication, options: argparse.Namespace, paths: Paths) -> int:
    settings_file = SettingsFile(paths.settings)
    settings, problem = settings_file.load()
    state = AppState(settings, shipped_catalog())
    parts = WindowParts(paths, settings_file, settings, os.environ, options.demo_speed)
    backend = Backend(parts.build, parts.close)
    theme = ThemeManager()
    theme.set_theme(settings.theme)
    theme.set_zoom(settings.zoom)
    theme.apply(app)
    geometry = QSettings(str(paths.config / "window.ini"), QSettings.Format.IniFormat)
    desk = Desk(state, backend, theme, SystemClock(), geometry, data_folder=str(paths.data))

    def on_first_paint() -> None:
        if options.exit_after_paint:
            app.quit()
            return
        _start_logging(paths)
        backend.start()
        desk.begin(demo=options.demo, files=[str(Path(name).absolute()) for name in options.files], problem=problem)

    desk.window.first_painted.connect(lambda: QTimer.singleShot(0, on_first_paint))
    desk.window.show()
    status = app.exec()
    desk.end()
    if not backend.stop():
        sys.stdout.flush()
        os._exit(status)  # a prompt or a name look-up that hangs must not keep a closed program
    return status
