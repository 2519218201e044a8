"""The log file: what went wrong, for a report; never the key, never what was said."""

import logging
import re
import sys
import threading
from contextlib import suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

_MAX_BYTES = 512 * 1024
_SECRETS = re.compile(r"(?:\bBearer\s+\S+)|(?:\b(?:th|sk)-[A-Za-z0-9_-]{6,})")


class MaskingFormatter(logging.Formatter):
    """Formats a record, traceback included, and blots out whatever looks like a key."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one text without secrets."""
        return _SECRETS.sub("[masked]", super().format(record))


class _LogFile(RotatingFileHandler):
    """The file; a disk that refuses it is passed over, since no other place may hold what a record says."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """Says nothing: logging's own report would print the record, unmasked."""


def _formatter() -> MaskingFormatter:
    return MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def log_to(folder: Path) -> None:
    """Sends warnings and errors to `tally.log` in a folder; a folder that refuses is passed over."""
    handler = _LogFile(folder / "tally.log", maxBytes=_MAX_BYTES, backupCount=2, encoding="utf-8", delay=True)
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.addHandler(handler)


def log_crashes() -> None:
    """Writes every exception that nobody caught into the log, and on the terminal masked as well."""
    log = logging.getLogger("tally.crash")
    terminal = _formatter()

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        record = log.makeRecord(log.name, logging.ERROR, "", 0, "uncaught", (), (kind, error, trace))
        log.handle(record)
        if sys.stderr is not None:
            with suppress(OSError, ValueError):
                sys.stderr.write(f"{terminal.format(record)}\n")

    def on_thread_exception(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
