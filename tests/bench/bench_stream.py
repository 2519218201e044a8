"""Streaming 20,000 tokens at 1,000 a second into the view, 30 frames a second, in virtual time.

Each frame receives the characters that would have arrived since the one before; the back-off makes frames rarer when
they are dear, so that a slow way shows as processor share and not as dropped text. The naive way, rendering the whole
message again in every frame, is sampled in the same run and scaled.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from view_frames import CHARS_PER_TOKEN, WINDOW, Writer, application, cpu_ms, paint, percentile

from tally.core.messages import AnswerInfo, EndState, Message, Role, TextPart
from tally.gui.conversation.pump import FRAME_MS, SHARE, SLOWEST_MS
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.view import ConversationView
from tally.gui.theme import ThemeManager

TOKENS = 20_000
RATE = 1_000
"""Tokens a second."""

TABLE_ROWS = 1_400
NAIVE_EVERY = 20
"""One of so many frames of the naive way is measured."""


def texts() -> dict[str, str]:
    """One answer of each kind, as long as the tokens say (the table: 1,400 rows)."""
    size = TOKENS * CHARS_PER_TOKEN
    writer = Writer()
    code = writer.code_lines(size // 55)[:size]
    items = "\n".join(f"- {writer.sentence()}" for _ in range(size // 60))
    words = " ".join(writer.sentence() for _ in range(size // 50))
    return {
        "mixed": writer.mixed(size),
        "code": f"```python\n{code}\n```",
        "list": items[:size],
        "paragraph": words[:size],
        "table": writer.table(TABLE_ROWS),
    }


def stream(theme: ThemeManager, text: str) -> tuple[list[float], float]:
    """Streams one answer.

    Returns:
        the cost of every frame in ms (the last one ends the answer), and the processor share while it streamed.
    """
    view = ConversationView(theme)
    view.resize(*WINDOW)
    view.show()
    question = Message("q", None, Role.USER, (TextPart("Tell me everything."),), 0)
    answer = Message("a", "q", Role.ASSISTANT, (), 0, AnswerInfo("claude-sonnet-4.6", EndState.STREAMING))
    view.show_path([Shown(question), Shown(answer)])
    paint(view)

    characters_per_ms = RATE * CHARS_PER_TOKEN / 1000
    costs: list[float] = []
    clock = 0.0
    sent = 0
    while sent < len(text):
        clock += min(SLOWEST_MS, max(FRAME_MS, SHARE * costs[-1] if costs else 0))
        arrived = min(len(text), round(clock * characters_per_ms))

        def frame(part: str) -> None:
            view.feed("a", part)
            view.flush()
            paint(view)

        costs.append(cpu_ms(lambda part=text[sent:arrived]: frame(part)))
        sent = arrived
    finished = Message(
        "a", "q", Role.ASSISTANT, (TextPart(text),), 0, AnswerInfo("claude-sonnet-4.6", EndState.COMPLETE)
    )

    def end() -> None:
        view.finish(Shown(finished))
        paint(view)

    costs.append(cpu_ms(end))
    view.close()
    view.deleteLater()
    return costs, sum(costs) / clock


def naive(text: str) -> float:
    """CPU in ms of rendering the whole message in every frame of 33 ms, estimated from a sample."""
    import markdown
    from PySide6.QtWidgets import QTextBrowser

    browser = QTextBrowser()
    browser.resize(*WINDOW)
    browser.show()
    paint(browser)
    step = round(FRAME_MS * RATE * CHARS_PER_TOKEN / 1000)
    total = 0.0
    for end in itertools.islice(range(step, len(text), step), 0, None, NAIVE_EVERY):

        def frame(part: str) -> None:
            browser.setHtml(markdown.markdown(part, extensions=["extra", "sane_lists"]))
            bar = browser.verticalScrollBar()
            browser.document().size()
            bar.setValue(bar.maximum())
            paint(browser)

        total += cpu_ms(lambda part=text[:end]: frame(part)) * NAIVE_EVERY
    browser.close()
    browser.deleteLater()
    return total


def _line(name: str, value: float, unit: str, baseline: float | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 4),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 1),
        "ratio": None if not baseline else round(value / baseline, 4),
    }


def benchmarks() -> Iterator[dict[str, Any]]:
    """Every kind once, mixed text three times of which the best counts."""
    _, theme = application()
    stream(theme, Writer(1).mixed(4_000))
    for kind, text in texts().items():
        runs = [stream(theme, text) for _ in range(3 if kind == "mixed" else 1)]
        costs, share = min(runs, key=lambda run: run[1])
        frames = costs[:-1]
        yield _line(f"stream.{kind}.frame_p50_ms", percentile(frames, 0.5), "ms")
        yield _line(f"stream.{kind}.frame_p99_ms", percentile(frames, 0.99), "ms")
        yield _line(f"stream.{kind}.frame_max_ms", max(frames), "ms")
        yield _line(f"stream.{kind}.end_ms", costs[-1], "ms")
        yield _line(f"stream.{kind}.cpu_share", share, "of a core")
        if kind == "mixed":
            tenth = len(frames) // 10
            second, last = sum(frames[tenth : 2 * tenth]), sum(frames[-tenth:])
            yield _line("stream.growth", last / second, "last tenth to second tenth of frames")
            yield _line("stream.naive_ratio", sum(costs), "ms", naive(text))
