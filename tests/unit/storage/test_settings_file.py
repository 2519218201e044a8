"""Settings are kept whole, repaired value by value, and never lost with a damaged file."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tally.core.catalog import PriceOverride
from tally.core.conversation import ConversationOptions
from tally.core.failures import StoreError
from tally.core.money import Price
from tally.core.params import GenerationParams
from tally.core.settings import (
    Connection,
    Preset,
    ProxyMode,
    SendKey,
    Settings,
    Theme,
    TimeLimits,
)
from tally.storage.settings_file import SettingsFile

CHANGED = Settings(
    connection=Connection("https://gateway.test/v1", ProxyMode.CUSTOM, "socks5://127.0.0.1:9", TimeLimits(idle=5.5)),
    defaults=ConversationOptions("claude-haiku-4-5", GenerationParams(temperature=0.5, stop=("END",), system="短く")),
    theme=Theme.DARK,
    zoom=150,
    language="ja",
    send_key=SendKey.CTRL_ENTER,
    installation_id="abc",
    send_user=True,
    prices=(PriceOverride("m", Price.per_million("1", "2", "0.1")),),
    models=({"id": "mine", "name": "Mine", "input": "1", "output": "2"},),
    presets=(Preset("Brief", ConversationOptions(params=GenerationParams(max_tokens=64))),),
    demo=True,
    unknown={"tomorrow": [1, {"a": None}]},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.json"


def write(file: Path, value: Any) -> None:
    file.write_text(json.dumps(value), encoding="utf-8")


def test_without_a_file_the_defaults_hold(file: Path) -> None:
    assert SettingsFile(file).load() == (Settings(), "")
    assert not file.exists()


def test_settings_come_back_as_they_were(file: Path) -> None:
    SettingsFile(file).save(CHANGED)
    assert SettingsFile(file).load() == (CHANGED, "")


@pytest.mark.parametrize(
    ("table", "expected", "named"),
    [
        ({"zoom": 9_000, "theme": "dark"}, replace(Settings(), theme=Theme.DARK), "zoom"),
        ({"zoom": "large", "demo": True}, replace(Settings(), demo=True), "zoom"),
        ({"zoom": True, "demo": True}, replace(Settings(), demo=True), "zoom"),
        ({"theme": "pink", "zoom": 90}, replace(Settings(), zoom=90), "theme"),
        (
            {"connection": {"base_url": 5, "limits": {"idle": "long", "connect": 3}}},
            Settings(connection=Connection(limits=TimeLimits(connect=3.0))),
            "connection.base_url, connection.limits.idle",
        ),
        ({"connection": {"base_url": "nonsense"}}, Settings(), "connection.base_url"),
        ({"connection": {"limits": {"idle": -1, "whole": 1e999}}}, Settings(), "connection.limits.whole"),
        ({"connection": [], "zoom": 90}, replace(Settings(), zoom=90), "connection"),
        (
            {"defaults": {"model": "m", "params": {"temperature": 0.5, "top_p": 0.5}}},
            Settings(defaults=ConversationOptions("m")),
            "defaults.params (use temperature or top_p, not both)",
        ),
        ({"presets": [{"name": "no options"}, 7]}, Settings(), "presets.0, presets.1"),
        ({"prices": [{"model": "m", "price": {"input": "3"}}]}, Settings(), "prices.0"),
        ({"models": [{"name": "no id"}]}, Settings(), "models.0"),
        ({"installation_id": None}, Settings(), "installation_id"),
    ],
)
def test_a_bad_value_becomes_its_default_and_the_rest_is_kept(
    file: Path, table: dict[str, Any], expected: Settings, named: str
) -> None:
    write(file, table)
    settings, sentence = SettingsFile(file).load()
    assert settings == expected
    assert "default" in sentence
    assert named in sentence
    assert file.exists()


def test_many_bad_values_make_a_short_sentence(file: Path) -> None:
    write(file, {key: [] for key in ("zoom", "theme", "language", "send_key", "demo")})
    assert SettingsFile(file).load()[1].endswith("zoom, theme, language and 2 more.")


def test_unknown_keys_stay_where_they_were(file: Path) -> None:
    table = {"tomorrow": {"x": 1}, "unknown": "really", "connection": {"limits": {"moon": 2}}, "zoom": 90}
    write(file, table)
    settings, sentence = SettingsFile(file).load()
    assert sentence == ""
    SettingsFile(file).save(replace(settings, zoom=110))
    written = json.loads(file.read_text(encoding="utf-8"))
    assert written["tomorrow"] == {"x": 1}
    assert written["unknown"] == "really"
    assert written["connection"]["limits"]["moon"] == 2
    assert written["connection"]["limits"]["idle"] == 120.0
    assert written["zoom"] == 110
    assert SettingsFile(file).load()[0] == replace(settings, zoom=110)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe{}", b"[]", b"null", b"5", b"[" * 100_000])
def test_what_is_no_settings_file_is_set_aside_and_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    settings, sentence = SettingsFile(file).load()
    [kept] = file.parent.iterdir()
    assert settings == Settings()
    assert kept.name.startswith("settings-damaged-")
    assert kept.name in sentence
    assert kept.read_bytes() == content


def test_a_file_that_was_damaged_meanwhile_is_not_overwritten(file: Path) -> None:
    store = SettingsFile(file)
    store.save(CHANGED)
    file.write_bytes(b"{ half")
    store.save(CHANGED)
    assert {each.read_bytes() for each in file.parent.iterdir() if each != file} == {b"{ half"}
    assert store.load() == (CHANGED, "")


def test_a_disk_that_will_not_is_said_and_the_old_file_stays(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="could not be saved"):
        SettingsFile(tmp_path / "file" / "settings.json").save(CHANGED)
    with pytest.raises(StoreError, match="could not be saved"):
        SettingsFile(tmp_path / "nowhere" / "settings.json").save(CHANGED)
