"""What was learned of servers (parameters they refuse, limits they have), so that it is not learned anew each time."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tally.core.keys import host_of
from tally.storage.files import replace_file
from tally.storage.worker import Worker

_log = logging.getLogger(__name__)
_DAY_MS = 24 * 60 * 60 * 1000
_LIMIT = 1_000


class LearnedFile:
    """`core.ports.Learnings` in a JSON file that several processes may use; the last one to learn a thing is right.

    The file holds nothing that cannot be learned again, so a damaged one is simply written anew, and a disk that
    does not take it is only logged.
    """

    def __init__(self, path: Path, now_ms: Callable[[], int]) -> None:
        """Names the file; it need not exist.

        Args:
            path: of the file.
            now_ms: Unix time in milliseconds.
        """
        self._path = path
        self._now_ms = now_ms
        self._worker = Worker("tally-learned")

    async def recall(self, base_url: str, model: str, topic: str) -> str | None:
        """The remembered value; None when there is none or it has expired."""
        entries = await self._worker.run(self._read)
        entry = entries.get(_key(base_url, model, topic))
        return None if entry is None else str(entry["value"])

    async def remember(self, base_url: str, model: str, topic: str, value: str, *, days: float = 7) -> None:
        """Keeps a value for some days."""
        key, expires = _key(base_url, model, topic), self._now_ms() + round(days * _DAY_MS)
        await self._worker.run(lambda: self._add(key, {"value": value, "expires": expires}))

    def close(self, timeout_s: float = 2.0) -> bool:
        """Finishes what is being written; returns whether that was in time."""
        return self._worker.close(timeout_s)

    def _read(self) -> dict[str, dict[str, Any]]:
        """What the file says now (another process may have written it) and has not expired."""
        try:
            table = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, RecursionError) as error:
            _log.warning("%s cannot be read: %s", self._path, error)
            return {}
        entries = table.get("learned") if isinstance(table, dict) else None
        if not isinstance(entries, dict):
            return {}
        now = self._now_ms()
        return {key: entry for key, entry in entries.items() if _usable(entry) and entry["expires"] > now}

    def _add(self, key: str, entry: dict[str, Any]) -> None:
        entries = self._read()
        entries[key] = entry
        newest = sorted(entries.items(), key=lambda item: item[1]["expires"])[-_LIMIT:]
        text = json.dumps({"v": 1, "learned": dict(newest)}, indent=1)
        try:
            replace_file(self._path, text.encode())
        except OSError as error:
            _log.warning("%s cannot be written: %s", self._path, error)


def _usable(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("value"), str) and isinstance(entry.get("expires"), int)


def _key(base_url: str, model: str, topic: str) -> str:
    return json.dumps([host_of(base_url), base_url.strip().rstrip("/"), model, topic])
