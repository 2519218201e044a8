"""The settings file: JSON, replaced in one step, repaired value by value when it is read."""

import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tally.core.catalog import CatalogError, model_from
from tally.core.conversation import ConversationOptions
from tally.core.keys import host_of
from tally.core.params import ParamError, checked
from tally.core.settings import Connection, Settings, TimeLimits
from tally.storage.errors import from_os, store_error
from tally.storage.files import date_stamp, free_name, replace_file
from tally.storage.records import Notes, decode, encode

_log = logging.getLogger(__name__)
_ZOOM = range(50, 301)
_NAMED_PROBLEMS = 3


class SettingsFile:
    """`core.ports.SettingsStore`."""

    def __init__(self, path: Path) -> None:
        """Names the file; it need not exist."""
        self._path = path

    def load(self) -> tuple[Settings, str]:
        """The settings, and one sentence about what was wrong with the file (empty when nothing was).

        A bad value becomes its default and the rest is kept; a file that is no settings file at all is set aside.
        """
        try:
            table = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return Settings(), ""
        except OSError as error:
            _log.warning("%s cannot be read: %s", self._path, error)
            return Settings(), f"The settings file {self._path} could not be read; the defaults are used."
        except (ValueError, RecursionError) as error:
            return Settings(), self._set_aside(str(error))
        if not isinstance(table, dict):
            return Settings(), self._set_aside("not an object")
        notes = Notes()
        table = dict(table)
        stray = {"unknown": table.pop("unknown")} if "unknown" in table else {}
        settings = _repaired(decode(Settings, table, notes), notes)
        settings = replace(settings, unknown=notes.unknown | stray)
        return settings, _sentence(notes.problems)

    def save(self, settings: Settings) -> None:
        """Replaces the file in one step.

        Raises:
            StoreError: the disk would not, or what stands there now cannot be read and was not set aside.
        """
        table = encode(settings)
        unknown = table.pop("unknown", {})
        text = json.dumps(_merged(table, unknown), ensure_ascii=True, indent=2)
        if self._path.exists() and not self._readable():
            self._set_aside("unreadable before saving")
            if self._path.exists():
                raise store_error("The damaged settings file could not be set aside, so nothing was saved.")
        try:
            replace_file(self._path, text.encode() + b"\n")
        except OSError as error:
            raise from_os(error, "The settings could not be saved.") from error

    def _readable(self) -> bool:
        try:
            return isinstance(json.loads(self._path.read_bytes()), dict)
        except (OSError, ValueError, RecursionError):
            return False

    def _set_aside(self, why: str) -> str:
        _log.warning("%s is damaged: %s", self._path, why)
        kept = free_name(self._path.parent, f"settings-damaged-{date_stamp()}", ".json")
        try:
            self._path.rename(kept)
        except OSError:
            return "The settings file is damaged and could not be set aside; the defaults are used."
        return f"The settings file was damaged. It is kept as {kept.name}; the defaults are used."


def _sentence(problems: list[str]) -> str:
    if not problems:
        return ""
    named = ", ".join(problems[:_NAMED_PROBLEMS])
    more = f" and {len(problems) - _NAMED_PROBLEMS} more" if len(problems) > _NAMED_PROBLEMS else ""
    return f"Some settings could not be used and have their default values: {named}{more}."


def _merged(table: Mapping[str, Any], unknown: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with the keys this version does not know in their old places."""
    result = dict(table)
    for key, value in unknown.items():
        known = result.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            result[key] = _merged(known, value)
        elif key not in result:
            result[key] = value
    return result


def _repaired(settings: Settings, notes: Notes) -> Settings:
    """The settings with values of the right kind but no sense replaced by their defaults."""
    defaults = Settings()
    if settings.zoom not in _ZOOM:
        notes.problems.append("zoom")
        settings = replace(settings, zoom=defaults.zoom)
    presets = tuple(
        replace(preset, options=_sound_options(preset.options, notes, f"presets.{number}"))
        for number, preset in enumerate(settings.presets)
    )
    return replace(
        settings,
        connection=_sound_connection(settings.connection, notes),
        defaults=_sound_options(settings.defaults, notes, "defaults"),
        models=_sound_models(settings.models, notes),
        presets=presets,
    )


def _sound_connection(connection: Connection, notes: Notes) -> Connection:
    if not host_of(connection.base_url):
        notes.problems.append("connection.base_url")
        connection = replace(connection, base_url=Connection().base_url)
    limits = connection.limits
    for name, default in encode(TimeLimits()).items():
        if getattr(limits, name) <= 0:
            notes.problems.append(f"connection.limits.{name}")
            limits = replace(limits, **{name: default})
    return replace(connection, limits=limits)


def _sound_options(options: ConversationOptions, notes: Notes, path: str) -> ConversationOptions:
    try:
        return replace(options, params=checked(options.params))
    except ParamError as error:
        notes.problems.append(f"{path}.params ({error})")
        return replace(options, params=ConversationOptions().params)


def _sound_models(models: tuple[dict[str, Any], ...], notes: Notes) -> tuple[dict[str, Any], ...]:
    sound = []
    for number, table in enumerate(models):
        try:
            model_from(table)
        except CatalogError:
            notes.problems.append(f"models.{number}")
        else:
            sound.append(table)
    return tuple(sound)
