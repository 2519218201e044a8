"""The strip of attachments above the words: a thumbnail, what will be sent of it, and a way to take it out."""

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from tally.core.catalog import ModelInfo
from tally.core.estimate import file_text, text_tokens
from tally.core.images import fit_size, image_tokens
from tally.core.messages import FilePart, ImagePart
from tally.core.money import Usd
from tally.gui import money_text
from tally.gui.icons import icon
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import IconButton, PlainLabel, Surface, use_font

PICTURE = 48
TILE_WIDTH = 248


def caption(part: ImagePart | FilePart, model: ModelInfo) -> str:
    """What will be sent of an attachment: `4032×3024 → 1568×1176 · ≈ 1,600 tokens · $0.0048`."""
    if isinstance(part, ImagePart):
        width, height = fit_size(part.width, part.height, model.images)
        tokens = image_tokens(width, height, model.images)
        size = f"{part.width}×{part.height}"
        if (width, height) != (part.width, part.height):
            size = f"{size} → {width}×{height}"
        words = [size]
    else:
        tokens = text_tokens(file_text(part), model.tokenizer)
        words = []
    words.append(
        QCoreApplication.translate("Composer", "≈ {count} tokens").format(count=money_text.localized(str(tokens)))
    )
    words.append(money_text.UNKNOWN if model.price is None else money_text.usd(Usd(tokens * model.price.input)))
    return " · ".join(words)


class _Picture(QWidget):
    """A rounded square with the middle of a picture, or an icon."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._pixmap = QPixmap()
        self._icon = "file"
        self.setFixedSize(PICTURE, PICTURE)
        theme.changed.connect(self.update)

    def set_image(self, image: QImage) -> None:
        """Shows a picture; a null one shows its icon."""
        self._icon = "image"
        self._pixmap = QPixmap()
        if not image.isNull():
            side = round(PICTURE * self.devicePixelRatioF())
            scaled = image.scaled(
                QSize(side, side),
                Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation,
            )
            left, top = (scaled.width() - side) // 2, (scaled.height() - side) // 2
            self._pixmap = QPixmap.fromImage(scaled.copy(left, top, side, side))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  all of it is painted
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        path = QPainterPath()
        path.addRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setClipPath(path)
        painter.fillRect(self.rect(), self._theme.color("hover"))
        if self._pixmap.isNull():
            icon(self._icon, self._theme).paint(painter, self.rect().adjusted(14, 14, -14, -14))
        else:
            painter.drawPixmap(self.rect(), self._pixmap)


class Tile(Surface):
    """One attachment.

    Signals:
        removed(): the person takes it out.
        opened(): the person wants to see what will be sent.
    """

    removed = Signal()
    opened = Signal()

    def __init__(self, theme: ThemeManager, name: str, parent: QWidget | None = None) -> None:
        super().__init__("canvas", parent)
        self.setObjectName("attachment")
        self.setProperty("tile", True)  # noqa: FBT003  Qt's signature
        self.setFixedWidth(TILE_WIDTH)
        self.part: ImagePart | FilePart | None = None
        self.problem = ""
        self._name = PlainLabel(name, elide=True)
        use_font(self._name, theme, FontRole.CONTROL)
        self._caption = PlainLabel(self.tr("Reading…"), elide=True, tone="muted")
        use_font(self._caption, theme, FontRole.FIGURES)
        self._picture = _Picture(theme, self)
        remove = IconButton("close", theme, self.tr("Remove {name}").format(name=name), size=16)
        remove.setObjectName("attachment-remove")
        remove.clicked.connect(self.removed)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._name)
        words.addWidget(self._caption)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 4, 6)
        row.setSpacing(8)
        row.addWidget(self._picture)
        row.addLayout(words, 1)
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._describe()

    def set_part(self, part: ImagePart | FilePart, model: ModelInfo, image: QImage) -> None:
        """It was read."""
        self.part = part
        if isinstance(part, ImagePart):
            self._picture.set_image(image)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_model(model)

    def set_image(self, image: QImage) -> None:
        """Its thumbnail has come."""
        self._picture.set_image(image)

    def set_model(self, model: ModelInfo) -> None:
        """Another model will be asked."""
        if self.part is not None:
            self._caption.set_text(caption(self.part, model))
            self._describe()

    def set_problem(self, sentence: str) -> None:
        """It cannot be used."""
        self.problem = sentence
        self._caption.set_tone("danger")
        self._caption.set_text(sentence)
        self._describe()

    def _describe(self) -> None:
        self.setAccessibleName(f"{self._name.whole_text()}, {self._caption.whole_text()}")

    # Qt

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.removed.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.opened.emit()
        else:
            super().keyPressEvent(event)


class Strip(QScrollArea):
    """The tiles in a row that scrolls sideways."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("attachments")
        self.setAccessibleName(self.tr("Attachments"))
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        holder = QWidget()
        self._row = QHBoxLayout(holder)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self.setWidget(holder)
        holder.setAutoFillBackground(False)
        self.hide()

    def add(self, tile: Tile) -> None:
        """Adds a tile at the end."""
        self._row.insertWidget(self._row.count() - 1, tile)
        self.setFixedHeight(tile.sizeHint().height() + 12)
        self.show()

    def take(self, tile: Tile) -> None:
        """Removes a tile."""
        self._row.removeWidget(tile)
        tile.hide()
        tile.deleteLater()
        self.setVisible(self._row.count() > 1)
