"""The parameter panel: shows exactly what the next request will carry, and lets it be changed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from tally.core.catalog import ModelInfo
from tally.core.conversation import ConversationOptions
from tally.core.settings import Preset
from tally.gui.theme import ThemeManager

if TYPE_CHECKING:
    from tally.gui.panels.param_form import ParamForm


class ParamPanel(QScrollArea):
    """Everything that belongs to the next request besides its words. Built when it is shown for the first time.

    Signals:
        changed(object): the `ConversationOptions` after the person changed something.
        preset_saved(str, object): keep these `ConversationOptions` under this name.
        preset_deleted(str): forget the preset of that name.
    """

    changed = Signal(object)
    preset_saved = Signal(str, object)
    preset_deleted = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("param-panel")
        self.setAccessibleName(self.tr("Parameters"))
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self._options = ConversationOptions()
        self._model = ModelInfo("", "")
        self._presets: tuple[Preset, ...] = ()
        self._default_user = ""
        self._form: ParamForm | None = None

    def set_options(self, options: ConversationOptions, model: ModelInfo) -> None:
        """Shows the parameters of a conversation as this model takes them. No signal."""
        self._options = options
        self._model = model
        if self._form is not None:
            self._form.set_options(options, model)

    def set_presets(self, presets: Sequence[Preset]) -> None:
        """Offers these presets."""
        self._presets = tuple(presets)
        if self._form is not None:
            self._form.set_presets(self._presets)

    def set_default_user(self, user: str) -> None:
        """Names the id that the settings add while the conversation has none of its own; empty for none."""
        self._default_user = user
        if self._form is not None:
            self._form.set_default_user(user)

    def sent_text(self) -> str:
        """The parameters as they will be sent, as JSON."""
        return self._built().sent_text()

    def _built(self) -> "ParamForm":
        if self._form is None:
            from tally.gui.panels.param_form import ParamForm  # noqa: PLC0415  not needed for the first paint

            form = ParamForm(self._theme)
            form.set_options(self._options, self._model)
            form.set_presets(self._presets)
            form.set_default_user(self._default_user)
            form.changed.connect(self.changed)
            form.preset_saved.connect(self.preset_saved)
            form.preset_deleted.connect(self.preset_deleted)
            self.setWidget(form)
            self._form = form
        return self._form

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Not by a focus proxy, with which the style would draw a ring around the whole panel too.
        self._built().first_field().setFocus(event.reason())

    def showEvent(self, event: QShowEvent) -> None:
        self._built()
        super().showEvent(event)
