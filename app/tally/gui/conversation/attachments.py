"""What the user attached to a message: thumbnails of pictures and chips of files."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QLocale, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from tally.core.messages import FilePart, ImagePart
from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import plain_tooltip

_THUMBNAIL = 132
_RADIUS = 10
_GAP = 8
_CHIP_HEIGHT = 32
_CHIP_WIDTH = 260


class _Tile(QAbstractButton):
    """A button that paints itself and shows the focus ring."""

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _paint_ring(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)

    # Qt overrides

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()


class Thumbnail(_Tile):
    """A picture the user attached; a click opens it.

    Attributes:
        part: which picture.
    """

    def __init__(self, part: ImagePart, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.part = part
        self._image: QImage | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        size = QLocale().formattedDataSize(part.size)
        self.setAccessibleName(self.tr("Picture {name}").format(name=part.name))
        plain_tooltip(self, f"{part.name} · {part.width}×{part.height} · {size}")

    def set_image(self, image: QImage) -> None:
        """Shows the picture, once it was decoded elsewhere."""
        self._image = image
        self.update()

    # Qt overrides

    def sizeHint(self) -> QSize:
        if not (self.part.width and self.part.height):
            return QSize(_THUMBNAIL, _THUMBNAIL)
        ratio = self.part.width / self.part.height
        # Very flat and very tall pictures are cropped rather than shown as a thread.
        ratio = max(0.5, min(2.0, ratio))
        return QSize(round(_THUMBNAIL * ratio), _THUMBNAIL)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  Qt's signature
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        area = QRectF(self.rect())
        shape = QPainterPath()
        shape.addRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        painter.fillPath(shape, self._theme.color("code"))
        if self._image is None or self._image.isNull():
            mark = pixmap("image", self._theme, ratio=self.devicePixelRatioF())
            painter.drawPixmap(round(area.center().x()) - 10, round(area.center().y()) - 10, mark)
        else:
            painter.setClipPath(shape)
            painter.setOpacity(0.4 if self.part.excluded else 1.0)
            painter.drawImage(area, self._image, self._crop(self._image, area))
            painter.setOpacity(1.0)
            painter.setClipping(False)
        painter.setPen(self._theme.color("line"))
        painter.drawPath(shape)
        self._paint_ring(painter)

    @staticmethod
    def _crop(image: QImage, area: QRectF) -> QRectF:
        scale = min(image.width() / area.width(), image.height() / area.height())
        width, height = area.width() * scale, area.height() * scale
        return QRectF((image.width() - width) / 2, (image.height() - height) / 2, width, height)


class FileChip(_Tile):
    """A text file the user attached."""

    def __init__(self, part: FilePart, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self._part = part
        self._size = QLocale().formattedDataSize(part.size)
        self.setAccessibleName(self.tr("File {name}, {size}").format(name=part.name, size=self._size))
        plain_tooltip(self, f"{part.name} · {self._size}")

    # Qt overrides

    def sizeHint(self) -> QSize:
        self.setFont(self._theme.font(FontRole.META, self._part.name))
        width = self.fontMetrics().horizontalAdvance(f"{self._part.name}  {self._size}") + 48
        return QSize(min(width, self._theme.px(_CHIP_WIDTH)), max(_CHIP_HEIGHT, self.fontMetrics().height() + 12))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  Qt's signature
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("line"))
        painter.setBrush(self._theme.color("canvas"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        mark = pixmap("file", self._theme, size=16, ratio=self.devicePixelRatioF())
        painter.drawPixmap(10, (self.height() - 16) // 2, mark)
        metrics = self.fontMetrics()
        size_width = metrics.horizontalAdvance(self._size)
        words = self.rect().adjusted(32, 0, -size_width - 20, 0)
        painter.setPen(self._theme.color("text"))
        name = metrics.elidedText(self._part.name, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        painter.setPen(self._theme.color("muted"))
        right = self.rect().adjusted(0, 0, -10, 0)
        painter.drawText(right, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._size)
        self._paint_ring(painter)


class Attachments(QWidget):
    """All that was attached to one message, flowing from left to right.

    Signals:
        image_clicked: the digest of the picture to open.
    """

    image_clicked = Signal(str)

    def __init__(
        self,
        images: Sequence[ImagePart],
        files: Sequence[FilePart],
        known: Callable[[str], QImage | None],
        theme: ThemeManager,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.thumbnails: list[Thumbnail] = []
        for part in images:
            tile = Thumbnail(part, theme, self)
            picture = known(part.digest)
            if picture is not None:
                tile.set_image(picture)
            tile.clicked.connect(lambda _=False, digest=part.digest: self.image_clicked.emit(digest))
            self.thumbnails.append(tile)
        self._chips = [FileChip(part, theme, self) for part in files]
        self.natural = 0

    def tab_stops(self) -> list[QWidget]:
        """What the keyboard can reach, in order."""
        return [*self.thumbnails]

    def fit(self, width: int) -> int:
        """Arranges the tiles in lines that end at the right, files below pictures.

        Returns:
            the height in px; `natural` is then the width in use.
        """
        lines: list[list[tuple[_Tile, QSize]]] = []
        used = width + 1
        tiles: list[_Tile] = [*self.thumbnails, *self._chips]
        for number, tile in enumerate(tiles):
            size = tile.sizeHint().boundedTo(QSize(width, 10_000))
            if used + size.width() > width or number == len(self.thumbnails):
                lines.append([])
                used = 0
            lines[-1].append((tile, size))
            used += size.width() + _GAP
        widths = [sum(size.width() + _GAP for _, size in line) - _GAP for line in lines]
        self.natural = max(widths, default=0)
        y = 0
        for line, line_width in zip(lines, widths, strict=True):
            x = self.natural - line_width
            for tile, size in line:
                tile.setGeometry(x, y, size.width(), size.height())
                x += size.width() + _GAP
            y += max(size.height() for _, size in line) + _GAP
        return max(0, y - _GAP)
