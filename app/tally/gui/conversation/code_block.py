"""A code block: a surface with a slim header, native selection, its own horizontal scrolling, colours later."""

from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QPainter, QPaintEvent, QTextCursor, QTextLayout, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QWidget

from tally.gui.conversation.actions import row_button
from tally.gui.conversation.document_style import LIST_INDENT
from tally.gui.conversation.text_browser import leave_scrolling_to_view
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import PlainLabel
from tally.rendering.segments import CodeSegment

_HEADER = 34
_PADDING = 12
_RADIUS = 10


class CodeText(QPlainTextEdit):
    """The code itself; as high as its lines, never scrolling vertically."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._known_lines = 0
        self._known_height = 0.0
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("plain", True)  # noqa: FBT003  what the stylesheet asks for
        self.viewport().setAutoFillBackground(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setCursorWidth(0)
        self.document().setDocumentMargin(0)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setAccessibleName(self.tr("Code"))

    def text_height(self, width: int) -> int:
        """The height of all lines at a width, with the horizontal scroll bar if there is one, in px."""
        wraps = self.lineWrapMode() != QPlainTextEdit.LineWrapMode.NoWrap
        if wraps and self.width() != width:
            self.resize(width, self.height())
            self.forget_heights()
        layout = self.document().documentLayout()
        last = self.document().lastBlock()
        block = self.document().findBlockByNumber(self._known_lines)
        while block.isValid() and block != last:
            self._known_height += layout.blockBoundingRect(block).height()
            self._known_lines += 1
            block = block.next()
        # With one pixel less Qt believes that the last line does not fit and begins to scroll.
        height = ceil(self._known_height + layout.blockBoundingRect(last).height()) + 1
        if not wraps and layout.documentSize().width() > width:
            height += self.horizontalScrollBar().sizeHint().height() + 2
        return height

    def forget_heights(self) -> None:
        """The lines may all have other heights now: another text, font or wrapping."""
        self._known_lines = 0
        self._known_height = 0.0

    def replace_text(self, text: str) -> None:
        """Shows another text."""
        self.setPlainText(text)
        self.forget_heights()

    def append_text(self, text: str) -> None:
        """Adds text at the end; a selection stays."""
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text)

    def visible_text(self) -> str:
        """What is on screen, for searching."""
        return self.document().toRawText()

    # Qt overrides

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if abs(delta.x()) > abs(delta.y()) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if leave_scrolling_to_view(event):
            event.ignore()
        else:
            super().keyPressEvent(event)


class CodeView(QFrame):
    """A code block.

    Attributes:
        segment: what it shows.
        text: the text widget.

    Signals:
        resized: the user changed the wrapping, so that the height is another.
        copied: the code is on the clipboard.
        wants_colours: the block is complete and may be highlighted.
    """

    resized = Signal()
    copied = Signal()
    wants_colours = Signal()

    def __init__(self, segment: CodeSegment, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.segment = segment
        self.text = CodeText(self)
        self._shown = ""
        self._header = QWidget(self)
        self._language = PlainLabel("", self._header, tone="muted")
        self._wrap = row_button("wrap", theme, self.tr("Wrap long lines"), self._header)
        self._wrap.setCheckable(True)
        self._wrap.toggled.connect(self._on_wrap_toggled)
        self._copy = row_button("copy", theme, self.tr("Copy code"), self._header)
        self._copy.clicked.connect(self._on_copy_clicked)
        self._copied_over = QTimer(self, singleShot=True, interval=1500)
        self._copied_over.timeout.connect(self._on_copied_over)
        row = QHBoxLayout(self._header)
        row.setContentsMargins(_PADDING, 0, 4, 0)
        row.setSpacing(2)
        row.addWidget(self._language, 1)
        row.addWidget(self._wrap)
        row.addWidget(self._copy)
        self.restyle()
        self.show_segment(segment)

    def show_segment(self, segment: CodeSegment, appended: int | None = None) -> None:
        """Takes a newer value of the same segment.

        Args:
            segment: the block as it is now.
            appended: how many characters are new at its end, when it only grew; None when it may be another text.
        """
        self.segment = segment
        self._language.set_text(segment.language or self.tr("text"))
        shown = segment.code.removesuffix("\n")
        if appended is not None and shown.startswith(self._shown) and len(shown) - len(self._shown) <= appended + 1:
            self.text.append_text(shown[len(self._shown) :])
        elif shown != self._shown or not self._shown:
            self.text.replace_text(shown)
        self._shown = shown
        if segment.closed and segment.language:
            self.wants_colours.emit()

    @property
    def shown_code(self) -> str:
        """The code as it stands in the text widget."""
        return self._shown

    def restyle(self) -> None:
        """Takes the theme's present colours and size."""
        self.text.setFont(self.theme.font(FontRole.CODE, self._shown))
        self.text.forget_heights()
        self._language.setFont(self.theme.font(FontRole.META))
        self.update()

    def fit(self, width: int) -> int:
        """Arranges the block in a width and returns its height, both in px."""
        left = self.segment.indent * self.theme.px(LIST_INDENT)
        inner = max(40, width - left - 2 * _PADDING)
        header = max(_HEADER, self._header.minimumSizeHint().height())
        height = self.text.text_height(inner)
        self._header.setGeometry(left, 0, width - left, header)
        self.text.setGeometry(left + _PADDING, header, inner, height)
        return header + height + _PADDING

    def natural_width(self) -> int:
        """The width that shows every line whole, in px."""
        longest = self.text.document().documentLayout().documentSize().width()
        return round(longest) + 2 * _PADDING + self.segment.indent * self.theme.px(LIST_INDENT)

    def colour(self, first_line: int, lines: Sequence[list[QTextLayout.FormatRange]]) -> None:
        """Lays colours over lines of the code, beginning with `first_line`; the text itself is not touched."""
        document = self.text.document()
        block = document.findBlockByNumber(first_line)
        begin = block.position()
        for ranges in lines:
            if not block.isValid():
                return
            block.layout().setFormats(ranges)
            block = block.next()
        end = block.position() if block.isValid() else document.characterCount()
        document.markContentsDirty(begin, max(0, end - begin - 1))

    def _on_wrap_toggled(self, wraps: bool) -> None:  # noqa: FBT001  a slot of Qt's toggled(bool)
        mode = QPlainTextEdit.LineWrapMode
        self.text.setLineWrapMode(mode.WidgetWidth if wraps else mode.NoWrap)
        self.text.forget_heights()
        self.resized.emit()

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(self.segment.code.removesuffix("\n"))
        self._copy.set_icon("check")
        self._copied_over.start()
        self.copied.emit()

    def _on_copied_over(self) -> None:
        self._copy.set_icon("copy")

    # Qt overrides

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002  Qt's signature
        left = self.segment.indent * self.theme.px(LIST_INDENT)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.theme.color("line"))
        painter.setBrush(self.theme.color("code"))
        painter.drawRoundedRect(QRectF(left + 0.5, 0.5, self.width() - left - 1, self.height() - 1), _RADIUS, _RADIUS)
