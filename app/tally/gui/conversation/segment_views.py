"""Which widget draws which kind of segment, and how high it will probably be before it exists."""

from typing import TypeAlias

from PySide6.QtWidgets import QWidget

from tally.gui.conversation.code_block import CodeText, CodeView
from tally.gui.conversation.formula import FormulaView
from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.prose import ProseView
from tally.gui.conversation.table import TableView
from tally.gui.conversation.text_browser import MessageText
from tally.gui.theme import ThemeManager
from tally.rendering.segments import CodeSegment, MathSegment, ProseSegment, Segment, TableSegment

SegmentView: TypeAlias = ProseView | CodeView | TableView | FormulaView
TextWidget: TypeAlias = MessageText | CodeText

_LINE = 22
_CODE_LINE = 17
_TABLE_ROW = 35
_CHARACTER = 6.6
_CODE_FRAME = 47


def make_view(segment: Segment, theme: ThemeManager, formulas: Formulas, parent: QWidget) -> SegmentView:
    """The widget for a segment."""
    match segment:
        case CodeSegment():
            return CodeView(segment, theme, parent)
        case TableSegment():
            return TableView(segment, theme, formulas, parent)
        case MathSegment():
            return FormulaView(segment, theme, formulas, parent)
        case ProseSegment():
            return ProseView(segment, theme, formulas, parent)


def take_over(view: SegmentView, segment: Segment, appended: int | None) -> bool:
    """Gives a widget a newer value of its segment; False when it is of another kind."""
    match view, segment:
        case CodeView(), CodeSegment():
            view.show_segment(segment, appended)
        case ProseView(), ProseSegment():
            view.show_segment(segment)
        case TableView(), TableSegment():
            view.show_segment(segment)
        case FormulaView(), MathSegment():
            view.show_segment(segment)
        case _:
            return False
    return True


def text_of(view: SegmentView) -> TextWidget:
    """The widget that holds the text."""
    return view.text if isinstance(view, CodeView) else view


def probable_height(segment: Segment, width: int, theme: ThemeManager) -> int:
    """An estimate in px of how high a segment will be at a width."""
    match segment:
        case CodeSegment():
            return theme.px(_CODE_LINE) * (segment.code.count("\n") + 1) + _CODE_FRAME
        case TableSegment():
            return theme.px(_TABLE_ROW) * (segment.rows + 1)
        case _:
            per_line = max(8.0, width / (_CHARACTER * theme.zoom / 100))
            lines = sum(1 + int(len(line) / per_line) for line in segment.source.splitlines() if line)
            return theme.px(_LINE) * max(1, lines) + theme.px(4) * segment.source.count("\n")
