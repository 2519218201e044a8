"""The line at the bottom: the cost counter, and at the right DEMO or where the key is."""

from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from tally.gui.cost_counter import CostCounter
from tally.gui.icons import icon
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Surface, plain_tooltip, use_font

_ROOM_FOR_WORDS = 640


class KeyMark(StrEnum):
    """How the state of the key is marked."""

    SAFE = "safe"
    SESSION = "session"
    MISSING = "missing"


_ICON = {KeyMark.SAFE: "lock", KeyMark.SESSION: "clock", KeyMark.MISSING: "warning"}


class StatusLine(Surface):
    """Costs, and what they are charged to.

    Signals:
        key_clicked: the key's state was clicked.
        demo_clicked: DEMO was clicked.
    """

    key_clicked = Signal()
    demo_clicked = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__("side", parent)
        self.setObjectName("status-line")
        self._theme = theme
        self.counter = CostCounter(theme, self)
        self._demo = self._button("demo-mark")
        self._demo.setText(self.tr("DEMO"))
        self._demo.setIcon(icon("demo", theme, token="accent", size=16))  # noqa: S106  a colour
        self._demo.setAccessibleName(self.tr("Demo: the gateway is inside the program, costs are simulated"))
        plain_tooltip(
            self._demo,
            self.tr("The demo answers from inside the program: no key, no network. Its costs are simulated."),
        )
        self._demo.clicked.connect(self.demo_clicked)
        self._demo.hide()
        self._key = self._button("key-state")
        self._key.clicked.connect(self.key_clicked)
        self._key.hide()
        self._key_text = ""
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(4)
        row.addWidget(self.counter, 1)
        row.addWidget(self._key)
        row.addWidget(self._demo)
        self.setMinimumHeight(32)

    def set_demo(self, demo: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Marks the demo; the key's state is then not shown."""
        self._demo.setVisible(demo)
        self.counter.set_simulated(demo)
        self._key.setVisible(bool(self._key_text) and not demo)

    def set_key_state(self, text: str, mark: KeyMark, sentence: str = "") -> None:
        """Says where the key is.

        Args:
            text: a few words; empty shows nothing.
            mark: which icon stands before them.
            sentence: the whole story, for the tooltip.
        """
        self._key_text = text
        token = "warning" if mark is KeyMark.MISSING else "muted"
        self._key.setIcon(icon(_ICON[mark], self._theme, token=token, size=16))
        self._key.setAccessibleName(sentence or text)
        plain_tooltip(self._key, sentence or text)
        self._key.setVisible(bool(text) and self._demo.isHidden())
        self._fit()

    def _button(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        use_font(button, self._theme, FontRole.META)
        return button

    def _fit(self) -> None:
        roomy = self.width() >= _ROOM_FOR_WORDS
        self._key.setText(self._key_text if roomy else "")
        self._key.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonTextBesideIcon if roomy else Qt.ToolButtonStyle.ToolButtonIconOnly
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()
