"""The conversation on screen: rows of messages, the stream into them, and what the reader does with them."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent, QKeySequence, QPalette, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from tally.core.messages import ImagePart, Message, Role, TextPart
from tally.gui.conversation import focus
from tally.gui.conversation.answer_row import AnswerRow
from tally.gui.conversation.find import Finder
from tally.gui.conversation.find_marks import mark_hits, reveal_hit
from tally.gui.conversation.formulas import Formulas
from tally.gui.conversation.highlighter import Highlighter
from tally.gui.conversation.live_answer import LiveAnswer
from tally.gui.conversation.message_row import MessageRow, RowContext
from tally.gui.conversation.pump import StreamPump
from tally.gui.conversation.question_row import QuestionRow
from tally.gui.conversation.segment_source import SegmentSource
from tally.gui.conversation.segment_views import TextWidget
from tally.gui.conversation.selection import SelectionController
from tally.gui.conversation.shown import Notice, Shown
from tally.gui.conversation.virtual_list import Row, VirtualList
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


class ConversationView(VirtualList):
    """One path through a conversation.

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
        self._finder = Finder()
        self._current: str | None = None
        self._context = RowContext(
            theme, self._source.of, self._name_of_model, self._thumbnails.get, Formulas(theme, self)
        )
        self._pump = StreamPump(self)
        self._pump.frame.connect(self.flush)
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
        for keys, step in (("Alt+Up", -1), ("Alt+Down", 1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda step=step: self.move_current(step))
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
        self._finder.search("", ())
        self._selection.clear()
        if keep_position:
            self.restore(position)
        else:
            self._current = None
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

    # The stream

    def feed(self, answer_id: str, text: str) -> None:
        """More words of an answer."""
        live = self._live(answer_id)
        if live is not None and text:
            live.feed(text)
            self._pump.wake()

    def feed_reasoning(self, answer_id: str, text: str) -> None:
        """More reasoning of an answer."""
        live = self._live(answer_id)
        if live is not None and text:
            live.feed_reasoning(text)
            self._pump.wake()

    def flush(self) -> None:
        """Renders what has arrived; the pump calls it once per frame."""
        changed = False
        for answer_id, live in self._source.live.items():
            if live.waiting:
                changed = self._flush(answer_id, live) or changed
        if changed:
            self.relayout()

    def finish(self, shown: Shown) -> None:
        """Puts the finished answer in the place of its stream."""
        answer_id = shown.message.id
        live = self._source.live.get(answer_id)
        if live is not None:
            self._flush(answer_id, live)
            update = live.finish()
            row = self._row(answer_id)
            if live.text == shown.message.text:
                self._source.keep(shown.message, live.segments)
                if row is not None and update is not None:
                    row.body.set_segments(live.segments, update)
            del self._source.live[answer_id]
        self._notices.pop(answer_id, None)
        self.update_message(shown)

    def _live(self, answer_id: str) -> LiveAnswer | None:
        if answer_id not in self._places:
            return None
        if answer_id not in self._source.live:
            self._source.live[answer_id] = LiveAnswer(self._rows[self._places[answer_id]].message)
        return self._source.live[answer_id]

    def _flush(self, answer_id: str, live: LiveAnswer) -> bool:
        update, thought = live.flush()
        row = self._row(answer_id)
        if not isinstance(row, AnswerRow):
            return False
        if update is not None:
            row.body.set_segments(live.segments, update)
            row.invalidate()
        if thought or update is not None:
            row.set_reasoning(live.reasoning)
        return update is not None or thought

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

    def find(  # type: ignore[override]  # QWidget.find(WId)
        self, text: str, *, forward: bool = True, near: str | None = None
    ) -> tuple[int, int]:
        """Goes to the next place where the words stand, in all messages whether on screen or not.

        Args:
            text: the words; empty takes the marks away.
            forward: towards the end.
            near: the message to begin with when these words are new; what is on screen when None.

        Returns:
            the number of the place shown, from 1 (0 when there is none), and how many there are.
        """
        if not self._finder.is_for(text):
            self._finder.search(text, [shown.message for shown in self._rows])
        begin = self._places.get(near or "", self.first_on_screen())
        hit = self._finder.step(forward=forward, near_row=begin)
        # What was selected before would keep its message on hand for ever.
        self._selection.clear()
        if hit is not None:
            if hit.row not in self.live:
                self.go_to(hit.row)
            row = self.live.get(hit.row)
            if isinstance(row, MessageRow):
                reveal_hit(self, row, hit, self._finder)
        self._mark_hits()
        return self._finder.current + 1, len(self._finder.hits)

    def count(self, text: str) -> int:
        """How often the words stand in all messages; marks them without going anywhere."""
        self._finder.search(text, [shown.message for shown in self._rows])
        self._mark_hits()
        return len(self._finder.hits)

    def _mark_hits(self) -> None:
        for row in self._message_rows():
            mark_hits(row.texts(), self._finder.pattern, self._theme)

    # The keyboard

    def move_current(self, step: int) -> None:
        """Moves the focus to the message before (-1) or after (+1), bringing it on screen."""
        if not self._rows:
            return
        current = self._places.get(self._current or "", -1)
        focused = QApplication.focusWidget()
        if current < 0 or focused is None or not self.isAncestorOf(focused):
            current = self._last_on_screen() if current < 0 else current
            target = current
        else:
            target = max(0, min(len(self._rows) - 1, current + step))
        self._current = self._rows[target].message.id
        row = self.live.get(target)
        self.reveal(target, 0, row.height() if row is not None else self.viewport().height())
        row = self.live.get(target)
        if isinstance(row, MessageRow):
            self._name(row, target)
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def focused_message(self) -> str | None:
        """The message that has the keyboard's focus, itself or with something in it."""
        focused = QApplication.focusWidget()
        if focused is None:
            return None
        rows = (row for row in self._message_rows() if focused is row or row.isAncestorOf(focused))
        return next((row.shown.message.id for row in rows), None)

    def focus_message(self, message_id: str) -> None:
        """Gives a message that is on screen the keyboard's focus."""
        row = self._row(message_id)
        if row is not None:
            self._current = message_id
            row.setFocus(Qt.FocusReason.OtherFocusReason)

    def _last_on_screen(self) -> int:
        bottom = self.viewport().height()
        return max((index for index, row in self.live.items() if row.isVisible() and row.y() < bottom), default=0)

    def _name(self, row: MessageRow, index: int) -> None:
        role = self.tr("You") if row.shown.message.role is Role.USER else self.tr("Assistant")
        words = " ".join(row.shown.message.text[:400].split())
        place = self.tr("{role}, {number} of {count}: {words}")
        row.setAccessibleName(
            place.format(role=role, number=index + 1, count=len(self._rows), words=words[:200] or self.tr("no text"))
        )

    # Rows

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
        if self._finder.pattern is not None:
            mark_hits((text,), self._finder.pattern, self._theme)

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
        self._mark_hits()
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down} and not event.modifiers() & ~(
            Qt.KeyboardModifier.KeypadModifier
        ):
            self.move_current(-1 if event.key() == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001  Qt's signature
        """Tab walks through the controls of the current message, then leaves the view."""
        return focus.tab(self, self._row(self._current or ""), forward=forward)


def _length(message: Message) -> int:
    """How long a message is, in characters, for the estimate of its height; this runs for every message of a path."""
    length = 0
    for part in message.parts:
        if isinstance(part, TextPart):
            length += len(part.text) + _LENGTH_PER_LINE * part.text.count("\n")
        elif isinstance(part, ImagePart):
            length += _LENGTH_OF_IMAGE
    return length
