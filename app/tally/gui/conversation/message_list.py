"""The messages of one path as rows: which there are, where the reader is, and what they want done."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPalette, QResizeEvent
from PySide6.QtWidgets import QWidget

from tally.core.messages import ImagePart, Message, Role, TextPart
from tally.gui.conversation.answer_row import AnswerRow
from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.highlighter import Highlighter
from tally.gui.conversation.message_row import MessageRow, RowContext
from tally.gui.conversation.question_row import QuestionRow
from tally.gui.conversation.row import Row
from tally.gui.conversation.segment_source import SegmentSource
from tally.gui.conversation.segment_views import TextWidget
from tally.gui.conversation.selection import SelectionController
from tally.gui.conversation.shown import Notice, Shown
from tally.gui.conversation.virtual_list import VirtualList
from tally.gui.theme import ThemeManager
from tally.gui.widgets import IconButton

COLUMN = 760
"""Width of the text in px at 100 %."""

_MARGIN = 12
"""Between the column and the edge of a narrow window, beside the rows' own side: as wide as the scroll bar."""

_LENGTH_PER_LINE = 30
"""What a line break adds to the estimated length of a message, in characters."""

_LENGTH_OF_IMAGE = 600
"""What a picture adds, likewise."""


class MessageList(VirtualList):
    """One path through a conversation; the view adds the stream, the search and the keyboard.

    Signals:
        link_activated(str): a link was chosen; only http, https and mailto arrive here.
        link_hovered(str): the address under the pointer, empty when there is none.
        action_wanted(str, str): action id, message id. Copying is done already when "copied" comes.
        sibling_wanted(str, int): message id, -1 or +1.
        image_wanted(str): the digest of a picture to open.
        thumbnails_wanted(list): digests of pictures that are about to be seen and were not set yet.
        retry_now(str): answer id.
        stop_wanted(str): answer id.
    """

    link_activated = Signal(str)
    link_hovered = Signal(str)
    action_wanted = Signal(str, str)
    sibling_wanted = Signal(str, int)
    image_wanted = Signal(str)
    thumbnails_wanted = Signal(list)
    retry_now = Signal(str)
    stop_wanted = Signal(str)

    def __init__(self, theme: ThemeManager, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[Shown] = []
        self._places: dict[str, int] = {}
        self._notices: dict[str, Notice] = {}
        self._thumbnails: dict[str, QImage] = {}
        self._asked: set[str] = set()
        self._model_name: Callable[[str], str] = str
        self._source = SegmentSource()
        self._context = RowContext(
            theme, self._source.of, self._name_of_model, self._thumbnails.get, Formulas(theme, self)
        )
        self._highlighter = Highlighter(theme, self)
        self._selection = SelectionController(self.text_rows, self)
        self._selection.copied.connect(lambda message_id: self.action_wanted.emit("copied", message_id))
        self._jump = IconButton("arrow-down", theme, self.tr("Jump to latest"), self, keys="End")
        self._jump.setProperty("surface", "card")
        self._jump.setFixedSize(36, 36)
        # The End key does the same; as a tab stop it would come and go.
        self._jump.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._jump.hide()
        self._jump.clicked.connect(self.go_to_end)
        self.at_end_changed.connect(lambda _: self._place_jump())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Conversation"))
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    # What is shown

    def show_path(self, path: Sequence[Shown], *, keep_position: bool = False) -> None:
        """Shows these messages; rows of messages that are the same stay.

        Args:
            path: first to last.
            keep_position: what is being read stays where it is; otherwise the end is shown.
        """
        position = self.position() if keep_position else None
        old, self._rows = self._rows, list(path)
        known = {shown.message.id: (shown, self.heights.exact(index)) for index, shown in enumerate(old)}
        self._places = {shown.message.id: index for index, shown in enumerate(path)}
        kept = {}
        heights: list[tuple[int, int | None]] = []
        for index, shown in enumerate(path):
            before, height = known.get(shown.message.id, (None, None))
            if keep_position and before is not None and before == shown:
                kept[self._index_in(old, shown, index)] = index
            heights.append((_length(shown.message), height))
        self._source.live = {name: live for name, live in self._source.live.items() if name in self._places}
        self._notices = {name: notice for name, notice in self._notices.items() if name in self._places}
        self.clear_rows(keep=kept)
        self.heights.reset(heights)
        self._selection.clear()
        if keep_position:
            self.restore(position)
        else:
            self.go_to_end()

    @staticmethod
    def _index_in(rows: list[Shown], shown: Shown, guess: int) -> int:
        if guess < len(rows) and rows[guess].message.id == shown.message.id:
            return guess
        return next(index for index, each in enumerate(rows) if each.message.id == shown.message.id)

    def append(self, shown: Shown) -> None:
        """Adds a message at the end; a question of the user scrolls to it."""
        self._places[shown.message.id] = len(self._rows)
        self._rows.append(shown)
        self.heights.append(_length(shown.message))
        if shown.message.role is Role.USER:
            self.go_to_end()
        else:
            self.relayout()

    def update_message(self, shown: Shown) -> None:
        """Takes a newer value of a message: state, cost, parts, siblings."""
        index = self._places.get(shown.message.id)
        if index is None:
            return
        self._rows[index] = shown
        row = self._row(shown.message.id)
        if row is not None:
            row.show_message(shown)
            self.relayout()

    def set_model_names(self, names: Callable[[str], str]) -> None:
        """Says how a model id is called."""
        self._model_name = names
        for row in self._message_rows():
            row.show_message(row.shown)
        self.relayout()

    def _name_of_model(self, model_id: str) -> str:
        return self._model_name(model_id)

    def set_thumbnail(self, digest: str, image: QImage) -> None:
        """Gives a small picture of an attachment."""
        self._thumbnails[digest] = image
        for row in self._message_rows():
            row.set_thumbnail(digest, image)

    def set_notice(self, answer_id: str, notice: Notice | None) -> None:
        """Says what is going on with a running answer; None when there is nothing to say."""
        if notice is None:
            self._notices.pop(answer_id, None)
        else:
            self._notices[answer_id] = notice
        row = self._row(answer_id)
        if isinstance(row, AnswerRow):
            row.set_notice(notice)
            self.relayout()

    # Position

    def position(self) -> tuple[str, int] | None:
        """Where the reader is, to be given to `restore`; survives other messages being shown in between.

        Returns:
            the message that is read and where its top stands in the viewport in px; None at the end.
        """
        anchor = self.anchor()
        if anchor is None or anchor[0] >= len(self._rows):
            return None
        return self._rows[anchor[0]].message.id, anchor[1]

    def restore(self, position: object) -> None:
        """Goes back to a position; to the end when it is None or its message is gone."""
        if isinstance(position, tuple) and position[0] in self._places:
            self.go_to(self._places[position[0]], position[1])
        else:
            self.go_to_end()

    def scroll_to(self, message_id: str) -> None:
        """Brings a message to the top of the view."""
        if message_id in self._places:
            self.go_to(self._places[message_id])

    # Rows

    def _name(self, row: MessageRow, index: int) -> None:
        role = self.tr("You") if row.shown.message.role is Role.USER else self.tr("Assistant")
        words = " ".join(row.shown.message.text[:400].split())
        place = self.tr("{role}, {number} of {count}: {words}")
        row.setAccessibleName(
            place.format(role=role, number=index + 1, count=len(self._rows), words=words[:200] or self.tr("no text"))
        )

    def make_row(self, index: int) -> Row:
        """See `VirtualList.make_row`."""
        shown = self._rows[index]
        kind = QuestionRow if shown.message.role is Role.USER else AnswerRow
        row = kind(shown, self._context, self.viewport())
        message_id = shown.message.id
        row.action.connect(lambda name: self._on_action(name, message_id))
        row.sibling.connect(lambda step: self.sibling_wanted.emit(message_id, step))
        row.link_clicked.connect(self.link_activated)
        row.link_hovered.connect(self.link_hovered)
        row.image_clicked.connect(self.image_wanted)
        row.resized.connect(self.relayout)
        row.reveal_wanted.connect(lambda y: self.reveal(self._places[message_id], y - 40, y + 80))
        row.wants_colours.connect(self._highlighter.enqueue)
        if isinstance(row, AnswerRow):
            row.notice_action.connect(lambda name: self._on_notice_action(name, message_id))
            row.formatted_wanted.connect(lambda formatted: self._on_formatted_wanted(message_id, formatted))
            if message_id in self._notices:
                row.set_notice(self._notices[message_id])
            if message_id in self._source.live:
                row.set_reasoning(self._source.live[message_id].reasoning)
        row.body.colour_all()
        row.text_made.connect(self._on_text_made)
        for text in row.all_texts():
            self._on_text_made(text)
        self._name(row, index)
        self._ask_thumbnails(shown.message)
        return row

    def column(self) -> tuple[int, int]:
        """See `VirtualList.column`."""
        # Of the whole width, scroll bar or not, so that the column stands exactly above the composer.
        width = max(120, min(self.width() - 2 * _MARGIN, self._theme.px(COLUMN) + 2 * MessageRow.SIDE))
        return max(0, (self.width() - width) // 2), width

    def text_rows(self) -> list[MessageRow]:
        """The rows that are widgets, in reading order."""
        return [row for _, row in sorted(self.live.items()) if isinstance(row, MessageRow)]

    def _message_rows(self) -> list[MessageRow]:
        return [row for row in self.live.values() if isinstance(row, MessageRow)]

    def _row(self, message_id: str) -> MessageRow | None:
        row = self.live.get(self._places.get(message_id, -1))
        return row if isinstance(row, MessageRow) else None

    def _ask_thumbnails(self, message: Message) -> None:
        wanted = [part.digest for part in message.images if part.digest not in self._thumbnails]
        fresh = [digest for digest in wanted if digest not in self._asked]
        if fresh:
            self._asked.update(fresh)
            self.thumbnails_wanted.emit(fresh)

    def _on_text_made(self, text: TextWidget) -> None:
        self._selection.watch(text)

    def _on_action(self, name: str, message_id: str) -> None:
        row = self._row(message_id)
        if name in {"copy", "copy_markdown"} and row is not None:
            text = row.copied_text() if name == "copy" else row.shown.message.text
            QGuiApplication.clipboard().setText(text)
            self.remeasure()
            name = "copied"
        self.action_wanted.emit(name, message_id)

    def _on_notice_action(self, name: str, message_id: str) -> None:
        if name == "retry_now":
            self.retry_now.emit(message_id)
        elif name == "stop":
            self.stop_wanted.emit(message_id)
        else:
            self.action_wanted.emit(name, message_id)

    def _on_formatted_wanted(self, message_id: str, formatted: bool) -> None:  # noqa: FBT001  a slot of a bool signal
        self._source.set_formatted(message_id, formatted=formatted)
        row = self._row(message_id)
        if row is not None:
            row.show_message(row.shown)
            self.relayout()

    def _on_theme_changed(self) -> None:
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Window, self._theme.color("canvas"))
        self.setPalette(palette)
        self.setAutoFillBackground(True)
        per_line = self._theme.px(COLUMN) / max(1, self._theme.px(7))
        self.heights.set_estimate(self._theme.px(90), self._theme.px(24) / per_line)
        for row in self._message_rows():
            row.restyle()
            row.body.colour_all()
        self.remeasure()

    def _place_jump(self) -> None:
        area = self.viewport().geometry()
        size = self._jump.size()
        x = area.center().x() - size.width() // 2
        self._jump.setGeometry(QRect(x, area.bottom() - size.height() - 12, size.width(), size.height()))
        self._jump.setVisible(not self.at_end)
        self._jump.raise_()

    # Qt overrides

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_jump()


def _length(message: Message) -> int:
    """How long a message is, in characters, for the estimate of its height; this runs for every message of a path."""
    length = 0
    for part in message.parts:
        if isinstance(part, TextPart):
            length += len(part.text) + _LENGTH_PER_LINE * part.text.count("\n")
        elif isinstance(part, ImagePart):
            length += _LENGTH_OF_IMAGE
    return length
