"""Every icon is drawn, sharp at any density, and takes its colour from the theme and its state."""

import pytest
from PySide6.QtCore import QFile, QIODevice, QSize
from PySide6.QtGui import QIcon, QImage
from PySide6.QtSvg import QSvgRenderer

from support.themes import fresh_theme
from tally.assets import resource_path
from tally.core.settings import Theme
from tally.gui.icons import app_icon, icon, pixmap
from tally.gui.memory_files import MemoryFolder
from tally.gui.theme import DARK, LIGHT

NAMES = [
    "send", "stop", "attach", "image", "file", "json", "tool", "new-chat",
    "search", "pin", "pinned", "trash", "rename", "more", "menu", "copy",
    "check", "edit", "regenerate", "branch", "chevron-left", "chevron-right", "chevron-up", "chevron-down",
    "close", "settings", "panel-left", "panel-right", "wrap", "warning", "error", "info",
    "key", "lock", "demo", "cost", "sort", "external", "undo", "continue",
    "clock", "arrow-down", "sun", "moon", "eye", "eye-off", "plus", "minus",
    "drop", "wordmark",
]  # fmt: skip


@pytest.fixture
def theme(qapp):
    with fresh_theme(qapp) as manager:
        yield manager


def colours(picture: QImage) -> set[str]:
    """The colours of all fully opaque pixels."""
    found = set()
    for y in range(picture.height()):
        for x in range(picture.width()):
            pixel = picture.pixelColor(x, y)
            if pixel.alpha() == 255:
                found.add(pixel.name().upper())
    return found


def shown(drawn: QIcon, mode=QIcon.Mode.Normal, state=QIcon.State.Off) -> set[str]:
    return colours(drawn.pixmap(QSize(80, 80), 1.0, mode, state).toImage())


@pytest.mark.parametrize("name", NAMES)
def test_an_icon_is_drawn_in_one_colour_of_the_theme(theme, name):
    assert shown(icon(name, theme)) == {LIGHT.muted}


@pytest.mark.parametrize("name", NAMES)
def test_no_drawing_carries_a_colour_of_its_own(name):
    source = resource_path(f"icons/{name}.svg").read_text()
    assert "currentColor" in source
    assert "#" not in source
    assert 'stroke-width="1.5"' in source
    assert QSvgRenderer(str(resource_path(f"icons/{name}.svg"))).isValid()


def test_an_icon_follows_the_theme_without_being_asked_for_again(theme):
    drawn = icon("copy", theme)
    assert shown(drawn) == {LIGHT.muted}
    theme.set_theme(Theme.DARK)
    assert shown(drawn) == {DARK.muted}


def test_states_are_told_apart(theme):
    drawn = icon("pin", theme)
    assert shown(drawn, QIcon.Mode.Disabled) == {LIGHT.outline}
    assert shown(drawn, QIcon.Mode.Active) == {LIGHT.text}
    assert shown(drawn, state=QIcon.State.On) == {LIGHT.accent}


def test_a_token_can_be_chosen(theme):
    assert shown(icon("error", theme, token="danger")) == {LIGHT.danger}


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_an_icon_has_as_many_pixels_as_the_screen_wants(theme, ratio):
    picture = pixmap("search", theme, size=20, ratio=ratio)
    assert picture.devicePixelRatio() == ratio
    assert picture.width() == round(20 * ratio)


def test_an_unknown_name_is_an_error_at_once(theme):
    with pytest.raises(FileNotFoundError):
        icon("no-such-icon", theme)


def test_the_application_has_an_icon_in_the_usual_sizes(qapp):
    sizes = {size.width() for size in app_icon().availableSizes()}
    assert {16, 32, 48, 256} <= sizes
    middle = app_icon().pixmap(QSize(64, 64)).toImage()
    assert LIGHT.accent in {middle.pixelColor(x, 10).name().upper() for x in range(64)}


class TestMemoryFolder:
    def content(self, path: str) -> bytes:
        file = QFile(path)
        assert file.open(QIODevice.OpenModeFlag.ReadOnly), path
        try:
            return bytes(file.readAll().data())
        finally:
            file.close()

    def test_files_are_found_by_path(self, qapp):
        folder = MemoryFolder("test-folder")
        files = {f"file-{number}.svg": f"content {number}".encode() for number in range(40)}
        folder.add(files)
        assert {name: self.content(folder.path(name)) for name in files} == files

    def test_more_can_be_added_later_and_nothing_is_replaced(self, qapp):
        folder = MemoryFolder("test-folder-2")
        folder.add({"a": b"first"})
        folder.add({"a": b"second", "b": b"new"})
        assert self.content(folder.path("a")) == b"first"
        assert self.content(folder.path("b")) == b"new"

    def test_names_and_contents_may_be_anything(self, qapp):
        folder = MemoryFolder("test-folder-3")
        folder.add({"日本.svg": b"", "b" * 200: bytes(range(256))})
        assert self.content(folder.path("日本.svg")) == b""
        assert self.content(folder.path("b" * 200)) == bytes(range(256))
