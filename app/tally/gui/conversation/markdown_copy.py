"""A selection as Markdown: the source of the blocks that are selected whole, plain text of those that are cut."""

from collections.abc import Iterator

from PySide6.QtGui import QTextCursor, QTextDocument

from tally.gui.conversation.message_row import MessageRow
from tally.gui.conversation.plain_copy import plain_text
from tally.gui.conversation.segment_views import TextWidget, text_of
from tally.rendering.segments import ProseSegment, Segment


def markdown(row: MessageRow) -> str:
    """The selected part of a message as Markdown; empty when nothing is selected."""
    own = {id(text_of(view)): view.segment for view in row.body.views}
    source = row.shown.message.text
    parts: list[str] = []
    begin = end = -1
    for text in row.texts():
        cursor = text.textCursor()
        if not cursor.hasSelection():
            continue
        segment = own.get(id(text))
        if segment is not None and _is_whole(cursor) and source[segment.start : segment.end] == segment.source:
            if begin >= 0 and not source[end : segment.start].strip():
                parts[-1] = source[begin : segment.end]
            else:
                begin = segment.start
                parts.append(segment.source)
            end = segment.end
            continue
        begin = end = -1
        parts += _cut(text, segment) if isinstance(segment, ProseSegment) else [plain_text(cursor)]
    return "\n\n".join(part for part in parts if part)


def _is_whole(cursor: QTextCursor) -> bool:
    return cursor.selectionStart() == 0 and cursor.selectionEnd() >= cursor.document().characterCount() - 1


def _cut(text: TextWidget, segment: Segment) -> Iterator[str]:
    """The blocks of a segment that is selected in part."""
    cursor = text.textCursor()
    first, last = cursor.selectionStart(), cursor.selectionEnd()
    places = _places(segment.source, text.document())
    if not places:
        yield plain_text(cursor)
        return
    for start, end, source in places:
        if start >= last or end <= first:
            continue
        if first <= start and end <= last:
            yield source
            continue
        piece = QTextCursor(text.document())
        piece.setPosition(max(first, start))
        piece.setPosition(min(last, end), QTextCursor.MoveMode.KeepAnchor)
        yield plain_text(piece)


def _places(source: str, document: QTextDocument) -> list[tuple[int, int, str]]:
    """Where the blocks of a source stand in the document that shows them; nothing when that cannot be told.

    Each block is rendered on its own. That does not give the text of the document when a block refers to another one,
    or when a formula is drawn; then nobody knows.
    """
    from tally.rendering.sources import top_level  # noqa: PLC0415  only when somebody copies
    from tally.rendering.stream import render  # noqa: PLC0415  loads Python-Markdown

    shown = document.toRawText()
    places: list[tuple[int, int, str]] = []
    start = 0
    for block in top_level(source):
        alone = QTextDocument()
        alone.setHtml("".join(each.html for each in render(block) if isinstance(each, ProseSegment)))
        words = alone.toRawText()
        if not shown.startswith(words, start):
            return []
        places.append((start, start + len(words), block))
        start += len(words) + 1
    return places if start == len(shown) + 1 else []
