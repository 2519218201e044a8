"""What the whole window shows and takes while files or a picture are dragged over it.

Nothing is fetched: a picture dragged out of a browser is taken only when its pixels come along.
"""

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
)
from PySide6.QtWidgets import QWidget

from tally.gui.icons import pixmap
from tally.gui.theme import FontRole, ThemeManager


def local_files(mime: QMimeData) -> list[str]:
    """The paths of the files on this computer that are dragged."""
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]


def is_welcome(mime: QMimeData) -> bool:
    """Whether something of it can be attached."""
    return bool(local_files(mime)) or mime.hasImage()


def image_of(mime: QMimeData) -> QImage:
    """The dragged or pasted picture; a null image when there is none."""
    data = mime.imageData()
    if isinstance(data, QImage):
        return data
    return data.toImage() if isinstance(data, QPixmap) else QImage()


class DropOverlay(QWidget):
    """Covers its parent while something usable is dragged over it.

    Signals:
        files_dropped(list): paths of files on this computer.
        image_dropped(QImage): a picture that came without a file.
    """

    files_dropped = Signal(list)
    image_dropped = Signal(QImage)

    def __init__(self, theme: ThemeManager, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("drop-overlay")
        self.setAcceptDrops(True)
        self._theme = theme
        self.hide()

    def watch(self, window: QObject) -> None:
        """Shows itself as soon as a drag enters this native window, whichever widget would get it."""
        window.installEventFilter(self)

    def welcome(self, mime: QMimeData) -> bool:
        """Covers the parent if the drag holds something usable."""
        if not is_welcome(mime):
            return False
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.show()
        self.raise_()
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDragEnterEvent):
            self.welcome(event.mimeData())
        elif event.type() == QEvent.Type.DragLeave:
            self.hide()
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if is_welcome(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        event.accept()
        self.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self.hide()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        files = local_files(event.mimeData())
        if files:
            self.files_dropped.emit(files)
            return
        image = image_of(event.mimeData())
        if not image.isNull():
            self.image_dropped.emit(image)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = theme.color("canvas")
        ground.setAlphaF(0.92)
        painter.fillRect(event.rect(), ground)
        box = QRectF(self.rect()).adjusted(16, 16, -16, -16)
        painter.setPen(QPen(theme.color("accent"), 2, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("accent_soft"))
        painter.drawRoundedRect(box, 14, 14)
        side = 40
        centre = self.rect().center()
        drawing = pixmap("drop", theme, token="accent", size=side, ratio=self.devicePixelRatioF())  # noqa: S106  a colour
        painter.drawPixmap(centre.x() - side // 2, centre.y() - side - 8, drawing)
        painter.setFont(theme.font(FontRole.H3))
        painter.setPen(theme.color("text"))
        line = box.toRect()
        line.setTop(centre.y() + 4)
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        painter.drawText(line, flags, self.tr("Drop to attach"))
        painter.setFont(theme.font(FontRole.CONTROL))
        painter.setPen(theme.color("muted"))
        line.translate(0, theme.px(28))
        painter.drawText(line, flags, self.tr("Images, text and code files"))

    def sizeHint(self) -> QSize:
        return QSize(320, 200)
