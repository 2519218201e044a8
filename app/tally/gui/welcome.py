"""What stands where the conversation will be: the first run's card, or three things to ask."""

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from tally.gui.icons import icon, pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, Card, IconButton, LineEdit, PlainLabel, Separator, plain_tooltip, use_font

_WIDTH = 480
_STARTER_PADDING = 22


class WelcomeMode(StrEnum):
    """What the empty window offers."""

    FIRST_RUN = "first_run"
    READY = "ready"
    DEMO = "demo"


class KeyCard(Card):
    """Asks for the key, or for the demo.

    Signals:
        key_entered(str): a text was saved as key.
        demo_wanted: the demo was chosen.
    """

    key_entered = Signal(str)
    demo_wanted = Signal()

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("key-card")
        self._theme = theme
        title = PlainLabel(self.tr("Paste your key"), self)
        use_font(title, theme, FontRole.TITLE)
        self.field = LineEdit(self.tr("API key"), self, placeholder="th-…", name="key-field")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
        )
        self.field.returnPressed.connect(self._on_save)
        self.field.textChanged.connect(self._on_changed)
        self._reveal = IconButton("eye", theme, self.tr("Show the key"), self)
        self._reveal.setObjectName("reveal-key")
        self._reveal.setCheckable(True)
        self._reveal.toggled.connect(self._on_reveal)
        self._save = Button(self.tr("Save"), self, kind="primary", name="save-key")
        self._save.setEnabled(False)
        self._save.setToolTip(self.tr("Paste a key first"))
        self._save.clicked.connect(self._on_save)
        self._problem_icon = QLabel(self)
        self._problem = PlainLabel("", self, tone="danger")
        self._problem.setObjectName("key-problem")
        self._problem.setWordWrap(True)
        self._lock = QLabel(self)
        self._where = PlainLabel("", self, tone="muted")
        self._where.setWordWrap(True)
        use_font(self._where, theme, FontRole.META)
        self._demo = Button(self.tr("Try the demo"), self, name="try-demo")
        self._demo.setIcon(icon("demo", theme, size=16))
        self._demo.clicked.connect(self.demo_wanted)
        self._demo_words = PlainLabel(
            self.tr("No key, no network: a small gateway inside the program answers. Its costs are simulated."),
            self,
            tone="muted",
        )
        self._demo_words.setWordWrap(True)
        use_font(self._demo_words, theme, FontRole.META)
        self._lay_out(title)
        self.set_host("")
        self.set_problem("")
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def set_host(self, host: str) -> None:
        """Names the server the key is sent to."""
        self._where.set_text(
            self.tr(
                "It is kept in this computer's keyring, never in a file, and sent to {host} only."
                " You can remove it at any time in the settings."
            ).format(host=host or self.tr("the gateway"))
        )

    def set_problem(self, text: str) -> None:
        """Says why the key was not taken; empty removes the sentence."""
        self._set_busy(busy=False)
        self._problem.set_text(text)
        self._problem.setVisible(bool(text))
        self._problem_icon.setVisible(bool(text))
        self.field.set_invalid(invalid=bool(text))
        if text:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
            self.field.selectAll()

    def forget(self) -> None:
        """Empties the field, so that the key is not kept here."""
        self.field.clear()
        self._reveal.setChecked(False)
        self.set_problem("")

    def _lay_out(self, title: QWidget) -> None:
        entry = QHBoxLayout()
        entry.setSpacing(4)
        entry.addWidget(self.field, 1)
        entry.addWidget(self._reveal)
        entry.addSpacing(4)
        entry.addWidget(self._save)
        problem = QHBoxLayout()
        problem.setSpacing(6)
        problem.addWidget(self._problem_icon, 0, Qt.AlignmentFlag.AlignTop)
        problem.addWidget(self._problem, 1)
        where = QHBoxLayout()
        where.setSpacing(6)
        where.addWidget(self._lock, 0, Qt.AlignmentFlag.AlignTop)
        where.addWidget(self._where, 1)
        demo = QHBoxLayout()
        demo.setSpacing(12)
        demo.addWidget(self._demo)
        demo.addWidget(self._demo_words, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 20)
        box.setSpacing(8)
        box.addWidget(title)
        box.addLayout(entry)
        box.addLayout(problem)
        box.addLayout(where)
        box.addSpacing(8)
        box.addWidget(Separator(self._theme, self))
        box.addSpacing(8)
        box.addLayout(demo)

    def _set_busy(self, *, busy: bool) -> None:
        self.field.setReadOnly(busy)
        self._save.setEnabled(not busy and bool(self.field.text().strip()))
        self._save.setText(self.tr("Saving…") if busy else self.tr("Save"))

    def _on_save(self) -> None:
        text = self.field.text().strip()
        if not text or self.field.isReadOnly():
            return
        self.set_problem("")
        self._set_busy(busy=True)
        self.key_entered.emit(text)

    def _on_changed(self, text: str) -> None:
        usable = bool(text.strip())
        self._save.setEnabled(usable)
        self._save.setToolTip("" if usable else self.tr("Paste a key first"))
        if self._problem.isVisible():
            self.set_problem("")

    def _on_reveal(self, shown: bool) -> None:  # noqa: FBT001  a slot of toggled(bool)
        self.field.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        self._reveal.set_icon("eye-off" if shown else "eye")
        self._reveal.set_text(self.tr("Hide the key") if shown else self.tr("Show the key"))

    def _paint_icons(self) -> None:
        ratio = self.devicePixelRatioF()
        self._problem_icon.setPixmap(pixmap("error", self._theme, token="danger", size=16, ratio=ratio))  # noqa: S106  a colour
        self._lock.setPixmap(pixmap("lock", self._theme, size=16, ratio=ratio))


class Starter(Button):
    """A suggestion; one too long for its line is shortened and whole in the tooltip."""

    def __init__(self, text: str, parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__("", parent, kind="starter", name=name)
        self.whole = text
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 2 * _STARTER_PADDING - self.iconSize().width()
        shown = self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, max(room, 40))
        self.setText(shown.replace("&", "&&"))
        hint = self.tr("Put this into the message field")
        plain_tooltip(self, hint if shown == self.whole else f"{self.whole}\n{hint}")

    def sizeHint(self) -> QSize:
        return QSize(_WIDTH, self.fontMetrics().height() + 22)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class Welcome(QScrollArea):
    """The empty conversation.

    Signals:
        key_entered(str): a text was saved as key; answer with `set_mode` or `set_key_problem`.
        demo_wanted: the demo was chosen.
        starter_chosen(str): a suggestion was chosen; its text.
    """

    key_entered = Signal(str)
    demo_wanted = Signal()
    starter_chosen = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self._mode = WelcomeMode.READY
        self._mark = QLabel()
        self._mark.setAccessibleName("Tally")
        self._heading = PlainLabel()
        use_font(self._heading, theme, FontRole.H2)
        self._words = PlainLabel(tone="muted")
        self._words.setWordWrap(True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.card = KeyCard(theme)
        self.card.key_entered.connect(self.key_entered)
        self.card.demo_wanted.connect(self.demo_wanted)
        self._starters = QVBoxLayout()
        self._starters.setSpacing(8)
        self._starter_buttons: list[Starter] = []
        self._texts: dict[WelcomeMode, tuple[str, ...]] = {}
        self._build()
        theme.changed.connect(self._paint_mark)
        self._paint_mark()
        self.set_mode(WelcomeMode.READY)

    @property
    def mode(self) -> WelcomeMode:
        """What is offered now."""
        return self._mode

    def set_mode(self, mode: WelcomeMode) -> None:
        """Offers the key card, or things to ask; an entered key is forgotten here."""
        self._mode = mode
        self.card.forget()
        self.card.setVisible(mode is WelcomeMode.FIRST_RUN)
        headings = {
            WelcomeMode.FIRST_RUN: self.tr("Welcome to Tally"),
            WelcomeMode.READY: self.tr("Ask anything"),
            WelcomeMode.DEMO: self.tr("This is the demo"),
        }
        words = {
            WelcomeMode.FIRST_RUN: self.tr("Chat with Claude and see what every answer costs."),
            WelcomeMode.READY: self.tr("The price of your message stands beside Send while you type."),
            WelcomeMode.DEMO: self.tr("Its answers come from inside the program and cost nothing."),
        }
        self._heading.set_text(headings[mode])
        self._words.set_text(words[mode])
        self._show_starters()

    def set_host(self, host: str) -> None:
        """Names the server the key is sent to."""
        self.card.set_host(host)

    def set_key_problem(self, text: str) -> None:
        """Says why the entered key was not taken."""
        self.card.set_problem(text)

    def set_starters(self, mode: WelcomeMode, texts: Sequence[str]) -> None:
        """Sets what is suggested in a mode; without it a mode has Tally's own three suggestions, or none."""
        self._texts[mode] = tuple(texts)
        self._show_starters()

    def _own_starters(self) -> tuple[str, ...]:
        return (
            self.tr("Explain a difficult text to me, step by step"),
            self.tr("Help me write a friendly letter of complaint"),
            self.tr("What is in this picture, and what does it say?"),
        )

    def _show_starters(self) -> None:
        while self._starter_buttons:
            button = self._starter_buttons.pop()
            self._starters.removeWidget(button)
            button.hide()
            button.deleteLater()
        texts = self._texts.get(self._mode, self._own_starters() if self._mode is WelcomeMode.READY else ())
        for index, text in enumerate(texts):
            button = Starter(text, self.widget(), name=f"starter-{index}")
            button.setIcon(icon("chevron-right", self._theme, size=16))
            button.setIconSize(QSize(16, 16))
            button.clicked.connect(lambda _checked=False, chosen=text: self.starter_chosen.emit(chosen))
            self._starters.addWidget(button)
            self._starter_buttons.append(button)

    def _build(self) -> None:
        column = QWidget()
        column.setMaximumWidth(_WIDTH)
        inner = QVBoxLayout(column)
        inner.setContentsMargins(0, 24, 0, 24)
        inner.setSpacing(0)
        inner.addStretch(2)
        inner.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addSpacing(12)
        inner.addWidget(self._heading, 0, Qt.AlignmentFlag.AlignHCenter)
        inner.addSpacing(4)
        inner.addWidget(self._words)
        inner.addSpacing(24)
        inner.addWidget(self.card)
        inner.addLayout(self._starters)
        inner.addStretch(3)
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(16, 0, 16, 0)
        row.addWidget(column)
        self.setWidget(page)
        # QScrollArea makes its content opaque in the window's colour.
        page.setAutoFillBackground(False)

    def _paint_mark(self) -> None:
        self._mark.setPixmap(
            pixmap("wordmark", self._theme, token="accent", size=36, ratio=self.devicePixelRatioF())  # noqa: S106  a colour
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._paint_mark()
