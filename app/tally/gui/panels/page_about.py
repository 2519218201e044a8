"""Settings, About: which version this is, and whose work it stands on."""

import platform
from importlib.metadata import PackageNotFoundError, version

import PySide6
from PySide6.QtCore import QCoreApplication, Qt, qVersion
from PySide6.QtWidgets import QGridLayout, QLabel

from tally import __version__
from tally.core.settings import Settings
from tally.gui.icons import app_icon
from tally.gui.panels.settings_page import SettingsPage
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel, use_font

# Distribution name and licence, as each project states it.
_LIBRARIES = (
    ("httpx", "BSD-3-Clause"),
    ("keyring", "MIT"),
    ("Markdown", "BSD-3-Clause"),
    ("Pygments", "BSD-2-Clause"),
    ("platformdirs", "MIT"),
    ("truststore", "MIT"),
    ("h11", "MIT"),
)


def libraries() -> list[tuple[str, str, str]]:
    """Name, version and licence of what Tally is built with; the version is empty where nobody knows it."""
    found = [("Qt", qVersion(), "LGPL-3.0"), ("PySide6", PySide6.__version__, "LGPL-3.0")]
    for name, licence in _LIBRARIES:
        try:
            number = version(name)
        except PackageNotFoundError:  # a frozen program carries no metadata
            number = ""
        found.append((name, number, licence))
    return found


class AboutPage(SettingsPage):
    """Version and licences. Nothing here can be changed."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__("about", QCoreApplication.translate("Settings", "About"), theme)
        picture = QLabel()
        picture.setPixmap(app_icon().pixmap(48, 48))
        picture.setAccessibleName("Tally")
        name = PlainLabel(self.tr("Tally {version}").format(version=__version__), selectable=True)
        name.setObjectName("about-version")
        use_font(name, theme, FontRole.H2)
        what = self.words(self.tr("A chat client for Claude that always tells what it costs."))
        licence = self.words(self.tr("Free software under the MIT licence. It comes without any warranty."))
        system = self.words(
            self.tr("Python {python} on {system}").format(
                python=platform.python_version(), system=f"{platform.system()} {platform.machine()}"
            )
        )
        for widget in (picture, name, what, licence, system):
            self.column.addWidget(widget)
        self.column.setSpacing(8)
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        for row, entry in enumerate(libraries()):
            for column, text in enumerate(entry):
                label = PlainLabel(text, tone="muted" if column else "")
                use_font(label, theme, FontRole.FIGURES)
                grid.addWidget(label, row, column, Qt.AlignmentFlag.AlignLeft)
        self.column.addSpacing(12)
        self.field(self.tr("Built with"), grid)
        self.finish()

    def load(self, settings: Settings) -> None:
        """Nothing of the settings is shown here."""

    def store(self, settings: Settings) -> Settings:
        return settings
