"""What is heavy stays out of the way until the window was seen."""

import json
import os
import subprocess
import sys

import pytest

AFTER_THE_PAINT = {
    "asyncio",
    "concurrent.futures",
    "hashlib",
    "httpx",
    "keyring",
    "markdown",
    "pygments",
    "sqlite3",
    "ssl",
    "truststore",
    "tally.core.events",
    "tally.core.messages",
    "tally.core.ports",
    "tally.core.turn",
    "tally.gateway",
    "tally.gui.composer.intake",
    "tally.gui.composer.tiles",
    "tally.gui.conversation.view",
    "tally.gui.desk",
    "tally.gui.history_list",
    "tally.gui.panels.model_popup",
    "tally.gui.panels.param_panel",
    "tally.media",
    "tally.rendering",
    "tally.runtime.backend",
    "tally.storage.database",
}

PROGRAM = """
import json, os, sys
from tally.main import Program, run

def seen(program):
    window = program._front.window
    print(json.dumps({
        "modules": sorted(sys.modules),
        "visible": window.isVisible(),
        "typing_in": type(window.focusWidget()).__name__,
        "styled": bool(program._app.styleSheet()),
    }), flush=True)
    os._exit(0)

Program._begin = seen
run([])
"""


@pytest.fixture(scope="module")
def first_paint(tmp_path_factory):
    """What a fresh process says when its window was painted for the first time."""
    home = tmp_path_factory.mktemp("home")
    env = {**os.environ, "TALLY_DATA_DIR": str(home / "data"), "HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    env.pop("COVERAGE_PROCESS_START", None)  # its own imports are not the program's
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("name", sorted(AFTER_THE_PAINT))
def test_is_not_loaded_before_the_first_paint(first_paint, name):
    assert name not in first_paint["modules"]


def test_the_window_that_is_painted_can_be_typed_into(first_paint):
    assert first_paint["visible"]
    assert first_paint["typing_in"] == "TextField"


def test_it_is_styled_and_names_its_model(first_paint):
    assert first_paint["styled"]
    assert "tally.gui.panels.model_picker" in first_paint["modules"]
