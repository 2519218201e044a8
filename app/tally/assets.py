"""Finds the shipped resource files in all three layouts: a checkout, an installed wheel, the frozen app."""

import sys
from pathlib import Path


def resource_path(name: str) -> Path:
    """Returns the path of a shipped resource.

    Args:
        name: path below `resources/`, with forward slashes (`models.toml`, `icons/stop.svg`).

    Raises:
        FileNotFoundError: the resource is in none of the layouts.
    """
    package = Path(__file__).resolve().parent
    frozen = getattr(sys, "_MEIPASS", None)
    roots = [package / "_resources", package.parent.parent / "resources"]
    if frozen is not None:
        roots.insert(0, Path(frozen) / "tally" / "_resources")
    for root in roots:
        path = root / name
        if path.exists():
            return path
    raise FileNotFoundError(name)
