"""The key's part of the settings: where it is, a field to enter one, a button to forget it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from tally.core.failures import RefusedError
from tally.core.keys import clean_key, host_of
from tally.core.ports import KeyKind, KeyState
from tally.gui.panels.settings_page import Remark
from tally.gui.texts import key_sentence
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, LineEdit, PlainLabel, use_font


class KeyBox(QWidget):
    """Shows the state of the key of one address.

    Signals:
        entered(str, str): the base URL and a key that was entered for it; the field is empty by then.
        forgotten(str): the base URL whose key is to be removed.
    """

    entered = Signal(str, str)
    forgotten = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("key-box")
        self._address = self._current = ""
        self._states: dict[str, KeyState] = {}
        self._state = Remark(theme, "key-state", self)
        self._field = LineEdit(self.tr("Key"), self, name="key-field")
        # A password field neither copies nor cuts nor keeps an undo history.
        self._field.setEchoMode(QLineEdit.EchoMode.Password)
        self._field.textChanged.connect(self._on_typed)
        self._field.returnPressed.connect(self._on_save)
        self._save = Button(self.tr("Save key"), self, name="key-save")
        self._save.clicked.connect(self._on_save)
        self._forget = Button(self.tr("Forget key"), self, kind="danger", name="key-forget")
        self._forget.clicked.connect(self._on_forget)
        self._problem = Remark(theme, "key-problem", self)
        self._words = PlainLabel(
            self.tr("Saving or forgetting the key takes effect at once, apart from the rest of the settings."),
            self,
            tone="muted",
        )
        self._words.setWordWrap(True)
        use_font(self._words, theme, FontRole.META)
        self._lay_out()
        self._show()

    def set_address(self, base_url: str) -> None:
        """Names the gateway the key is for; empty while there is no usable address."""
        self._address = base_url
        self._problem.say("")
        self._show()

    def set_current(self, base_url: str) -> None:
        """Names the address that holds now; a key for another one is used once that address is saved."""
        self._current = base_url

    def set_problem(self, text: str) -> None:
        """Says why a key could not be kept."""
        self._problem.say(text)
        self._show()

    def set_state(self, base_url: str, state: KeyState) -> None:
        """Learns where the key of an address's host is."""
        self._states[host_of(base_url)] = state
        self._show()

    def forget_input(self) -> None:
        """Empties the field."""
        self._field.clear()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._field, 1)
        row.addWidget(self._save, 0, Qt.AlignmentFlag.AlignVCenter)
        bottom = QHBoxLayout()
        bottom.addWidget(self._forget)
        bottom.addStretch(1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(8)
        box.addWidget(self._state)
        box.addLayout(row)
        box.addWidget(self._problem)
        box.addWidget(self._words)
        box.addLayout(bottom)

    def _show(self) -> None:
        host = host_of(self._address)
        state = self._states.get(host)
        self._field.setEnabled(bool(host))
        self._on_typed(self._field.text())
        kind = state.kind if state is not None else KeyKind.MISSING
        self._forget.setEnabled(True)
        self._forget.setVisible(kind in {KeyKind.STORED, KeyKind.SESSION})
        has_key = kind is not KeyKind.MISSING
        self._field.setPlaceholderText(
            self.tr("Paste another key to replace it") if has_key else self.tr("Paste the key, like th-…")
        )
        self._say(host, state)

    def _say(self, host: str, state: KeyState | None) -> None:
        if not host:
            self._state.say(self.tr("The key follows once the address is right."), icon="key", tone="muted")
        elif state is None:
            words = self.tr("No key for {host} is known here. Enter it below, or save the address first.")
            self._state.say(words.format(host=host), icon="key", tone="muted")
        elif state.kind is KeyKind.ENVIRONMENT:
            words = self.tr("While that variable is set, it is used instead of a saved key.")
            self._state.say(f"{key_sentence(state)} {words}", icon="lock", tone="")
        else:
            icon, tone = _LOOKS[state.kind]
            self._state.say(key_sentence(state), icon=icon, tone=tone)

    def _on_typed(self, text: str) -> None:
        usable = bool(text.strip()) and bool(host_of(self._address))
        self._save.setEnabled(usable)
        self._field.set_invalid(invalid=False)
        if text:
            self._problem.say("")

    def _on_save(self) -> None:
        if not self._save.isEnabled():
            return
        try:
            key = clean_key(self._field.text())
        except RefusedError as error:
            self._field.clear()
            self._field.set_invalid(invalid=True)
            self._problem.say(error.failure.message)
            return
        self._field.clear()
        if host_of(self._address) == host_of(self._current):
            self._state.say(self.tr("Saving the key…"), icon="key", tone="muted")
        else:
            words = self.tr("The key for {host} was taken. Save the address to use it.")
            self._state.say(words.format(host=host_of(self._address)), icon="key", tone="")
        self.entered.emit(self._address, key)

    def _on_forget(self) -> None:
        self._forget.setEnabled(False)
        self._state.say(self.tr("Removing the key…"), icon="key", tone="muted")
        self._states.pop(host_of(self._address), None)
        self.forgotten.emit(self._address)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter in one of these fields is not the dialog's Save.
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)


_LOOKS = {
    KeyKind.STORED: ("lock", ""),
    KeyKind.SESSION: ("warning", "warning"),
    KeyKind.MISSING: ("key", "warning"),
}
