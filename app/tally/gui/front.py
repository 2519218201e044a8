"""What stands before the first paint: the frame, the composer and the model's chip. The rest follows in `desk.py`.

The window is usable at once (what is typed stays), while everything heavier is imported and built after it was seen.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings

from tally.core.catalog import Catalog
from tally.core.settings import Settings
from tally.gui.composer.composer import Composer
from tally.gui.main_window import MainWindow
from tally.gui.panels.model_picker import ModelPicker
from tally.gui.reading_place import ReadingPlace
from tally.gui.theme import ThemeManager

if TYPE_CHECKING:
    from collections.abc import Callable

    from tally.runtime.backend import Reply


class Front:
    """The first widgets, connected to nothing yet.

    Attributes:
        theme: whose colours.
        window: the frame.
        composer: where the next message is written.
        picker: the model's chip and list.
        place: what was on screen when the program ended last.
    """

    def __init__(self, theme: ThemeManager, geometry: QSettings, store: "Callable[[bytes, str], Reply[str]]") -> None:
        """Builds the widgets.

        Args:
            theme: whose colours.
            geometry: where the window's place is kept.
            store: keeps a picture's bytes (data, media type); used after the backend has started.
        """
        self.theme = theme
        self.window = MainWindow(theme, geometry)
        self.composer = Composer(theme, store)
        self.picker = ModelPicker(theme)
        self.window.set_composer(self.composer)
        self.window.set_model_chip(self.picker)
        self.place = ReadingPlace(geometry)

    def show(self, settings: Settings, catalog: Catalog) -> None:
        """Shows the window as the settings want it."""
        model = catalog.find(settings.defaults.model or catalog.default().id)
        self.composer.set_send_key(settings.send_key)
        self.composer.set_model(model)
        self.picker.set_catalog(catalog)
        self.picker.set_model(model.id)
        self.window.show()
        self.composer.focus_text()
