"""What messages look like, by their pixels and places."""

import re

import pytest
from PySide6.QtGui import QColor

from support.shown_messages import answer, question, row, settle
from tally.core.settings import Theme
from tally.gui.conversation.document_style import document_css
from tally.gui.conversation.message_list import COLUMN


@pytest.mark.parametrize("wanted", [Theme.LIGHT, Theme.DARK])
def test_a_rule_is_a_quiet_line(view, open_path, theme, request, wanted):
    request.addfinalizer(lambda: theme.set_theme(Theme.LIGHT))
    theme.set_theme(wanted)
    open_path([answer("above\n\n---\n\nbelow")])
    text = row(view, 0).texts()[0]
    picture = view.viewport().grab().toImage()
    origin = text.viewport().mapTo(view.viewport(), text.viewport().rect().topLeft())
    x = origin.x() + text.width() // 2
    column = {picture.pixelColor(x, y).name() for y in range(origin.y(), origin.y() + text.height())}
    assert column == {QColor(theme.tokens.canvas).name(), QColor(theme.tokens.line).name()}


@pytest.mark.parametrize("width", [480, 600, 791, 792, 793, 900, 1400])
@pytest.mark.parametrize("count", [1, 40], ids=["short", "long"])
def test_the_column_is_centred_in_the_window_with_and_without_a_scroll_bar(view, open_path, width, count):
    """The window puts the composer in the same place: 16 px at the sides, at most 760 px wide."""
    view.resize(width, 700)
    open_path([each for _ in range(count) for each in (question("Why? " * 90), answer("Because. " * 90))])
    settle()
    assert view.verticalScrollBar().isVisible() == (count == 40)
    text = row(view, max(view.live)).texts()[0]
    left = text.mapTo(view, text.rect().topLeft()).x()
    assert text.width() == min(COLUMN, width - 32)
    assert left == (width - text.width()) // 2
    # Nothing of it is under the scroll bar.
    assert left + text.width() <= view.viewport().geometry().right() + 1


def test_a_short_conversation_shows_no_scroll_bar(view, open_path):
    open_path([])
    assert not view.verticalScrollBar().isVisible()
    open_path([question("Why?"), answer("Because.")])
    assert not view.verticalScrollBar().isVisible()


def test_the_style_sheet_follows_zoom_and_theme(theme, request):
    request.addfinalizer(lambda: (theme.set_zoom(100), theme.set_theme(Theme.LIGHT)))
    small = document_css(theme)
    theme.set_zoom(200)
    theme.set_theme(Theme.DARK)
    large = document_css(theme)
    sizes = [[int(size) for size in re.findall(r"font-size: (\d+)px", sheet)] for sheet in (small, large)]
    assert [2 * size for size in sizes[0]] == sizes[1]
    assert theme.tokens.accent in large
    assert theme.tokens.accent not in small
