"""A walk through the program in demo mode that leaves a picture of each of its faces."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from support.screens import Box
from support.tally_window import BUTTON, Seat, TallyWindow
from support.waiting import wait_until

PICTURES = (
    "first-run",
    "streaming",
    "answer",
    "models",
    "parameters",
    "image-attached",
    "image-answer",
    "error",
    "settings",
    "dark",
    "small",
    "japanese",
    "chinese",
)


def draw_photo(path: Path, width: int = 2400, height: int = 1800) -> Path:
    """Paint a landscape large enough to be scaled down before it is sent."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    sky = QLinearGradient(QPointF(0, 0), QPointF(0, height * 0.7))
    sky.setColorAt(0, QColor("#1d4e89"))
    sky.setColorAt(1, QColor("#f7c59f"))
    painter.fillRect(0, 0, width, height, sky)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("#fff3d6"))
    painter.drawEllipse(QPointF(width * 0.7, height * 0.45), height * 0.09, height * 0.09)
    for base, colour in ((0.62, "#5b7f95"), (0.72, "#35586c"), (0.84, "#1b3443")):
        painter.setBrush(QColor(colour))
        hills = [QPointF(0, height)]
        hills += [
            QPointF(width * step / 8, height * (base + (0.08 if step % 2 else -0.04) * (1 + step % 3) / 2))
            for step in range(9)
        ]
        painter.drawPolygon([*hills, QPointF(width, height)])
    painter.end()
    if not image.save(str(path)):
        raise OSError(f"could not write {path}")
    return path


class Tour:
    """The walk; every picture's method leaves the program ready for the next.

    Attributes:
        folder: where the pictures go.
    """

    def __init__(self, seat: Seat, data: Path, folder: Path) -> None:
        self.folder = folder
        self._seat = seat
        self._data = data

    def run(self, tell: Callable[[Path], None] = lambda path: None) -> None:
        """Take all pictures; `tell` hears of each."""
        with self._start(self._data) as tally:
            tally.place()
            self._first_run(tally, tell)
            self._conversation(tally, tell)
            self._image(tally, tell)
            self._languages(tally, tell)
            self._error(tally, tell)
            self._settings(tally, tell)
            self._small(tally, tell)
            tally.quit()
        dark = self._data.with_name(self._data.name + "-dark")
        dark.mkdir(parents=True)
        (dark / "settings.json").write_text(json.dumps({"theme": "dark"}), encoding="utf-8")
        with self._start(dark, "--demo") as tally:
            tally.place()
            tally.wait_until_shown("costs are simulated")
            tally.ask_and_wait("/table")
            self._keep(tally, "dark", tell)

    def _start(self, data: Path, *arguments: str) -> TallyWindow:
        # Two words a second are pleasant to read; nobody reads here.
        return TallyWindow(self._seat, data, ["--demo-speed", "12", *arguments])

    def _keep(self, tally: TallyWindow, name: str, tell: Callable[[Path], None]) -> None:
        path = self.folder / f"{name}.png"
        tally.screenshot(path)
        tell(path)

    def _first_run(self, tally: TallyWindow, tell: Callable[[Path], None]) -> None:
        tally.root.wait_for(BUTTON, "Try the demo")
        self._keep(tally, "first-run", tell)
        tally.press("Try the demo")
        tally.wait_until_shown("costs are simulated")

    def _conversation(self, tally: TallyWindow, tell: Callable[[Path], None]) -> None:
        tally.ask("/slow /long 400")
        wait_until(lambda: any(answer["streaming"] and answer["text"] for answer in tally.answers()), "a stream")
        path = self.folder / "streaming.png"
        self._seat.screen.hover(0, 0)
        self._seat.screen.screenshot(path, tally.window)
        tell(path)
        tally.keys("Escape")
        tally.wait_for_answer(1, "cancelled")
        tally.keys("ctrl+n")
        tally.ask_and_wait("/markdown")
        # Up from the end, to where code and a table are on the screen together.
        conversation = tally.root.wait_for("", "^Conversation$").box
        while sum(control.box.y > conversation.y for control in tally.root.find_all("text", "^Code$")) < 3:
            before = self._seat.screen.picture(conversation)
            self._seat.screen.scroll(*conversation.centre, -1)
            self._seat.screen.wait_until_changed(conversation, before)
        self._keep(tally, "answer", tell)
        # Pop-up windows are no part of the accessibility tree, but they can be seen.
        before = self._seat.screen.picture(conversation)
        tally.keys("ctrl+shift+m")
        self._seat.screen.wait_until_changed(conversation, before)
        self._keep(tally, "models", tell)
        tally.screen.key("Escape")
        tally.keys("ctrl+period")
        tally.wait_until_shown("Longest answer")
        self._keep(tally, "parameters", tell)
        tally.keys("ctrl+period")

    def _image(self, tally: TallyWindow, tell: Callable[[Path], None]) -> None:
        photo = draw_photo(self._data.with_name("evening.jpg"))
        tally.keys("ctrl+n")
        tally.drop(photo)
        tally.root.wait_for("", r"evening\.jpg")
        self._keep(tally, "image-attached", tell)
        tally.ask_and_wait("What is in this picture?")
        self._keep(tally, "image-answer", tell)

    def _languages(self, tally: TallyWindow, tell: Callable[[Path], None]) -> None:
        for name, question in (
            ("japanese", "料金の仕組みを教えてください。"),
            ("chinese", "请介绍一下费用是怎么计算的。"),
        ):
            tally.keys("ctrl+n")
            tally.ask_and_wait(question)
            self._keep(tally, name, tell)

    def _error(self, tally: TallyWindow, tell: Callable[[Path], None]) -> None:
        tally.keys("ctrl+n")
        tally.ask_and_wait("/error 402", state="http_error")
        self._keep(tally, "error", tell)

    def _settings(self, tally: TallyWindow, tell: Callable[[Path], None]) -> None:
        tally.keys("ctrl+comma")
        dialog = self._seat.screen.wait_for_window("Settings", tally.program.pid)
        box = self._seat.screen.box(dialog)
        self._seat.screen.wait_until_still(Box(box.x, box.y, box.width, box.height // 2))
        path = self.folder / "settings.png"
        self._seat.screen.screenshot(path, dialog)
        tell(path)
        self._seat.screen.key("Escape")
        self._seat.screen.wait_until_gone(dialog)

    def _small(self, tally: TallyWindow, tell: Callable[[Path], None]) -> None:
        box = tally.place(480, 480)
        if box[2:] != (480, 480):
            raise AssertionError(f"the window cannot be as small as it should: {box}")
        tally.keys("ctrl+n")
        tally.ask_and_wait("/table")
        self._keep(tally, "small", tell)
        tally.place()
