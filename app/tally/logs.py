"""The log file: what went wrong, for a report; never the key, never what was said."""

import logging
import re
import sys
import threading
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


def log_to(folder: Path) -> None:
    """Sends warnings and errors to `tally.log` in a folder; a folder that refuses is passed over."""
    formatter = MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        handler: logging.Handler = RotatingFileHandler(
            folder / "tally.log", maxBytes=_MAX_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    root.addHandler(handler)


def log_crashes() -> None:
    """Writes every exception that nobody caught into the log instead of the terminal alone."""
    log = logging.getLogger("tally.crash")

    def on_exception(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("uncaught", exc_info=(kind, error, trace))
        sys.__excepthook__(kind, error, trace)

    def on_thread_exception(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None:
            on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)

    sys.excepthook = on_exception
    threading.excepthook = on_thread_exception
