"""The text widget under prose, tables and folded texts: native selection and links, and no way out of the program."""

from html import escape
from math import ceil
from typing import ClassVar

from PySide6.QtCore import QByteArray, QEvent, QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import QImage, QKeyEvent, QTextCursor, QTextDocument, QWheelEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QTextEdit, QWidget

from tally.gui.conversation.document_style import LIST_INDENT, document_css
from tally.gui.conversation.formulas import Formulas, align, image_name, image_tag, paint
from tally.gui.conversation.plain_copy import plain_text
from tally.gui.theme import FontRole, ThemeManager
from tally.gui.widgets import plain_tooltip
from tally.rendering.html import placeholder_source, with_formulas

_LINK_SCHEMES = {"http", "https", "mailto"}
_SCROLL_KEYS = {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_Space,
}


def leave_scrolling_to_view(event: QKeyEvent) -> bool:
    """Whether a key scrolls the conversation although a text has the focus (with Shift it extends a selection)."""
    return event.key() in _SCROLL_KEYS and event.modifiers() in {
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.KeypadModifier,
    }


def is_link_allowed(url: QUrl) -> bool:
    """Whether a link may be followed at all: web and mail, nothing that reads this computer."""
    return url.isValid() and url.scheme().lower() in _LINK_SCHEMES


def _target(url: QUrl) -> QUrl:
    """Where a link leads; the placeholder of a picture leads to the picture, which is offered and never loaded."""
    picture = placeholder_source(url.toString())
    return url if picture is None else QUrl(picture)


class MessageText(QTextBrowser):
    """A read-only document that is exactly as high as its text, without scroll bars of its own.

    Args:
        theme: colours and type.
        parent: the widget around it.
        formulas: draws formulas; without it their source is shown.

    Signals:
        link_clicked: an allowed link, as text; nothing is opened here.
        link_hovered: the address under the pointer, empty when there is none.
        anchor_wanted: the name of a place in the same message, such as a footnote.
        resized: the height is another, because formulas were drawn.
    """

    link_clicked = Signal(str)
    anchor_wanted = Signal(str)
    link_hovered = Signal(str)
    resized = Signal()

    SHRINKS: ClassVar[bool] = True
    """Whether a formula that is wider than the text is made smaller."""

    _blank: QImage | None = None

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None, *, formulas: Formulas | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self._formulas = formulas
        self._widest_formula = 0
        self._html: str | None = None
        self._stale = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setProperty("plain", True)  # noqa: FBT003  what the stylesheet asks for
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setCursorWidth(0)
        self.setLineWrapMode(QTextEdit.LineWrapMode.FixedPixelWidth)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(0)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.highlighted.connect(self._on_link_hovered)

    def show_html(self, html: str) -> None:
        """Takes new HTML; it is laid out by the next `fit`, once the width is known."""
        if html != self._html:
            self._html = html
            self._stale = True

    def restyle(self) -> None:
        """Puts the HTML it has into the theme's present colours and size."""
        self._stale = True

    def fit(self, width: int) -> int:
        """Lays the text out for a width and returns its height, both in px."""
        if self.lineWrapColumnOrWidth() != width:
            self.setLineWrapColumnOrWidth(width)
        self._refresh()
        return ceil(self.document().size().height())

    def natural_width(self) -> int:
        """The width that the longest line takes as it is laid out now, in px."""
        return ceil(self.document().idealWidth())

    def anchor_position(self, name: str) -> int | None:
        """The character position of a named place; None when it is not here."""
        block = self.document().begin()
        while block.isValid():
            pieces = block.begin()
            while not pieces.atEnd():
                fragment = pieces.fragment()
                if name in fragment.charFormat().anchorNames():
                    return fragment.position()
                pieces += 1
            block = block.next()
        return None

    def visible_text(self) -> str:
        """What is on screen, for searching; one character per document position."""
        return self.document().toRawText()

    def _refresh(self) -> None:
        if not self._stale:
            return
        self._stale = False
        html = self._html or ""
        cursor = self.textCursor()
        selection = (cursor.anchor(), cursor.position()) if cursor.hasSelection() else None
        document = self.document()
        self.setFont(self.theme.font(FontRole.BODY, html))
        document.setIndentWidth(self.theme.px(LIST_INDENT))
        document.setDefaultStyleSheet(document_css(self.theme))
        self.setHtml(self._with_formulas(html))
        if self._widest_formula:
            align(document)
        if selection is not None:
            self._select(*selection)

    def formulas_drawn(self) -> None:
        """The formulas it waited for can be shown."""
        self._stale = True
        self.resized.emit()

    def _with_formulas(self, html: str) -> str:
        """Puts pictures in the place of the formulas that are drawn, and asks for the others."""
        if self._formulas is None:
            return html
        painter, missing, shown, widest = self._formulas, list[tuple[str, bool]](), 0, 0

        def show(latex: str, display: bool) -> str | None:  # noqa: FBT001  the signature of with_formulas
            nonlocal shown, widest
            is_known, drawing = painter.find(latex, display=display)
            if not is_known:
                missing.append((latex, display))
            if drawing is None:
                return f'<code class="math">{escape(latex.strip()).replace(chr(10), "<br>")}</code>'
            shown += 1
            image = paint(drawing, self.font(), self.theme.color("text"), self.devicePixelRatioF())
            name = image_name(shown, image)
            self.document().addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name), image)
            widest = max(widest, round(image.width() / image.devicePixelRatioF()))
            return image_tag(name, latex, image, shrinks=self.SHRINKS)

        html = with_formulas(html, show)
        self._widest_formula = widest
        painter.want(self, missing)
        return html

    def _select(self, anchor: int, position: int) -> None:
        # While text streams in, what was selected is a prefix that stays as it is.
        last = self.document().characterCount() - 1
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(anchor, last))
        cursor.setPosition(min(position, last), QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)

    def _on_anchor_clicked(self, url: QUrl) -> None:
        target = _target(url)
        if not target.scheme() and target.hasFragment() and not target.path():
            self.anchor_wanted.emit(target.fragment())
        elif is_link_allowed(target):
            self.link_clicked.emit(target.toString(QUrl.ComponentFormattingOption.FullyEncoded))

    def _on_link_hovered(self, url: QUrl) -> None:
        target = _target(url)
        address = target.toDisplayString() if is_link_allowed(target) else ""
        plain_tooltip(self, address)
        self.link_hovered.emit(address)

    # Qt overrides

    def loadResource(self, kind: int, url: QUrl | str) -> QByteArray | QImage | None:
        """Answers every request for an image or stylesheet with nothing: neither disk nor network is touched."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return None
        if MessageText._blank is None:
            blank = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
            blank.fill(Qt.GlobalColor.transparent)
            MessageText._blank = blank
        # Without the resource in the document Qt asks again at every paint.
        self.document().addResource(kind, url, MessageText._blank)
        return MessageText._blank

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._widest_formula:
            self._stale = True
            self._refresh()
        return super().event(event)

    def createMimeDataFromSelection(self) -> QMimeData:
        data = QMimeData()
        data.setText(plain_text(self.textCursor()))
        return data

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if leave_scrolling_to_view(event):
            event.ignore()
        else:
            super().keyPressEvent(event)


class WideText(MessageText):
    """A document that may be wider than its place and then has a horizontal scroll bar."""

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None, *, formulas: Formulas | None = None) -> None:
        super().__init__(theme, parent, formulas=formulas)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def fit_wide(self, width: int, needed: int) -> int:
        """Lays the text out in the width it needs and returns the height in a smaller one, scroll bar included."""
        height = super().fit(max(width, needed))
        return height + (self.horizontalScrollBar().sizeHint().height() if needed > width else 0)

    # Qt overrides

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        if abs(delta.x()) > abs(delta.y()) or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            super(MessageText, self).wheelEvent(event)
        else:
            event.ignore()
