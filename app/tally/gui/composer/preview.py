"""Shows a picture pixel by pixel as the model will see it."""

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from tally.core.messages import ImagePart
from tally.core.ports import PreparedImage
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel, use_font

_MARGIN = 12
_SMALLEST = QSize(360, 240)
_WITHOUT_PARENT = QSize(1000, 700)


class ImagePreview(QDialog):
    """One picture at 1:1, scrolled where it is larger than the window; Esc closes it.

    Args:
        theme: whose colours.
        image: what was attached.
        prepared: what is sent.
        parent: the window it belongs to, which it does not outgrow.
    """

    def __init__(
        self, theme: ThemeManager, image: ImagePart, prepared: PreparedImage, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("image-preview")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(image.name)
        pixmap = QPixmap.fromImage(QImage.fromData(prepared.data))
        pixmap.setDevicePixelRatio(self.devicePixelRatioF())  # a pixel of the picture is a pixel of the screen
        picture = QLabel()
        picture.setAccessibleName(image.name)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(pixmap)
        scroll = QScrollArea()
        scroll.setAccessibleName(self.tr("The picture as it will be sent"))
        scroll.setWidget(picture)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        caption = PlainLabel(self._caption(image, prepared), tone="muted", selectable=True)
        caption.setWordWrap(True)
        use_font(caption, theme, FontRole.FIGURES)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column.setSpacing(8)
        column.addWidget(scroll, 1)
        column.addWidget(caption)
        room = (parent.size() if parent is not None else _WITHOUT_PARENT) - QSize(40, 40)
        ring = 4  # of the scroll area when it has the focus
        wanted = pixmap.deviceIndependentSize().toSize() + QSize(2 * _MARGIN + ring, 2 * _MARGIN + ring + 8)
        wanted.setHeight(wanted.height() + 2 * caption.fontMetrics().lineSpacing())
        self.resize(wanted.boundedTo(room).expandedTo(_SMALLEST))

    def _caption(self, image: ImagePart, prepared: PreparedImage) -> str:
        size = QLocale().formattedDataSize
        return self.tr(
            "Attached: {width}×{height}, {size}. Sent: {sent_width}×{sent_height}, {kind}, {sent_size}."
        ).format(
            width=image.width,
            height=image.height,
            size=size(image.size),
            sent_width=prepared.width,
            sent_height=prepared.height,
            kind=prepared.media_type.removeprefix("image/").upper(),
            sent_size=size(len(prepared.data)),
        )
