"""Small widgets shared by all windows: plain labels, icon buttons, surfaces, chips, rules, a fade."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from tally.gui.icons import icon
from tally.gui.theme import FontRole, ThemeManager

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractSpinBox

FADE_MS = 120


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Sets a dynamic property that the stylesheet asks for, and lets the style look again."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    if not widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        return  # the style has not looked yet
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def key_text(keys: QKeySequence | str) -> str:
    """A shortcut as this system writes it (`Ctrl+B`, `⌘B`); empty for none."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def pad_spin_box(box: "QAbstractSpinBox") -> None:
    """Moves the figures of a spin box away from its edge, where the stylesheet's padding does not reach."""
    box.lineEdit().setTextMargins(7, 0, 0, 0)


class PlainLabel(QLabel):
    """A label that shows its text exactly as it is, never as markup.

    Args:
        text: the words.
        parent: as usual.
        elide: shorten a single line with "…" where room is short; the whole text is then the tooltip.
        selectable: the words can be selected and copied.
        tone: "", "muted", "accent", "warning" or "danger".
    """

    def __init__(
        self,
        text: str = "",
        parent: QWidget | None = None,
        *,
        elide: bool = False,
        selectable: bool = False,
        tone: str = "",
    ) -> None:
        super().__init__(parent)
        self._elide = elide
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        if selectable:
            self.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        if elide:
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if tone:
            self.setProperty("tone", tone)
        self.set_text(text)

    def whole_text(self) -> str:
        """The text, even where it is shown shortened."""
        return self._whole

    def set_text(self, text: str) -> None:
        """Shows another text."""
        self._whole = text
        self.setAccessibleName(text)
        if self._elide:
            self.updateGeometry()
            self._fit()
        else:
            self.setText(text)

    def set_tone(self, tone: str) -> None:
        """Colours the words by meaning: "", "muted", "accent", "warning" or "danger"."""
        set_property(self, "tone", tone)

    def _fit(self) -> None:
        line = " ".join(self._whole.split())
        shown = QFontMetrics(self.font()).elidedText(line, Qt.TextElideMode.ElideRight, self.contentsRect().width())
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(escaped(self._whole) if shown != line else "")

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        if not self._elide:
            return hint
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(" ".join(self._whole.split())) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, self.sizeHint().height()) if self._elide else super().minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._elide:
            self._fit()


def escaped(text: str) -> str:
    """A text as a tooltip shows it word by word (tooltips have no plain-text mode)."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<qt>{safe.replace(chr(10), '<br>')}</qt>"


def plain_tooltip(widget: QWidget, text: str) -> None:
    """Gives a widget a tooltip that may hold words from outside."""
    widget.setToolTip(escaped(text) if text else "")


class IconButton(QToolButton):
    """A button that is only an icon; its name is said by tooltip and accessible name.

    Args:
        name: the icon.
        theme: whose colours.
        text: what it does, in a few words; the tooltip and the accessible name.
        parent: as usual.
        keys: the shortcut, named in the tooltip (it is not installed here).
        size: of the icon in device-independent pixels.
        token: which token colours the icon.
    """

    def __init__(
        self,
        name: str,
        theme: ThemeManager,
        text: str,
        parent: QWidget | None = None,
        *,
        keys: QKeySequence | str = "",
        size: int = 20,
        token: str = "muted",  # noqa: S107  a colour's name
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon = ""
        self._text = ""
        self._keys = keys
        self._side = size
        self._tint = token
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.set_icon(name)
        self.set_text(text)

    def set_icon(self, name: str) -> None:
        """Shows another icon."""
        if name != self._icon:
            self._icon = name
            self.setIcon(icon(name, self._theme, token=self._tint, size=self._side))
            self.setIconSize(QSize(self._side, self._side))

    def set_text(self, text: str) -> None:
        """Says something else in tooltip and accessible name."""
        self._text = text
        keys = key_text(self._keys)
        plain_tooltip(self, f"{text} ({keys})" if keys else text)
        self.setAccessibleName(text)

    def set_keys(self, keys: QKeySequence | str) -> None:
        """Names another shortcut in the tooltip."""
        self._keys = keys
        self.set_text(self._text)


class Button(QPushButton):
    """A button with words. It takes the focus by keyboard only, so that a click leaves no ring.

    Args:
        text: the words.
        parent: as usual.
        kind: "", "primary", "danger", "quiet" or "chip".
        name: the object name.
    """

    def __init__(self, text: str, parent: QWidget | None = None, *, kind: str = "", name: str = "") -> None:
        super().__init__(text, parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAutoDefault(False)
        self.setProperty("kind", kind)
        self.setAccessibleName(text.replace("&", ""))
        if name:
            self.setObjectName(name)


class Chip(Button):
    """A short text in a frame that can be chosen."""

    def __init__(self, text: str, parent: QWidget | None = None, *, name: str = "") -> None:
        super().__init__(text, parent, kind="chip", name=name)


class Surface(QWidget):
    """A widget with one of the theme's backgrounds.

    Args:
        kind: "canvas", "side", "raised", "card", "warning" or "danger".
        parent: as usual.
    """

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("surface", kind)

    def set_kind(self, kind: str) -> None:
        """Changes the background."""
        set_property(self, "surface", kind)


class Card(Surface):
    """A raised block with a quiet edge and round corners."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("card", parent)


class Separator(QFrame):
    """A quiet rule of one pixel.

    Args:
        theme: whose colours.
        parent: as usual.
        vertical: between left and right instead of above and below.
    """

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None, *, vertical: bool = False) -> None:
        super().__init__(parent)
        self._theme = theme
        if vertical:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), self._theme.color("line"))


class LineEdit(QLineEdit):
    """A line to type in, named for those who cannot see it."""

    def __init__(self, label: str, parent: QWidget | None = None, *, placeholder: str = "", name: str = "") -> None:
        super().__init__(parent)
        self.setAccessibleName(label)
        self.setPlaceholderText(placeholder)
        plain_tooltip(self, label)
        if name:
            self.setObjectName(name)

    def set_invalid(self, *, invalid: bool) -> None:
        """Marks the content as wrong (someone must say why in words as well)."""
        set_property(self, "invalid", invalid)


class _FontKeeper(QObject):
    """Keeps a widget's font at its role while the zoom changes; a child, so that it ends with the widget."""

    def __init__(self, widget: QWidget, theme: ThemeManager, role: FontRole) -> None:
        super().__init__(widget)
        self._widget = widget
        self._theme = theme
        self._role = role
        theme.changed.connect(self.apply)
        self.apply()

    def apply(self) -> None:
        """Gives the widget its font."""
        self._widget.setFont(self._theme.font(self._role))


def use_font(widget: QWidget, theme: ThemeManager, role: FontRole) -> None:
    """Gives a widget the font of a role, now and whenever the zoom changes; once in a widget's life."""
    _FontKeeper(widget, theme, role)


def motion_ms(widget: QWidget) -> int:
    """How long a fade may take here: nothing when the desktop asks for no motion."""
    from PySide6.QtWidgets import QStyle  # noqa: PLC0415  its dozens of enums cost milliseconds of the start

    wanted = widget.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, widget)
    return min(FADE_MS, wanted)


def fade_in(widget: QWidget) -> None:
    """Shows a widget, by opacity only, in at most 150 ms."""
    duration = motion_ms(widget)
    widget.show()
    if duration <= 0:
        return
    from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QPropertyAnimation  # noqa: PLC0415  as above
    from PySide6.QtWidgets import QGraphicsOpacityEffect  # noqa: PLC0415  as above

    effect = QGraphicsOpacityEffect(widget)
    widget.setGraphicsEffect(effect)
    fade = QPropertyAnimation(effect, b"opacity", widget)
    fade.setDuration(duration)
    fade.setStartValue(0.0)
    fade.setEndValue(1.0)
    fade.setEasingCurve(QEasingCurve.Type.OutCubic)
    # A lasting effect would render the widget through a picture for ever.
    fade.finished.connect(lambda: widget.setGraphicsEffect(None))  # type: ignore[arg-type]  # None removes it (Qt)
    fade.start(QAbstractAnimation.DeletionPolicy.DeleteWhenStopped)
