"""The watch over leftovers sees what it is there to see."""

import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QWidget

from support.qt import Leftovers


@pytest.fixture
def watch():
    with pytest.MonkeyPatch.context() as patch:
        yield Leftovers(patch)


def test_a_test_that_cleans_up_leaves_nothing(watch, qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    timer = QTimer(widget)
    timer.start(1000)
    timer.stop()
    widget.deleteLater()
    assert watch.found() == []


def test_a_running_timer_is_found(watch):
    timer = QTimer(objectName="ticker")
    timer.start(1000)
    assert watch.found() == ["active timer ticker of nobody"]
    timer.stop()


def test_a_running_thread_is_found(watch):
    thread = QThread(objectName="worker")
    thread.start()
    assert watch.found() == ["running thread worker"]
    thread.quit()
    assert thread.wait(5000)


def test_a_window_is_found_but_not_its_children(watch):
    window = QWidget(objectName="forgotten")
    QWidget(window)
    assert watch.found() == ["window forgotten"]
    del window
