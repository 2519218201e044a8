"""Shows a picture pixel by pixel as the model will see it."""

from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QAbstractSlider, QDialog, QLabel, QScrollArea, QVBoxLayout, QWidget

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
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the dialog hands it the keys; there is nothing else to focus
        self._scroll = scroll
        caption = PlainLabel(self._caption(image, prepared), tone="muted")
        caption.setWordWrap(True)
        use_font(caption, theme, FontRole.FIGURES)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        column.setSpacing(8)
        column.addWidget(scroll, 1)
        column.addWidget(caption)
        room = (parent.size() if parent is not None else _WITHOUT_PARENT) - QSize(40, 40)
        words = column.spacing() + 2 * caption.fontMetrics().lineSpacing()
        wanted = pixmap.deviceIndependentSize().toSize() + QSize(2 * _MARGIN, 2 * _MARGIN + words)
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

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = QAbstractSlider.SliderAction
        down, across = self._scroll.verticalScrollBar(), self._scroll.horizontalScrollBar()
        moves = {
            Qt.Key.Key_Up: (down, steps.SliderSingleStepSub),
            Qt.Key.Key_Down: (down, steps.SliderSingleStepAdd),
            Qt.Key.Key_PageUp: (down, steps.SliderPageStepSub),
            Qt.Key.Key_PageDown: (down, steps.SliderPageStepAdd),
            Qt.Key.Key_Left: (across, steps.SliderSingleStepSub),
            Qt.Key.Key_Right: (across, steps.SliderSingleStepAdd),
            Qt.Key.Key_Home: (across, steps.SliderToMinimum),
            Qt.Key.Key_End: (across, steps.SliderToMaximum),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
        else:
            bar, action = move
            bar.triggerAction(action)
