"""The runner of `make test`: what fails makes the run fail, and what is counted is what pytest said."""

import importlib.util
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture
def stages(monkeypatch):
    spec = importlib.util.spec_from_file_location("stages", TESTS / "stages.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "stages", module)
    spec.loader.exec_module(module)
    return module


def python(stages, name, code, **more):
    return stages.Stage(name, (sys.executable, "-c", code), **more)


def run_all(stages, monkeypatch, *chosen):
    monkeypatch.setattr(stages, "LINT", ())
    monkeypatch.setattr(stages, "TESTS", chosen)
    monkeypatch.setattr(stages, "GROUPS", {"tests": chosen})
    monkeypatch.setattr(sys, "argv", ["stages.py"])
    return stages.main()


def test_one_failed_stage_fails_the_run_and_the_later_ones_still_run(stages, monkeypatch, capfd):
    status = run_all(
        stages,
        monkeypatch,
        python(stages, "first", "print('3 passed, 1 skipped in 0.10s')"),
        python(stages, "second", "print('1 failed, 2 passed in 0.20s'); raise SystemExit(1)"),
        python(stages, "third", "print('4 passed in 0.30s')"),
    )
    printed = capfd.readouterr().out.splitlines()
    assert status == 1
    assert any(line.startswith("second") and "FAILED (exit 1)" in line for line in printed)
    assert "9 passed, 1 skipped, 1 failed in" in printed[-1]


def test_a_run_without_failures_ends_well(stages, monkeypatch):
    assert run_all(stages, monkeypatch, python(stages, "only", "print('1 passed in 0.10s')")) == 0


def test_a_hung_stage_is_ended_with_what_it_started_and_counts_as_failed(stages):
    child = (
        f"import subprocess; subprocess.run([{sys.executable!r}, '-c', 'import threading; threading.Event().wait()'])"
    )
    outcome = stages.run(python(stages, "hung", child, limit_s=1))
    assert outcome.status != 0


def test_an_unknown_stage_is_refused(stages):
    with pytest.raises(SystemExit, match="no such stage: gooey"):
        stages.chosen(["gooey"])


def test_a_group_stands_for_its_stages(stages):
    assert [stage.name for stage in stages.chosen(["lint"])] == ["ruff", "format", "mypy", "imports"]
