"""One attachment above the words: a thumbnail, what will be sent of it, and a way to take it out."""

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from tally.core.catalog import ModelInfo
from tally.core.estimate import file_text, text_tokens
from tally.core.images import fit_size, image_tokens
from tally.core.messages import FilePart, ImagePart
from tally.core.money import Usd
from tally.gui import money_text
from tally.gui.icons import icon
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import IconButton, plain_tooltip

_PICTURE = 44
_PADDING = 6
_GAP = 8
_RADIUS = 8
_REMOVE = 24


def what_is_sent(part: ImagePart | FilePart, model: ModelInfo, *, many: bool = False) -> tuple[str, str]:
    """What will be sent of an attachment, in two lines.

    `4032×3024 → 1568×1176` and `≈ 1,600 tokens · $0.0048`, or that it is not sent.

    Args:
        part: the attachment.
        model: which will be asked.
        many: more than 20 pictures go along, which are then kept smaller.
    """
    translate = QCoreApplication.translate
    if isinstance(part, FilePart):
        tokens = text_tokens(file_text(part), model.tokenizer)
        first = translate("Composer", "Text, {size}").format(size=QLocale().formattedDataSize(part.size))
    else:
        width, height = fit_size(part.width, part.height, model.images, many=many)
        tokens = image_tokens(width, height, model.images)
        first = f"{part.width}×{part.height}"
        if not model.vision:
            return first, translate("Composer", "Not sent to this model")
        if (width, height) != (part.width, part.height):
            first = f"{first} → {width}×{height}"
    price = money_text.UNKNOWN if model.price is None else money_text.usd(Usd(tokens * model.price.input))
    count = translate("Composer", "≈ {count} tokens").format(count=money_text.tokens(tokens))
    return first, f"{count} · {price}"


class Tile(QAbstractButton):
    """One attachment; a click on a picture opens it.

    Signals:
        removed(): the person takes it out.
        focused(): it got the keyboard's focus.

    Attributes:
        part: what was attached; None while it is being read.
        name: the file's name.
    """

    removed = Signal()
    focused = Signal()

    def __init__(self, theme: ThemeManager, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("attachment")
        self.part: ImagePart | FilePart | None = None
        self.name = name
        self._theme = theme
        self._lines = (self.tr("Reading…"), "")
        self._warns = False
        self._reason = ""
        self._flat = False
        self._pixmap = QPixmap()
        self.remove_button = IconButton("close", theme, self.tr("Remove {name}").format(name=name), self, size=12)
        self.remove_button.setObjectName("attachment-remove")
        self.remove_button.setFixedSize(_REMOVE, _REMOVE)
        self.remove_button.clicked.connect(self.removed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self.update)
        self._describe()

    def picture(self) -> ImagePart | None:
        """What is shown, if it is a picture that was read."""
        return self.part if isinstance(self.part, ImagePart) else None

    def set_part(self, part: ImagePart | FilePart) -> None:
        """It was read; `set_model` then says what is sent of it."""
        self.part = part
        if isinstance(part, ImagePart):
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_image(self, image: QImage) -> None:
        """Shows the middle of a picture."""
        self._pixmap = QPixmap()
        if not image.isNull():
            side = round(_PICTURE * self.devicePixelRatioF())
            scaled = image.scaled(
                QSize(side, side),
                Qt.AspectRatioMode.KeepAspectRatioByExpanding,
                Qt.TransformationMode.SmoothTransformation,
            )
            left, top = (scaled.width() - side) // 2, (scaled.height() - side) // 2
            self._pixmap = QPixmap.fromImage(scaled.copy(left, top, side, side))
        self.update()

    def set_flat(self, flat: bool) -> None:  # noqa: FBT001  a state, as Qt's setters take it
        """Puts what will be sent into one line, where there is room beside but not below."""
        if flat != self._flat:
            self._flat = flat
            self.update()

    def set_model(self, model: ModelInfo, *, many: bool) -> None:
        """Another model will be asked, or more or fewer pictures go along."""
        if self.part is not None:
            self._lines = what_is_sent(self.part, model, many=many)
            self._warns = isinstance(self.part, ImagePart) and not model.vision
            self._reason = self.tr("{model} takes no pictures.").format(model=model.name) if self._warns else ""
            self._describe()

    def _describe(self) -> None:
        lines = [self.name, self._caption(), self._reason]
        self.setAccessibleName(", ".join(line for line in lines if line))
        if isinstance(self.part, ImagePart):
            lines.append(self.tr("Click to see what will be sent"))
        plain_tooltip(self, "\n".join(line for line in lines if line))
        self.update()

    def _rows(self) -> list[tuple[str, QFont, str]]:
        """Text, font and colour of each line."""
        theme, warning = self._theme, "warning" if self._warns else "muted"
        rows = [(self.name, theme.font(FontRole.CONTROL, self.name), "text")]
        if self._flat:
            return [*rows, (self._caption(), theme.font(FontRole.FIGURES), warning)]
        colors = ("muted", warning)
        return [
            *rows,
            *((line, theme.font(FontRole.FIGURES), color) for line, color in zip(self._lines, colors, strict=True)),
        ]

    def _caption(self) -> str:
        return " · ".join(line for line in self._lines if line)

    def _paint_words(self, painter: QPainter, left: int) -> None:
        rows = self._rows()
        heights = [QFontMetrics(font).height() for _, font, _ in rows]
        top = (self.height() - sum(heights)) // 2
        right = self.width() - _GAP
        for number, (text, font, color) in enumerate(rows):
            end = right - _REMOVE + 4 if number == 0 else right
            place = QRect(left, top, max(0, end - left), heights[number])
            mode = Qt.TextElideMode.ElideMiddle if number == 0 else Qt.TextElideMode.ElideRight
            shown = QFontMetrics(font).elidedText(text, mode, place.width())
            painter.setFont(font)
            painter.setPen(self._theme.color(color))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, shown)
            top += heights[number]

    def _paint_picture(self, painter: QPainter, place: QRect) -> None:
        shape = QPainterPath()
        shape.addRoundedRect(QRectF(place), 6, 6)
        painter.fillPath(shape, self._theme.color("hover"))
        if self._pixmap.isNull():
            name = "image" if isinstance(self.part, ImagePart) else "file"
            icon(name, self._theme).paint(painter, place.adjusted(12, 12, -12, -12))
            return
        painter.save()
        painter.setClipPath(shape)
        painter.drawPixmap(place, self._pixmap)
        painter.restore()

    # Qt

    def sizeHint(self) -> QSize:
        name = QFontMetrics(self._theme.font(FontRole.CONTROL)).height()
        figures = QFontMetrics(self._theme.font(FontRole.FIGURES))
        width = figures.horizontalAdvance("≈ 4,444 tokens · $0.044444") + _PICTURE + _PADDING + 2 * _GAP
        lines = name + figures.height() * (1 if self._flat else 2)
        return QSize(width, max(_PICTURE, lines) + (_PADDING if self._flat else 2 * _PADDING))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.remove_button.move(self.width() - _REMOVE - 3, 3)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  all of it is painted
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        opens = isinstance(self.part, ImagePart)
        painter.setBrush(self._theme.color("hover" if opens and self.underMouse() else "canvas"))
        painter.setPen(self._theme.color("line"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)
        side = min(_PICTURE, self.height() - _PADDING)
        self._paint_picture(painter, QRect(_PADDING, (self.height() - side) // 2, side, side))
        self._paint_words(painter, _PADDING + side + _GAP)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("focus"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            self.removed.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.focused.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()
