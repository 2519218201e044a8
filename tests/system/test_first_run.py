"""The first minute: a key pasted into the window goes to the keyring and to the gateway, and nowhere else."""

import base64
import json

import pytest

from support.dbus import SecretService
from support.recording_gateway import RecordingGateway
from support.tally_window import TallyWindow, take_seat
from support.waiting import wait_until

CANARY = "th-CANARY0f1e2d3c4b5a69788796a5b4c3d2e1f0"


@pytest.fixture
def gateway():
    with RecordingGateway() as gateway:
        yield gateway


@pytest.fixture
def seat_with_keyring():
    with take_seat(SecretService()) as seat:
        yield seat


@pytest.fixture
def home(tmp_path):
    """A home folder in which everything the program writes can be found."""
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def start(gateway, home):
    data = home / "data"
    data.mkdir()
    (data / "settings.json").write_text(json.dumps({"connection": {"base_url": gateway.base_url}}))

    def start(seat):
        folders = {"HOME": home, "XDG_CONFIG_HOME": home / "config", "XDG_CACHE_HOME": home / "cache"}
        folders |= {"XDG_DATA_HOME": home / "share", "XDG_STATE_HOME": home / "state", "TMPDIR": home}
        return TallyWindow(seat, data, (), {name: str(path) for name, path in folders.items()})

    return start


def paste_key(tally, seat, key):
    field = tally.root.wait_for("", "API key")
    seat.screen.click(*field.box.centre)
    seat.companion.copy_text(key)
    seat.screen.key("ctrl+v", "Return")


def files_with(folder, secret):
    spellings = [secret.encode(), secret.encode("utf-16-le"), base64.b64encode(secret.encode())[:-4]]
    return [
        str(path)
        for path in folder.rglob("*")
        if path.is_file() and any(spelling in path.read_bytes() for spelling in spellings)
    ]


def test_the_key_is_kept_by_the_keyring_and_found_nowhere_else(seat_with_keyring, start, gateway, home):
    seat = seat_with_keyring
    gateway.will_answer("Nice to meet you.")
    gateway.will_answer(status=401, error=f"Incorrect API key provided: {CANARY}.")
    with start(seat) as tally:
        paste_key(tally, seat, CANARY)
        tally.ask_and_wait("Hello?")
        # A server that repeats the key in its error must not get it written down either.
        tally.ask_and_wait("And again?", state="http_error")
        tally.wait_until_shown("key")
        assert not tally.shows(CANARY)
        assert tally.quit() == 0
    with start(seat) as tally:
        tally.ask_and_wait("Do you still know me?")
        assert tally.root.find("", "API key") is None
        assert tally.quit() == 0
        assert CANARY not in tally.output
    assert [asked.headers["authorization"] for asked in gateway.asked] == [f"Bearer {CANARY}"] * 3
    assert not any(CANARY in json.dumps(asked.body) for asked in gateway.asked)
    assert (home / "data" / "tally.db").stat().st_size > 0
    assert files_with(home, CANARY) == []


def test_without_a_keyring_the_key_lives_for_this_run_and_the_window_says_so(seat, start, gateway, home):
    with start(seat) as tally:
        paste_key(tally, seat, CANARY)
        tally.ask_and_wait("Hello?")
        tally.wait_until_shown("this run")
        assert tally.quit() == 0
    with start(seat) as tally:
        tally.wait_until_shown("No key")
    assert files_with(home, CANARY) == []


def test_the_demo_needs_no_key_and_is_marked(seat, start, gateway):
    with start(seat) as tally:
        tally.press("Try the demo")
        tally.wait_until_shown("costs are simulated")
        answer = tally.ask_and_wait("What does a question cost?")
        assert answer["text"]
        wait_until(lambda: tally.rows("SELECT 1 FROM calls WHERE simulated = 1"), "the simulated call to be booked")
        assert tally.rows("SELECT 1 FROM calls WHERE simulated = 0") == []
        assert tally.quit() == 0
    assert gateway.asked == []
