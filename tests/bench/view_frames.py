"""What the view's benchmarks share: made-up conversations, forced frames, the GUI thread's own clock.

Text is the same in every run (a seeded generator). A frame is made complete by delivering the deferred layout requests
and then asking the window for its paint: returning to the event loop instead would let the clock run while nothing
happens, and would paint when the platform likes.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from tally.core.messages import AnswerInfo, EndState, Message, Role, TextPart
from tally.core.settings import Theme
from tally.gui.conversation.shown import Shown
from tally.gui.theme import ThemeManager

CHARS_PER_TOKEN = 4
WINDOW = (900, 800)

_TEXT = (
    "the ledger keeps every entry and nothing is ever overwritten so a sum of the past stays what it was while prices "
    "change with time models answer questions in many languages cost tokens latency stream paragraph memory window "
    "exact estimate of input output cached request server answer line table value"
)
_WORDS = tuple(_TEXT.split())


def application() -> tuple[QApplication, ThemeManager]:
    """The application with our look, made once per process."""
    app = QApplication.instance()
    app = app if isinstance(app, QApplication) else QApplication([])
    theme = ThemeManager()
    theme.apply(app)
    theme.set_theme(Theme.LIGHT)
    return app, theme


def paint(window: QWidget) -> None:
    """Completes a frame."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)  # noqa: TID251  layout requests are part of a frame's cost
    QApplication.sendEvent(window, QEvent(QEvent.Type.UpdateRequest))


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU time of this thread that the work takes, in ms."""
    begin = time.thread_time_ns()
    work()
    return (time.thread_time_ns() - begin) / 1e6


def percentile(values: list[float], share: float) -> float:
    """The value below which that share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def resident_mb() -> float:
    """Resident memory of this process in MiB; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  a kernel file, read whole
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, AttributeError):
        return 0.0


class Writer:
    """Makes up Markdown as models write it."""

    def __init__(self, seed: int = 7) -> None:
        self._random = random.Random(seed)

    def sentence(self) -> str:
        words = [self._random.choice(_WORDS) for _ in range(self._random.randint(6, 18))]
        if self._random.random() < 0.3:
            words[2] = f"**{words[2]}**"
        if self._random.random() < 0.2:
            words[-2] = f"`{words[-2]}()`"
        if self._random.random() < 0.05:
            words[-1] = f"[{words[-1]}](https://example.com/{words[0]})"
        return " ".join(words).capitalize() + "."

    def paragraph(self) -> str:
        return " ".join(self.sentence() for _ in range(self._random.randint(2, 5)))

    def bullets(self) -> str:
        lines = []
        for _ in range(self._random.randint(3, 7)):
            lines.append(f"- {self.sentence()}")
            if self._random.random() < 0.3:
                lines.append(f"  - {self.sentence()}")
        return "\n".join(lines)

    def numbers(self) -> str:
        return "\n".join(f"{number}. {self.sentence()}" for number in range(1, self._random.randint(4, 8)))

    def code_lines(self, count: int) -> str:
        return "\n".join(
            f"    value_{number} = function_{number % 17}(argument={number}, name='{self._random.choice(_WORDS)}')"
            for number in range(count)
        )

    def code(self) -> str:
        return f"```python\ndef work() -> None:\n{self.code_lines(self._random.randint(4, 20))}\n```"

    def table(self, rows: int | None = None) -> str:
        count = rows or self._random.randint(3, 8)
        lines = ["| Name | Tokens | Remark |", "|---|---:|---|"]
        lines += [
            f"| {self._random.choice(_WORDS)} | {number * 37} | {self.sentence()[:40]} |" for number in range(count)
        ]
        return "\n".join(lines)

    def block(self) -> str:
        make = self._random.choices(
            (self.paragraph, self.bullets, self.numbers, self.table, self.code, self._quote, self._heading),
            (42, 15, 10, 7, 14, 3, 9),
        )[0]
        return make()

    def _quote(self) -> str:
        return f"> {self.paragraph()}"

    def _heading(self) -> str:
        return f"## {self.sentence()[:50]}"

    def mixed(self, characters: int) -> str:
        blocks: list[str] = []
        while sum(map(len, blocks)) < characters:
            blocks.append(self.block())
        return "\n\n".join(blocks)[:characters]

    def size(self) -> int:
        """A length of an answer in characters: mean about 1,200, at most 12,000."""
        return min(12_000, round(self._random.lognormvariate(6.6, 0.9)))


def conversation(count: int) -> list[Shown]:
    """Questions and answers in turn."""
    writer = Writer()
    shown: list[Shown] = []
    parent: str | None = None
    for number in range(count):
        question = number % 2 == 0
        text = writer.sentence() if question else writer.mixed(writer.size())
        message = Message(
            id=f"{number:032x}",
            parent=parent,
            role=Role.USER if question else Role.ASSISTANT,
            parts=(TextPart(text),),
            created=number,
            answer=None if question else AnswerInfo("claude-sonnet-4.6", EndState.COMPLETE),
        )
        parent = message.id
        shown.append(Shown(message))
    return shown
