"""What `bench_view.py` measures; each function runs in a process of its own so that memory means something."""

from __future__ import annotations

import random

from view_frames import WINDOW, application, conversation, cpu_ms, paint, percentile, resident_mb

COUNT = 10_000
SCROLL_STEPS = 300
JUMPS = 30
RESIZE_STEPS = 20
NAIVE_COUNT = 400
"""Messages of the baseline; opening is linear there, so its figure is scaled up to `COUNT`."""


def measure() -> dict[str, float]:
    """Everything about our view."""
    from tally.gui.conversation.view import ConversationView

    _, theme = application()
    path = conversation(COUNT)
    warm = ConversationView(theme)
    warm.resize(*WINDOW)
    warm.show()
    # Python-Markdown is loaded with the first message of a run, not with every conversation.
    warm.show_path(path[:2])
    paint(warm)
    warm.close()

    view = ConversationView(theme)
    view.resize(*WINDOW)
    view.show()
    paint(view)
    before = resident_mb()

    def opened() -> None:
        view.show_path(path)
        paint(view)

    found = {"open_ms": cpu_ms(opened)}
    bar = view.verticalScrollBar()

    def scroll(to: int) -> float:
        def step() -> None:
            bar.setValue(to)
            paint(view)

        return cpu_ms(step)

    steps = [scroll(bar.value() - 80) for _ in range(SCROLL_STEPS)]
    found["scroll_p50_ms"], found["scroll_p99_ms"] = percentile(steps, 0.5), percentile(steps, 0.99)
    chance = random.Random(3)
    jumps = [scroll(chance.randrange(bar.maximum())) for _ in range(JUMPS)]
    found["jump_max_ms"] = max(jumps)

    def resized(width: int) -> float:
        def step() -> None:
            view.resize(width, WINDOW[1])
            paint(view)

        return cpu_ms(step)

    sizes = [resized(760 - 10 * step) for step in range(RESIZE_STEPS)]
    found["resize_ms"] = percentile(sizes, 0.5)
    found["rss_mb"] = resident_mb() - before
    found["live"] = len(view.live)
    return found


def measure_browser() -> dict[str, float]:
    """The same content in one QTextBrowser, as the simplest program would show it."""
    from PySide6.QtWidgets import QTextBrowser

    application()
    import markdown

    path = conversation(NAIVE_COUNT)
    browser = QTextBrowser()
    browser.resize(*WINDOW)
    browser.show()
    paint(browser)
    before = resident_mb()

    def opened() -> None:
        parts = [markdown.markdown(shown.message.text, extensions=["extra", "sane_lists"]) for shown in path]
        browser.setHtml("<hr>".join(parts))
        browser.document().size()
        paint(browser)

    share = COUNT / NAIVE_COUNT
    found = {"open_ms": cpu_ms(opened) * share, "rss_mb": (resident_mb() - before) * share}

    def resized() -> None:
        browser.resize(WINDOW[0] - 10, WINDOW[1])
        browser.document().size()
        paint(browser)

    found["resize_ms"] = cpu_ms(resized) * share
    return found


def measure_widgets() -> dict[str, float]:
    """A text browser for each message in a scrolling column, as most programs of this kind do it."""
    from PySide6.QtWidgets import QScrollArea, QTextBrowser, QVBoxLayout, QWidget

    application()
    import markdown

    path = conversation(NAIVE_COUNT)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.resize(*WINDOW)
    area.show()
    paint(area)
    before = resident_mb()

    def opened() -> None:
        column = QWidget()
        rows = QVBoxLayout(column)
        for shown in path:
            browser = QTextBrowser()
            browser.resize(WINDOW[0] - 40, 10)
            browser.setHtml(markdown.markdown(shown.message.text, extensions=["extra", "sane_lists"]))
            browser.setFixedHeight(round(browser.document().size().height()) + 4)
            rows.addWidget(browser)
        area.setWidget(column)
        area.verticalScrollBar().setValue(area.verticalScrollBar().maximum())
        paint(area)

    share = COUNT / NAIVE_COUNT
    return {"open_ms": cpu_ms(opened) * share, "rss_mb": (resident_mb() - before) * share}
