"""A message of the user: a raised block at the right, its pictures and files above the words."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from tally.gui.conversation.actions import BUTTON, ActionBar
from tally.gui.conversation.attachments import Attachments
from tally.gui.conversation.message_row import MessageRow, RowContext
from tally.gui.conversation.shown import Shown

_SHARE = 0.85
# A line of text keeps its extra height above the letters, so the block needs less there.
_PAD_X, _PAD_TOP, _PAD_BOTTOM = 16, 10, 12
_RADIUS = 14
_ABOVE, _BELOW = 12, 4


class QuestionRow(MessageRow):
    """What the user said."""

    def __init__(self, shown: Shown, context: RowContext, parent: QWidget) -> None:
        super().__init__(shown, context, parent)
        self._block = QRectF()
        self._attachments: Attachments | None = None
        self.show_message(shown)

    def show_message(self, shown: Shown) -> None:
        """Takes a newer value of the message."""
        message = shown.message
        if self._attachments is not None:
            self._attachments.deleteLater()
            self._attachments = None
        if message.images or message.files:
            self._attachments = Attachments(message.images, message.files, self.context.thumbnail, self.theme, self)
            self._attachments.image_clicked.connect(self.image_clicked)
            self._attachments.show()
        super().show_message(shown)

    def set_thumbnail(self, digest: str, image: QImage) -> None:
        """Shows a picture that was decoded."""
        if self._attachments is not None:
            for tile in self._attachments.thumbnails:
                if tile.part.digest == digest:
                    tile.set_image(image)

    def tab_stops(self) -> list[QWidget]:
        """What Tab reaches inside this message, in order."""
        pictures = self._attachments.tab_stops() if self._attachments is not None else []
        return [*pictures, *super().tab_stops()]

    def arrange(self, width: int) -> int:
        """See `MessageRow.arrange`."""
        edge = width - self.SIDE
        most = int((width - 2 * self.SIDE) * _SHARE)
        top = _ABOVE
        if self._attachments is not None:
            height = self._attachments.fit(most)
            natural = self._attachments.natural
            self._attachments.setGeometry(edge - natural, top, natural, height)
            top += height + 8
        self._block = QRectF()
        if not self.body.is_empty:
            inner = most - 2 * _PAD_X
            height = self.body.fit(inner)
            self.body.build_all()
            natural = min(inner, self.body.natural_width() + 1)
            if natural < inner:
                inner = natural
                height = self.body.fit(inner)
            left = edge - inner - 2 * _PAD_X
            self._block = QRectF(left, top, inner + 2 * _PAD_X, height + _PAD_TOP + _PAD_BOTTOM)
            self.body.setGeometry(left + _PAD_X, top + _PAD_TOP, inner, height)
            top += height + _PAD_TOP + _PAD_BOTTOM
        return top + 2 + BUTTON + _BELOW

    def place_actions(self) -> None:
        """See `MessageRow.place_actions`."""
        y = self._height - _BELOW - BUTTON
        right = self._fitted_width - self.SIDE
        if self._siblings is not None and self.shown.siblings > 1:
            size = self._siblings.sizeHint()
            self._siblings.setGeometry(right - size.width(), y, size.width(), BUTTON)
            right -= size.width() + 4
        if self._bar is not None:
            wide = ActionBar.width_for(self.shown.message)
            self._bar.setGeometry(right - wide, y, wide, BUTTON)

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._block.isEmpty():
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("raised"))
            painter.drawRoundedRect(self._block, _RADIUS, _RADIUS)
            painter.end()
        super().paintEvent(event)
