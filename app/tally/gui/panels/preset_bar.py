"""Choosing, saving and deleting presets: model and parameters under a name."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from tally.core.conversation import ConversationOptions
from tally.core.settings import Preset
from tally.gui.panels.wheel_guard import WheelGuard
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, IconButton, LineEdit, PlainLabel, use_font

LONGEST_NAME = 60
"""Of a preset, in characters."""


class PresetBar(QWidget):
    """One line; saving opens a second one, deleting leaves one with Undo.

    Signals:
        chosen(object): the `ConversationOptions` of a preset.
        saved(str, object): a name and the options to keep under it.
        deleted(str): the name of a preset to forget.
    """

    chosen = Signal(object)
    saved = Signal(str, object)
    deleted = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("preset-bar")
        self._options = ConversationOptions()
        self._presets: tuple[Preset, ...] = ()
        self._gone: Preset | None = None
        self._box = QComboBox(self)
        self._box.setObjectName("preset-list")
        self._box.setAccessibleName(self.tr("Preset"))
        self._box.setPlaceholderText(self.tr("Presets"))
        self._box.setMinimumContentsLength(6)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._box.installEventFilter(WheelGuard(self))
        self._box.activated.connect(self._on_activated)
        self._save = IconButton("plus", theme, self.tr("Save model and parameters as a preset"), self)
        self._save.setObjectName("preset-save")
        self._save.clicked.connect(self._on_save)
        self._delete = IconButton("trash", theme, self.tr("Delete this preset"), self)
        self._delete.setObjectName("preset-delete")
        self._delete.clicked.connect(self._on_delete)
        self._name = LineEdit(self.tr("Name of the preset"), self, placeholder=self.tr("Name"), name="preset-name")
        self._name.setMaxLength(LONGEST_NAME)
        self._name.returnPressed.connect(self._on_named)
        self._name.textChanged.connect(lambda _: self._say_replaces())
        self._keep = Button(self.tr("Save"), self, name="preset-keep")
        self._keep.clicked.connect(self._on_named)
        self._undo = Button(self.tr("Undo"), self, kind="quiet", name="preset-undo")
        self._undo.clicked.connect(self._on_undo)
        self._note = PlainLabel("", self, tone="muted")
        self._note.setWordWrap(True)
        use_font(self._note, theme, FontRole.META)
        self._lay_out()
        self._close()

    def set_options(self, options: ConversationOptions) -> None:
        """Shows which preset these are, if any."""
        self._options = options
        self._show_matching()

    def set_presets(self, presets: Sequence[Preset]) -> None:
        """Offers these presets."""
        if tuple(presets) == self._presets:
            return
        self._presets = tuple(presets)
        self._box.clear()
        self._box.addItems([preset.name for preset in self._presets])
        self._box.setEnabled(bool(self._presets))
        self._show_matching()

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(2)
        first.addWidget(self._box, 1)
        first.addWidget(self._save, 0, Qt.AlignmentFlag.AlignVCenter)
        first.addWidget(self._delete, 0, Qt.AlignmentFlag.AlignVCenter)
        second = QHBoxLayout()
        second.setSpacing(6)
        second.addWidget(self._name, 1)
        second.addWidget(self._keep)
        third = QHBoxLayout()
        third.addWidget(self._note, 1)
        third.addWidget(self._undo)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for row in (first, second, third):
            box.addLayout(row)

    def _show_matching(self) -> None:
        index = next((i for i, preset in enumerate(self._presets) if preset.options == self._options), -1)
        self._box.setCurrentIndex(index)
        self._delete.setEnabled(index >= 0)

    def _close(self) -> None:
        for widget in (self._name, self._keep, self._undo, self._note):
            widget.hide()

    def _on_activated(self, index: int) -> None:
        self._close()
        self.chosen.emit(self._presets[index].options)

    def _on_save(self) -> None:
        opening = not self._name.isVisible()
        self._close()
        if opening:
            self._name.clear()
            self._name.show()
            self._keep.show()
            self._say_replaces()
            self._name.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say_replaces(self) -> None:
        name = self._name.text().strip()
        self._keep.setEnabled(bool(name))
        taken = any(preset.name == name for preset in self._presets)
        self._note.set_text(self.tr("Replaces the preset of that name.") if taken else "")
        self._note.setVisible(taken)

    def _on_named(self) -> None:
        name = " ".join(self._name.text().split())
        if name:
            self._close()
            self._box.setFocus(Qt.FocusReason.OtherFocusReason)
            self.saved.emit(name, self._options)

    def _on_delete(self) -> None:
        index = self._box.currentIndex()
        if index < 0:
            return
        self._gone = self._presets[index]
        self._close()
        self._note.set_text(self.tr("“{name}” deleted.").format(name=self._gone.name))
        self._note.show()
        self._undo.show()
        self.deleted.emit(self._gone.name)

    def _on_undo(self) -> None:
        self._close()
        if self._gone is not None:
            self.saved.emit(self._gone.name, self._gone.options)
            self._gone = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._name.isVisible():
            self._close()
            self._save.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)
