"""The composer: a raised card with attachments, words, and a row with tools, the price of the message, Send or Stop."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from tally.core.catalog import ModelInfo
from tally.core.settings import SendKey
from tally.gui.composer.note import Note
from tally.gui.composer.price_label import PriceLabel
from tally.gui.composer.strip import Strip
from tally.gui.composer.text_field import TextField
from tally.gui.theme import ThemeManager
from tally.gui.widgets import Card, IconButton

if TYPE_CHECKING:
    from tally.core.messages import Part
    from tally.core.ports import Draft
    from tally.runtime.backend import Reply

_SHARE_OF_WORDS = 0.4
"""How much of the window's height the words may take."""
_SHARE_OF_ATTACHMENTS = 0.3
_SHOWN_REFUSALS = 3


class _Frame(Card):
    """The card; a ring shows that the words have the keyboard's focus."""

    def __init__(self, theme: ThemeManager) -> None:
        super().__init__()
        self._theme = theme
        self._focused = False

    def set_focused(self, focused: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        self._focused = focused
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._focused:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 9, 9)


class Composer(QWidget):
    """Where the next message is written.

    Signals:
        submitted(): Send or its key was pressed, and sending is allowed; by key also while an answer is streamed.
        stop_wanted(): Stop was pressed.
        changed(): words or attachments are new.
        editing_cancelled(): the edit of an earlier message is given up.
        edit_last_wanted(): Up was pressed in the empty field.
        json_toggled(bool): JSON mode was switched by hand.
        image_opened(object): an `ImagePart` is to be shown as it will be sent.
        thumbnails_wanted(list): digests of pictures of a restored draft.

    Attributes:
        field: the words.
    """

    submitted = Signal()
    stop_wanted = Signal()
    changed = Signal()
    editing_cancelled = Signal()
    edit_last_wanted = Signal()
    json_toggled = Signal(bool)
    image_opened = Signal(object)
    thumbnails_wanted = Signal(list)

    def __init__(
        self, theme: ThemeManager, store: "Callable[[bytes, str], Reply[str]]", parent: QWidget | None = None
    ) -> None:
        """Builds the composer.

        Args:
            theme: whose colours.
            store: keeps a picture's bytes (data, media type).
            parent: as usual.
        """
        super().__init__(parent)
        self.setObjectName("composer")
        self._theme = theme
        self._streaming = False
        self._blocked = ""
        self._told = ""
        self._refusals: list[str] = []
        self._editing = Note(theme, "editing", "edit", action=self.tr("Cancel"), closable=False)
        self._offer = Note(theme, "paste-offer", "file", action=self.tr("Attach as a file instead"))
        self._hint = Note(theme, "hint", "info")
        self._refused = Note(theme, "refused", "warning", warns=True)
        self._strip = Strip(theme, store)
        self.field = TextField(theme)
        self._attach = IconButton("attach", theme, self.tr("Attach files or pictures"), keys="Ctrl+O")
        self._json = IconButton("json", theme, "")
        self._json.setCheckable(True)
        self._json.setText("JSON")
        self._price = PriceLabel(theme)
        self._send = IconButton("send", theme, self.tr("Send"), token="on_accent", keys="Return")  # noqa: S106  a colour
        self._send.setObjectName("send")
        self._send.setProperty("kind", "primary")
        self._send_keys = "Return"
        self._lay_out()
        self._connect()
        self._name_json()
        self._update_send()

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        tools.addWidget(self._attach)
        tools.addWidget(self._json)
        tools.addStretch(1)
        tools.addWidget(self._price)
        tools.addSpacing(4)
        tools.addWidget(self._send)
        self._frame = _Frame(self._theme)
        inner = QVBoxLayout(self._frame)
        inner.setContentsMargins(10, 8, 8, 8)
        inner.setSpacing(6)
        for widget in (self._editing, self._offer, self._hint, self._refused, self._strip, self.field):
            inner.addWidget(widget)
        inner.addLayout(tools)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._frame)
        self._strip.follow(self._refused.last_button)

    def _connect(self) -> None:
        field, strip = self.field, self._strip
        field.send_wanted.connect(self._on_send)
        field.edit_last_wanted.connect(self.edit_last_wanted)
        field.files_pasted.connect(self.add_files)
        field.image_pasted.connect(lambda image: self.add_image(image, self.tr("Pasted picture.png")))
        field.long_pasted.connect(lambda: self._offer.say(self.tr("That was a long text.")))
        field.huge_pasted.connect(self._on_huge_paste)
        field.textChanged.connect(self._on_changed)
        field.focus_changed.connect(self._frame.set_focused)
        strip.changed.connect(self._on_changed)
        strip.refused.connect(self._on_refused)
        strip.taken_out.connect(self.focus_text)
        strip.opened.connect(self.image_opened)
        self._editing.acted.connect(self.editing_cancelled)
        self._offer.acted.connect(self._on_offer_taken)
        self._refused.closed.connect(self._refusals.clear)
        for note in (self._offer, self._hint, self._refused):
            note.closed.connect(self.focus_text)
        self._attach.clicked.connect(self.choose_files)
        self._json.toggled.connect(self._on_json)
        self._send.clicked.connect(self._on_button)

    # Words and attachments

    def text(self) -> str:
        """The words as they stand."""
        return self.field.toPlainText()

    def set_text(self, text: str) -> None:
        """Replaces the words."""
        self.field.setPlainText(text)
        self.field.moveCursor(self.field.textCursor().MoveOperation.End)

    def parts(self) -> "tuple[Part, ...]":
        """The attachments that are ready, in order."""
        return self._strip.parts()

    def is_pending(self) -> bool:
        """Whether something is still being read."""
        return self._strip.is_pending()

    def draft(self) -> "Draft":
        """All of it, to be kept."""
        from tally.core.ports import Draft  # noqa: PLC0415  not needed for the first paint

        return Draft(self.text(), self.parts())

    def set_draft(self, draft: "Draft") -> None:
        """Brings a kept draft back."""
        from tally.core.messages import FilePart, ImagePart  # noqa: PLC0415  not needed for the first paint

        self._forget_notes()
        self._strip.clear()
        self.set_text(draft.text)
        for part in draft.parts:
            if isinstance(part, ImagePart | FilePart):
                self._strip.add_part(part)
        digests = [part.digest for part in draft.parts if isinstance(part, ImagePart)]
        if digests:
            self.thumbnails_wanted.emit(digests)
        self._on_changed()

    def clear(self) -> None:
        """Empties it; Undo brings the words back."""
        self._forget_notes()
        self._strip.clear()
        self.field.empty()
        self._on_changed()

    def set_thumbnail(self, digest: str, image: QImage) -> None:
        """A picture's thumbnail has come."""
        self._strip.set_thumbnail(digest, image)

    def add_files(self, paths: Sequence[str]) -> None:
        """Attaches files from disk."""
        for path in paths:
            self._strip.add_file(path)

    def add_image(self, image: QImage, name: str) -> None:
        """Attaches a picture that has no file."""
        self._strip.add_image(image, name)

    def choose_files(self) -> None:
        """Lets the person pick files."""
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415  not needed for the first paint

        dialog = QFileDialog(self.window(), self.tr("Attach files or pictures"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self.add_files)
        dialog.open()

    def set_model(self, model: ModelInfo) -> None:
        """Another model will be asked: what is sent of the pictures, and its price, may be new."""
        self._strip.set_model(model)

    def focus_text(self) -> None:
        """Puts the cursor into the words."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    # What is said about it

    def _forget_notes(self) -> None:
        self._refusals.clear()
        for note in (self._offer, self._hint, self._refused):
            note.hide()

    def _on_refused(self, sentence: str) -> None:
        self._refusals.append(sentence)
        lines = self._refusals[:_SHOWN_REFUSALS]
        more = len(self._refusals) - len(lines)
        if more:
            lines.append(self.tr("%n more file(s) cannot be attached.", "", more))
        self._refused.say("\n".join(lines))

    def _on_offer_taken(self) -> None:
        self._offer.hide()
        text = self.field.take_pasted()
        if text:
            self._strip.add_text(text, self.tr("Pasted text.txt"))
        self.focus_text()

    def _on_huge_paste(self, text: str) -> None:
        self._strip.add_text(text, self.tr("Pasted text.txt"))
        self._hint.say(self.tr("That was a very long text, so it was attached as a file."))

    def set_editing(self, editing: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Says that an earlier message is being edited; Esc gives it up."""
        self._editing.say(self.tr("Editing an earlier message. Esc cancels.") if editing else "")

    def set_quote(self, text: str, tooltip: str, level: str = "") -> None:
        """Shows the price of the message beside Send.

        Args:
            text: the price; empty for none.
            tooltip: what it stands on.
            level: "", "warning" or "blocked".
        """
        self._price.show_price(text, tooltip, level)

    # JSON mode

    def set_json(self, on: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Shows whether JSON mode is on; says nothing."""
        self._json.blockSignals(True)  # noqa: FBT003  Qt's signature
        self._json.setChecked(on)
        self._json.blockSignals(False)  # noqa: FBT003  Qt's signature
        self._name_json()

    def _name_json(self) -> None:
        on = self._json.isChecked()
        style = Qt.ToolButtonStyle
        self._json.setToolButtonStyle(style.ToolButtonTextBesideIcon if on else style.ToolButtonIconOnly)
        self._json.set_text(self.tr("The answer will be JSON") if on else self.tr("Ask for JSON"))

    def _on_json(self, on: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        self._name_json()
        self.json_toggled.emit(on)

    # Sending

    def set_streaming(self, streaming: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Puts Stop where Send was, or back."""
        self._streaming = streaming
        self._update_send()

    def set_send_blocked(self, reason: str) -> None:
        """Disables Send and says why; empty allows it."""
        self._blocked = reason
        self._update_send()

    def set_send_key(self, key: SendKey) -> None:
        """Chooses the key that sends."""
        self.field.set_send_key(key)
        self._send_keys = "Ctrl+Return" if key is SendKey.CTRL_ENTER else "Return"
        self._update_send()

    def _is_empty(self) -> bool:
        return not self.parts() and not self.is_pending() and not self.text().strip()

    def _obstacle(self) -> str:
        """Why what stands here cannot be sent now; empty when it can."""
        if self._blocked:
            return self._blocked
        return self.tr("The attachments are still being read.") if self.is_pending() else ""

    def _update_send(self) -> None:
        obstacle = self._obstacle()
        if self._told and self._told != obstacle:
            self._told = ""
            self._hint.hide()
        self._send.set_icon("stop" if self._streaming else "send")
        self._send.setEnabled(self._streaming or not (obstacle or self._is_empty()))
        if self._streaming:
            self._send.set_keys("Esc")
            self._send.set_text(self.tr("Stop"))
        else:
            self._send.set_keys("" if obstacle else self._send_keys)
            self._send.set_text(obstacle or self.tr("Send"))

    def _on_changed(self) -> None:
        self._update_send()
        self.changed.emit()

    def _on_button(self) -> None:
        if self._streaming:
            self.stop_wanted.emit()
        else:
            self._on_send()

    def _on_send(self) -> None:
        if self._is_empty():
            return
        obstacle = self._obstacle()
        if obstacle:
            self._told = obstacle
            self._hint.say(obstacle)
        else:
            self.submitted.emit()

    # Qt

    def _takes_escape(self, event: QEvent) -> bool:
        return (
            isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
            and not self._editing.isHidden()
            and not self._streaming
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._takes_escape(event):
            self.editing_cancelled.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and self._takes_escape(event):
            event.accept()  # it is a key here, and not the window's shortcut
            return True
        if event.type() in {QEvent.Type.Show, QEvent.Type.ParentChange}:
            self.window().installEventFilter(self)  # again means once
            self._fit_window()
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            if watched is self.window():
                self._fit_window()
            else:
                watched.removeEventFilter(self)  # it was the window once
        return super().eventFilter(watched, event)

    def _fit_window(self) -> None:
        height = self.window().height()
        self.field.set_height_limit(round(height * _SHARE_OF_WORDS))
        self._strip.set_height_limit(round(height * _SHARE_OF_ATTACHMENTS))
