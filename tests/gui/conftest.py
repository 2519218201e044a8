"""What holds for every test with widgets: nothing that moves, runs or shows may be left behind.

Qt's own warnings fail a test as well; that is `qt_log_level_fail` in pyproject.toml.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.qt import Leftovers


@pytest.fixture(autouse=True)
def _nothing_left_behind(qapp: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a running QThread, an active QTimer or a top-level widget.

    It is set up first and so torn down last, after the fixtures of the test have cleaned up.
    """
    watch = Leftovers(monkeypatch)
    yield
    left = watch.found()
    assert not left, f"left behind: {', '.join(left)}"
