"""Opens an address outside, after it was shown."""

from urllib.parse import urlsplit

from PySide6.QtCore import QCoreApplication, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

ALLOWED = {"http", "https", "mailto"}


def allowed(address: str) -> bool:
    """Whether an address may be opened at all: http, https and mailto only, with somewhere to go to."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    scheme = parts.scheme.lower()
    return scheme in ALLOWED and bool(parts.netloc if scheme != "mailto" else parts.path)


def ask_to_open(address: str, parent: QWidget) -> QMessageBox | None:
    """Shows where a link goes and opens it when the person agrees; returns the open question, None if refused."""
    if not allowed(address):
        return None
    translate = QCoreApplication.translate
    box = QMessageBox(QMessageBox.Icon.NoIcon, translate("Links", "Open this address?"), address, parent=parent)
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
            QDesktopServices.openUrl(QUrl(address, QUrl.ParsingMode.StrictMode))
        elif button is copy_button:
            QGuiApplication.clipboard().setText(address)

    box.buttonClicked.connect(on_clicked)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box


def open_folder(path: str) -> None:
    """Shows a folder of this computer in the system's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(path))
