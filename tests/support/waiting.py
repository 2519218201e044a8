"""Bounded waits for what happens in other processes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str, timeout_s: float = 15.0, every_s: float = 0.03) -> T:
    """Return the condition's first true value.

    Another process tells nothing when its window changes, so there is nothing to wait on but the clock between two
    looks; a condition that never comes true is an error, never a pass.

    Raises:
        TimeoutError: It did not come true in time; the message says what was waited for.
    """
    deadline = time.monotonic() + timeout_s
    pause = threading.Event()
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s:g} s for {what}")
        pause.wait(every_s)
