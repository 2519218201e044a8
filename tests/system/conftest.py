"""The screen, the second program and the folder for screenshots of the system tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.accessibility import Desktop
from support.dbus import SessionBus
from support.x11 import Companion, VirtualScreen

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def bus() -> Iterator[SessionBus]:
    """A session bus without a keyring."""
    with SessionBus() as bus:
        yield bus


@pytest.fixture(scope="session")
def screen(bus: SessionBus) -> Iterator[VirtualScreen]:
    """A virtual screen of 1600 by 1000 pixels with a window manager; programs on it can be read aloud."""
    with VirtualScreen() as screen:
        screen.env |= {**bus.env, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        yield screen


@pytest.fixture(scope="session")
def companion(screen: VirtualScreen) -> Iterator[Companion]:
    """The second program, for clipboard and drags."""
    with Companion(screen) as companion:
        yield companion


@pytest.fixture(scope="session")
def desktop(bus: SessionBus) -> Iterator[Desktop]:
    """The accessibility tree of the programs on the screen."""
    with Desktop(bus.address) as desktop:
        yield desktop


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the pictures of a run are kept."""
    folder = Path(__file__).resolve().parents[2] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
