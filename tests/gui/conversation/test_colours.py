"""Code gets its colours after it is complete, a slice at a time."""

import pytest
from PySide6.QtGui import QColor

from support.shown_messages import answer, question, row, settle
from tally.core.messages import AnswerInfo, EndState
from tally.core.settings import Theme
from tally.rendering.highlight import DARK, LIGHT, TokenClass

CODE = "def f(x):\n    # why\n    return x + 1"


def colour_at(view, words):
    """The colour laid over some words of the first code block."""
    text = next(text for text in row(view, 1).texts() if words in text.toPlainText())
    found = text.document().find(words)
    block = text.document().findBlock(found.selectionStart())
    place = found.selectionStart() - block.position()
    for piece in block.layout().formats():
        if piece.start <= place < piece.start + piece.length:
            return piece.format.foreground().color()
    return None


def finish_colours(view):
    while view._highlighter._queue:
        view._highlighter.work()


def test_a_finished_block_is_coloured(view, open_path):
    open_path([question("Go."), answer(f"```python\n{CODE}\n```")])
    finish_colours(view)
    assert colour_at(view, "def") == QColor(LIGHT[TokenClass.KEYWORD])
    assert colour_at(view, "# why") == QColor(LIGHT[TokenClass.COMMENT])


def test_another_theme_means_other_colours(view, open_path, theme):
    open_path([question("Go."), answer(f"```python\n{CODE}\n```")])
    finish_colours(view)
    theme.set_theme(Theme.DARK)
    finish_colours(view)
    assert colour_at(view, "def") == QColor(DARK[TokenClass.KEYWORD])


def test_a_block_that_is_still_open_waits(view, open_path):
    message = open_path([question("Go."), answer("", AnswerInfo("m", EndState.STREAMING))])[1].message
    view.feed(message.id, f"```python\n{CODE}\n")
    view.flush()
    finish_colours(view)
    assert colour_at(view, "def") is None
    view.feed(message.id, "```\n\nDone.")
    view.flush()
    finish_colours(view)
    assert colour_at(view, "def") == QColor(LIGHT[TokenClass.KEYWORD])


@pytest.mark.parametrize("language", ["", "no-such-language"])
def test_an_unknown_language_stays_plain(view, open_path, language):
    open_path([question("Go."), answer(f"```{language}\n{CODE}\n```")])
    finish_colours(view)
    assert colour_at(view, "def") is None


def test_a_block_that_went_away_is_forgotten(view, open_path):
    open_path([question("Go."), answer(f"```python\n{CODE}\n```")])
    open_path([question("Something else.")])
    settle()
    finish_colours(view)
    assert not view._highlighter._timer.isActive()


def test_every_line_of_a_long_block_is_coloured(view, open_path):
    lines = "\n".join(f"value_{number} = 'text {number}'  # note {number}" for number in range(600))
    open_path([question("Go."), answer(f"```python\n{lines}\n```")])
    finish_colours(view)
    for number in (0, 1, 299, 598, 599):
        assert colour_at(view, f"# note {number}") == QColor(LIGHT[TokenClass.COMMENT])
        assert colour_at(view, f"'text {number}'") == QColor(LIGHT[TokenClass.STRING])
