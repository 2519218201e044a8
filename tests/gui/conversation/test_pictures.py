"""A long answer with every kind of element, a picture in each dress: kept in `build/screenshots/`, to be looked at."""

from pathlib import Path
from typing import NamedTuple

import pytest
from PySide6.QtGui import QImage

from support.shown_messages import answer, question, settle
from tally.assets import resource_path
from tally.core.settings import Theme

FOLDER = Path(__file__).resolve().parents[3] / "build" / "screenshots"
ENGLISH = ("en/markdown.md", "en/code.md")
NATIVE = {"japanese": "ja", "chinese": "zh", "uzbek": "uz"}


class Face(NamedTuple):
    """One picture: its name, theme, zoom in percent, width in px, and the demo texts in it."""

    name: str
    theme: Theme
    zoom: int
    width: int
    sources: tuple[str, ...]


FACES = [
    Face("conversation-light", Theme.LIGHT, 100, 900, ENGLISH),
    Face("conversation-dark", Theme.DARK, 100, 900, ENGLISH),
    Face("conversation-zoomed", Theme.LIGHT, 160, 900, ENGLISH),
    Face("conversation-narrow", Theme.DARK, 100, 480, ENGLISH),
    *(
        Face(f"conversation-{name}", Theme.LIGHT, 100, 900, (f"{code}/costs.md", f"{code}/code.md", f"{code}/help.md"))
        for name, code in NATIVE.items()
    ),
]


def texts(names: tuple[str, ...]) -> list[str]:
    return [resource_path(f"demo/{name}").read_text(encoding="utf-8") for name in names]


@pytest.mark.parametrize("face", FACES, ids=[face.name for face in FACES])
def test_every_element_can_be_looked_at_in_every_dress(qtbot, view, open_path, theme, request, *, face):
    request.addfinalizer(lambda: (theme.set_theme(Theme.LIGHT), theme.set_zoom(100)))
    theme.set_theme(face.theme)
    theme.set_zoom(face.zoom)
    view.resize(face.width, 3200)
    words = texts(face.sources)
    open_path([message for text in words for message in (question(text.strip("# ")[:24]), answer(text))])
    settle()
    view.verticalScrollBar().setValue(0)
    # Colours of code and formulas come in slices, a moment later; the picture is done when it no longer changes.
    seen: list[QImage] = []

    def at_rest() -> bool:
        settle()
        seen.append(view.grab().toImage())
        return len(seen) > 3 and seen[-1] == seen[-2] == seen[-3]

    qtbot.waitUntil(at_rest, timeout=15_000)
    picture = seen[-1]
    assert picture.pixelColor(2, 2).name().upper() == theme.tokens.canvas.upper()
    colours = {picture.pixelColor(x, y).name() for x in range(0, face.width, 7) for y in range(0, picture.height(), 7)}
    assert len(colours) > 20
    FOLDER.mkdir(parents=True, exist_ok=True)
    assert picture.save(str(FOLDER / f"{face.name}.png"))
