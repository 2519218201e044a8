"""One line about an answer: an icon, a sentence, what can be done; the technical rest folded."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from tally.gui.conversation.fold import Fold
from tally.gui.conversation.shown import Notice, NoticeKind
from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, PlainLabel

_ICONS = {NoticeKind.INFO: "info", NoticeKind.WARNING: "warning", NoticeKind.ERROR: "error"}
_TOKENS = {NoticeKind.INFO: "muted", NoticeKind.WARNING: "warning", NoticeKind.ERROR: "danger"}
_SURFACES = {NoticeKind.INFO: "raised", NoticeKind.WARNING: "warning_soft", NoticeKind.ERROR: "danger_soft"}
_PAD = 10
_ICON = 18
_GAP = 8
_RADIUS = 10


class NoticeView(QWidget):
    """Shows a `Notice`.

    Signals:
        action: the id of what the user chose.
        resized: the details were opened or closed.
    """

    action = Signal(str)
    resized = Signal()

    def __init__(self, notice: Notice, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._notice: Notice | None = None
        self._label = PlainLabel("", self)
        self._label.setWordWrap(True)
        self._buttons: list[Button] = []
        self._details: Fold | None = None
        self.show_notice(notice)

    @property
    def notice(self) -> Notice | None:
        """What it shows."""
        return self._notice

    def show_notice(self, notice: Notice) -> None:
        """Shows another notice; buttons stay when the actions are the same, so that a countdown keeps the focus."""
        old, self._notice = self._notice, notice
        self._label.set_text(notice.text)
        if old is None or old.actions != notice.actions:
            for button in self._buttons:
                button.hide()
                button.deleteLater()
            self._buttons = [self._make_button(name, label) for name, label in notice.actions]
        if notice.details and self._details is None:
            self._details = Fold(self.tr("Details"), self._theme, self, mono=True)
            self._details.toggled.connect(lambda _: self.resized.emit())
            self._details.show()
        if self._details is not None:
            self._details.set_words(notice.details)
            self._details.setVisible(bool(notice.details))
        self.restyle()

    def restyle(self) -> None:
        """Takes the theme's present colours and size."""
        self._label.setFont(self._theme.font(FontRole.CONTROL, self._label.text()))
        for button in self._buttons:
            button.setFont(self._theme.font(FontRole.CONTROL))
        if self._details is not None:
            self._details.restyle()
        self.update()

    def tab_stops(self) -> list[QWidget]:
        """What the keyboard can reach, in order."""
        details = (
            self._details.tab_stops() if self._details is not None and self._notice and self._notice.details else []
        )
        return [*self._buttons, *details]

    def fit(self, width: int) -> int:
        """Arranges everything in a width and returns the height, both in px."""
        left = _PAD + _ICON + _GAP
        sizes = [button.sizeHint() for button in self._buttons]
        buttons = sum(size.width() + _GAP for size in sizes)
        row = max([_ICON, *(size.height() for size in sizes)])
        words = width - left - _PAD - buttons
        # On a narrow column the actions go under the sentence.
        below = bool(sizes) and words < self._theme.px(220)
        if below:
            words = width - left - _PAD
        height = self._label.heightForWidth(words)
        top = _PAD + (0 if below else max(0, (row - height) // 2))
        self._label.setGeometry(left, top, words, height)
        bottom = top + height
        x = left if below else left + words + _GAP
        y = bottom + _GAP if below else _PAD
        for button, size in zip(self._buttons, sizes, strict=True):
            button.setGeometry(x, y, size.width(), size.height())
            x += size.width() + _GAP
            bottom = max(bottom, y + size.height())
        if self._details is not None and self._notice is not None and self._notice.details:
            inner = width - left - _PAD
            self._details.setGeometry(left, bottom + 4, inner, self._details.fit(inner))
            bottom = self._details.geometry().bottom() + 1
        return bottom + _PAD

    def _make_button(self, name: str, label: str) -> Button:
        button = Button(label, self, kind="quiet")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(lambda: self.action.emit(name))
        button.show()
        return button

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  Qt's signature
        if self._notice is None:
            return
        kind = self._notice.kind
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(_SURFACES[kind]))
        painter.drawRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
        mark = pixmap(_ICONS[kind], self._theme, token=_TOKENS[kind], size=_ICON, ratio=self.devicePixelRatioF())
        first_line = self._label.fontMetrics().height()
        painter.drawPixmap(_PAD, self._label.y() + max(0, (first_line - _ICON) // 2), mark)
