"""Key and demo: whatever comes late, the last choice holds, and each key stays with its gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from support.desk import OpenDesk
from support.scripted import MemoryHistory, MemoryLearnings, ScriptedProvider, SteppingClock, StubImages
from tally.compose import shipped_catalog
from tally.core.ports import KeyKind, KeyState, Services
from tally.core.settings import DEFAULT_BASE_URL, Settings
from tally.gui.key_controller import KeyController
from tally.gui.state import AppState
from tally.runtime.backend import Backend

DEMO = "http://127.0.0.1:4567/v1"
OTHER = "https://other.example/v1"


class SlowSecrets:
    """Keeps keys in memory; each call ends when the test lets it."""

    def __init__(self, gates: Gates) -> None:
        self._gates = gates
        self.kept: dict[str, str] = {}

    async def state(self, base_url: str) -> KeyState:
        await self._gates.wait(f"state {base_url}")
        return KeyState(KeyKind.SESSION, reason=base_url)

    async def put(self, base_url: str, key: str, *, persist: bool = True) -> KeyState:
        await self._gates.wait("put")
        self.kept[base_url] = key
        return KeyState(KeyKind.SESSION, reason=base_url)


class Gates:
    """What may go on."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Event] = {}

    def _gate(self, name: str) -> asyncio.Event:
        return self._open.setdefault(name, asyncio.Event())

    async def wait(self, name: str) -> None:
        await self._gate(name).wait()

    def open(self, name: str) -> None:
        self._gate(name).set()


class Keys:
    """A key controller over slow services."""

    def __init__(self, qtbot) -> None:
        self._qtbot = qtbot
        self.gates = Gates()
        self.secrets = SlowSecrets(self.gates)
        self.state = AppState(Settings(), shipped_catalog())
        self.backend = Backend(self._build, self._close)
        self.backend.start()
        self.keys = KeyController(self.backend, self.state)

    async def _build(self) -> Services:
        return Services(
            provider=ScriptedProvider(()),
            history=MemoryHistory(),
            ledger=None,  # type: ignore[arg-type]  not asked here
            secrets=self.secrets,  # type: ignore[arg-type]  the rest is not asked here
            images=StubImages(),
            learnings=MemoryLearnings(),
            clock=SteppingClock(),
            save_settings=None,  # type: ignore[arg-type]  not asked here
            start_demo=self._start_demo,
        )

    async def _close(self, _: Services) -> None:
        return

    async def _start_demo(self) -> str:
        await self.gates.wait("demo")
        return DEMO

    def let(self, name: str) -> None:
        """Let one thing go on and wait until its reply was delivered."""
        waiting = len(self.backend._alive)
        self.backend.call(lambda: self.gates.open(name))
        self._qtbot.waitUntil(lambda: len(self.backend._alive) < waiting)


@pytest.fixture
def slow(qtbot) -> Iterator[Keys]:
    made = Keys(qtbot)
    yield made
    assert made.backend.stop()
    made.backend.deleteLater()


def test_a_key_entered_while_the_demo_starts_wins(slow):
    slow.keys.start_demo()
    slow.keys.enter("th-a-real-key")
    slow.let("put")
    slow.let("demo")
    assert not slow.state.simulated
    assert not slow.state.settings.demo


def test_the_demo_chosen_while_the_keyring_asks_its_user_goes_on_and_the_key_is_kept(slow):
    slow.keys.enter("th-a-real-key")
    slow.keys.start_demo()
    slow.let("demo")
    slow.let("put")
    assert slow.state.simulated
    assert slow.secrets.kept == {DEFAULT_BASE_URL: "th-a-real-key"}
    assert slow.keys.key_state is not None


def test_the_demo_left_before_it_ran_does_not_come_back(slow):
    slow.keys.start_demo()
    slow.keys.stop_demo()
    slow.let("demo")
    assert not slow.state.simulated


def test_the_state_of_a_gateway_that_was_left_says_nothing_about_the_new_one(slow):
    slow.keys.refresh()
    slow.state.change(connection=replace(slow.state.settings.connection, base_url=OTHER))
    slow.keys.refresh()
    slow.let(f"state {OTHER}")
    slow.let(f"state {DEFAULT_BASE_URL}")
    assert slow.keys.key_state.reason == OTHER


def test_a_key_for_another_gateway_does_not_end_the_demo(slow):
    slow.keys.start_demo()
    slow.let("demo")
    slow.keys.put(OTHER, "th-a-real-key")
    slow.let("put")
    assert slow.state.simulated
    assert slow.keys.key_state is None


def test_the_key_of_the_environment_never_goes_to_the_demo(tmp_path: Path):
    desk = OpenDesk(tmp_path / "data", environ={"TOKENHUB_API_KEY": "th-from-the-environment"})
    found: list[str | None] = []
    for url in (desk.state.connection.base_url, DEFAULT_BASE_URL):
        desk.backend.ask(lambda services, url=url: services.secrets.key_for(url)).then(found.append)
    desk.until(lambda: len(found) == 2, "both keys")
    assert found[1] == "th-from-the-environment"
    assert "th-from" not in str(found[0])
    desk.close()


def test_the_demo_asked_for_twice_at_once_runs_once_and_is_used(tmp_path: Path):
    desk = OpenDesk(tmp_path / "data", demo=False)
    desk.desk.keys.start_demo()
    desk.desk.keys.start_demo()
    desk.settle()
    assert desk.state.simulated
    assert desk.ask("Hello").answer.requests == 1
    desk.close()
