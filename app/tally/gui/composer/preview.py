"""Shows a picture pixel by pixel as the model will see it."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

from tally.core.messages import ImagePart
from tally.core.ports import PreparedImage
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel, use_font


class ImagePreview(QDialog):
    """One picture at 1:1, scrolled where it is larger than the window."""

    def __init__(
        self, theme: ThemeManager, image: ImagePart, prepared: PreparedImage, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("image-preview")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(image.name)
        picture = QLabel()
        picture.setAccessibleName(image.name)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture.setPixmap(QPixmap.fromImage(QImage.fromData(prepared.data)))
        scroll = QScrollArea()
        scroll.setWidget(picture)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        caption = PlainLabel(
            self.tr("{name}: {width}×{height} as attached, {sent_width}×{sent_height} as sent, {size} KB").format(
                name=image.name,
                width=image.width,
                height=image.height,
                sent_width=prepared.width,
                sent_height=prepared.height,
                size=max(1, len(prepared.data) // 1024),
            ),
            tone="muted",
            selectable=True,
        )
        caption.setWordWrap(True)
        use_font(caption, theme, FontRole.FIGURES)
        column = QVBoxLayout(self)
        column.addWidget(scroll, 1)
        column.addWidget(caption)
        room = parent.size() if parent is not None else QSize(1000, 700)
        self.resize(
            min(prepared.width + 48, max(360, room.width() - 40)),
            min(prepared.height + 96, max(300, room.height() - 40)),
        )
