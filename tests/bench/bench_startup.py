"""Start-up: from the start of the process to the first paint of the main window, and the memory it takes by then."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

RUNS = 9
WARM_UP_RUNS = 2
BARE = [sys.executable, str(Path(__file__).with_name("bare_window.py"))]
TALLY = [sys.executable, "-m", "tally", "--exit-after-paint"]


def start(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Run the program to its end.

    Returns:
        Wall time in ms and, where the system tells (not on Windows), peak resident memory in MiB.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(command, env=env)
    if sys.platform == "win32":
        status, memory = process.wait(60), 0.0
    else:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
        memory = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    took = (time.perf_counter() - begin) * 1000
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    return took, memory


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
        if sys.platform == "linux" and all(shutil.which(name) for name in ("Xvfb", "openbox", "xdotool")):
            from support.x11 import VirtualScreen

            screen = stack.enter_context(VirtualScreen())
            env |= {name: screen.env[name] for name in ("DISPLAY", "QT_QPA_PLATFORM", "LC_ALL")}
        else:
            env["QT_QPA_PLATFORM"] = "offscreen"
        for _ in range(WARM_UP_RUNS):
            start(BARE, env)
            start(TALLY, env)
        bare, tally = [], []
        for _ in range(RUNS):
            bare.append(start(BARE, env))
            tally.append(start(TALLY, env))
    window, bare_window = (statistics.median(time for time, _ in runs) for runs in (tally, bare))
    yield figure("startup.window", window, bare_window, "ms")
    if sys.platform != "win32":
        rss, bare_rss = (statistics.median(memory for _, memory in runs) for runs in (tally, bare))
        yield figure("startup.rss", rss, bare_rss, "MiB")
