"""The shipped catalog and a window-sized place for panels and dialogs."""

import pytest
from PySide6.QtWidgets import QWidget

from support.themes import fresh_theme
from tally.compose import shipped_catalog


@pytest.fixture(scope="session")
def catalog():
    return shipped_catalog()


@pytest.fixture
def theme(qapp):
    with fresh_theme(qapp, applied=True) as manager:
        yield manager


@pytest.fixture
def window(qtbot):
    """A window of the smallest supported size with nothing in it."""
    place = QWidget()
    place.resize(480, 480)
    qtbot.addWidget(place)
    place.show()
    return place
