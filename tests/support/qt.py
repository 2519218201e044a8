"""Finds the Qt objects a test has left behind."""

from __future__ import annotations

import gc
from typing import Any
from weakref import WeakSet

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget

# Qt makes these itself and keeps them for the next time.
_KEPT_BY_QT = {"QTipLabel", "QShapedPixmapWidget", "QWhatsThat"}


class Leftovers:
    """Remembers, from its construction on, which timers and threads are started and which windows appear.

    The objects are noted when Python starts them; a walk over all objects of the process would take longer than
    most tests.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._started: WeakSet[QTimer | QThread] = WeakSet()
        self._windows_before = {shiboken6.getCppPointer(widget)[0] for widget in QApplication.topLevelWidgets()}
        for kind in (QTimer, QThread):
            monkeypatch.setattr(kind, "start", self._noting(kind.start))

    def _noting(self, original: Any) -> Any:
        started = self._started

        def start(this: QTimer | QThread, *arguments: Any) -> None:
            started.add(this)
            original(this, *arguments)

        return start

    def found(self) -> list[str]:
        """Names of what is still there, once pending deletions were carried out."""
        found = self._look()
        if found:
            # A reference cycle keeps a widget alive without anyone meaning it; that is not a leak of the test's.
            gc.collect()
            found = self._look()
        return found

    def _look(self) -> list[str]:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        found = []
        for item in list(self._started):
            if not shiboken6.isValid(item):
                continue
            if isinstance(item, QThread) and item.isRunning():
                found.append(f"running thread {_name(item)}")
            elif isinstance(item, QTimer) and item.isActive():
                found.append(f"active timer {_name(item)} of {_name(item.parent())}")
        found += [f"window {_name(widget)}" for widget in QApplication.topLevelWidgets() if self._is_new(widget)]
        return found

    def _is_new(self, widget: QWidget) -> bool:
        if widget.parent() is not None or widget.metaObject().className() in _KEPT_BY_QT:
            return False
        return shiboken6.getCppPointer(widget)[0] not in self._windows_before


def _name(item: Any) -> str:
    if item is None:
        return "nobody"
    return item.objectName() or type(item).__name__
