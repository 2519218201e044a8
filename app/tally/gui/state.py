"""What the whole window shares: settings, the catalog they make, and whether the demo gateway is asked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal

from tally.core.catalog import Catalog, ModelInfo
from tally.core.settings import Connection, ProxyMode, Settings


class AppState(QObject):
    """The present settings and mode.

    Attributes:
        settings: as they are now.
        base_catalog: the shipped table of models.
        catalog: the table with the user's prices and models.
        catalog_problem: one sentence about a model of the user's that cannot be used; empty when all can.

    Signals:
        settings_changed(): settings or catalog are new.
        mode_changed(): demo was switched on or off.
    """

    settings_changed = Signal()
    mode_changed = Signal()

    def __init__(self, settings: Settings, base_catalog: Catalog, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.base_catalog = base_catalog
        self._save: Callable[[Settings], object] | None = None
        self._demo_url = ""
        self.catalog, self.catalog_problem = self._merged()

    def save_with(self, save: Callable[[Settings], object]) -> None:
        """From now on every change is handed to `save`."""
        self._save = save

    def _merged(self) -> tuple[Catalog, str]:
        return self.base_catalog.merged(self.settings.prices, self.settings.models)

    def change(self, **fields: Any) -> None:
        """Replaces fields of the settings, keeps them and tells everybody."""
        self.adopt(replace(self.settings, **fields))

    def adopt(self, settings: Settings) -> None:
        """Takes whole new settings."""
        if settings == self.settings:
            return
        self.settings = settings
        self.catalog, self.catalog_problem = self._merged()
        if self._save is not None:
            self._save(settings)
        self.settings_changed.emit()

    @property
    def simulated(self) -> bool:
        """Whether the demo gateway is asked."""
        return bool(self._demo_url)

    def set_demo(self, base_url: str) -> None:
        """Asks the demo gateway at that address from now on; empty asks the real one."""
        if base_url != self._demo_url:
            self._demo_url = base_url
            self.mode_changed.emit()

    @property
    def connection(self) -> Connection:
        """Where questions go."""
        if self._demo_url:
            return Connection(base_url=self._demo_url, proxy_mode=ProxyMode.NONE)
        return self.settings.connection

    @property
    def host(self) -> str:
        """The address of the gateway in use."""
        return self.connection.base_url

    def model_name(self, model_id: str) -> str:
        """What a model id is called for people."""
        return self.catalog.find(model_id).name

    def model(self, model_id: str) -> ModelInfo:
        """The model of a conversation; the default for an empty id."""
        return self.catalog.find(model_id or self.settings.defaults.model or self.catalog.default().id)
