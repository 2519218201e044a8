"""Everything the window can be told to do, in one table: id, words, keys, place in the menu."""

import sys
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

_VERSION_KEYS = "Ctrl+Alt" if sys.platform == "darwin" else "Alt"
"""On macOS Option with an arrow moves by words in every text."""


class Command(StrEnum):
    """What the person wants."""

    NEW_CHAT = "new-chat"
    SEARCH = "search"
    ATTACH = "attach"
    RENAME = "rename"
    PIN = "pin"
    DELETE = "delete"
    STOP = "stop"
    REGENERATE = "regenerate"
    EDIT_LAST = "edit-last"
    COPY_ANSWER = "copy-answer"
    REGENERATE_WITH = "regenerate-with"
    PREVIOUS_VERSION = "previous-version"
    NEXT_VERSION = "next-version"
    FIND = "find"
    FIND_NEXT = "find-next"
    FIND_PREVIOUS = "find-previous"
    NEXT_CHAT = "next-chat"
    PREVIOUS_CHAT = "previous-chat"
    FOCUS_COMPOSER = "focus-composer"
    CHOOSE_MODEL = "choose-model"
    TOGGLE_SIDE = "toggle-side"
    TOGGLE_PANEL = "toggle-panel"
    ZOOM_IN = "zoom-in"
    ZOOM_OUT = "zoom-out"
    ZOOM_RESET = "zoom-reset"
    FULL_SCREEN = "full-screen"
    SETTINGS = "settings"
    USAGE = "usage"
    DEMO = "demo"
    ABOUT = "about"
    QUIT = "quit"


class Menu(StrEnum):
    """Where a command stands."""

    CHAT = "chat"
    ANSWER = "answer"
    VIEW = "view"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table.

    Attributes:
        command: what is wanted.
        text: the words.
        keys: the shortcuts in portable spelling; the first is shown.
        menu: where it stands.
        icon: the icon's name; empty for none.
        separate: a rule stands above it.
        checkable: it can be on or off.
    """

    command: Command
    text: str
    keys: tuple[str, ...]
    menu: Menu
    icon: str = ""
    separate: bool = False
    checkable: bool = False


def commands() -> tuple[Entry, ...]:
    """The table, in the order of the menus."""
    translate = QCoreApplication.translate
    return (
        Entry(Command.NEW_CHAT, translate("Commands", "New chat"), ("Ctrl+N",), Menu.CHAT, "new-chat"),
        Entry(Command.SEARCH, translate("Commands", "Search chats"), ("Ctrl+Shift+F",), Menu.CHAT, "search"),
        Entry(Command.FIND, translate("Commands", "Find in this chat…"), ("Ctrl+F",), Menu.CHAT),
        Entry(Command.FIND_NEXT, translate("Commands", "Find the next place"), ("F3", "Ctrl+G"), Menu.CHAT),
        Entry(
            Command.FIND_PREVIOUS,
            translate("Commands", "Find the previous place"),
            ("Shift+F3", "Ctrl+Shift+G"),
            Menu.CHAT,
        ),
        Entry(Command.ATTACH, translate("Commands", "Attach files…"), ("Ctrl+O",), Menu.CHAT, "attach"),
        Entry(Command.CHOOSE_MODEL, translate("Commands", "Choose the model…"), ("Ctrl+Shift+M",), Menu.CHAT),
        Entry(Command.RENAME, translate("Commands", "Rename this chat"), (), Menu.CHAT, "rename", separate=True),
        Entry(Command.PIN, translate("Commands", "Pin this chat"), (), Menu.CHAT, "pin", checkable=True),
        Entry(Command.DELETE, translate("Commands", "Delete this chat"), (), Menu.CHAT, "trash"),
        Entry(Command.STOP, translate("Commands", "Stop the answer"), ("Esc",), Menu.ANSWER, "stop"),
        Entry(
            Command.REGENERATE, translate("Commands", "Regenerate the answer"), ("Ctrl+R",), Menu.ANSWER, "regenerate"
        ),
        Entry(
            Command.REGENERATE_WITH,
            translate("Commands", "Ask again with another model…"),
            ("Ctrl+Shift+R",),
            Menu.ANSWER,
        ),
        Entry(Command.EDIT_LAST, translate("Commands", "Edit the last question"), ("Ctrl+E",), Menu.ANSWER, "edit"),
        Entry(
            Command.COPY_ANSWER, translate("Commands", "Copy the last answer"), ("Ctrl+Shift+C",), Menu.ANSWER, "copy"
        ),
        Entry(
            Command.PREVIOUS_VERSION,
            translate("Commands", "Previous version"),
            (f"{_VERSION_KEYS}+Left",),
            Menu.ANSWER,
            separate=True,
        ),
        Entry(Command.NEXT_VERSION, translate("Commands", "Next version"), (f"{_VERSION_KEYS}+Right",), Menu.ANSWER),
        Entry(
            Command.TOGGLE_SIDE,
            translate("Commands", "Chat list"),
            ("Ctrl+B",),
            Menu.VIEW,
            "panel-left",
            checkable=True,
        ),
        Entry(
            Command.TOGGLE_PANEL,
            translate("Commands", "Parameters"),
            ("Ctrl+.",),
            Menu.VIEW,
            "panel-right",
            checkable=True,
        ),
        Entry(Command.NEXT_CHAT, translate("Commands", "Next chat"), ("Ctrl+PgDown",), Menu.VIEW, separate=True),
        Entry(Command.PREVIOUS_CHAT, translate("Commands", "Previous chat"), ("Ctrl+PgUp",), Menu.VIEW),
        Entry(Command.FOCUS_COMPOSER, translate("Commands", "Go to the message field"), ("Ctrl+L",), Menu.VIEW),
        Entry(
            Command.ZOOM_IN,
            translate("Commands", "Larger text"),
            ("Ctrl++", "Ctrl+="),
            Menu.VIEW,
            "plus",
            separate=True,
        ),
        Entry(Command.ZOOM_OUT, translate("Commands", "Smaller text"), ("Ctrl+-",), Menu.VIEW, "minus"),
        Entry(Command.ZOOM_RESET, translate("Commands", "Normal text size"), ("Ctrl+0",), Menu.VIEW),
        Entry(Command.FULL_SCREEN, translate("Commands", "Full screen"), ("F11",), Menu.VIEW, checkable=True),
        Entry(Command.SETTINGS, translate("Commands", "Settings…"), ("Ctrl+,",), Menu.PROGRAM, "settings"),
        Entry(Command.USAGE, translate("Commands", "What it costs…"), ("Ctrl+Shift+U",), Menu.PROGRAM, "cost"),
        Entry(Command.DEMO, translate("Commands", "Demo without a key"), (), Menu.PROGRAM, "demo", checkable=True),
        Entry(Command.ABOUT, translate("Commands", "About Tally"), (), Menu.PROGRAM, "info", separate=True),
        Entry(Command.QUIT, translate("Commands", "Quit"), ("Ctrl+Q",), Menu.PROGRAM),
    )


# Esc must also close what lies over the window, so the window itself listens for it; the menu only names it.
_NAMED_ONLY = {Command.STOP}

_ROLES = {
    Command.SETTINGS: QAction.MenuRole.PreferencesRole,
    Command.ABOUT: QAction.MenuRole.AboutRole,
    Command.QUIT: QAction.MenuRole.QuitRole,
}


def keys_of(command: Command) -> QKeySequence:
    """The shortcut that is shown for a command; empty for none."""
    found = next(entry for entry in commands() if entry.command is command)
    return QKeySequence(found.keys[0]) if found.keys else QKeySequence()


def make_actions(window: QWidget) -> dict[Command, QAction]:
    """One action per command, alive in the whole window; its data is the command."""
    actions: dict[Command, QAction] = {}
    for entry in commands():
        action = QAction(entry.text, window)
        action.setObjectName(f"action-{entry.command}")
        action.setData(entry.command)
        action.setCheckable(entry.checkable)
        action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
        action.setShortcutVisibleInContextMenu(True)
        action.setMenuRole(_ROLES.get(entry.command, QAction.MenuRole.NoRole))
        if entry.command in _NAMED_ONLY:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        else:
            window.addAction(action)
        actions[entry.command] = action
    return actions
