"""Markdown: time per kilobyte beside Python-Markdown's own parser and markdown-it-py, hostile input, streaming.

CPU time of this thread, the best of several runs. `baseline` of the times per kilobyte is Python-Markdown with `extra`
and `sane_lists` unless the name says otherwise; of hostile input a hundred kilobytes of ordinary text; of growth the
frames 10 to 20 % of the stream.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import markdown
from markdown_it import MarkdownIt

from support.markdown_corpus import Corpus
from tally.rendering.markdown import to_html
from tally.rendering.stream import StreamRenderer, render

FRAME = 132  # characters that arrive in a frame at 1,000 tokens per second and 30 frames per second


def hostile() -> dict[str, str]:
    """Inputs of at most 100 KB that are slow for one parser or another."""
    return {
        "brackets": "[" * 100_000,
        "half_links": "[a](" * 25_000,
        "half_images": "![" * 50_000,
        "link_titles": '[a]("' * 20_000,
        "nested_brackets": "[" * 50_000 + "]" * 50_000,
        "backticks": "`a``" * 25_000,
        "growing_backticks": " ".join("`" * length for length in range(1, 440)),
        "stars": "*a " * 33_000,
        "double_stars": "**a " * 25_000,
        "nested_emphasis": "*a **a " * 7_000 + "b" + " a** a*" * 7_000,
        "underscores": "_a" * 50_000,
        "tildes": "~~a" * 33_000,
        "dollars": "$a " * 33_000,
        "backslashes": "\\" * 100_000,
        "tags": "<a " * 33_000,
        "open_tags": "<sub>" * 10_000 + "</kbd>" * 8_000,
        "ampersands": "&" * 100_000,
        "mail": "a@b." * 25_000,
        "addresses": "http://a.bc/" + ";" * 99_000,
        "www": "www." * 25_000,
        "one_word": "x" * 100_000,
        "one_paragraph": "lorem ipsum dolor. " * 5_000,
        "lines": "a\n" * 50_000,
        "deep_list": "\n".join("  " * depth + "- a" for depth in range(300)),
        "deep_quote": ">" * 100_000,
        "markers": "- " * 50_000,
        "quoted_markers": "> - " * 25_000,
        "flat_list": "- item with words\n" * 5_500,
        "tasks": "- [ ] a\n" * 12_500,
        "numbers": "1. item with words\n" * 5_200,
        "table": "| a | b | c |\n|---|---|---|\n" + "| 1 | 2 | 3 |\n" * 7_000,
        "wide_table": "|a" * 16_000 + "\n" + "|-" * 16_000 + "\n",
        "pipes": "| a |\n|---|\n| " + "\\|" * 49_000,
        "fences": "```\n" * 25_000,
        "definitions": "[x]: \n" * 16_000,
        "footnotes": "[^a]: x\n" * 12_000,
        "setext": "words\n---\n" * 10_000,
        "hashes": "# " * 50_000,
        "tabs": "\t" * 100_000,
        "formulas": "\\(" * 50_000,
        "math": "$$" * 50_000,
    }


def best_ms(run: Callable[[], object], times: int = 3) -> float:
    """The least CPU time of several runs in milliseconds."""
    least = float("inf")
    for _ in range(times):
        begin = time.thread_time()
        run()
        least = min(least, time.thread_time() - begin)
    return least * 1000


def figure(name: str, value: float, unit: str, baseline: float | None) -> dict[str, Any]:
    """One figure in the form that `run.py` prints."""
    ratio = round(value / baseline, 3) if baseline else None
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 3),
        "ratio": ratio,
    }


def benchmarks() -> Iterator[dict[str, Any]]:
    """Yields the figures."""
    text = Corpus(1).text(80_000)
    library = markdown.Markdown(extensions=["extra", "sane_lists"])
    other = MarkdownIt("gfm-like", {"html": False}).disable("linkify")
    for kilobytes in (1, 8, 80):
        part = text[: kilobytes * 1000]
        ours = best_ms(lambda part=part: to_html(part), 5) / kilobytes
        extra = best_ms(lambda part=part: library.reset().convert(part), 5) / kilobytes
        yield figure(f"markdown.ms_per_kb.{kilobytes}kb", ours, "ms/KB", extra)
    ordinary = best_ms(lambda: to_html(text)) / 80
    yield figure("markdown.ms_per_kb", ordinary, "ms/KB", best_ms(lambda: library.reset().convert(text)) / 80)
    yield figure("markdown.ms_per_kb.markdown_it", ordinary, "ms/KB", best_ms(lambda: other.render(text)) / 80)
    yield figure("markdown.segments_ms_per_kb", best_ms(lambda: render(text)) / 80, "ms/KB", ordinary)
    yield from _hostile(ordinary)
    yield from _streaming(text)


def _hostile(ordinary: float) -> Iterator[dict[str, Any]]:
    times = {name: best_ms(lambda source=source: to_html(source), 2) for name, source in hostile().items()}
    slowest = max(times, key=lambda name: times[name])
    yield figure("markdown.hostile_max_ms", times[slowest], "ms", ordinary * 100)
    yield figure(f"markdown.hostile.{slowest}_ms", times[slowest], "ms", ordinary * 100)


def _streaming(mixed: str) -> Iterator[dict[str, Any]]:
    kinds = {
        "mixed": mixed,
        "code": "```py\n" + "x = call(1, 2)  # comment\n" * 3_000,
        "list": "".join(f"- **item {number}** with some words in it\n" for number in range(1_900)),
        "paragraph": "words of one very long paragraph. " * 2_350,
        "table": "| a | b | c |\n|---|---|---|\n" + "| some text | more text | 12 |\n" * 1_400,
    }
    for name, text in kinds.items():
        frames = _frame_times(text)
        ordered = sorted(frames)
        tenth = len(frames) // 10
        early = sum(frames[tenth : 2 * tenth])
        yield figure(f"markdown.stream.{name}_p99_ms", ordered[int(len(ordered) * 0.99)], "ms", None)
        yield figure(f"markdown.stream.{name}_growth", sum(frames[-tenth:]), "ms", early)


def _frame_times(text: str) -> list[float]:
    renderer = StreamRenderer()
    times = []
    for at in range(0, len(text), FRAME):
        begin = time.thread_time()
        renderer.feed(text[at : at + FRAME])
        times.append((time.thread_time() - begin) * 1000)
    renderer.finish()
    return times
