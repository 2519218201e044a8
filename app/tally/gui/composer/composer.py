"""The composer: a raised card with attachments, words, and a row with tools, the price of the message, Send or Stop."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from tally.core.catalog import ModelInfo
from tally.core.failures import Failure
from tally.core.messages import FilePart, ImagePart, Part
from tally.core.ports import Draft
from tally.core.settings import SendKey
from tally.gui.composer.intake import Intake
from tally.gui.composer.text_field import TextField
from tally.gui.composer.tiles import Strip, Tile
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import Button, Card, IconButton, PlainLabel, plain_tooltip, set_property, use_font
from tally.media.files import Attachment
from tally.runtime.backend import Reply

_SHARE_OF_WINDOW = 0.4
"""How much of the window's height the words may take."""


class Composer(QWidget):
    """Where the next message is written.

    Signals:
        submitted(): Send or its key was pressed, and sending is allowed.
        stop_wanted(): Stop was pressed.
        changed(): words or attachments are new.
        editing_cancelled(): the edit of an earlier message is given up.
        edit_last_wanted(): Up was pressed in the empty field.
        json_toggled(bool): JSON mode was switched by hand.
        image_opened(object): an `ImagePart` is to be shown as it will be sent.
        thumbnails_wanted(list): digests of pictures of a restored draft.
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
        self, theme: ThemeManager, store: Callable[[bytes, str], Reply[str]], parent: QWidget | None = None
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
        self._model = ModelInfo("", "")
        self._tiles: dict[int, Tile] = {}
        self._next_key = 0
        self._streaming = False
        self._blocked = ""
        self._intake = Intake(store, self)
        self._intake.ready.connect(self._on_ready)
        self._intake.refused.connect(self._on_refused)
        self.field = TextField(theme)
        self._strip = Strip()
        self._notice = PlainLabel(tone="muted")
        self._notice_action = Button("", kind="quiet", name="composer-notice-action")
        self._long_text = ""
        self._quote = PlainLabel(tone="muted")
        self._quote.setObjectName("quote")
        use_font(self._quote, theme, FontRole.FIGURES)
        self._attach = IconButton("attach", theme, self.tr("Attach files or pictures"), keys="Ctrl+O")
        self._json = IconButton("json", theme, self.tr("Ask for JSON"))
        self._json.setCheckable(True)
        self._send = IconButton("send", theme, self.tr("Send"), token="on_accent", keys="Return")  # noqa: S106  a colour
        self._send.setObjectName("send")
        set_property(self._send, "kind", "primary")
        self._send.setFixedSize(34, 34)
        self._lay_out()
        self._connect()
        self._update_send()

    def _lay_out(self) -> None:
        notice = QHBoxLayout()
        notice.setContentsMargins(0, 0, 0, 0)
        notice.addWidget(self._notice, 1)
        notice.addWidget(self._notice_action)
        self._notice.setWordWrap(True)
        self._notice.hide()
        self._notice_action.hide()
        tools = QHBoxLayout()
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(4)
        tools.addWidget(self._attach)
        tools.addWidget(self._json)
        tools.addStretch(1)
        tools.addWidget(self._quote)
        tools.addSpacing(4)
        tools.addWidget(self._send)
        card = Card()
        inner = QVBoxLayout(card)
        inner.setContentsMargins(12, 8, 8, 8)
        inner.setSpacing(4)
        inner.addLayout(notice)
        inner.addWidget(self._strip)
        inner.addWidget(self.field)
        inner.addLayout(tools)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(card)
        self.setFocusProxy(self.field)

    def _connect(self) -> None:
        field = self.field
        field.send_wanted.connect(self._on_send)
        field.edit_last_wanted.connect(self.edit_last_wanted)
        field.files_pasted.connect(self.add_files)
        field.image_pasted.connect(lambda image: self.add_image(image, self.tr("Pasted picture.png")))
        field.long_pasted.connect(self._on_long_paste)
        field.textChanged.connect(self._on_changed)
        field.setAcceptDrops(False)
        self._send.clicked.connect(self._on_button)
        self._attach.clicked.connect(self.choose_files)
        self._json.toggled.connect(self._on_json)
        self._notice_action.clicked.connect(self._on_notice_action)

    # Words and attachments

    def text(self) -> str:
        """The words as they stand."""
        return self.field.toPlainText()

    def set_text(self, text: str) -> None:
        """Replaces the words."""
        self.field.setPlainText(text)
        cursor = self.field.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.field.setTextCursor(cursor)

    def parts(self) -> tuple[Part, ...]:
        """The attachments that are ready, in order."""
        return tuple(tile.part for tile in self._tiles.values() if tile.part is not None)

    def is_pending(self) -> bool:
        """Whether something is still being read."""
        return any(tile.part is None and not tile.problem for tile in self._tiles.values())

    def draft(self) -> Draft:
        """All of it, to be kept."""
        return Draft(self.text(), self.parts())

    def set_draft(self, draft: Draft) -> None:
        """Brings a kept draft back."""
        self._drop_tiles()
        self.set_text(draft.text)
        digests: list[str] = []
        for part in draft.parts:
            if isinstance(part, ImagePart | FilePart):
                tile = self._add_tile(part.name)
                tile.set_part(part, self._model, QImage())
                if isinstance(part, ImagePart):
                    digests.append(part.digest)
        if digests:
            self.thumbnails_wanted.emit(digests)
        self._on_changed()

    def clear(self) -> None:
        """Empties it."""
        self._hide_notice()
        self._drop_tiles()
        self.field.clear()
        self._on_changed()

    def _drop_tiles(self) -> None:
        for tile in self._tiles.values():
            self._strip.take(tile)
        self._tiles.clear()

    def set_thumbnail(self, digest: str, image: QImage) -> None:
        """A picture's thumbnail has come."""
        for tile in self._tiles.values():
            if isinstance(tile.part, ImagePart) and tile.part.digest == digest:
                tile.set_image(image)

    def add_files(self, paths: Sequence[str]) -> None:
        """Attaches files from disk."""
        for path in paths:
            self._add_tile(path.replace("\\", "/").rsplit("/", 1)[-1])
            self._intake.file(self._next_key, path)
        self._on_changed()

    def add_image(self, image: QImage, name: str) -> None:
        """Attaches a picture that has no file."""
        self._add_tile(name)
        self._intake.image(self._next_key, image, name)
        self._on_changed()

    def choose_files(self) -> None:
        """Lets the person pick files."""
        paths, _ = QFileDialog.getOpenFileNames(self.window(), self.tr("Attach files or pictures"))
        self.add_files(paths)

    def _add_tile(self, name: str) -> Tile:
        self._next_key += 1
        key, tile = self._next_key, Tile(self._theme, name)
        self._tiles[key] = tile
        tile.removed.connect(lambda: self._remove(key))
        tile.opened.connect(lambda: self._open(key))
        self._strip.add(tile)
        return tile

    def _remove(self, key: int) -> None:
        tile = self._tiles.pop(key, None)
        if tile is not None:
            self._strip.take(tile)
            self.field.setFocus()
            self._on_changed()

    def _open(self, key: int) -> None:
        tile = self._tiles.get(key)
        if tile is not None and isinstance(tile.part, ImagePart):
            self.image_opened.emit(tile.part)

    def _on_ready(self, key: int, taken: Attachment) -> None:
        if key in self._tiles:
            self._tiles[key].set_part(taken.part, self._model, taken.thumbnail)
            self._on_changed()

    def _on_refused(self, key: int, failure: Failure) -> None:
        tile = self._tiles.pop(key, None)
        if tile is not None:
            self._strip.take(tile)
            self._say(failure.message)
            self._on_changed()

    # What is said about it

    def _say(self, sentence: str, action: str = "") -> None:
        self._notice.set_tone("" if action else "warning")
        self._notice.set_text(sentence)
        self._notice.show()
        self._notice_action.setText(action or self.tr("OK"))
        self._notice_action.show()

    def _hide_notice(self) -> None:
        self._long_text = ""
        self._notice.hide()
        self._notice_action.hide()

    def _on_long_paste(self, text: str) -> None:
        self._long_text = text
        self._say(self.tr("That was a long text."), self.tr("Attach it as a file instead"))

    def _on_notice_action(self) -> None:
        text = self._long_text
        editing = not self._cancel_is_offered()
        self._hide_notice()
        if text and text in self.text():
            self.set_text(self.text().replace(text, "", 1))
            name = self.tr("Pasted text.txt")
            self._add_tile(name)
            self._intake.text(self._next_key, text, name)
            self._on_changed()
        elif not editing:
            self.editing_cancelled.emit()
        self.field.setFocus()

    def _cancel_is_offered(self) -> bool:
        return self._notice.property("editing") is True and self._notice.isVisibleTo(self)

    def set_editing(self, editing: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Says that an earlier message is being edited."""
        self._notice.setProperty("editing", editing)
        if editing:
            self._say(self.tr("Editing an earlier message. The old version is kept."), self.tr("Cancel"))
        elif not self._long_text:
            self._hide_notice()

    def set_model(self, model: ModelInfo) -> None:
        """Another model will be asked: what is sent of the pictures, and its price, may be new."""
        self._model = model
        for tile in self._tiles.values():
            tile.set_model(model)

    def set_quote(self, text: str, tooltip: str, level: str = "") -> None:
        """Shows the price of the message beside Send.

        Args:
            text: the price; empty for none.
            tooltip: what it stands on.
            level: "", "warning" or "blocked".
        """
        self._quote.set_text(text)
        self._quote.setAccessibleName(self.tr("This message costs about {price}").format(price=text) if text else "")
        self._quote.set_tone({"warning": "warning", "blocked": "danger"}.get(level, "muted"))
        plain_tooltip(self._quote, tooltip)

    # Sending

    def set_streaming(self, streaming: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Puts Stop where Send was, or back."""
        self._streaming = streaming
        self._send.set_icon("stop" if streaming else "send")
        self._update_send()

    def set_send_blocked(self, reason: str) -> None:
        """Disables Send and says why; empty allows it."""
        self._blocked = reason
        self._update_send()

    def set_send_key(self, key: SendKey) -> None:
        """Chooses the key that sends."""
        self.field.set_send_key(key)
        self._send.set_keys("Ctrl+Return" if key is SendKey.CTRL_ENTER else "Return")

    def set_json(self, on: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Shows whether JSON mode is on; says nothing."""
        self._json.blockSignals(True)  # noqa: FBT003  Qt's signature
        self._json.setChecked(on)
        self._json.blockSignals(False)  # noqa: FBT003  Qt's signature
        self._name_json()

    def focus_text(self) -> None:
        """Puts the cursor into the words."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _name_json(self) -> None:
        self._json.set_text(self.tr("JSON is asked for") if self._json.isChecked() else self.tr("Ask for JSON"))

    def _on_json(self, on: bool) -> None:  # noqa: FBT001  Qt's signal calls it
        self._name_json()
        self.json_toggled.emit(on)

    def _can_send(self) -> bool:
        has_content = bool(self.text().strip()) or bool(self.parts())
        return has_content and not self._blocked and not self.is_pending()

    def _update_send(self) -> None:
        self._send.setEnabled(self._streaming or self._can_send())
        if self._streaming:
            self._send.set_text(self.tr("Stop"))
            self._send.set_keys("Esc")
        elif self._blocked:
            self._send.set_text(self._blocked)
        elif self.is_pending():
            self._send.set_text(self.tr("Wait until the attachments are read"))
        else:
            self._send.set_text(self.tr("Send"))

    def _on_changed(self) -> None:
        self._update_send()
        self.changed.emit()

    def _on_button(self) -> None:
        if self._streaming:
            self.stop_wanted.emit()
        else:
            self._on_send()

    def _on_send(self) -> None:
        if not self._streaming and self._can_send():
            self.submitted.emit()

    # Qt

    def event(self, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Show, QEvent.Type.ParentChange}:
            window = self.window()
            window.removeEventFilter(self)
            window.installEventFilter(self)
        return super().event(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.field.set_height_limit(round(watched.height() * _SHARE_OF_WINDOW))
        return super().eventFilter(watched, event)
