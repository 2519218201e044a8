"""The key and the way to the gateway: first run, the demo, what the status line says, the connection test."""

from PySide6.QtCore import QObject, Signal

from tally.core.failures import Failure
from tally.core.keys import host_of
from tally.core.ports import KeyKind, KeyState, ServerCheck
from tally.core.settings import Connection
from tally.gui.state import AppState
from tally.runtime.backend import Backend


class KeyController(QObject):
    """Knows whether questions can be asked.

    Signals:
        state_changed(object): the `KeyState` of the gateway in use.
        readiness_changed(): the demo began to start, or does no longer.
        key_refused(str): what was pasted is no key; one sentence.
        checked(object): a `ServerCheck`.
        failed(object): a `Failure`.
    """

    state_changed = Signal(object)
    readiness_changed = Signal()
    key_refused = Signal(str)
    checked = Signal(object)
    failed = Signal(object)

    def __init__(self, backend: Backend, state: AppState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._state = state
        self._key_state: KeyState | None = None
        self._starting = False
        self._choices = 0
        """How often demo or real gateway were chosen: what was overtaken by a later choice changes nothing."""

    @property
    def key_state(self) -> KeyState | None:
        """Where the key is; None while nobody knows."""
        return self._key_state

    @property
    def starting_demo(self) -> bool:
        """Whether the demo was chosen and does not run yet."""
        return self._starting

    @property
    def can_ask(self) -> bool:
        """Whether there is a key to ask with; assumed while nobody knows, but not while the demo starts.

        A question meant for the demo must never reach the real gateway.
        """
        if self._starting:
            return False
        return self._state.simulated or self._key_state is None or self._key_state.kind is not KeyKind.MISSING

    def begin(self) -> None:
        """The backend runs: opens the demo if it was used last, asks where the key is."""
        if self._state.settings.demo:
            self.start_demo()
        self.refresh()

    def refresh(self) -> None:
        """Asks where the key of the real gateway is."""
        base_url = self._state.settings.connection.base_url
        reply = self._backend.ask(lambda services: services.secrets.state(base_url))
        reply.then(lambda state: self._on_state_of(base_url, state), self.failed.emit)

    def _is_current(self, base_url: str) -> bool:
        return host_of(base_url) == host_of(self._state.settings.connection.base_url)

    def _on_state_of(self, base_url: str, state: KeyState) -> None:
        if self._is_current(base_url):
            self._on_state(state)

    def _on_state(self, state: KeyState) -> None:
        self._key_state = state
        self.state_changed.emit(state)

    def put(self, base_url: str, key: str) -> None:
        """Keeps a pasted key; ends the demo when it is for the gateway in the settings."""
        choices = self._choices
        reply = self._backend.ask(lambda services: services.secrets.put(base_url, key))
        reply.then(lambda state: self._on_put(base_url, state, choices), self._on_refused)

    def enter(self, key: str) -> None:
        """Keeps a key pasted on the first-run card."""
        self.put(self._state.settings.connection.base_url, key)

    def _on_put(self, base_url: str, state: KeyState, choices: int) -> None:
        if not self._is_current(base_url):
            return
        if choices == self._choices:  # the keyring may have kept its user so long that the demo was chosen meanwhile
            self.stop_demo()
        self._on_state(state)

    def _on_refused(self, failure: Failure) -> None:
        self.key_refused.emit(failure.message)

    def forget(self, base_url: str) -> None:
        """Removes a key."""
        reply = self._backend.ask(lambda services: services.secrets.forget(base_url))
        reply.then(lambda _: self.refresh(), self.failed.emit)

    def start_demo(self) -> None:
        """Asks the gateway inside the program from now on."""
        self._choices += 1
        choices = self._choices
        self._set_starting(starting=not self._state.simulated)
        reply = self._backend.ask(lambda services: services.start_demo())
        reply.then(
            lambda base_url: self._on_demo(base_url, choices), lambda failure: self._on_no_demo(failure, choices)
        )

    def _set_starting(self, *, starting: bool) -> None:
        if starting != self._starting:
            self._starting = starting
            self.readiness_changed.emit()

    def _on_no_demo(self, failure: Failure, choices: int) -> None:
        if choices == self._choices:
            self._set_starting(starting=False)
        self.failed.emit(failure)

    def _on_demo(self, base_url: str, choices: int) -> None:
        if choices == self._choices:
            self._state.set_demo(base_url)
            self._set_starting(starting=False)
            self._state.change(demo=True)

    def stop_demo(self) -> None:
        """Asks the real gateway again."""
        self._choices += 1
        self._set_starting(starting=False)
        self._state.set_demo("")
        self._state.change(demo=False)

    def check(self, connection: Connection) -> None:
        """Tests a connection; costs nothing."""
        reply = self._backend.ask(lambda services: services.provider.check(connection))
        reply.then(self._on_checked, lambda failure: self._on_checked(_unchecked(failure)))

    def _on_checked(self, check: ServerCheck) -> None:
        self.checked.emit(check)


def _unchecked(failure: Failure) -> ServerCheck:
    return ServerCheck(reachable=False, key_accepted=None, models=(), problem=failure.message, milliseconds=0)
