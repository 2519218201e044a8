"""Colours for code, worked out in small slices between other things and remembered for the next time."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor, QTextCharFormat, QTextLayout

from tally.gui.conversation.code_block import CodeView
from tally.gui.theme import ThemeManager

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tally.rendering.highlight import Span, TokenClass

SLICE_MS = 3
"""How long one slice may take on the GUI thread."""

_REMEMBERED = 100
_SPANS_PER_LOOK = 40
"""Spans between two looks at the clock."""


@dataclass
class _Job:
    """One block on its way.

    Attributes:
        view: the block.
        code: what is being coloured; a view that shows something else by now is left alone.
        spans: what is still to come.
        line: the first line that has no colours yet.
        ranges: the colours of that line and those after it, as far as they are known.
        seen: everything that came, to be remembered.
    """

    view: CodeView
    code: str
    spans: "Iterator[Span]"
    line: int = 0
    ranges: list[list[QTextLayout.FormatRange]] = field(default_factory=list)
    seen: "list[Span]" = field(default_factory=list)


class Highlighter(QObject):
    """A queue of code blocks that wait for their colours."""

    def __init__(self, theme: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._queue: deque[_Job] = deque()
        self._known: dict[tuple[str, str], Sequence[Span]] = {}
        self._formats: Mapping[TokenClass, QTextCharFormat] = {}
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self.work)
        theme.changed.connect(self._on_theme_changed)

    def enqueue(self, view: CodeView) -> None:
        """A complete code block wants its colours."""
        code = view.shown_code
        if any(job.view is view and job.code == code for job in self._queue):
            return
        self._queue.append(_Job(view, code, self._spans(code, view.segment.language)))
        if not self._timer.isActive():
            self._timer.start()

    def work(self) -> None:
        """Works for one slice."""
        deadline = time.perf_counter() + SLICE_MS / 1000
        while self._queue and time.perf_counter() < deadline:
            job = self._queue[0]
            alive = shiboken6.isValid(job.view) and job.view.shown_code == job.code
            if not alive or self._advance(job, deadline):
                self._queue.popleft()
        if not self._queue:
            self._timer.stop()

    def _spans(self, code: str, language: str) -> "Iterator[Span]":
        known = self._known.get((language, code))
        if known is not None:
            return iter(known)
        from tally.rendering.highlight import spans  # noqa: PLC0415  loads Pygments

        return spans(code, language)

    def _advance(self, job: _Job, deadline: float) -> bool:
        """Colours as many lines as the time allows; True when the block is done."""
        formats = self._formats_now()
        for number, span in enumerate(job.spans, 1):
            job.seen.append(span)
            while job.line + len(job.ranges) <= span.line:
                job.ranges.append([])
            piece = QTextLayout.FormatRange()
            piece.start, piece.length, piece.format = span.start, span.length, formats[span.token_class]
            job.ranges[span.line - job.line].append(piece)
            if number % _SPANS_PER_LOOK == 0 and time.perf_counter() > deadline:
                # The last line may get more colours, so it waits.
                job.view.colour(job.line, job.ranges[:-1])
                job.line += len(job.ranges) - 1
                job.ranges = job.ranges[-1:]
                return False
        job.view.colour(job.line, job.ranges)
        self._remember((job.view.segment.language, job.code), job.seen)
        return True

    def _remember(self, key: tuple[str, str], seen: "Sequence[Span]") -> None:
        self._known.pop(key, None)
        self._known[key] = seen
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    def _formats_now(self) -> "Mapping[TokenClass, QTextCharFormat]":
        if not self._formats:
            from tally.rendering.highlight import DARK, LIGHT, TokenClass  # noqa: PLC0415  loads Pygments

            colors = DARK if self._theme.dark else LIGHT
            self._formats = {name: _format(colors[name], italic=name is TokenClass.COMMENT) for name in TokenClass}
        return self._formats

    def _on_theme_changed(self) -> None:
        self._formats = {}


def _format(color: str, *, italic: bool) -> QTextCharFormat:
    look = QTextCharFormat()
    look.setForeground(QColor(color))
    look.setFontItalic(italic)
    return look
