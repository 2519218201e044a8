"""A view on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QWidget

from support.shown_messages import settle, shown
from tally.core.messages import Message
from tally.core.settings import Theme
from tally.gui.conversation.shown import Shown
from tally.gui.conversation.view import ConversationView
from tally.gui.theme import ThemeManager


@pytest.fixture
def theme(qapp: QApplication) -> ThemeManager:
    manager = ThemeManager()
    manager.apply(qapp)
    manager.set_theme(Theme.LIGHT)
    return manager


@pytest.fixture
def window(qtbot, theme) -> QWidget:
    """A window with a view between two fields."""
    widget = QWidget()
    widget.resize(1100, 700)
    row = QHBoxLayout(widget)
    before, view, after = QLineEdit(), ConversationView(theme), QLineEdit()
    before.setObjectName("before")
    after.setObjectName("after")
    row.addWidget(before)
    row.addWidget(view, 1)
    row.addWidget(after)
    qtbot.addWidget(widget)
    widget.show()
    widget.activateWindow()
    qtbot.waitActive(widget)
    return widget


@pytest.fixture
def view(qtbot, theme: ThemeManager) -> ConversationView:
    made = ConversationView(theme)
    made.resize(900, 700)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitActive(made)
    return made


@pytest.fixture
def open_path(view: ConversationView) -> Callable[[Sequence[Message]], list[Shown]]:
    """Shows messages and returns them as they were shown."""

    def open_(messages: Sequence[Message]) -> list[Shown]:
        path = shown(messages)
        view.show_path(path)
        settle()
        return path

    return open_
