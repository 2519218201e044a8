"""Settings, Connection: the gateway's address, its key, the way out, how long to wait, a test."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QGridLayout, QWidget

from tally.core.keys import host_of
from tally.core.ports import KeyState, ServerCheck
from tally.core.settings import DEFAULT_BASE_URL, Connection, ProxyMode, Settings, TimeLimits
from tally.gui.money_text import seconds
from tally.gui.panels.addresses import address_problem, holds_password, proxy_problem, tidy_address
from tally.gui.panels.key_box import KeyBox
from tally.gui.panels.settings_page import Remark, SettingsPage, row_of
from tally.gui.panels.wheel_guard import WheelGuard
from tally.gui.theme import ThemeManager
from tally.gui.widgets import Button, LineEdit, PlainLabel, pad_spin_box

_LONGEST_S = 3600


class ConnectionPage(SettingsPage):
    """How the gateway is reached.

    Signals:
        key_entered(str, str): base URL and key.
        key_forgotten(str): base URL.
        check_wanted(object): the `Connection` to test, as it stands in the fields.
    """

    key_entered = Signal(str, str)
    key_forgotten = Signal(str)
    check_wanted = Signal(object)

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__("connection", QCoreApplication.translate("Settings", "Connection"), theme)
        self._loaded = Connection()
        self._guard = WheelGuard(self)
        self._address = LineEdit(self.tr("Address of the gateway"), name="settings-address")
        self._address.textChanged.connect(self._on_address)
        self._reset = Button(self.tr("Use the default"), kind="quiet", name="settings-address-reset")
        self._reset.clicked.connect(lambda: self._address.setText(DEFAULT_BASE_URL))
        self._address_problem = Remark(theme, "settings-address-problem")
        self._moved = Remark(theme, "settings-address-moved")
        self._key = KeyBox(theme)
        self._key.entered.connect(self.key_entered)
        self._key.forgotten.connect(self.key_forgotten)
        self._mode = self._make_mode()
        self._proxy = LineEdit(
            self.tr("Address of the proxy"), placeholder="http://proxy.example.com:8080", name="settings-proxy"
        )
        self._proxy.textChanged.connect(self._on_proxy)
        self._proxy_problem = Remark(theme, "settings-proxy-problem")
        self._test = Button(self.tr("Test connection"), name="settings-test")
        self._test.clicked.connect(self._on_test)
        self._result = Remark(theme, "settings-test-result")
        self._limits = {name: self._make_limit(name, words) for name, words in self._limit_words().items()}
        self._lay_out()

    def set_key_state(self, base_url: str, state: KeyState) -> None:
        """Learns where the key of an address is."""
        self._key.set_state(base_url, state)

    def set_key_problem(self, text: str) -> None:
        """Says why a key could not be kept."""
        self._key.set_problem(text)

    def set_check_result(self, check: ServerCheck) -> None:
        """Says what the test found."""
        self._test.setEnabled(True)
        time = seconds(check.milliseconds)
        if check.reachable and check.key_accepted is False:
            words = self.tr("The gateway answers, but does not accept the key. {problem}")
            self._result.say(words.format(problem=check.problem).strip(), icon="warning", tone="warning")
        elif check.reachable and check.problem:
            words = self.tr("The gateway answers. {problem}").format(problem=check.problem)
            self._result.say(words, icon="warning", tone="warning")
        elif check.reachable:
            self._result.say(f"{self._good(check)} ({time})", icon="check", tone="accent")
        else:
            self._result.say(check.problem or self.tr("The gateway did not answer."))

    def _good(self, check: ServerCheck) -> str:
        if check.key_accepted:
            words = self.tr("It works: the gateway answers and accepts the key.")
        else:
            words = self.tr("The gateway answers. Whether it accepts the key shows with the first question.")
        if check.models:
            listed = self.tr("It lists %n model(s).", "", len(check.models))
            return f"{words} {listed}"
        return words

    # Building

    def _make_mode(self) -> QComboBox:
        mode = QComboBox()
        mode.setObjectName("settings-proxy-mode")
        mode.setAccessibleName(self.tr("Proxy"))
        mode.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        mode.installEventFilter(self._guard)
        mode.addItem(self.tr("As the system says"), ProxyMode.SYSTEM)
        mode.addItem(self.tr("None"), ProxyMode.NONE)
        mode.addItem(self.tr("This one:"), ProxyMode.CUSTOM)
        mode.currentIndexChanged.connect(self._on_proxy)
        return mode

    def _make_limit(self, name: str, words: str) -> QDoubleSpinBox:
        spin = QDoubleSpinBox()
        spin.setObjectName(f"settings-limit-{name}")
        spin.setAccessibleName(words)
        spin.setRange(1, _LONGEST_S)
        spin.setDecimals(0)
        spin.setSuffix(self.tr(" s"))
        spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        spin.installEventFilter(self._guard)
        pad_spin_box(spin)
        spin.valueChanged.connect(self.edited)
        return spin

    def _limit_words(self) -> dict[str, str]:
        """The time limits by their names in `TimeLimits`, in order; one that is missing here keeps its value."""
        return {
            "connect": self.tr("To connect"),
            "write": self.tr("For a piece of the question to leave"),
            "first_byte": self.tr("For the first sign of an answer"),
            "idle": self.tr("Between two signs of life"),
            "semantic_idle": self.tr("Between two pieces of the answer"),
            "whole": self.tr("Without streaming, for the whole answer"),
        }

    def _lay_out(self) -> None:
        self.field(
            self.tr("Address of the gateway"), self._address, self._address_problem, self._moved, row_of(self._reset)
        )
        self.field(self.tr("Key"), self._key)
        self.field(
            self.tr("Test"),
            row_of(self._test),
            self._result,
            self.words(self.tr("Asks for the list of models with what stands here. It costs nothing.")),
        )
        self.field(self.tr("Proxy"), row_of(self._mode), self._proxy, self._proxy_problem)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        words = self._limit_words()
        for row, (name, spin) in enumerate(self._limits.items()):
            label = PlainLabel(words[name], tone="muted")
            label.setWordWrap(True)
            grid.addWidget(label, row, 0)
            grid.addWidget(spin, row, 1)
        self._limits_reset = Button(self.tr("Use the defaults"), kind="quiet", name="settings-limits-reset")
        self._limits_reset.clicked.connect(lambda: self._show_limits(TimeLimits()))
        self.field(self.tr("How long to wait"), grid, row_of(self._limits_reset))
        self.finish()

    # Contents

    def load(self, settings: Settings) -> None:
        self._loaded = settings.connection
        self._key.set_current(self._loaded.base_url)
        self._address.setText(self._loaded.base_url)
        self._mode.setCurrentIndex(self._mode.findData(self._loaded.proxy_mode))
        self._proxy.setText(self._loaded.proxy_url)
        self._show_limits(self._loaded.limits)
        self._on_address()
        self._on_proxy()

    def store(self, settings: Settings) -> Settings:
        return replace(settings, connection=self.connection())

    def connection(self) -> Connection:
        """What stands in the fields."""
        address = self._address.text()
        limits = {
            # A limit with a fraction, from the file, stays as it is while nobody touches it.
            name: old if spin.value() == round(old := getattr(self._loaded.limits, name)) else spin.value()
            for name, spin in self._limits.items()
        }
        return Connection(
            base_url=self._loaded.base_url if address == self._loaded.base_url else tidy_address(address),
            proxy_mode=self._proxy_mode(),
            proxy_url=self._proxy.text().strip(),
            limits=replace(self._loaded.limits, **limits),
        )

    def problem(self) -> str:
        return address_problem(self._address.text()) or self._problem_of_proxy()

    def show_problem(self) -> None:
        wrong: QWidget = self._address if address_problem(self._address.text()) else self._proxy
        self.ensureWidgetVisible(wrong)
        wrong.setFocus(Qt.FocusReason.OtherFocusReason)

    def forget_input(self) -> None:
        """Empties the key's field."""
        self._key.forget_input()

    def _proxy_mode(self) -> ProxyMode:
        return ProxyMode(self._mode.currentData())  # Qt gives the plain text back

    def _problem_of_proxy(self) -> str:
        return proxy_problem(self._proxy.text()) if self._proxy_mode() is ProxyMode.CUSTOM else ""

    def _show_limits(self, limits: TimeLimits) -> None:
        for name, spin in self._limits.items():
            spin.setValue(getattr(limits, name))

    def _on_address(self) -> None:
        text = self._address.text()
        problem = address_problem(text)
        self._address.set_invalid(invalid=bool(problem))
        self._address_problem.say(problem)
        self._reset.setVisible(text != DEFAULT_BASE_URL)
        old, new = host_of(self._loaded.base_url), host_of(tidy_address(text))
        moved = not problem and old != new
        self._moved.say(
            self.tr(
                "The key of {old} belongs to {old} and is not sent to {new}. Enter the key for {new} below."
            ).format(old=old, new=new)
            if moved
            else "",
            icon="info",
            tone="warning",
        )
        self._key.set_address("" if problem else tidy_address(text))
        self._on_connection()

    def _on_proxy(self) -> None:
        custom = self._proxy_mode() is ProxyMode.CUSTOM
        problem = self._problem_of_proxy()
        self._proxy.setVisible(custom)
        self._proxy.set_invalid(invalid=bool(problem))
        if not problem and custom and holds_password(self._proxy.text()):
            words = self.tr("The password in this address is kept in the settings file, readable as it stands.")
            self._proxy_problem.say(words, icon="warning", tone="warning")
        else:
            self._proxy_problem.say(problem)
        self._on_connection()

    def _on_connection(self) -> None:
        self._test.setEnabled(not self.problem())
        self._result.say("")
        self.edited.emit()

    def _on_test(self) -> None:
        self._test.setEnabled(False)
        self._result.say(
            self.tr("Asking {host}…").format(host=host_of(self.connection().base_url)), icon="clock", tone="muted"
        )
        self.check_wanted.emit(self.connection())
