"""The harness itself: what it does at the virtual screen arrives in a real window."""

import json
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from support.screens import colour_count
from support.waiting import wait_until
from support.x11 import Program

TRIVIAL = Path(__file__).with_name("trivial_window.py")


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "notes.jsonl"
    path.touch()
    return path


@pytest.fixture
def program(screen, tmp_path, notes):
    with Program(screen, [sys.executable, str(TRIVIAL), str(notes)], tmp_path / "output") as program:
        yield program


@pytest.fixture
def window(screen, program):
    window = screen.wait_for_window("^Harness$", program.pid)
    screen.focus(window)
    return window


def noted(notes, kind):
    lines = [json.loads(line) for line in notes.read_text(encoding="utf-8").splitlines()]
    return [line["what"] for line in lines if line["kind"] == kind]


def wait_for_note(notes, kind, what):
    wait_until(lambda: what in noted(notes, kind), f"{kind} {what!r}; so far: {notes.read_text()}")


def test_typed_keys_arrive(screen, window, notes):
    screen.type("Hello, 7 & (8)!")
    screen.key("Return", "shift+x")
    wait_for_note(notes, "text", "Hello, 7 & (8)!\nX")


def test_text_of_any_script_arrives_through_the_clipboard(screen, companion, window, notes):
    companion.copy_text("日本語と中文 — oʻzbekcha 🙂")
    screen.key("ctrl+v")
    wait_for_note(notes, "text", "日本語と中文 — oʻzbekcha 🙂")


def test_what_the_window_copies_can_be_read(screen, companion, window, notes):
    screen.type("copy me")
    wait_for_note(notes, "text", "copy me")
    screen.key("ctrl+a", "ctrl+c")
    wait_until(lambda: companion.clipboard_text() == "copy me", "the copied text")


def test_a_copied_picture_can_be_pasted(screen, companion, window, notes, tmp_path):
    picture = QImage(31, 17, QImage.Format.Format_RGB32)
    picture.fill(QColor("red"))
    picture.save(str(tmp_path / "red.png"))
    companion.copy_image(tmp_path / "red.png")
    screen.key("ctrl+v")
    wait_for_note(notes, "image", [31, 17])


def test_a_click_lands_where_it_was_aimed(screen, window, notes):
    box = screen.box(window)
    screen.click(box.x + 40, box.y + 30)
    wait_for_note(notes, "click", [40, 30])


@pytest.mark.parametrize("names", [["one.png"], ["two words.txt", "日本.md"]])
def test_dropped_files_arrive(screen, companion, window, notes, names):
    files = [notes.with_name(name) for name in names]
    for file in files:
        file.write_text("content")
    assert companion.drop_files(files, *screen.box(window).centre) == "CopyAction"
    wait_for_note(notes, "files", [str(file) for file in files])


def test_a_refused_drop_is_reported(screen, companion, notes):
    file = notes.with_name("unwanted")
    file.touch()
    assert companion.drop_files([file], 5, 5) == "IgnoreAction"


def test_a_screenshot_shows_the_window(screen, window, tmp_path):
    box = screen.box(window)
    screen.hover(0, 0)
    wait_until(lambda: screen.picture(box).pixelColor(300, 200).name() == "#0f766e", "the window's colour")
    image = screen.screenshot(tmp_path / "window.png", window)
    saved = QImage(str(tmp_path / "window.png"))
    assert (saved.width(), saved.height()) == (600, 400) == (image.width(), image.height())
    assert saved.pixelColor(300, 200).name() == "#0f766e"
    before = screen.picture(box)
    screen.type("text")
    screen.wait_until_changed(box, before)
    assert colour_count(screen.picture(box)) > 2


def test_a_window_takes_the_size_it_is_given(screen, window):
    assert screen.resize(window, 480, 480)[2:] == (480, 480)


def test_alt_f4_closes_the_window_and_ends_the_program(screen, program, window, notes):
    screen.key("alt+F4")
    assert program.wait() == 0
    assert noted(notes, "closed") == [True]


def test_a_killed_program_gets_no_chance_to_close(program, window, notes):
    program.kill()
    assert program.wait() == -9
    assert noted(notes, "closed") == []


def test_a_control_is_found_as_a_screen_reader_finds_it(screen, desktop, tmp_path, notes):
    with Program(screen, [sys.executable, str(TRIVIAL), str(notes)], tmp_path / "output") as program:
        control = desktop.program(program.pid).wait_for("text", "^Harness$")
        screen.focus(screen.wait_for_window("^Harness$", program.pid))
        screen.type("read me")
        wait_until(lambda: control.text == "read me", "the text to be readable")
        assert "focused" in control.states
        assert control.box == screen.box(screen.wait_for_window("^Harness$", program.pid))
