"""Draws the formulas of a view: one at a time between other things, remembered, painted in the text's colour."""

import importlib
import threading
from dataclasses import dataclass
from html import escape
from math import ceil
from typing import TYPE_CHECKING, Protocol

import shiboken6
from PySide6.QtCore import QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtSvg import QSvgRenderer

from tally.gui.theme import ThemeManager

if TYPE_CHECKING:
    from tally.rendering.formula import Drawing

_BODY = 14
_LOOK = 1.15
"""The letters of the formulas' font are smaller than those of a sans serif of the same size."""

_ON_BASELINE = 1.6
"""A formula that reaches less than this under the baseline is set like a letter, in px."""

_REMEMBERED = 500
_LOADING_MS = 20


class FormulaText(Protocol):
    """A widget with formulas."""

    def formulas_drawn(self) -> None:
        """All formulas it asked for are known now."""


@dataclass(frozen=True, slots=True)
class _Key:
    latex: str
    display: bool
    size: float


class Formulas(QObject):
    """Knows what formulas look like."""

    def __init__(self, theme: ThemeManager, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._known: dict[_Key, Drawing | None] = {}
        self._wanted: dict[FormulaText, list[_Key]] = {}
        self._loader: threading.Thread | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.work)

    def find(self, latex: str, *, display: bool) -> "tuple[bool, Drawing | None]":
        """Whether a formula was tried already at the present zoom, and its drawing if it can be drawn."""
        key = self._key(latex, display=display)
        if key not in self._known:
            return False, None
        drawing = self._known[key] = self._known.pop(key)
        return True, drawing

    def want(self, text: FormulaText, formulas: list[tuple[str, bool]]) -> None:
        """Has formulas (source, displayed) drawn and tells the text when all of them are; replaces an earlier wish."""
        self._wanted.pop(text, None)
        if not formulas:
            return
        self._wanted[text] = [self._key(latex, display=display) for latex, display in formulas]
        if self._loader is None:
            # Importing takes as long as a dozen frames; the TeX source is shown meanwhile.
            self._loader = threading.Thread(target=importlib.import_module, args=("tally.rendering.formula",))
            self._loader.start()
        if not self._timer.isActive():
            self._timer.start(_LOADING_MS if self._loader.is_alive() else 0)

    def work(self) -> None:
        """Draws one formula, if the drawing code is there."""
        if self._loader is None or self._loader.is_alive():
            return
        self._timer.setInterval(0)
        text = next(iter(self._wanted), None)
        if text is None:
            self._timer.stop()
            return
        keys = self._wanted[text]
        while keys and keys[-1] in self._known:
            keys.pop()
        if keys and shiboken6.isValid(text):
            self._draw(keys.pop())
        if not keys or not shiboken6.isValid(text):
            self._wanted.pop(text, None)
            if shiboken6.isValid(text):
                text.formulas_drawn()

    def _key(self, latex: str, *, display: bool) -> _Key:
        return _Key(latex, display, self._theme.px(_BODY) * _LOOK)

    def _draw(self, key: _Key) -> None:
        from tally.rendering.formula import FormulaError, draw  # noqa: PLC0415  loads ziamath

        try:
            self._known[key] = draw(key.latex, key.size, display=key.display)
        except FormulaError:
            self._known[key] = None
        if len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]


_DESCENT = "&descent"
"""Ends the name of a picture whose lower edge belongs on the descent of the font."""


def image_tag(name: str, latex: str, image: QImage, *, shrinks: bool) -> str:
    """The HTML for a painted formula; the source goes along, to be copied."""
    ratio = image.devicePixelRatioF()
    width, height = round(image.width() / ratio), round(image.height() / ratio)
    style = "vertical-align: middle; " if image.text("edge") == "middle" else ""
    style += "max-width: 100%;" if shrinks else ""
    return f'<img src="{name}" width="{width}" height="{height}" alt="{escape(latex)}" style="{style}">'


def image_name(number: int, image: QImage) -> str:
    """The address under which a document has a painted formula."""
    return f"app:formula?{number}{_DESCENT if image.text('edge') == 'descent' else ''}"


def align(document: QTextDocument) -> None:
    """Puts those formulas on the descent of the font that belong there; HTML has no word for it."""
    places: list[tuple[int, int]] = []
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            fragment = pieces.fragment()
            look = fragment.charFormat()
            if look.isImageFormat() and look.toImageFormat().name().endswith(_DESCENT):
                places.append((fragment.position(), fragment.position() + fragment.length()))
            pieces += 1
        block = block.next()
    look = QTextCharFormat()
    look.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignBaseline)
    cursor = QTextCursor(document)
    for start, end in places:
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        cursor.mergeCharFormat(look)


def paint(drawing: "Drawing", font: QFont, color: QColor, ratio: float) -> QImage:
    """Paints a formula so that its baseline is the text's.

    Qt can set a picture with its lower edge on the baseline, with its lower edge on the descent of the font, or in the
    middle of the line. The middle is known only when the picture is what makes the line as high as it is: then it is a
    quarter of an x-height above the baseline. The formula is padded accordingly.

    Args:
        drawing: the formula.
        font: of the text around it.
        color: of the text around it.
        ratio: device pixels per px.
    """
    from tally.rendering.formula import INK  # noqa: PLC0415  loads ziamath

    above = drawing.height - drawing.depth
    metrics = QFontMetricsF(font)
    if drawing.depth <= _ON_BASELINE:
        edge, baseline = "bottom", float(ceil(above))
        height = ceil(above)
    elif drawing.depth <= metrics.descent() + 1:
        # Qt rounds the descent.
        edge, height = "descent", ceil(above) + round(metrics.descent())
        baseline = float(ceil(above))
    else:
        raised = metrics.xHeight() / 2
        edge, height = "middle", ceil(max(2 * max(above, metrics.ascent()) - raised, 2 * drawing.depth + raised))
        baseline = (height + raised) / 2
    image = QImage(ceil(ceil(drawing.width) * ratio), ceil(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    image.setText("edge", edge)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(drawing.svg.replace(INK, color.name()).encode())
    renderer.render(painter, QRectF(0, baseline - above, drawing.width, drawing.height))
    painter.end()
    return image
