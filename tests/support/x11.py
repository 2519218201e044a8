"""A virtual screen with a window manager, and hands to use it: windows, keys, mouse, clipboard and files dropped.

Everything a person does at a real screen goes the same way here: through the X server, as real events.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from PySide6.QtGui import QImage

from support.screens import Box, read_frame_buffer
from support.waiting import wait_until

NEEDED = ("Xvfb", "openbox", "xdotool")
# No frames, so that a window's place is that of its content for every version of xdotool; else as people know it:
# a new window and a clicked one get the keyboard, Alt+F4 closes.
_OPENBOX = """<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <focus><focusNew>yes</focusNew><followMouse>no</followMouse></focus>
  <theme><keepBorder>no</keepBorder></theme>
  <placement><policy>Smart</policy></placement>
  <desktops><number>1</number></desktops>
  <keyboard><keybind key="A-F4"><action name="Close"/></keybind></keyboard>
  <mouse><context name="Client"><mousebind button="Left" action="Press">
    <action name="Focus"/><action name="Raise"/>
  </mousebind></context></mouse>
  <applications><application class="*"><decor>no</decor></application></applications>
</openbox_config>
"""
_COMPANION = Path(__file__).with_name("companion.py")


class VirtualScreen:
    """An X server without hardware, with a window manager on it. Use it in a `with` statement.

    Attributes:
        env: The environment for programs that shall appear on it.
    """

    def __init__(self, width: int = 1600, height: int = 1000) -> None:
        self._size = (width, height)
        self._folder = Path(tempfile.mkdtemp(prefix="tally-screen-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        missing = [name for name in NEEDED if shutil.which(name) is None]
        if missing:
            raise RuntimeError(f"{', '.join(missing)} not found: see packaging/linux/test.txt")
        try:
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in reversed(self._processes):
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            if process.poll() is None:
                process.kill()
                process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self) -> None:
        width, height = self._size
        # The server writes the display number it found free once it accepts clients.
        reader, writer = os.pipe()
        server = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-dpi", "96"]
        server += ["-fbdir", str(self._folder), "-nolisten", "tcp", "-noreset"]
        self._processes.append(subprocess.Popen(server, pass_fds=[writer], stderr=subprocess.DEVNULL))
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.env = {
            **{name: value for name, value in os.environ.items() if name not in ("WAYLAND_DISPLAY", "QT_SCALE_FACTOR")},
            "DISPLAY": f":{number}",
            "QT_QPA_PLATFORM": "xcb",
            "LC_ALL": "C.UTF-8",
        }
        config = self._folder / "openbox.xml"
        config.write_text(_OPENBOX, encoding="utf-8")
        manager = ["openbox", "--sm-disable", "--config-file", str(config)]
        self._processes.append(subprocess.Popen(manager, env=self.env, stderr=subprocess.DEVNULL))
        wait_until(lambda: self.xdotool("get_num_desktops", check=False).strip(), "the window manager")

    # Windows

    def xdotool(self, *arguments: object, check: bool = True, timeout_s: float = 20) -> str:
        """Run xdotool and return what it printed."""
        command = ["xdotool", *(str(argument) for argument in arguments)]
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=timeout_s, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
        return done.stdout

    def windows(self, title: str = "", pid: int | None = None) -> list[int]:
        """The visible windows whose title matches the regular expression, of this process or of any."""
        owner = ("--pid", pid) if pid is not None else ()
        found = self.xdotool("search", "--all", "--onlyvisible", *owner, "--name", title or ".", check=False)
        return [int(line) for line in found.split()]

    def wait_for_window(self, title: str = "", pid: int | None = None, timeout_s: float = 20) -> int:
        """The first visible window that fits, once there is one."""
        described = f"a window {title!r}" + (f" of process {pid}" if pid else "")
        return wait_until(lambda: self.windows(title, pid), described, timeout_s)[0]

    def wait_until_gone(self, window: int, timeout_s: float = 15) -> None:
        """Return when the window is no longer visible."""
        wait_until(lambda: window not in self.windows(), f"window {window} to close", timeout_s)

    def title(self, window: int) -> str:
        """The window's title."""
        return self.xdotool("getwindowname", window).strip()

    def box(self, window: int) -> Box:
        """Where the window is on the screen."""
        facts = dict(line.split("=", 1) for line in self.xdotool("getwindowgeometry", "--shell", window).split())
        return Box(int(facts["X"]), int(facts["Y"]), int(facts["WIDTH"]), int(facts["HEIGHT"]))

    def focus(self, window: int) -> None:
        """Bring the window to the front and give it the keyboard."""
        self.xdotool("windowactivate", window)
        wait_until(lambda: self.active_window() == window, f"window {window} to get the focus")

    def active_window(self) -> int:
        """The window that has the keyboard; 0 if none has."""
        found = self.xdotool("getactivewindow", check=False).strip()
        return int(found or 0)

    def resize(self, window: int, width: int, height: int) -> Box:
        """Ask for another size of the window's content and return what it got."""
        before = self.box(window)
        self.xdotool("windowsize", window, width, height)
        with suppress(TimeoutError):
            wait_until(lambda: self.box(window)[2:] != before[2:], "the new size", timeout_s=5)
        return self.box(window)

    def move(self, window: int, x: int, y: int) -> None:
        """Put the window's top left corner at a place on the screen."""
        self.xdotool("windowmove", window, x, y)

    # Hands

    def key(self, *keys: str) -> None:
        """Press keys one after another, named as in xdotool: `ctrl+n`, `Return`, `Escape`."""
        self.xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        """Type text of the US keyboard. What is not on it comes through the clipboard; see `Companion`."""
        if not re.fullmatch(r"[\x20-\x7e]*", text):
            raise ValueError("not on the keyboard; put it on the clipboard instead")
        self.xdotool("type", "--clearmodifiers", "--delay", 8, "--", text, timeout_s=60)

    def click(self, x: int, y: int, button: int = 1) -> None:
        """Click at a place on the screen."""
        self.xdotool("mousemove", x, y, "click", button)

    def hover(self, x: int, y: int) -> None:
        """Move the mouse to a place on the screen."""
        self.xdotool("mousemove", x, y)

    def scroll(self, x: int, y: int, clicks: int) -> None:
        """Turn the wheel over a place, up by a negative number of clicks."""
        self.hover(x, y)
        self.xdotool("click", "--repeat", abs(clicks), "--delay", 10, 4 if clicks < 0 else 5)

    # Eyes

    @property
    def frame_buffer(self) -> Path:
        """The file in which the X server keeps the screen, as XWD."""
        return self._folder / "Xvfb_screen0"

    def picture(self, box: Box | None = None) -> QImage:
        """What is on the screen now."""
        return read_frame_buffer(self.frame_buffer, box)

    def screenshot(self, path: Path, window: int | None = None) -> QImage:
        """Save what is on the screen, or the part a window covers, as PNG, with the mouse out of the way."""
        self.hover(0, self._size[1] - 1)
        image = self.picture(self.box(window) if window is not None else None)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(path), "PNG"):
            raise OSError(f"could not write {path}")
        return image

    def wait_until_changed(self, box: Box, before: QImage, timeout_s: float = 15) -> None:
        """Return when the part of the screen looks different from a picture of it."""
        wait_until(lambda: self.picture(box) != before, "the screen to change", timeout_s)

    def wait_until_still(self, box: Box, looks: int = 6, timeout_s: float = 20) -> None:
        """Return when the part of the screen was the same in several looks in a row."""
        pictures: list[QImage] = []

        def still() -> bool:
            pictures.append(self.picture(box))
            return len(pictures) >= looks and all(picture == pictures[-1] for picture in pictures[-looks:])

        wait_until(still, "the screen to come to rest", timeout_s, every_s=0.05)


class Program:
    """A program on a virtual screen. Use it in a `with` statement; it is gone afterwards in any case.

    Attributes:
        output: The file its standard output and error go to.
    """

    def __init__(
        self, screen: VirtualScreen, command: Sequence[str], output: Path, env: Mapping[str, str] | None = None
    ) -> None:
        self.output = output
        with output.open("ab") as stream:
            self._process = subprocess.Popen(
                command, env={**screen.env, **(env or {})}, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
        self.kill()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would: it gets no chance to save anything."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def wait(self, timeout_s: float = 15) -> int:
        """Wait for its end and return the exit status."""
        return self._process.wait(timeout_s)


class Companion:
    """Another program on the same screen: owner and reader of the clipboard, and the place files are dragged from."""

    def __init__(self, screen: VirtualScreen) -> None:
        self._screen = screen
        self._process = subprocess.Popen(
            [sys.executable, str(_COMPANION)],
            env=screen.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said: queue.Queue[dict[str, Any]] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, name="companion")
        self._listener.start()

    def __enter__(self) -> Self:
        self._expect("ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait(5)
        self._listener.join(5)

    def copy_text(self, text: str) -> None:
        """Put text on the clipboard."""
        self._ask("copied", do="copy_text", text=text)

    def copy_image(self, path: Path) -> None:
        """Put the picture in a file on the clipboard, as pixels."""
        self._ask("copied", do="copy_image", path=str(path))

    def clipboard_text(self) -> str:
        """The text now on the clipboard, whoever put it there."""
        return str(self._ask("text", do="read_text")["text"])

    def drop_files(self, paths: Sequence[Path], x: int, y: int) -> str:
        """Drag files with the mouse to a place on the screen and let go.

        Returns:
            The drop action the target answered with, `IgnoreAction` if it refused.
        """
        hand = self._screen.xdotool
        source = self._ask("shown", do="show_source", paths=[str(path) for path in paths])
        hand("mousemove", source["x"], source["y"], "mousedown", 1)
        # A drag begins only after the mouse has moved some pixels with the button held.
        for step in range(1, 6):
            hand("mousemove", source["x"] - 5 * step, source["y"])
        self._expect("dragging")
        # In steps, because a target is entered, then told of each move, and answers each time.
        for step in range(1, 6):
            hand("mousemove", source["x"] + (x - source["x"]) * step // 5, source["y"] + (y - source["y"]) * step // 5)
        for nudge in (3, -3, 0):
            hand("mousemove", x + nudge, y + nudge)
        # A target that will not have the files never says so; then the button is let go all the same.
        with suppress(TimeoutError):
            self._expect("answered", timeout_s=3, action="CopyAction")
        hand("mouseup", 1)
        return str(self._expect("dropped")["action"])

    def _ask(self, answer: str, **request: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._expect(answer)

    def _expect(self, kind: str, timeout_s: float = 15, **facts: Any) -> dict[str, Any]:
        """The companion's next message of this kind and with these facts; what comes before it is passed over."""
        wanted = {"kind": kind, **facts}
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                message = self._said.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise TimeoutError(f"waited {timeout_s:g} s for the companion to say {wanted}") from None
            if message.items() >= wanted.items():
                return message

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._said.put(json.loads(line))
