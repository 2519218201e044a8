"""The inside of the parameter panel: every parameter, the presets, and what is sent."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from tally.core.catalog import ModelInfo, Sampling
from tally.core.conversation import ConversationOptions
from tally.core.params import GenerationParams, clean_stops, fitted, is_personal
from tally.core.settings import Preset
from tally.gui.money_text import tokens
from tally.gui.panels.growing_text import GrowingText
from tally.gui.panels.param_editors import (
    CountEditor,
    FlagEditor,
    IdEditor,
    NumberEditor,
    ParamEditor,
    TextEditor,
)
from tally.gui.panels.param_specs import ParamKind, ParamSpec, param_specs
from tally.gui.panels.preset_bar import PresetBar
from tally.gui.panels.stop_editor import StopEditor
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel, Separator, use_font

_EDITORS: Mapping[ParamKind, type[ParamEditor]] = {
    ParamKind.TEXT: TextEditor,
    ParamKind.COUNT: CountEditor,
    ParamKind.NUMBER: NumberEditor,
    ParamKind.TEXTS: StopEditor,
    ParamKind.FLAG: FlagEditor,
    ParamKind.ID: IdEditor,
}


def sent_as(model: ModelInfo, params: GenerationParams) -> str:
    """The parameters of a request as they stand in its JSON, messages left out."""
    params, _ = fitted(params, model)
    body: dict[str, Any] = {"model": model.id, "max_tokens": params.max_tokens, "stream": params.stream}
    if params.stream:
        body["stream_options"] = {"include_usage": True}
    if params.temperature is not None:
        body["temperature"] = params.temperature
    elif params.top_p is not None:
        body["top_p"] = params.top_p
    if stops := clean_stops(params.stop):
        body["stop"] = list(stops)
    if params.json_mode:
        body["response_format"] = {"type": "json_object"}
    user = (params.user or "").strip()
    if user and not is_personal(user):
        body["user"] = user
    return json.dumps(body, ensure_ascii=False)


class ParamForm(QWidget):
    """All parameters in one column.

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
        self.setObjectName("param-panel-content")
        self.setProperty("surface", "side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._options = ConversationOptions()
        self._model = ModelInfo("", "")
        self._default_user = ""
        self._presets = PresetBar(theme, self)
        self._presets.chosen.connect(self._on_preset)
        self._presets.saved.connect(self.preset_saved)
        self._presets.deleted.connect(self.preset_deleted)
        self._editors = {spec.name: self._make_editor(spec) for spec in param_specs()}
        self._sent = GrowingText(1, 16, self)
        self._sent.setObjectName("sent-as")
        self._sent.setAccessibleName(self.tr("Sent as"))
        self._sent.show_only()
        use_font(self._sent, theme, FontRole.CODE)
        self._lay_out()
        self._show()

    def set_options(self, options: ConversationOptions, model: ModelInfo) -> None:
        """Shows the parameters of a conversation as this model takes them. No signal."""
        self._options = options
        self._model = model
        self._show()

    def set_presets(self, presets: Sequence[Preset]) -> None:
        """Offers these presets."""
        self._presets.set_presets(presets)

    def set_default_user(self, user: str) -> None:
        """Names the id that the settings add while the conversation has none of its own; empty for none."""
        self._default_user = user
        self._show()

    def first_field(self) -> QWidget:
        """Where the keyboard begins: the system prompt."""
        return self.findChild(GrowingText, "param-system-value") or self

    def sent_text(self) -> str:
        """The parameters as they will be sent."""
        return self._sent.toPlainText()

    # Building

    def _make_editor(self, spec: ParamSpec) -> ParamEditor:
        editor = _EDITORS[spec.kind](spec, self._theme)
        editor.edited.connect(lambda: self._on_edited(editor))
        return editor

    def _lay_out(self) -> None:
        title = PlainLabel(self.tr("Parameters"))
        use_font(title, self._theme, FontRole.TITLE)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 14, 12, 16)
        box.setSpacing(12)
        box.addWidget(title)
        box.addWidget(self._presets)
        box.addWidget(Separator(self._theme))
        for editor in self._editors.values():
            box.addWidget(editor)
        box.addLayout(self._tools_row())
        box.addWidget(Separator(self._theme))
        box.addLayout(self._sent_row())
        box.addStretch(1)

    def _tools_row(self) -> QVBoxLayout:
        label = PlainLabel(self.tr("Tools"))
        label.setEnabled(False)
        words = PlainLabel(self.tr("No tools configured."), tone="muted")
        words.setObjectName("param-tools-note")
        use_font(words, self._theme, FontRole.META)
        row = QVBoxLayout()
        row.setSpacing(4)
        row.addWidget(label)
        row.addWidget(words)
        return row

    def _sent_row(self) -> QVBoxLayout:
        label = PlainLabel(self.tr("Sent as"))
        words = PlainLabel(self.tr("Along with the messages. What is off is not sent."), tone="muted")
        words.setWordWrap(True)
        use_font(words, self._theme, FontRole.META)
        row = QVBoxLayout()
        row.setSpacing(4)
        row.addWidget(label)
        row.addWidget(self._sent)
        row.addWidget(words)
        return row

    # Showing

    def _show(self) -> None:
        params, model = self._options.params, self._model
        limit = self._editors["max_tokens"]
        if isinstance(limit, CountEditor):
            limit.set_limit(model.max_output or int(limit.spec.high))
        for name, editor in self._editors.items():
            editor.set_value(getattr(params, name))
            if editor.spec.sampling:
                editor.set_blocked(self._refusal(editor))
        self._explain_limit(limit)
        self._explain_user()
        self._presets.set_options(self._options)
        self._show_sent()

    def _refusal(self, editor: ParamEditor) -> str:
        if self._model.sampling is not Sampling.NONE:
            return ""
        if editor.value() is None:
            return self.tr("{model} does not accept this; it is not sent.").format(model=self._model.name)
        return self.tr("{model} does not accept this; it is not sent. Your value is kept for other models.").format(
            model=self._model.name
        )

    def _explain_limit(self, editor: ParamEditor) -> None:
        most = self._model.max_output
        if most is not None and self._options.params.max_tokens > most:
            editor.set_note(
                self.tr("Lowered to {most}, the most {model} takes.").format(most=tokens(most), model=self._model.name),
                tone="",
            )
        else:
            editor.set_note("")

    def _explain_user(self) -> None:
        editor = self._editors["user"]
        user = self._options.params.user
        if user is not None and is_personal(user):
            words = self.tr("An e-mail address or a phone number is refused by Claude's servers, so it is not sent.")
            editor.set_note(words, tone="warning")
        elif self._default_user and user is None:
            editor.set_note(self.tr("Off here, so the id from the settings is sent (Settings, Privacy)."), tone="")
        else:
            editor.set_note("")

    def _show_sent(self) -> None:
        params = self._options.params
        if params.user is None and self._default_user:
            params = replace(params, user=self._default_user)
        text = sent_as(self._model, params)
        if text != self._sent.toPlainText():
            self._sent.setPlainText(text)

    # Changing

    def _on_edited(self, editor: ParamEditor) -> None:
        spec = editor.spec
        fields: dict[str, Any] = {spec.name: editor.value()}
        if spec.excludes and editor.value() is not None:
            fields[spec.excludes] = None
        params = replace(self._options.params, **fields)
        if params == self._options.params:
            return
        self._options = replace(self._options, params=params)
        self._show()
        self.changed.emit(self._options)

    def _on_preset(self, options: ConversationOptions) -> None:
        if options != self._options:
            self._options = options
            self._show()
            self.changed.emit(options)
