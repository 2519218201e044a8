"""The walls that import-linter cannot see: which parts of Qt a room may use."""

import ast
from pathlib import Path

import pytest

import tally

ROOT = Path(tally.__file__).parent


def imported(folder: str) -> set[str]:
    names: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return names


@pytest.mark.parametrize(("room", "allowed"), [("media", {"QtCore", "QtGui"}), ("runtime", {"QtCore"})])
def test_pictures_and_the_thread_boundary_need_no_widgets(room, allowed):
    used = {name.removeprefix("PySide6.") for name in imported(room) if name.startswith("PySide6")}
    assert used
    assert used <= allowed
