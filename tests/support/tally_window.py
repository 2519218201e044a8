"""Tally as a process with a window, used as a person uses it; what it kept is read from its database.

Controls are found by their accessible names, text goes through the keyboard or the clipboard, and nothing in the
program knows that it is being driven.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from support.accessibility import Control, Desktop, GoneError
from support.dbus import SecretService, SessionBus
from support.screens import Box
from support.waiting import wait_until
from support.x11 import Companion, Program, VirtualScreen

BUTTON = "(push )?button"
"""The role of a button; Qt's word for it depends on its version."""


@dataclass(frozen=True)
class Seat:
    """A place to use programs at.

    Attributes:
        screen: what is seen, and the hands.
        desktop: what a screen reader reads of it.
        companion: the other program on the screen.
        bus: the session's D-Bus.
    """

    screen: VirtualScreen
    desktop: Desktop
    companion: Companion
    bus: SessionBus


@contextmanager
def take_seat(bus: SessionBus) -> Iterator[Seat]:
    """Start the bus, a virtual screen and what else a seat needs."""
    with bus, VirtualScreen() as screen:
        # Qt tells the accessibility bus about itself only when asked to.
        screen.env |= {**bus.env, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1"}
        if isinstance(bus, SecretService):
            screen.env.pop("PYTHON_KEYRING_BACKEND", None)
        with Companion(screen) as companion, Desktop(bus.address) as desktop:
            yield Seat(screen, desktop, companion, bus)


class TallyWindow:
    """The running program. Use it in a `with` statement.

    Attributes:
        screen: where it is shown.
        data: its data folder; a second start with the same folder is the same user coming back.
        program: the process.
        window: the main window's number on the X server.
        root: the root of its accessibility tree.
    """

    def __init__(
        self,
        seat: Seat,
        data: Path,
        arguments: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.screen = seat.screen
        self.data = data
        self._companion = seat.companion
        data.mkdir(parents=True, exist_ok=True)
        self.program = Program(
            seat.screen,
            [sys.executable, "-m", "tally", *arguments],
            data.with_name(data.name + ".output"),
            {"TALLY_DATA_DIR": str(data), **(env or {})},
        )
        try:
            self.window = self._first_window()
            self.root = seat.desktop.program(self.program.pid)
            seat.screen.focus(self.window)
        except BaseException as error:
            self.program.kill()
            raise RuntimeError(f"Tally showed no window; it said: {self.output}") from error

    def _first_window(self) -> int:
        def found() -> list[int]:
            if not self.program.running:
                raise ChildProcessError("the process has ended")
            return self.screen.windows("Tally", self.program.pid)

        return wait_until(found, "the window")[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.output:
            error.add_note(f"Tally said:\n{self.output}")
        self.program.__exit__(kind, error, trace)

    # Hands

    def place(self, width: int = 1280, height: int = 860, x: int = 20, y: int = 20) -> Box:
        """Give the window a size and a place on the screen."""
        self.screen.move(self.window, x, y)
        return self.screen.resize(self.window, width, height)

    def press(self, name: str, role: str = BUTTON) -> None:
        """Click the control of this role whose name the regular expression is found in."""
        control = self.root.wait_for(role, name)
        self.screen.click(*control.box.centre)

    def keys(self, *keys: str) -> None:
        """Press keys, the window having the focus."""
        self.screen.focus(self.window)
        self.screen.key(*keys)

    @property
    def composer(self) -> Control:
        """The text field a question is written in."""
        return self.root.wait_for("text", "^Message")

    def write(self, text: str) -> None:
        """Put a text into the empty composer, typed if the keyboard has all of it, else pasted."""
        field = self.composer
        self.screen.click(*field.box.centre)
        wait_until(lambda: "focused" in field.states, "the composer to get the focus")
        if text.isascii() and text.isprintable():
            self.screen.type(text)
        else:
            self._companion.copy_text(text)
            self.screen.key("ctrl+v")
        wait_until(lambda: field.text == text, f"the composer to hold {text!r}; it holds {field.text!r}")

    def ask(self, text: str) -> None:
        """Write a question and press Enter, as soon as it can be sent."""
        self.write(text)
        button = self.root.wait_for(BUTTON, "^Send$")
        wait_until(lambda: "sensitive" in button.states, "Send to be ready")
        self.screen.key("Return")

    def ask_and_wait(self, text: str, state: str = "complete", timeout_s: float = 60) -> dict[str, Any]:
        """Ask and return the answer's row once it is finished."""
        before = len(self.answers())
        self.ask(text)
        return self.wait_for_answer(before + 1, state, timeout_s)

    def drop(self, *files: Path) -> str:
        """Drag files onto the middle of the window; the action it answered with."""
        return self._companion.drop_files(files, *self.screen.box(self.window).centre)

    def quit(self) -> int:
        """Leave through the keyboard; the exit status."""
        self.keys("ctrl+q")
        return self.program.wait()

    # Eyes

    @property
    def output(self) -> str:
        """What it printed, which should be nothing."""
        return self.program.output.read_text(encoding="utf-8", errors="replace")

    def shows(self, text: str) -> bool:
        """Whether some control on the screen has this in its name or its text, scrolled out of sight or not."""
        return any(text in words for words in self._words())

    def _words(self) -> Iterator[str]:
        for control in self.root.walk():
            with suppress(GoneError):
                yield control.words

    def wait_until_shown(self, text: str, timeout_s: float = 15) -> None:
        """Return when the text is on the screen."""
        try:
            wait_until(lambda: self.shows(text), f"{text!r} on the screen", timeout_s, 0.1)
        except TimeoutError as error:
            shown = "\n".join(words.strip() for words in self._words() if words.strip())
            raise AssertionError(f"{error}; there is:\n{shown}") from None

    def screenshot(self, path: Path) -> None:
        """Keep a picture of the window once it has come to rest, the composer's blinking cursor apart."""
        self.screen.hover(0, 0)
        box = self.screen.box(self.window)
        self.screen.wait_until_still(Box(box.x, box.y, box.width, box.height * 2 // 3))
        self.screen.screenshot(path, self.window)

    # What it kept

    def rows(self, query: str, *arguments: Any) -> list[dict[str, Any]]:
        """The result of a query on the program's database; nothing while there is none."""
        database = self.data / "tally.db"
        if not database.exists():
            return []
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
            connection.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in connection.execute(query, arguments)]
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def answers(self) -> list[dict[str, Any]]:
        """The answers, oldest first: their state, text and whether they are being written."""
        rows = self.rows("SELECT * FROM messages WHERE role = 'assistant' ORDER BY seq")
        return [
            {
                "state": json.loads(row["answer"] or "{}").get("state"),
                "text": "".join(part.get("text", "") for part in json.loads(row["parts"])["parts"]),
                "streaming": bool(row["streaming"]),
            }
            for row in rows
        ]

    def wait_for_answer(self, number: int, state: str = "complete", timeout_s: float = 60) -> dict[str, Any]:
        """The given answer (counted from 1) once it has reached a state."""

        def ended() -> dict[str, Any] | None:
            answers = self.answers()
            if len(answers) < number or answers[number - 1]["state"] != state:
                return None
            return answers[number - 1]

        answer = wait_until(ended, f"answer {number} to be {state}", timeout_s, 0.1)
        assert answer is not None
        return answer
