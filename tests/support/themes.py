"""A theme for one test, and the application as it was afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from tally.core.settings import Theme
from tally.gui.theme import ThemeManager


@contextmanager
def fresh_theme(app: QApplication, theme: Theme = Theme.LIGHT, *, applied: bool = False) -> Iterator[ThemeManager]:
    """A theme manager; with `applied` the application wears it for as long."""
    style, font = app.style().objectName(), app.font()
    manager = ThemeManager()
    manager.set_theme(theme)
    if applied:
        manager.apply(app)
    yield manager
    manager.set_theme(Theme.SYSTEM)
    manager.deleteLater()
    if applied:
        app.setStyleSheet("")
        app.setPalette(QPalette())
        app.setFont(font)
        app.setStyle(style)
