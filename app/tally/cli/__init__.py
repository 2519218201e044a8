"""`tally ask`: one question without a window.

`arguments.py` reads the command line, `command.py` asks, `output.py` prints.
"""

from tally.cli.command import ask

__all__ = ["ask"]
