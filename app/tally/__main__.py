"""`python -m tally` and the command `tally`: a script's question, or the window."""

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["ask"]:
        from tally.cli import ask  # noqa: PLC0415  a script needs no Qt, the window no httpx at its start

        status = ask(arguments[1:])
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)  # a name look-up or a keyring prompt that hangs must not keep a finished script
    _import_qt_plainly()
    from tally.main import run  # noqa: PLC0415

    return run(arguments)


def _import_qt_plainly() -> None:
    """Takes back the import function that PySide puts in its place for its `__feature__` switches.

    Tally uses none of them, and every later import would pay for them (a tenth of the start).
    """
    import builtins  # noqa: PLC0415  only the window needs it

    plain = builtins.__import__
    import PySide6.QtCore  # noqa: PLC0415

    builtins.__import__ = plain
    del PySide6


if __name__ == "__main__":
    sys.exit(main())
