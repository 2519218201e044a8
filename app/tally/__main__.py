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
    from tally.main import run  # noqa: PLC0415

    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
