"""The shipped catalog and a window-sized place for panels and dialogs."""

import pytest
from PySide6.QtWidgets import QWidget

from support.themes import fresh_theme
from tally.compose import shipped_catalog
from tally.core.settings import Theme

SONNET = "anthropic/claude-sonnet-4-6"
OPUS = "anthropic/claude-opus-4-7"
HAIKU = "anthropic/claude-haiku-4-5"


@pytest.fixture(scope="session")
def catalog():
    return shipped_catalog()


@pytest.fixture(params=[Theme.LIGHT])
def theme(qapp, request):
    with fresh_theme(qapp, request.param, applied=True) as manager:
        yield manager


@pytest.fixture
def window(qtbot):
    """A window of the smallest supported size with nothing in it."""
    place = QWidget()
    place.resize(480, 480)
    qtbot.addWidget(place)
    place.show()
    return place
