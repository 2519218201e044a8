"""All attachments of the message that is being written, in their order."""

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from tally.core.catalog import ModelInfo
from tally.core.images import MANY_IMAGES
from tally.gui.theme import ThemeManager

if TYPE_CHECKING:
    from collections.abc import Callable

    from tally.core.failures import Failure
    from tally.core.messages import FilePart, ImagePart
    from tally.gui.composer.intake import Intake
    from tally.gui.composer.tiles import Tile
    from tally.media.files import Attachment
    from tally.runtime.backend import Reply

_GAP = 8
_FLAT_FROM = 1.6
"""How many times as wide as usual a tile must be to hold two lines instead of three."""


class Strip(QScrollArea):
    """Tiles side by side, in as many rows as it takes. Hidden while there are none.

    Signals:
        changed(): an attachment came, was read, was refused or was taken out.
        refused(str): why a file is not among them, one sentence.
        taken_out(): the person removed one.
        opened(object): the `ImagePart` that is to be shown as it will be sent.
    """

    changed = Signal()
    refused = Signal(str)
    taken_out = Signal()
    opened = Signal(object)

    def __init__(
        self, theme: ThemeManager, store: "Callable[[bytes, str], Reply[str]]", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("attachments")
        self.setAccessibleName(self.tr("Attachments"))
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._theme = theme
        self._model = ModelInfo("", "")
        self._tiles: dict[int, Tile] = {}
        self._last_key = 0
        self._limit = 160
        self._before: QWidget | None = None
        self._holder = QWidget()
        self.setWidget(self._holder)
        self._holder.setAutoFillBackground(False)
        self._store = store
        theme.changed.connect(self._arrange)
        self.hide()

    @cached_property
    def _intake(self) -> "Intake":
        """What reads the files, made for the first of them."""
        from tally.gui.composer.intake import Intake  # noqa: PLC0415  the readers of pictures, after the first paint

        intake = Intake(self._store, self)
        intake.ready.connect(self._on_ready)
        intake.refused.connect(self._on_refused)
        return intake

    # What is attached

    def parts(self) -> "tuple[ImagePart | FilePart, ...]":
        """Those that are ready, in order."""
        return tuple(tile.part for tile in self._tiles.values() if tile.part is not None)

    def is_pending(self) -> bool:
        """Whether something is still being read."""
        return any(tile.part is None for tile in self._tiles.values())

    def add_file(self, path: str) -> None:
        """Attaches a file from disk."""
        self._intake.file(self._add(path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]), path)

    def add_image(self, image: QImage, name: str) -> None:
        """Attaches a picture that has no file."""
        self._intake.image(self._add(name), image, name)

    def add_text(self, text: str, name: str) -> None:
        """Attaches a text as if it came from a file."""
        self._intake.text(self._add(name), text, name)

    def add_part(self, part: "ImagePart | FilePart") -> None:
        """Puts back what was attached before."""
        self._tiles[self._add(part.name)].set_part(part)
        self._update_captions()
        self.changed.emit()

    def clear(self) -> None:
        """Takes all out."""
        for tile in self._tiles.values():
            self._drop(tile)
        self._tiles.clear()
        self._arrange()

    def set_model(self, model: ModelInfo) -> None:
        """Another model will be asked."""
        self._model = model
        self._update_captions()

    def set_thumbnail(self, digest: str, image: QImage) -> None:
        """A picture's thumbnail has come."""
        for tile in self._tiles.values():
            picture = tile.picture()
            if picture is not None and picture.digest == digest:
                tile.set_image(image)

    def set_height_limit(self, limit: int) -> None:
        """The tallest it gets, in pixels, but at least one row; then it scrolls."""
        if limit != self._limit:
            self._limit = limit
            self._arrange()

    def follow(self, widget: QWidget) -> None:
        """The tab key reaches the tiles after this widget."""
        self._before = widget

    def _is_many(self) -> bool:
        return sum(tile.picture() is not None for tile in self._tiles.values()) > MANY_IMAGES

    def _update_captions(self) -> None:
        many = self._is_many()
        for tile in self._tiles.values():
            tile.set_model(self._model, many=many)

    # Tiles

    def _add(self, name: str) -> int:
        from tally.gui.composer.tiles import Tile  # noqa: PLC0415  not needed for the first paint

        self._last_key += 1
        key, tile = self._last_key, Tile(self._theme, name, self._holder)
        last = list(self._tiles.values())[-1].remove_button if self._tiles else self._before
        if last is not None:
            QWidget.setTabOrder(last, tile)
        QWidget.setTabOrder(tile, tile.remove_button)
        tile.clicked.connect(lambda: self._on_clicked(key))
        tile.removed.connect(lambda: self._on_removed(key))
        tile.focused.connect(lambda: self.ensureWidgetVisible(tile, 0, _GAP))
        self._tiles[key] = tile
        self._arrange()
        tile.show()
        self.ensureWidgetVisible(tile, 0, _GAP)
        self.changed.emit()
        return key

    def _drop(self, tile: "Tile") -> None:
        tile.hide()
        tile.deleteLater()

    def _take(self, key: int) -> bool:
        tile = self._tiles.pop(key, None)
        if tile is None:
            return False
        self._drop(tile)
        self._update_captions()
        self._arrange()
        return True

    def _arrange(self) -> None:
        self.setVisible(bool(self._tiles))
        if not self._tiles:
            return
        tiles = list(self._tiles.values())
        room = self.viewport().width()
        usual = tiles[0].sizeHint().width()
        columns = max(1, (room + _GAP) // (usual + _GAP))
        for tile in tiles:
            tile.set_flat(columns == 1 and room >= _FLAT_FROM * usual)
        width, height = (room + _GAP) // columns - _GAP, tiles[0].sizeHint().height()
        for number, tile in enumerate(tiles):
            row, column = divmod(number, columns)
            tile.setGeometry(QRect(column * (width + _GAP), row * (height + _GAP), width, height))
        whole = -(-len(tiles) // columns) * (height + _GAP) - _GAP
        self._holder.resize(room, whole)
        self.setFixedHeight(min(whole, max(self._limit, height)))

    def _on_clicked(self, key: int) -> None:
        picture = self._tiles[key].picture()
        if picture is not None:
            self.opened.emit(picture)

    def _on_removed(self, key: int) -> None:
        if self._take(key):
            self.taken_out.emit()
            self.changed.emit()

    def _on_ready(self, key: int, attachment: "Attachment") -> None:
        tile = self._tiles.get(key)
        if tile is not None:
            tile.set_image(attachment.thumbnail)
            tile.set_part(attachment.part)
            self._update_captions()
            self.changed.emit()

    def _on_refused(self, key: int, failure: "Failure") -> None:
        if self._take(key):
            self.refused.emit(failure.message)
            self.changed.emit()

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
