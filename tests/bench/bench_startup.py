"""Start-up: from the start of the process to the first paint of the main window, and the memory it takes by then."""

from __future__ import annotations

import mmap
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from support.waiting import wait_until

RUNS = 15
WARM_UP_RUNS = 2
BARE = [sys.executable, str(Path(__file__).with_name("bare_window.py"))]
_COMMAND = Path(sys.executable).with_name("tally")
"""What a menu entry starts; where it is not installed, the module."""
TALLY = [*([str(_COMMAND)] if _COMMAND.exists() else [sys.executable, "-m", "tally"]), "--exit-after-paint"]


# Bytes at the start of the frame buffer that the XWD header and the pointer at the upper left corner may cover.
_OFF_POINTER = 1600 * 4 * 40


class Eye:
    """Sees whether anything is on the screen, by looking at a grid of its pixels.

    The X server's frame buffer is a file in shared memory, so a look costs microseconds and no round trip.
    """

    _STEP_BYTES = 4 * 997  # about every thousandth pixel, in a pattern that meets every column

    def __init__(self, frame_buffer: Path) -> None:
        with frame_buffer.open("rb") as file:
            self._pixels = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self._empty = self._look()

    def _look(self) -> bytes:
        return self._pixels[_OFF_POINTER :: self._STEP_BYTES]

    def sees_something(self) -> bool:
        """Whether the screen looks different from when it was empty."""
        return self._look() != self._empty


def start(command: list[str], env: dict[str, str], eye: Eye | None) -> tuple[float, float]:
    """Run the program to its end.

    Returns:
        ms from its start to its first paint (to its end, where there is no screen to look at), and its peak resident
        memory in MiB where the system tells (0 on Windows).
    """
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=env)
    painted = None if eye is None else _first_paint(process, eye)
    if sys.platform == "win32":
        status, memory = process.wait(60), 0.0
    else:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        memory = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    end = time.perf_counter()
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    if eye is not None:
        wait_until(lambda: not eye.sees_something(), "the screen to be empty again", every_s=0.01)
    return ((painted or end) - begin) * 1000, memory


def _first_paint(process: subprocess.Popen[bytes], eye: Eye) -> float | None:
    """When something was seen; None where the window came and went between two looks, so that its end must do."""
    pause = threading.Event()
    while not eye.sees_something():
        # The process must stay unreaped for wait4, so its end is noticed without asking for its status.
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return None
        pause.wait(0.0005)
    return time.perf_counter()


def figure(name: str, value: float, baseline: float, unit: str) -> dict[str, Any]:
    """One line of the result."""
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "baseline": round(baseline, 1),
        "ratio": round(value / baseline, 3),
    }


def benchmarks() -> Iterator[dict[str, Any]]:
    """Both programs in turn, so that whatever else the machine does falls on both alike."""
    with ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="tally-bench-"))
        env = {**os.environ, "TALLY_DATA_DIR": f"{home}/data", "HOME": home, "XDG_CONFIG_HOME": f"{home}/config"}
        # Both start from compiled files, as installed programs do; the warm-up runs write them.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        env["PYTHONPYCACHEPREFIX"] = f"{home}/compiled"
        env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
        eye = None
        if sys.platform == "linux" and all(shutil.which(name) for name in ("Xvfb", "openbox", "xdotool")):
            from support.x11 import VirtualScreen

            screen = stack.enter_context(VirtualScreen())
            # The pointer changes its shape over a window before anything is painted there.
            screen.hover(0, 0)
            eye = Eye(screen.frame_buffer)
            env |= {name: screen.env[name] for name in ("DISPLAY", "QT_QPA_PLATFORM", "LC_ALL")}
        else:
            env["QT_QPA_PLATFORM"] = "offscreen"
        for _ in range(WARM_UP_RUNS):
            start(BARE, env, eye)
            start(TALLY, env, eye)
        bare, tally = [], []
        for _ in range(RUNS):
            bare.append(start(BARE, env, eye))
            tally.append(start(TALLY, env, eye))
    window, bare_window = (statistics.median(time for time, _ in runs) for runs in (tally, bare))
    yield figure("startup.window", window, bare_window, "ms")
    if sys.platform != "win32":
        rss, bare_rss = (statistics.median(memory for _, memory in runs) for runs in (tally, bare))
        yield figure("startup.rss", rss, bare_rss, "MiB")
