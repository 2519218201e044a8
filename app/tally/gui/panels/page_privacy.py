"""Settings, Privacy: what is kept where, and the id that may be sent along."""

import uuid
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox

from tally.core.settings import Settings
from tally.gui.panels.settings_page import SettingsPage, row_of
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, PlainLabel, use_font


class PrivacyPage(SettingsPage):
    """What leaves this computer and what stays.

    Signals:
        open_folder_wanted: show the data folder.
    """

    open_folder_wanted = Signal()

    def __init__(self, theme: ThemeManager, data_folder: str) -> None:
        super().__init__("privacy", QCoreApplication.translate("Settings", "Privacy"), theme)
        self._id = ""
        stays = self.tr(
            "Conversations, attachments, drafts and the record of costs are kept in this folder, on this computer only:"
        )
        folder = PlainLabel(data_folder, selectable=True)
        folder.setObjectName("settings-folder")
        folder.setWordWrap(True)
        use_font(folder, theme, FontRole.CODE)
        opener = Button(self.tr("Open folder"), name="settings-open-folder")
        opener.clicked.connect(self.open_folder_wanted)
        self.field(self.tr("What stays here"), self.words(stays), folder, row_of(opener))
        self.field(
            self.tr("The key"),
            self.words(
                self.tr(
                    "It is kept in the system's keyring, or in memory for one run; never in this folder, in a log or in"
                    " an export. It is sent to the gateway it was entered for and nowhere else."
                )
            ),
        )
        self.field(
            self.tr("What leaves"),
            self.words(
                self.tr(
                    "Your questions with their history and attachments go to the gateway when you send them. Tally"
                    " makes no other request: no statistics, no search for updates, no pictures from the web."
                )
            ),
        )
        self._send = QCheckBox(self.tr("Send a random id with every question"))
        self._send.setObjectName("settings-send-user")
        self._send.toggled.connect(self._on_toggled)
        self._shown = PlainLabel("", selectable=True)
        self._shown.setObjectName("settings-user-id")
        self._shown.setWordWrap(True)
        use_font(self._shown, theme, FontRole.CODE)
        self._renew = Button(self.tr("New id"), name="settings-reset-id")
        self._renew.clicked.connect(self._on_renew)
        why = self.tr(
            "It lets the gateway tell users of one key apart. It says nothing about you. Off unless you want it."
        )
        self.field(self.tr("User id"), self._send, self.words(why), self._shown, row_of(self._renew))
        self.finish()

    def load(self, settings: Settings) -> None:
        self._id = settings.installation_id
        self._send.setChecked(settings.send_user)
        self._show()

    def store(self, settings: Settings) -> Settings:
        return replace(settings, send_user=self._send.isChecked(), installation_id=self._id)

    def _show(self) -> None:
        self._shown.set_text(self._id or self.tr("None yet"))

    def _on_toggled(self, on: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        if on and not self._id:
            self._on_renew()
        self.edited.emit()

    def _on_renew(self) -> None:
        self._id = uuid.uuid4().hex
        self._show()
        self.edited.emit()
