"""Runs the stages of `make test` one after another and ends with what each of them took and found.

A failed stage does not keep the later ones from running (one run shows everything that is wrong), but it makes the
whole run fail. Usage: `python tests/stages.py [STAGE]...`; without a name, all of them.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
ORDINARY = "not system and not secretservice and not peers and not bench"


@dataclass(frozen=True)
class Stage:
    """One command of the run.

    Attributes:
        name: What is asked for on the command line.
        command: The program and its arguments.
        limit_s: Seconds after which the stage is taken for hung and ended.
        linux_only: Whether it needs D-Bus or an X server.
    """

    name: str
    command: tuple[str, ...]
    limit_s: float = 300
    linux_only: bool = False


@dataclass(frozen=True)
class Outcome:
    """What a stage ended with: wall time in seconds, exit status, and pytest's closing line if it printed one."""

    stage: Stage
    seconds: float
    status: int
    summary: str


def _pytest(*arguments: str) -> tuple[str, ...]:
    return (PYTHON, "-m", "pytest", "--color=no", "-q", "--durations=5", "--durations-min=2", *arguments)


LINT = (
    Stage("ruff", (str(BIN / "ruff"), "check", "app", "tests", "packaging")),
    Stage("format", (str(BIN / "ruff"), "format", "--check", "app", "tests", "packaging")),
    Stage("mypy", (str(BIN / "mypy"), "-p", "tally")),
    Stage("imports", (str(BIN / "lint-imports"),)),
)
TESTS = (
    Stage("unit", _pytest("tests/unit", "-m", ORDINARY), limit_s=400),
    Stage("wire", _pytest("tests/wire", "-m", ORDINARY)),
    Stage("gui", _pytest("tests/gui", "-m", ORDINARY), limit_s=400),
    Stage(
        "keyring",
        (PYTHON, "tests/support/dbus.py", *_pytest("-m", "secretservice", "tests")),
        limit_s=120,
        linux_only=True,
    ),
    Stage("system", _pytest("tests/system", "-m", "not secretservice"), limit_s=400, linux_only=True),
)
GROUPS = {"lint": LINT, "tests": TESTS}

_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|warnings?)")


def _end(process: subprocess.Popen[str], why: str) -> None:
    """End a stage and everything it started: the pipe it writes to closes only when the last of them is gone."""
    print(f"=== {why}: ending it ===", flush=True)
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def run(stage: Stage) -> Outcome:
    """Run one stage, passing its output through while it comes."""
    print(f"\n=== {stage.name} ===", flush=True)
    begin = time.monotonic()
    summary = ""
    with subprocess.Popen(
        stage.command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        watchdog = threading.Timer(stage.limit_s, _end, (process, f"{stage.name} took over {stage.limit_s:.0f} s"))
        watchdog.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                if _COUNT.search(line) and re.search(r" in [\d.]+s", line):
                    summary = line.strip("= \n")
        except KeyboardInterrupt:
            _end(process, "interrupted")
            raise
        finally:
            watchdog.cancel()
    status = process.returncode
    seconds = time.monotonic() - begin
    print(f"=== {stage.name}: {'ok' if status == 0 else f'FAILED (exit {status})'} in {seconds:.1f} s ===", flush=True)
    return Outcome(stage, seconds, status, summary)


def _total(outcomes: list[Outcome]) -> str:
    """The counts of all pytest stages added up, worded as pytest words them."""
    counts: Counter[str] = Counter()
    for outcome in outcomes:
        for number, what in _COUNT.findall(outcome.summary):
            counts[what.rstrip("s") if what != "passed" else what] += int(number)
    found = ", ".join(f"{number} {what}" for what, number in counts.items() if what != "deselected")
    return f"{found or 'no tests ran'} in {sum(outcome.seconds for outcome in outcomes):.2f}s"


def chosen(names: list[str]) -> list[Stage]:
    """The stages the names stand for; all of them when there are none.

    Raises:
        SystemExit: A name is not that of a stage.
    """
    known = {stage.name: (stage,) for stage in (*LINT, *TESTS)} | GROUPS
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"no such stage: {', '.join(unknown)}; there are: {', '.join(known)}")
    return [stage for name in names or GROUPS for stage in known[name]]


def main() -> int:
    """Run the stages named on the command line and return the exit status."""
    stages = chosen(sys.argv[1:])
    outcomes = [run(stage) for stage in stages if sys.platform == "linux" or not stage.linux_only]
    skipped = [stage.name for stage in stages if sys.platform != "linux" and stage.linux_only]
    print("\nstage       wall   result")
    for outcome in outcomes:
        result = outcome.summary or ("ok" if outcome.status == 0 else "")
        failed = "" if outcome.status == 0 else f"FAILED (exit {outcome.status}) "
        print(f"{outcome.stage.name:<10} {outcome.seconds:5.1f} s  {failed}{result}")
    for name in skipped:
        print(f"{name:<10}       -  needs Linux")
    print(f"==== {_total(outcomes)} ====", flush=True)
    return 0 if all(outcome.status == 0 for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
