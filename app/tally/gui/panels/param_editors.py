"""The editors of the parameter panel, one class per kind of parameter."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from tally.gui.panels.growing_text import GrowingText
from tally.gui.panels.param_specs import ParamSpec
from tally.gui.panels.wheel_guard import WheelGuard
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import LineEdit, PlainLabel, pad_spin_box, use_font

_STEPS = 100
"""The slider's steps per whole number."""


class ParamEditor(QWidget):
    """One parameter: its name, its value, what it does, and why it cannot be set if so.

    Signals:
        edited: the person changed the value.
    """

    edited = Signal()

    def __init__(self, spec: ParamSpec, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec
        self._theme = theme
        self.setObjectName(f"param-{spec.name}")
        self._guard = WheelGuard(self)
        self._note = PlainLabel(spec.hint, self, tone="muted")
        self._note.setVisible(bool(spec.hint))
        self._note.setObjectName(f"param-{spec.name}-note")
        self._note.setWordWrap(True)
        use_font(self._note, theme, FontRole.META)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(4)

    def value(self) -> object:
        """The value as it stands."""
        raise NotImplementedError

    def set_value(self, value: object) -> None:
        """Shows a value. No signal."""
        raise NotImplementedError

    def note(self) -> str:
        """The words under the value."""
        return self._note.whole_text()

    def set_note(self, text: str, *, tone: str = "muted") -> None:
        """Says something under the value; empty says again what the parameter does."""
        self._note.set_text(text or self.spec.hint)
        self._note.set_tone(tone if text else "muted")
        self._note.setVisible(bool(text or self.spec.hint))

    def set_blocked(self, reason: str) -> None:
        """Disables the editor and says why; empty enables it."""
        self._set_usable(usable=not reason)
        self.set_note(reason, tone="")

    def _set_usable(self, *, usable: bool) -> None:
        raise NotImplementedError

    def _add_wire_name(self, row: QHBoxLayout) -> None:
        if not self.spec.wire:
            return
        wire = PlainLabel(self.spec.wire, self, tone="muted", elide=True)
        use_font(wire, self._theme, FontRole.META)
        row.addWidget(wire)

    def _add_heading(self) -> PlainLabel:
        label = PlainLabel(self.spec.label, self)
        row = QHBoxLayout()
        row.addWidget(label, 1)
        self._add_wire_name(row)
        self.body.addLayout(row)
        return label

    def _add_switch(self) -> QCheckBox:
        switch = QCheckBox(self.spec.label, self)
        switch.setObjectName(f"param-{self.spec.name}-switch")
        switch.setAccessibleName(self.spec.label)
        switch.setAccessibleDescription(self.spec.hint)
        row = QHBoxLayout()
        row.addWidget(switch)
        row.addStretch(1)
        self._add_wire_name(row)
        self.body.addLayout(row)
        return switch

    def _name(self, widget: QWidget) -> None:
        widget.setObjectName(f"param-{self.spec.name}-value")
        widget.setAccessibleName(self.spec.label)
        widget.setAccessibleDescription(self.spec.hint)
        if isinstance(widget, QAbstractSpinBox | QSlider):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            widget.installEventFilter(self._guard)


class TextEditor(ParamEditor):
    """Many lines."""

    def __init__(self, spec: ParamSpec, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(spec, theme, parent)
        heading = self._add_heading()
        self.field = GrowingText(3, 14, self)
        self._name(self.field)
        heading.setBuddy(self.field)
        self.field.setPlaceholderText(spec.placeholder)
        self.field.textChanged.connect(self.edited)
        self.body.addWidget(self.field)
        self.body.addWidget(self._note)

    def value(self) -> str:
        """The text."""
        return self.field.toPlainText()

    def set_value(self, value: object) -> None:
        if value != self.value():
            self.field.blockSignals(True)  # noqa: FBT003  Qt's argument
            self.field.setPlainText(str(value))
            self.field.blockSignals(False)  # noqa: FBT003  Qt's argument

    def _set_usable(self, *, usable: bool) -> None:
        self.field.setEnabled(usable)


class CountEditor(ParamEditor):
    """A whole number that is always sent."""

    def __init__(self, spec: ParamSpec, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(spec, theme, parent)
        self._wanted = int(spec.low)
        self._add_heading()
        self.field = QSpinBox(self)
        self.field.setRange(int(spec.low), int(spec.high))
        self.field.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
        self.field.setGroupSeparatorShown(True)
        self.field.setAccelerated(True)
        pad_spin_box(self.field)
        self._name(self.field)
        self.field.valueChanged.connect(self._on_changed)
        self.body.addWidget(self.field)
        self.body.addWidget(self._note)

    def value(self) -> int:
        """What the person wants, which the model's limit may lower."""
        return self._wanted

    def set_value(self, value: object) -> None:
        if isinstance(value, int):
            self._wanted = value
            self._show()

    def set_limit(self, limit: int) -> None:
        """Allows no more than this."""
        self.field.blockSignals(True)  # noqa: FBT003  Qt's argument
        self.field.setMaximum(limit)
        self._show()
        self.field.blockSignals(False)  # noqa: FBT003  Qt's argument

    def _show(self) -> None:
        if self.field.value() != min(self._wanted, self.field.maximum()):
            self.field.blockSignals(True)  # noqa: FBT003  Qt's argument
            self.field.setValue(self._wanted)
            self.field.blockSignals(False)  # noqa: FBT003  Qt's argument

    def _on_changed(self, value: int) -> None:
        self._wanted = value
        self.edited.emit()

    def _set_usable(self, *, usable: bool) -> None:
        self.field.setEnabled(usable)


class NumberEditor(ParamEditor):
    """A number with a switch, a slider and a field."""

    def __init__(self, spec: ParamSpec, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(spec, theme, parent)
        self._wanted: float | None = None
        self._last = float(spec.usual)
        self._usable = True
        self.switch = self._add_switch()
        self.switch.toggled.connect(self._on_switched)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(round(spec.low * _STEPS), round(spec.high * _STEPS))
        self._slider.setPageStep(10)
        self.field = QDoubleSpinBox(self)
        self.field.setRange(spec.low, spec.high)
        self.field.setDecimals(2)
        self.field.setSingleStep(0.05)
        pad_spin_box(self.field)
        self._name(self.field)
        self._name(self._slider)
        self._slider.setObjectName(f"param-{spec.name}-slider")
        self._slider.valueChanged.connect(lambda value: self._on_changed(value / _STEPS))
        self.field.valueChanged.connect(self._on_changed)
        self._row = QWidget(self)
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._slider, 1)
        row.addWidget(self.field)
        self.body.addWidget(self._row)
        self.body.addWidget(self._note)
        self._show()

    def value(self) -> float | None:
        """The number; None when it is off."""
        return self._wanted

    def set_value(self, value: object) -> None:
        self._wanted = float(value) if isinstance(value, int | float) else None
        if self._wanted is not None:
            self._last = self._wanted
        self._show()

    def _show(self) -> None:
        on = self._wanted is not None and self._usable
        for widget in (self.switch, self._slider, self.field):
            widget.blockSignals(True)  # noqa: FBT003  Qt's argument
        self.switch.setChecked(on)
        if round(self.field.value(), 2) != round(self._last, 2):
            self.field.setValue(self._last)
        self._slider.setValue(round(self._last * _STEPS))
        for widget in (self.switch, self._slider, self.field):
            widget.blockSignals(False)  # noqa: FBT003  Qt's argument
        self._row.setVisible(on)

    def _on_switched(self, on: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        self._wanted = self._last if on else None
        self._show()
        self.edited.emit()

    def _on_changed(self, value: float) -> None:
        self._wanted = self._last = round(value, 2)
        self._show()
        self.edited.emit()

    def _set_usable(self, *, usable: bool) -> None:
        self._usable = usable
        self.switch.setEnabled(usable)
        self._show()


class FlagEditor(ParamEditor):
    """On or off."""

    def __init__(self, spec: ParamSpec, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(spec, theme, parent)
        self.switch = self._add_switch()
        self.switch.clicked.connect(self.edited)
        self.body.addWidget(self._note)

    def value(self) -> bool:
        """Whether it is on."""
        return self.switch.isChecked()

    def set_value(self, value: object) -> None:
        self.switch.setChecked(bool(value))

    def _set_usable(self, *, usable: bool) -> None:
        self.switch.setEnabled(usable)


class IdEditor(ParamEditor):
    """A short text with a switch."""

    def __init__(self, spec: ParamSpec, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(spec, theme, parent)
        self.switch = self._add_switch()
        self.switch.clicked.connect(self._on_switched)
        self.field = LineEdit(spec.label, self)
        self._name(self.field)
        self.field.textChanged.connect(self.edited)
        self.body.addWidget(self.field)
        self.body.addWidget(self._note)
        self.field.hide()

    def value(self) -> str | None:
        """The text without white space around it; None when it is off or empty."""
        text = self.field.text().strip()
        return text if self.switch.isChecked() and text else None

    def set_value(self, value: object) -> None:
        if value == self.value():
            return
        self.field.blockSignals(True)  # noqa: FBT003  Qt's argument
        if value is not None:
            self.field.setText(str(value))
        self.field.blockSignals(False)  # noqa: FBT003  Qt's argument
        self.switch.setChecked(value is not None)
        self.field.setVisible(value is not None)

    def _on_switched(self, on: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        self.field.setVisible(on)
        if on:
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edited.emit()

    def _set_usable(self, *, usable: bool) -> None:
        self.switch.setEnabled(usable)
        self.field.setEnabled(usable)
