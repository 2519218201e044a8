"""What `make run` does on a machine without a display: the demo conversation on a virtual one, and its pictures.

Usage: `python -m support.headless_demo FOLDER`, with this package's parent on the path.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from support.dbus import SessionBus
from support.tally_window import take_seat
from support.tour import Tour


def main() -> int:
    """Walk through the program and say where the pictures are."""
    folder = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="tally-demo-") as data, take_seat(SessionBus()) as seat:
        Tour(seat, Path(data) / "data", folder).run(lambda path: print(path, flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
