"""An open store of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.stored import Store, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "tally.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """History and ledger on a new file."""
    with opened(path) as store:
        yield store
