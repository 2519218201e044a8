"""Settings, General: looks, size, language, the key that sends."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QButtonGroup, QComboBox, QRadioButton, QSpinBox, QVBoxLayout

from tally.core.settings import SendKey, Settings, Theme
from tally.gui.panels.settings_page import SettingsPage, row_of
from tally.gui.panels.wheel_guard import WheelGuard
from tally.gui.theme import MAX_ZOOM, MIN_ZOOM, ThemeManager
from tally.gui.widgets import key_text, pad_spin_box

K = TypeVar("K", bound=StrEnum)


class GeneralPage(SettingsPage):
    """How the program looks and behaves."""

    def __init__(self, theme: ThemeManager, languages: Sequence[tuple[str, str]]) -> None:
        super().__init__("general", QCoreApplication.translate("Settings", "General"), theme)
        self._guard = WheelGuard(self)
        self._themes = self._choices(
            "theme",
            {
                Theme.SYSTEM: self.tr("Like the system"),
                Theme.LIGHT: self.tr("Light"),
                Theme.DARK: self.tr("Dark"),
            },
        )
        self._zoom = QSpinBox()
        self._zoom.setObjectName("settings-zoom")
        self._zoom.setAccessibleName(self.tr("Text size"))
        self._zoom.setRange(MIN_ZOOM, MAX_ZOOM)
        self._zoom.setSingleStep(10)
        self._zoom.setSuffix(" %")
        self._zoom.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._zoom.installEventFilter(self._guard)
        pad_spin_box(self._zoom)
        self._zoom.valueChanged.connect(self.edited)
        self._language = QComboBox()
        self._language.setObjectName("settings-language")
        self._language.setAccessibleName(self.tr("Language"))
        self._language.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._language.installEventFilter(self._guard)
        self._language.addItem(self.tr("Like the system"), "system")
        for code, name in languages:
            self._language.addItem(name, code)
        self._language.currentIndexChanged.connect(self.edited)
        self._keys = self._choices(
            "send-key",
            {
                SendKey.ENTER: self._sending(self.tr("Enter sends, {keys} breaks the line"), "Shift+Return"),
                SendKey.CTRL_ENTER: self._sending(self.tr("{keys} sends, Enter breaks the line"), "Ctrl+Return"),
            },
        )
        self.field(self.tr("Colours"), _box_of(self._themes))
        self.field(
            self.tr("Text size"),
            row_of(self._zoom),
            self.words(
                self.tr("Also with {bigger} and {smaller}.").format(
                    bigger=key_text("Ctrl++"), smaller=key_text("Ctrl+-")
                )
            ),
        )
        self.field(self.tr("Language"), row_of(self._language), self.words(self.tr("Takes effect at the next start.")))
        self.field(self.tr("Sending"), _box_of(self._keys))
        self.finish()

    def _sending(self, words: str, keys: str) -> str:
        # Where keys have names, this one's name is Enter on the keyboards of today.
        return words.format(keys=key_text(keys).replace("Return", self.tr("Enter")))

    def _choices(self, name: str, words: Mapping[K, str]) -> dict[K, QRadioButton]:
        group = QButtonGroup(self)
        buttons: dict[K, QRadioButton] = {}
        for value, text in words.items():
            button = QRadioButton(text)
            button.setObjectName(f"settings-{name}-{value}")
            button.toggled.connect(self.edited)
            group.addButton(button)
            buttons[value] = button
        return buttons

    def load(self, settings: Settings) -> None:
        self._themes[settings.theme].setChecked(True)
        self._keys[settings.send_key].setChecked(True)
        self._zoom.setValue(settings.zoom)
        index = self._language.findData(settings.language)
        if index < 0:
            # A language of another version: shown by its code, so that saving does not change it.
            self._language.addItem(settings.language, settings.language)
            index = self._language.count() - 1
        self._language.setCurrentIndex(index)

    def store(self, settings: Settings) -> Settings:
        return replace(
            settings,
            theme=_chosen(self._themes),
            zoom=self._zoom.value(),
            language=self._language.currentData(),
            send_key=_chosen(self._keys),
        )


def _box_of(buttons: Mapping[K, QRadioButton]) -> QVBoxLayout:
    box = QVBoxLayout()
    box.setSpacing(4)
    for button in buttons.values():
        box.addWidget(button)
    return box


def _chosen(buttons: Mapping[K, QRadioButton]) -> K:
    return next(value for value, button in buttons.items() if button.isChecked())
