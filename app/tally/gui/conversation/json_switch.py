"""What stands above an answer in JSON mode: whether it is valid, and a switch between formatted and as written."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel


class JsonSwitch(QWidget):
    """The line above a JSON answer.

    Signals:
        formatted_wanted: the user wants it pretty (True) or as the model wrote it (False).
    """

    formatted_wanted = Signal(bool)

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._valid = True
        self._mark = PlainLabel("", self)
        self._words = PlainLabel("", self)
        self._switch = QToolButton(self)
        self._switch.setCheckable(True)
        self._switch.setAutoRaise(True)
        self._switch.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._switch.setText(self.tr("As written"))
        self._switch.toggled.connect(lambda raw: self.formatted_wanted.emit(not raw))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._mark)
        row.addWidget(self._words, 1)
        row.addWidget(self._switch)

    def show_state(self, *, valid: bool) -> None:
        """Says whether the answer is valid JSON."""
        self._valid = valid
        self._words.set_text("" if valid else self.tr("Not valid JSON"))
        self._words.set_tone("muted" if valid else "warning")
        self._mark.setVisible(not valid)
        self._switch.setVisible(valid)
        self.restyle()

    def restyle(self) -> None:
        """Takes the theme's present colours and size."""
        colour = "warning"
        mark = pixmap("warning", self._theme, token=colour, size=16, ratio=self.devicePixelRatioF())
        self._mark.setPixmap(mark)
        self._words.setFont(self._theme.font(FontRole.META))
        self._switch.setFont(self._theme.font(FontRole.META))

    def tab_stops(self) -> list[QWidget]:
        """What the keyboard can reach, in order."""
        return [self._switch] if self._valid else []

    # Qt overrides

    def sizeHint(self) -> QSize:
        return QSize(200, max(24, super().sizeHint().height()))
