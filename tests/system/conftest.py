"""The screen, the second program and the folder for screenshots of the system tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.accessibility import Desktop
from support.dbus import SessionBus
from support.tally_window import Seat, take_seat
from support.x11 import Companion, VirtualScreen

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def seat() -> Iterator[Seat]:
    """A virtual screen with a window manager and all that belongs to it; there is no keyring."""
    with take_seat(SessionBus()) as seat:
        yield seat


@pytest.fixture
def screen(seat: Seat) -> VirtualScreen:
    """The virtual screen, 1600 by 1000 pixels."""
    return seat.screen


@pytest.fixture
def companion(seat: Seat) -> Companion:
    """The second program, for clipboard and drags."""
    return seat.companion


@pytest.fixture
def desktop(seat: Seat) -> Desktop:
    """The accessibility tree of the programs on the screen."""
    return seat.desktop


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where the pictures of a run are kept."""
    folder = Path(__file__).resolve().parents[2] / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
