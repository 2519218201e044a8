"""What can be done with a message: the buttons that appear under it, and the same things as a menu."""

from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from tally.core.messages import Message, Role
from tally.gui.icons import icon
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import IconButton, PlainLabel

BUTTON = 28
"""Side of a button in px."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done with a message.

    Attributes:
        id: what is emitted.
        icon: its drawing.
        label: for tooltip and menu.
        button: it has a button of its own; the others are in the menu only.
    """

    id: str
    icon: str
    label: str
    button: bool = True


def _tr(text: str) -> str:
    return QCoreApplication.translate("MessageActions", text)


def actions_for(message: Message) -> list[Action]:
    """What can be done with this message, in order."""
    found = [
        Action("copy", "copy", _tr("Copy")),
        Action("copy_markdown", "copy", _tr("Copy as Markdown"), button=False),
    ]
    if message.role is Role.ASSISTANT:
        found += [
            Action("regenerate", "regenerate", _tr("Ask again")),
            Action("regenerate_with", "regenerate", _tr("Ask again with another model…"), button=False),
            Action("edit", "edit", _tr("Edit"), button=False),
            Action("branch", "branch", _tr("Continue in a new conversation")),
            Action("details", "cost", _tr("Details and cost"), button=False),
        ]
    else:
        found += [
            Action("edit", "edit", _tr("Edit and send again")),
            Action("branch", "branch", _tr("Continue in a new conversation")),
        ]
    return [*found, Action("delete", "trash", _tr("Delete"), button=False)]


def message_menu(message: Message, theme: ThemeManager, parent: QWidget) -> QMenu:
    """A menu of everything that can be done; the chosen QAction's `data` is the id."""
    menu = QMenu(parent)
    for action in actions_for(message):
        if action.id == "delete":
            menu.addSeparator()
        menu.addAction(icon(action.icon, theme, size=16), action.label).setData(action.id)
    return menu


class ActionBar(QWidget):
    """The buttons under a message.

    Signals:
        chosen: the id of an action; "menu" asks for the rest of them.
    """

    chosen = Signal(str)

    def __init__(self, message: Message, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        shown = [action for action in actions_for(message) if action.button]
        self.buttons: list[QWidget] = []
        for action in [*shown, Action("menu", "more", _tr("More"))]:
            button = row_button(action.icon, theme, action.label, self)
            button.clicked.connect(lambda _=False, name=action.id: self.chosen.emit(name))
            row.addWidget(button)
            self.buttons.append(button)

    @staticmethod
    def width_for(message: Message) -> int:
        """The width its buttons will take, in px, before they exist."""
        return BUTTON * (1 + sum(action.button for action in actions_for(message)))


class SiblingBar(QWidget):
    """‹ 2/3 ›: the versions of a message.

    Signals:
        stepped: to the version before (-1) or after (+1).
    """

    stepped = Signal(int)

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._before = row_button("chevron-left", theme, self.tr("Previous version"), self, keys="Left")
        self._after = row_button("chevron-right", theme, self.tr("Next version"), self, keys="Right")
        self._place = PlainLabel("", self, tone="muted")
        self._before.clicked.connect(lambda: self.stepped.emit(-1))
        self._after.clicked.connect(lambda: self.stepped.emit(1))
        row.addWidget(self._before)
        row.addWidget(self._place)
        row.addWidget(self._after)
        self.restyle()

    @property
    def buttons(self) -> list[QWidget]:
        """What the keyboard can reach, in order."""
        return [self._before, self._after]

    def show_place(self, index: int, count: int) -> None:
        """Shows which version this is."""
        self._place.set_text(f"{index + 1}/{count}")
        self._place.setAccessibleName(self.tr("Version {number} of {count}").format(number=index + 1, count=count))
        self._before.setEnabled(index > 0)
        self._after.setEnabled(index < count - 1)

    def restyle(self) -> None:
        """Takes the theme's present colours and size."""
        self._place.setFont(self._theme.font(FontRole.FIGURES))


def row_button(name: str, theme: ThemeManager, text: str, parent: QWidget, *, keys: str = "") -> IconButton:
    """A small button of a message; the keyboard reaches it through its message, see `MessageRow.tab_stops`."""
    button = IconButton(name, theme, text, parent, keys=keys, size=16)
    button.setFixedSize(BUTTON, BUTTON)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
