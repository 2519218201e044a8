"""The editor of the stop texts: a chip for each, a line to type another one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tally.core.params import clean_stops
from tally.gui.panels.param_editors import ParamEditor
from tally.gui.panels.param_specs import ParamSpec
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import IconButton, LineEdit, PlainLabel, Surface, use_font


def shown_stop(text: str) -> str:
    r"""A stop text as it is typed and shown: line breaks and tabs as `\n` and `\t`."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def typed_stop(text: str) -> str:
    """The stop text that was meant by what was typed."""
    kept = "\x00"
    return text.replace("\\\\", kept).replace("\\n", "\n").replace("\\t", "\t").replace(kept, "\\")


class StopEditor(ParamEditor):
    """A few short texts, each in a chip that can be removed."""

    def __init__(self, spec: ParamSpec, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(spec, theme, parent)
        self._texts: tuple[str, ...] = ()
        self._add_heading()
        self._chips = QVBoxLayout()
        self._chips.setSpacing(4)
        self.field = LineEdit(spec.label, self, placeholder=self.tr("Type one, then press Enter"))
        self._name(self.field)
        self.field.returnPressed.connect(self._on_entered)
        self.field.textEdited.connect(lambda _: self._say(""))
        self._add = IconButton("plus", theme, self.tr("Add this stop text"), self)
        self._add.setObjectName("param-stop-add")
        self._add.clicked.connect(self._on_entered)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.field, 1)
        row.addWidget(self._add, 0, Qt.AlignmentFlag.AlignVCenter)
        self.body.addLayout(self._chips)
        self.body.addLayout(row)
        self.body.addWidget(self._note)

    def value(self) -> tuple[str, ...]:
        """The texts."""
        return self._texts

    def set_value(self, value: object) -> None:
        texts = tuple(value) if isinstance(value, tuple | list) else ()
        if texts != self._texts:
            self._texts = texts
            self._show()

    def _on_entered(self) -> None:
        text = typed_stop(self.field.text())
        if not text.strip():
            self._say(self.tr("A stop text needs at least one visible character.") if text else "")
            return
        if text in self._texts:
            self._say(self.tr("“{text}” is there already.").format(text=shown_stop(text)))
            return
        self._texts = clean_stops((*self._texts, text))
        self.field.clear()
        self._say("")
        self._show()
        self.edited.emit()

    def _say(self, text: str) -> None:
        self.field.set_invalid(invalid=bool(text))
        self.set_note(text, tone="danger")

    def _remove(self, text: str) -> None:
        self._texts = tuple(each for each in self._texts if each != text)
        self._show()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    def _show(self) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            chip = item.widget()
            if chip is not None:
                chip.hide()
                chip.deleteLater()
        for text in self._texts:
            self._chips.addWidget(self._chip(text))
        full = len(self._texts) >= self.spec.high
        self.field.setEnabled(not full)
        self._add.setEnabled(not full)
        self.field.setPlaceholderText(
            self.tr("No more than {count}").format(count=round(self.spec.high))
            if full
            else self.tr("Type one, then press Enter")
        )

    def _chip(self, text: str) -> QWidget:
        chip = Surface("raised", self)
        chip.setObjectName("stop-chip")
        label = PlainLabel(shown_stop(text), chip, elide=True)
        use_font(label, self._theme, FontRole.CODE)
        remove = IconButton(
            "close", self._theme, self.tr("Remove “{text}”").format(text=shown_stop(text)), chip, size=14
        )
        remove.setObjectName("stop-remove")
        # A layout that is short of room for a moment must not squeeze the icon to nothing.
        remove.setMinimumSize(24, 24)
        remove.clicked.connect(lambda: self._remove(text))
        row = QHBoxLayout(chip)
        row.setContentsMargins(8, 1, 2, 1)
        row.addWidget(label, 1)
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignVCenter)
        return chip

    def _set_usable(self, *, usable: bool) -> None:
        self.field.setEnabled(usable)
