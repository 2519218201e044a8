"""Opens the settings dialog and carries out what it asks for."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from tally.core.ports import KeyState, ServerCheck
from tally.core.settings import Settings
from tally.gui.key_controller import KeyController
from tally.gui.links import open_folder
from tally.gui.panels.settings_dialog import SettingsDialog
from tally.gui.state import AppState
from tally.gui.theme import ThemeManager


def show_settings(
    page: str, state: AppState, keys: KeyController, theme: ThemeManager, *, data_folder: str, parent: QWidget
) -> SettingsDialog:
    """Opens the dialog at a page; one that is open already comes to the front."""
    dialog = parent.findChild(SettingsDialog)
    if dialog is None:
        dialog = _connected(state, keys, theme, data_folder=data_folder, parent=parent)
    dialog.show_page(page)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def _connected(
    state: AppState, keys: KeyController, theme: ThemeManager, *, data_folder: str, parent: QWidget
) -> SettingsDialog:
    languages = [("en", QCoreApplication.translate("Settings", "English"))]
    dialog = SettingsDialog(
        theme, state.settings, state.base_catalog, data_folder=data_folder, languages=languages, parent=parent
    )

    def on_state(key_state: KeyState) -> None:
        dialog.set_key_state(state.settings.connection.base_url, key_state)

    def on_saved(settings: Settings) -> None:
        moved = settings.connection.base_url != state.settings.connection.base_url
        state.adopt(settings)
        if moved:
            keys.refresh()

    def on_checked(check: ServerCheck) -> None:
        dialog.set_check_result(check)

    def on_settings() -> None:
        dialog.set_base(state.settings)

    if keys.key_state is not None:
        on_state(keys.key_state)
    keys.state_changed.connect(on_state)
    keys.checked.connect(on_checked)
    keys.key_refused.connect(dialog.set_key_problem)
    state.settings_changed.connect(on_settings)
    dialog.saved.connect(on_saved)
    dialog.key_entered.connect(keys.put)
    dialog.key_forgotten.connect(keys.forget)
    dialog.check_wanted.connect(keys.check)
    dialog.open_folder_wanted.connect(lambda: open_folder(data_folder))

    def on_finished() -> None:
        keys.state_changed.disconnect(on_state)
        keys.checked.disconnect(on_checked)
        keys.key_refused.disconnect(dialog.set_key_problem)
        state.settings_changed.disconnect(on_settings)

    dialog.finished.connect(on_finished)
    dialog.finished.connect(dialog.deleteLater)
    return dialog
