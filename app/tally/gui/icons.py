"""Our own line icons, coloured by the palette: 1.5 px strokes on a 20 px grid, drawn in `resources/icons/*.svg`.

A file is written once in `currentColor`; the colour is put in when the icon is painted, so that one file serves light
and dark, rest and disabled, at any pixel density.
"""

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from tally.assets import resource_path
from tally.gui.theme import ThemeManager


@cache
def _source(name: str) -> bytes:
    return resource_path(f"icons/{name}.svg").read_bytes()


class _LineIcon(QIconEngine):
    """Paints one drawing in the colour that its state wants."""

    def __init__(self, name: str, theme: ThemeManager, token: str, size: int) -> None:
        super().__init__()
        self._name = name
        self._theme = theme
        self._tint = token
        self._size = size
        self._drawn = ""
        self._renderer = QSvgRenderer()

    def _color(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        tokens = self._theme.tokens
        if mode == QIcon.Mode.Disabled:
            return tokens.outline
        own: str = getattr(tokens, self._tint)
        if self._tint == "muted":
            if state == QIcon.State.On:
                return tokens.accent
            if mode in {QIcon.Mode.Active, QIcon.Mode.Selected}:
                return tokens.text
        return own

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = QColor(self._color(mode, state)).name()
        if color != self._drawn:
            self._renderer.load(QByteArray(_source(self._name).replace(b"currentColor", color.encode("ascii"))))
            self._drawn = color
        side = min(rect.width(), rect.height())
        box = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._renderer.render(painter, box)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: N802  Qt's name
        pixels = (size.toSizeF() * scale).toSize()
        pixmap = QPixmap(pixels)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), pixels), mode, state)
        painter.end()
        return pixmap

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:  # noqa: N802, ARG002  Qt's name
        return size.boundedTo(QSize(self._size, self._size)) if self._size else size

    def availableSizes(  # noqa: N802  Qt's name
        self,
        mode: QIcon.Mode = QIcon.Mode.Normal,  # noqa: ARG002  the same in every mode
        state: QIcon.State = QIcon.State.Off,  # noqa: ARG002  and state
    ) -> list[QSize]:
        return [QSize(self._size, self._size)]

    def clone(self) -> QIconEngine:
        return _LineIcon(self._name, self._theme, self._tint, self._size)

    def key(self) -> str:
        return "tally-line"


def icon(name: str, theme: ThemeManager, *, token: str = "muted", size: int = 20) -> QIcon:  # noqa: S107  a colour's name
    """One of our icons; it repaints itself in new colours when the theme changes.

    In `muted` (the default) it darkens under the pointer and turns to the accent when checked.

    Args:
        name: the drawing's name in `resources/icons`, without suffix.
        theme: whose colours.
        token: which token colours it.
        size: its natural size in device-independent pixels.

    Raises:
        FileNotFoundError: there is no such drawing.
    """
    _source(name)
    return QIcon(_LineIcon(name, theme, token, size))


def pixmap(
    name: str,
    theme: ThemeManager,
    *,
    token: str = "muted",  # noqa: S107  a colour's name
    size: int = 20,
    ratio: float = 1.0,
) -> QPixmap:
    """An icon as a picture for labels.

    Args:
        name: the drawing's name.
        theme: whose colours; the picture does not follow later changes.
        token: which token colours it.
        size: in device-independent pixels.
        ratio: device pixels per device-independent pixel.
    """
    return icon(name, theme, token=token, size=size).pixmap(QSize(size, size), ratio)


def app_icon() -> QIcon:
    """The application's icon: five tally marks on a rounded square."""
    found = QIcon()
    renderer = QSvgRenderer(QByteArray(resource_path("icons/tally.svg").read_bytes()))
    for side in (16, 24, 32, 48, 64, 128, 256):
        picture = QPixmap(side, side)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        renderer.render(painter, QRectF(0, 0, side, side))
        painter.end()
        found.addPixmap(picture)
    return found
