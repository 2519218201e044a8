"""The runner of `make bench`: every module in its own process, every line checked."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[2]
FIGURE = {"name": "a.b", "value": 1, "unit": "ms", "baseline": None, "ratio": None}
GOOD = f"def benchmarks():\n    yield {FIGURE!r}\n    yield {dict(FIGURE, name='a.c', baseline=2, ratio=0.5)!r}\n"


@pytest.fixture
def bench(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("bench_run", TESTS / "bench" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "HERE", tmp_path / "bench")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "bench").mkdir()
    return module


def run(bench, monkeypatch, capfd, *arguments):
    monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
    status = bench.main()
    return status, [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_figures_are_printed_and_kept(bench, monkeypatch, capfd):
    (bench.HERE / "bench_a.py").write_text(GOOD)
    status, figures = run(bench, monkeypatch, capfd)
    kept = [json.loads(line) for line in (bench.ROOT / "build/bench.jsonl").read_text().splitlines()]
    assert status == 0
    assert figures == kept == [FIGURE, {**FIGURE, "name": "a.c", "baseline": 2, "ratio": 0.5}]


def test_a_failing_module_fails_the_run_but_not_the_others(bench, monkeypatch, capfd):
    (bench.HERE / "bench_a.py").write_text("def benchmarks():\n    raise RuntimeError\n    yield\n")
    (bench.HERE / "bench_b.py").write_text(GOOD)
    status, figures = run(bench, monkeypatch, capfd)
    assert status == 1
    assert [figure["name"] for figure in figures] == ["a.b", "a.c"]


def test_a_filter_chooses_modules_or_single_figures(bench, monkeypatch, capfd):
    (bench.HERE / "bench_a.py").write_text(GOOD)
    (bench.HERE / "bench_other.py").write_text(GOOD.replace("a.", "other."))
    assert [figure["name"] for figure in run(bench, monkeypatch, capfd, "other")[1]] == ["other.b", "other.c"]
    assert [figure["name"] for figure in run(bench, monkeypatch, capfd, "a.c")[1]] == ["a.c"]


@pytest.mark.parametrize("change", [{"value": "1"}, {"name": 3}, {"extra": 1}, {"ratio": "x"}])
def test_a_malformed_figure_is_refused(bench, change):
    with pytest.raises((TypeError, ValueError)):
        bench.checked({**FIGURE, **change})
