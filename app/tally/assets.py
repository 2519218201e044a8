"""Finds the shipped resource files in all three layouts: a checkout, an installed wheel, the frozen app."""

import sys
from functools import cache
from pathlib import Path


@cache
def _roots() -> tuple[Path, ...]:
    package = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    inside = () if frozen is None else (Path(frozen) / "tally" / "_resources",)
    return (*inside, package / "_resources", package.parent.parent / "resources")


def resource_path(name: str) -> Path:
    """Returns the path of a shipped resource.

    Args:
        name: path below `resources/`, with forward slashes (`models.toml`, `icons/stop.svg`).

    Raises:
        FileNotFoundError: the resource is in none of the layouts.
    """
    for root in _roots():
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(name)
