"""What every page of the settings shares: a column of titled fields that scrolls."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QScrollArea, QVBoxLayout, QWidget

from tally.core.settings import Settings
from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel, use_font


class SettingsPage(QScrollArea):
    """One page.

    Signals:
        edited: the person changed something that Save would keep.

    Attributes:
        page: its name, as `SettingsDialog.show_page` takes it.
        title: for people.
    """

    edited = Signal()

    def __init__(self, page: str, title: str, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = page
        self.title = title
        self.theme = theme
        self.setObjectName(f"settings-{page}")
        self.setAccessibleName(title)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        content = QWidget()
        content.setProperty("surface", "canvas")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.column = QVBoxLayout(content)
        self.column.setContentsMargins(24, 20, 24, 24)
        self.column.setSpacing(20)
        heading = PlainLabel(title)
        use_font(heading, theme, FontRole.H3)
        self.column.addWidget(heading)
        self.setWidget(content)

    def load(self, settings: Settings) -> None:
        """Shows these settings. No signal."""
        raise NotImplementedError

    def store(self, settings: Settings) -> Settings:
        """The settings with what this page says; `problem` is empty."""
        raise NotImplementedError

    def problem(self) -> str:
        """What keeps the page from being saved, one sentence; empty when nothing does."""
        return ""

    def show_problem(self) -> None:
        """Brings what is wrong into view and gives it the focus."""

    def field(self, title: str, *items: QWidget | QLayout) -> QVBoxLayout:
        """Adds a titled block to the column; the title names the first widget for mnemonics."""
        block = QVBoxLayout()
        block.setSpacing(6)
        label = PlainLabel(title)
        block.addWidget(label)
        for item in items:
            if isinstance(item, QWidget):
                block.addWidget(item)
            else:
                block.addLayout(item)
        self.column.addLayout(block)
        return block

    def words(self, text: str = "", name: str = "", tone: str = "muted") -> PlainLabel:
        """A quiet sentence that wraps."""
        label = PlainLabel(text, tone=tone)
        label.setWordWrap(True)
        use_font(label, self.theme, FontRole.META)
        if name:
            label.setObjectName(name)
        return label

    def finish(self) -> None:
        """Everything was added: what room is left stays at the bottom."""
        self.column.addStretch(1)


class Remark(QWidget):
    """A sentence with an icon that says of which kind it is; hidden while there is nothing to say."""

    def __init__(self, theme: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._theme = theme
        self._look = ("info", "")
        self._mark = QLabel(self)
        self._words = PlainLabel("", self, selectable=True)
        self._words.setWordWrap(True)
        use_font(self._words, theme, FontRole.META)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        theme.changed.connect(self._paint)
        self.say("")

    def text(self) -> str:
        """What is said."""
        return self._words.whole_text()

    def say(self, text: str, *, icon: str = "error", tone: str = "danger") -> None:
        """Says something; empty hides it.

        Args:
            text: one or two sentences.
            icon: the drawing in front.
            tone: "", "muted", "warning" or "danger".
        """
        self._words.set_text(text)
        self._words.set_tone(tone)
        self._look = (icon, tone)
        self._paint()
        self.setVisible(bool(text))

    def _paint(self) -> None:
        name, tone = self._look
        picture = pixmap(
            name, self._theme, token=tone or "text", size=self._theme.px(16), ratio=self.devicePixelRatioF()
        )
        self._mark.setPixmap(picture)


def row_of(*widgets: QWidget, stretch: bool = True) -> QHBoxLayout:
    """Widgets side by side; with `stretch` the room that is left stays at the right."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget, 0 if stretch else 1, Qt.AlignmentFlag.AlignVCenter)
    if stretch:
        row.addStretch(1)
    return row
