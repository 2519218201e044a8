"""Runs the benchmarks and prints one JSON object per figure: `{"name", "value", "unit", "baseline", "ratio"}`.

Each module `bench_*.py` in this folder has a function `benchmarks()` that yields such objects; `baseline` and
`ratio` may be null. Every module runs in a process of its own, so that none warms up or burdens another. A figure
means something only next to the baseline taken in the same run on the same machine.

Usage: `python tests/bench/run.py [FILTER]`; the filter is a part of a module's name (`startup`) or of a figure's.
The figures also go to `build/bench.jsonl`.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FIELDS = ("name", "value", "unit", "baseline", "ratio")
# Seconds a module may take before it counts as hung.
LIMIT_S = 300


def checked(figure: dict[str, Any]) -> dict[str, Any]:
    """The figure with its fields in order.

    Raises:
        ValueError: A field is missing or unknown.
        TypeError: A field is not of its kind.
    """
    if set(figure) != set(FIELDS):
        raise ValueError(f"a figure has the fields {', '.join(FIELDS)}; this one has {', '.join(figure)}")
    for field in ("name", "unit"):
        if not isinstance(figure[field], str):
            raise TypeError(f"{field} of {figure} is not a text")
    for field in ("value", "baseline", "ratio"):
        if not isinstance(figure[field], int | float | None if field != "value" else int | float):
            raise TypeError(f"{field} of {figure} is not a number")
    return {field: figure[field] for field in FIELDS}


def measure(module: Path) -> None:
    """Print the figures of one module; this runs in the module's own process."""
    spec = importlib.util.spec_from_file_location(module.stem, module)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    for figure in loaded.benchmarks():
        print(json.dumps(checked(figure)), flush=True)


def figures_of(module: Path) -> Iterator[str]:
    """The lines the module's process prints.

    Raises:
        subprocess.SubprocessError: The module failed or took too long; its error text has gone to standard error.
    """
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    command = [sys.executable, str(Path(__file__).resolve()), "--module", str(module)]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=LIMIT_S, check=True
    )
    yield from done.stdout.splitlines()


def main() -> int:
    """Measure what the filter lets through and return the exit status."""
    if sys.argv[1:2] == ["--module"]:
        measure(Path(sys.argv[2]))
        return 0
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    modules = sorted(HERE.glob("bench_*.py"))
    # A filter that names no module is a part of a figure's name: then all modules have to run to find it.
    named = [module for module in modules if wanted.split(".")[0] in module.stem]
    failed = []
    output = ROOT / "build" / "bench.jsonl"
    output.parent.mkdir(exist_ok=True)
    with output.open("w", encoding="utf-8") as stream:
        for module in named or modules:
            try:
                for line in figures_of(module):
                    if module not in named or "." not in wanted or wanted in line:
                        print(line, flush=True)
                        stream.write(line + "\n")
            except subprocess.SubprocessError as error:
                print(f"{module.name}: {error}", file=sys.stderr)
                failed.append(module.name)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
