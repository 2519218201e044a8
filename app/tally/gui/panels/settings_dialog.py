"""The settings: a list of pages at the side, Save and Cancel under them."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QListWidget, QStackedWidget, QVBoxLayout, QWidget

from tally.core.catalog import Catalog
from tally.core.ports import KeyState, ServerCheck
from tally.core.settings import Settings
from tally.gui.panels.page_about import AboutPage
from tally.gui.panels.page_connection import ConnectionPage
from tally.gui.panels.page_general import GeneralPage
from tally.gui.panels.page_models import ModelsPage
from tally.gui.panels.page_privacy import PrivacyPage
from tally.gui.panels.settings_page import Remark, SettingsPage
from tally.gui.theme import ThemeManager
from tally.gui.widgets import Button, Separator, Surface

_NARROW = 640
_LEAST = QSize(420, 400)
_USUAL = QSize(820, 620)


class _PageList(QListWidget):
    """The pages' names; the focus is a ring around the list."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setProperty("plain", True)  # noqa: FBT003  Qt's property
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        row = self.currentRow()
        if self.hasFocus() and row >= 0:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRect(self.visualItemRect(self.item(row)).adjusted(1, 1, -1, -1))


class SettingsDialog(QDialog):
    """Everything that can be set. Nothing holds before Save, except the key, which is kept or forgotten at once.

    Args:
        theme: whose colours.
        settings: as they are now.
        base_catalog: the shipped table of models, without the user's changes.
        data_folder: where things are kept, to be shown.
        languages: code and name of each language there is.
        parent: as usual.

    Signals:
        saved(object): the `Settings` to hold from now on.
        key_entered(str, str): base URL and key to keep; the key is nowhere in the dialog any more.
        key_forgotten(str): base URL whose key is to be removed.
        check_wanted(object): a `Connection` to test; answer with `set_check_result`.
        open_folder_wanted: show the data folder.
    """

    saved = Signal(object)
    key_entered = Signal(str, str)
    key_forgotten = Signal(str)
    check_wanted = Signal(object)
    open_folder_wanted = Signal()

    def __init__(
        self,
        theme: ThemeManager,
        settings: Settings,
        base_catalog: Catalog,
        *,
        data_folder: str,
        languages: Sequence[tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("settings")
        self.setWindowTitle(self.tr("Settings"))
        self.setModal(False)
        self._loaded = self._base = settings
        self._connection = ConnectionPage(theme)
        self._connection.key_entered.connect(self.key_entered)
        self._connection.key_forgotten.connect(self.key_forgotten)
        self._connection.check_wanted.connect(self.check_wanted)
        privacy = PrivacyPage(theme, data_folder)
        privacy.open_folder_wanted.connect(self.open_folder_wanted)
        self._pages: tuple[SettingsPage, ...] = (
            GeneralPage(theme, languages),
            self._connection,
            ModelsPage(theme, base_catalog),
            privacy,
            AboutPage(theme),
        )
        self._list = _PageList(theme, self)
        self._list.setObjectName("settings-pages")
        self._short_list = QComboBox(self)
        self._short_list.setObjectName("settings-pages-short")
        self._stack = QStackedWidget(self)
        self._problem = Remark(theme, "settings-problem", self)
        self._save = Button(self.tr("Save"), self, kind="primary", name="settings-save")
        self._save.setDefault(True)
        self._cancel = Button(self.tr("Cancel"), self, name="settings-cancel")
        self._fill()
        self._lay_out(theme)
        for page in self._pages:
            page.load(settings)
            page.edited.connect(self._on_edited)
        self._list.setCurrentRow(0)
        self._on_edited()
        self.setMinimumSize(_LEAST)
        self.resize(_USUAL if parent is None else _USUAL.boundedTo(parent.window().size()).expandedTo(_LEAST))

    def set_key_state(self, base_url: str, state: KeyState) -> None:
        """Says where the key of an address is."""
        self._connection.set_key_state(base_url, state)

    def set_key_problem(self, text: str) -> None:
        """Says why a key that was entered could not be kept."""
        self._connection.set_key_problem(text)

    def set_check_result(self, check: ServerCheck) -> None:
        """Says what the test of the connection found."""
        self._connection.set_check_result(check)

    def set_base(self, settings: Settings) -> None:
        """The settings were changed elsewhere meanwhile; Save keeps that, except for what was edited here."""
        self._base = settings

    def show_page(self, page: str) -> None:
        """Turns to a page: general, connection, models, privacy or about."""
        for index, each in enumerate(self._pages):
            if each.page == page:
                self._list.setCurrentRow(index)

    def current_page(self) -> str:
        """The page that is shown."""
        return self._pages[self._stack.currentIndex()].page

    # Building

    def _fill(self) -> None:
        for widget in (self._list, self._short_list):
            widget.setAccessibleName(self.tr("Pages"))
            widget.addItems([page.title for page in self._pages])
        for page in self._pages:
            self._stack.addWidget(page)
        self._list.currentRowChanged.connect(self._on_turned)
        self._short_list.activated.connect(self._list.setCurrentRow)
        self._save.clicked.connect(self._on_save)
        self._cancel.clicked.connect(self.reject)

    def _lay_out(self, theme: ThemeManager) -> None:
        self._side = Surface("side", self)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(10, 16, 10, 10)
        side.addWidget(self._list)
        self._top = Surface("side", self)
        top = QHBoxLayout(self._top)
        top.setContentsMargins(16, 12, 16, 12)
        top.addWidget(self._short_list, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self._side)
        self._rule = Separator(theme, self, vertical=True)
        middle.addWidget(self._rule)
        middle.addWidget(self._stack, 1)
        bottom = QHBoxLayout()
        bottom.setContentsMargins(16, 10, 16, 12)
        bottom.setSpacing(8)
        bottom.addWidget(self._problem, 1, Qt.AlignmentFlag.AlignVCenter)
        bottom.addStretch(0)
        bottom.addWidget(self._cancel)
        bottom.addWidget(self._save)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self._top)
        box.addLayout(middle, 1)
        box.addWidget(Separator(theme, self))
        box.addLayout(bottom)
        theme.changed.connect(self._fit_side)
        self._fit_side()

    def _fit_side(self) -> None:
        widest = max(self._list.fontMetrics().horizontalAdvance(page.title) for page in self._pages)
        self._side.setFixedWidth(widest + 56)
        for row in range(self._list.count()):
            self._list.item(row).setSizeHint(QSize(0, self._list.fontMetrics().height() + 16))

    # What the person does

    def _on_turned(self, row: int) -> None:
        self._stack.setCurrentIndex(row)
        self._short_list.setCurrentIndex(row)

    def _edited(self) -> Settings:
        edited = self._loaded
        for page in self._pages:
            edited = page.store(edited)
        return edited

    def _on_edited(self) -> None:
        self._problem.say("")

    def _on_save(self) -> None:
        for page in self._pages:
            if page.problem():
                self.show_page(page.page)
                page.show_problem()
                self._problem.say(self.tr("Not saved: please correct what is marked."))
                return
        edited = self._edited()
        changes: dict[str, Any] = {
            each.name: value
            for each in fields(Settings)
            if (value := getattr(edited, each.name)) != getattr(self._loaded, each.name)
        }
        self._connection.forget_input()
        self.saved.emit(replace(self._base, **changes))
        self.accept()

    def reject(self) -> None:
        self._connection.forget_input()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._connection.forget_input()
        super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self._side.setVisible(not narrow)
        self._rule.setVisible(not narrow)
        self._top.setVisible(narrow)
