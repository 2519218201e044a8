"""Formulas are shown as their source first, then drawn, and copied as what the model wrote."""

import subprocess
import sys

import pytest
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QTextCursor

from support.shown_messages import answer, row, shown
from tally.core.settings import Theme
from tally.gui.conversation.formula import FormulaView
from tally.gui.conversation.plain_copy import whole_text

OBJECT = "\ufffc"


def drawn(view, index=0, place=0):
    return OBJECT in row(view, index).texts()[place].visible_text()


@pytest.fixture
def text_with(view, open_path, qtbot):
    """Opens a text and waits until its first segment shows a picture."""

    def open_(text):
        open_path([answer(text)])
        qtbot.waitUntil(lambda: drawn(view), timeout=20_000)
        return row(view, 0).texts()[0]

    return open_


def inked(image: QImage, color: QColor, *, near=60):
    """The points of a picture that have about a colour."""
    return {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if all(abs(a - b) < near for a, b in zip(image.pixelColor(x, y).getRgb()[:3], color.getRgb()[:3], strict=True))
    }


def test_the_source_is_shown_until_the_formula_is_drawn(view, qtbot):
    view.show_path(shown([answer(r"So $\alpha + \beta$ it is.")]))
    assert r"\alpha + \beta" in row(view, 0).texts()[0].visible_text()
    qtbot.waitUntil(lambda: drawn(view), timeout=20_000)
    assert row(view, 0).texts()[0].visible_text().strip() == f"So {OBJECT} it is."


def test_the_source_is_copied(text_with):
    text = text_with(r"First $a^2$, then $\frac{1}{2}$ and $\frac{1}{2}$ (\(x\)).")
    assert whole_text(text.document()) == r"First a^2, then \frac{1}{2} and \frac{1}{2} (x)."


def test_only_the_selected_formulas_are_copied(text_with):
    text = text_with("One $a$$b$ two $c$ three.".replace("$$", "$ $"))
    cursor = text.textCursor()
    place = text.visible_text().index("two")
    cursor.setPosition(place)
    cursor.setPosition(len(text.visible_text()), QTextCursor.MoveMode.KeepAnchor)
    text.setTextCursor(cursor)
    assert text.createMimeDataFromSelection().text() == "two c three."


def test_what_cannot_be_drawn_keeps_its_source(view, open_path, qtbot):
    open_path([answer(r"Bad $\nosuchcommand{x}$ and good $y$.")])
    qtbot.waitUntil(lambda: drawn(view), timeout=20_000)
    assert row(view, 0).texts()[0].visible_text().strip() == rf"Bad \nosuchcommand{{x}} and good {OBJECT}."


@pytest.mark.parametrize(
    "latex", ["H", "H^2", "H_1", "Hp", "H(x)", r"H\frac{a}{b}", r"H\int_0^1", r"H\frac{1}{\frac{1}{2}}"]
)
@pytest.mark.parametrize("zoom", [100, 200])
def test_a_formula_stands_on_the_baseline_of_its_text(text_with, theme, request, latex, zoom):
    request.addfinalizer(lambda: theme.set_zoom(100))
    theme.set_zoom(zoom)
    text = text_with(f"H ${latex}$")
    picture = text.viewport().grab().toImage()
    ink = inked(picture, text.theme.color("text"), near=90)
    second = text.textCursor()
    second.setPosition(2)
    formula_left = text.cursorRect(second).left()
    in_text = [y for x, y in ink if x < formula_left - 2]
    letter = QFontMetricsF(text.font()).horizontalAdvance("H") * 0.6
    in_formula = [y for x, y in ink if formula_left <= x < formula_left + letter]
    assert abs(max(in_text) - max(in_formula)) <= 1


def test_another_theme_gives_another_colour_and_draws_nothing_anew(text_with, theme, view, monkeypatch):
    text_with("$X$")
    monkeypatch.setattr("tally.rendering.formula.draw", lambda *_, **__: pytest.fail("drawn again"))
    assert inked(view.grab().toImage(), theme.color("text"))
    theme.set_theme(Theme.DARK)
    assert drawn(view)
    assert inked(view.grab().toImage(), theme.color("text"))


def test_zoom_draws_larger(text_with, theme, view, qtbot):
    before = text_with("$x$").document().size().height()
    theme.set_zoom(300)
    qtbot.waitUntil(lambda: drawn(view), timeout=20_000)
    try:
        assert row(view, 0).texts()[0].document().size().height() > 2 * before
    finally:
        theme.set_zoom(100)


def test_a_displayed_formula_is_centred_in_a_segment_of_its_own(view, open_path, qtbot):
    open_path([answer("Then\n\n$$\nE = mc^2\n$$\n\nfollows.")])
    qtbot.waitUntil(lambda: drawn(view, place=1), timeout=20_000)
    text = row(view, 0).texts()[1]
    assert isinstance(text, FormulaView)
    xs = [x for x, _ in inked(text.viewport().grab().toImage(), text.theme.color("text"))]
    assert abs((min(xs) + max(xs)) / 2 - text.width() / 2) < 4


def test_a_displayed_formula_that_is_too_wide_scrolls(view, open_path, qtbot):
    open_path([answer("$$\n" + " + ".join(f"x_{{{n}}}" for n in range(30)) + "\n$$")])
    qtbot.waitUntil(lambda: drawn(view), timeout=20_000)
    text = row(view, 0).texts()[0]
    assert text.horizontalScrollBar().maximum() > 0
    assert text.width() <= view.width()
    assert text.height() >= text.document().size().height()


def test_while_it_arrives_a_formula_is_drawn_once_it_is_closed(view, open_path, qtbot):
    message = answer("")
    open_path([message])
    view.feed(message.id, "Here\n\n$$\nx + ")
    view.flush()
    assert "x" in row(view, 0).texts()[1].visible_text()
    view.feed(message.id, "y\n$$\n\nDone.")
    view.flush()
    qtbot.waitUntil(lambda: drawn(view, place=1), timeout=20_000)
    assert whole_text(row(view, 0).texts()[1].document()) == "x + y"


def test_what_is_read_stays_in_place_when_formulas_above_are_drawn(view, qtbot):
    path = shown([answer("Above\n\n$$\n\\frac{\\frac{1}{2}}{3}\n$$\n"), *(answer("Words. " * 200) for _ in range(4))])
    view.show_path(path)
    view.go_to(1)
    y = row(view, 1).y()
    assert not drawn(view, place=1)
    before = row(view, 0).height()
    qtbot.waitUntil(lambda: drawn(view, place=1), timeout=20_000)
    assert row(view, 0).height() != before
    assert row(view, 1).y() == y


def test_the_window_starts_without_the_drawing_code():
    code = "import sys, tally.gui.conversation.view; print('ziamath' in sys.modules, 'markdown' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
