"""Opens an address outside, after it was shown."""

from PySide6.QtCore import QCoreApplication, Qt, QUrl, QUrlQuery
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

ALLOWED = {"http", "https", "mailto"}
_SHOWN = 600
"""Characters of an address in the question; its beginning, which says where it goes, is always seen."""


def _target(address: str) -> QUrl | None:
    """Where an address leads, repaired as browsers do; None when it may not be opened."""
    url = QUrl(address)
    # Browsers take a backslash for a slash, Qt for a part of a name: the two would go to different hosts.
    if "\\" in address or not url.isValid() or url.scheme() not in ALLOWED:
        return None
    if url.scheme() != "mailto":
        return url if url.host() else None
    # Some mail programs would attach a file of this computer.
    names = [name for name, _ in QUrlQuery(url).queryItems(QUrl.ComponentFormattingOption.FullyDecoded)]
    return url if url.path() and not any(name.lower().startswith("attach") for name in names) else None


def allowed(address: str) -> bool:
    """Whether an address may be opened at all: http, https and mailto only, with somewhere to go to."""
    return _target(address) is not None


def _shown(url: QUrl) -> str:
    """An address as it goes out: encoded, so that no letter looks like another and none turns the rest around."""
    text = bytes(url.toEncoded().data()).decode("ascii", "replace")
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def ask_to_open(address: str, parent: QWidget) -> QMessageBox | None:
    """Shows where a link goes and opens it when the person agrees; returns the open question, None if refused."""
    url = _target(address)
    if url is None:
        return None
    translate = QCoreApplication.translate
    box = QMessageBox(QMessageBox.Icon.NoIcon, translate("Links", "Open this address?"), _shown(url), parent=parent)
    box.setObjectName("link-question")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setInformativeText(translate("Links", "It opens outside Tally, in your browser or mail program."))
    open_button = box.addButton(translate("Links", "Open"), QMessageBox.ButtonRole.AcceptRole)
    copy_button = box.addButton(translate("Links", "Copy address"), QMessageBox.ButtonRole.ActionRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(open_button)

    def on_clicked(button: object) -> None:
        if button is open_button:
            QDesktopServices.openUrl(url)
        elif button is copy_button:
            QGuiApplication.clipboard().setText(address)

    box.buttonClicked.connect(on_clicked)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box


def open_folder(path: str) -> None:
    """Shows a folder of this computer in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
