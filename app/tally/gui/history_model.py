"""The rows of the conversation list: headings, conversations, and what a search found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QDate,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from tally.core.conversation import ConversationHead
from tally.core.money import Total
from tally.core.ports import SearchHit
from tally.gui import money_text


class RowKind(StrEnum):
    """What a row is."""

    HEADING = "heading"
    CHAT = "chat"
    HIT = "hit"


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes:
        kind: what it is.
        text: a heading's words, else the title.
        head: of a conversation.
        hit: of a search.
    """

    kind: RowKind
    text: str
    head: ConversationHead | None = None
    hit: SearchHit | None = None

    @property
    def conversation(self) -> str:
        """The conversation's id; empty for a heading."""
        if self.head is not None:
            return self.head.id
        return self.hit.conversation if self.hit is not None else ""


class RowRole(IntEnum):
    """What the delegate asks for."""

    ROW = Qt.ItemDataRole.UserRole


def title_of(head: ConversationHead) -> str:
    """The title, or what stands for one."""
    return head.title or QCoreApplication.translate("History", "New chat")


def cost_of(head: ConversationHead) -> str:
    """What a conversation cost, as it stands in the list; empty before the first call."""
    if not head.cost and not head.unknown:
        return ""
    if not head.cost:
        return money_text.UNKNOWN
    total = Total(head.cost - head.estimated, head.estimated)
    return money_text.total(total) + (" +" if head.unknown else "")


def cost_note(head: ConversationHead) -> str:
    """The cost in words, for tooltip and screen reader."""
    translate = QCoreApplication.translate
    total = Total(head.cost - head.estimated, head.estimated, head.unknown)
    parts = [money_text.total(total)] if head.cost or head.unknown else [translate("History", "nothing spent")]
    if note := money_text.total_note(total):
        parts.append(note)
    if head.simulated:
        parts.append(translate("History", "simulated"))
    return ", ".join(parts)


def group_of(day: QDate, today: QDate) -> str:
    """The heading under which a day stands."""
    translate = QCoreApplication.translate
    ago = day.daysTo(today)
    if ago <= 0:
        return translate("History", "Today")
    if ago == 1:
        return translate("History", "Yesterday")
    if ago <= 7:
        return translate("History", "Previous 7 days")
    if ago <= 30:
        return translate("History", "Previous 30 days")
    month = QLocale().standaloneMonthName(day.month())
    return month if day.year() == today.year() else f"{month} {day.year()}"


def rows_of(heads: Iterable[ConversationHead], today: QDate) -> list[Row]:
    """Conversations under their headings: the pinned first, then by last change, newest first."""
    ordered = sorted(heads, key=lambda head: (not head.pinned, -head.updated))
    pinned = QCoreApplication.translate("History", "Pinned")
    rows: list[Row] = []
    heading = ""
    for head in ordered:
        wanted = pinned if head.pinned else group_of(QDateTime.fromMSecsSinceEpoch(head.updated).date(), today)
        if wanted != heading:
            heading = wanted
            rows.append(Row(RowKind.HEADING, heading))
        rows.append(Row(RowKind.CHAT, title_of(head), head))
    return rows


def rows_of_hits(hits: Sequence[SearchHit]) -> list[Row]:
    """What was found, best first."""
    untitled = QCoreApplication.translate("History", "New chat")
    return [Row(RowKind.HIT, hit.title or untitled, hit=hit) for hit in hits]


class HistoryModel(QAbstractListModel):
    """The rows as Qt's views read them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._places: dict[str, int] = {}

    def show(self, rows: list[Row]) -> bool:
        """Shows other rows; True when the list had to be rebuilt, False when only contents changed in place."""
        old = self._rows
        same_places = len(old) == len(rows) and all(
            one.kind is other.kind and one.conversation == other.conversation
            for one, other in zip(old, rows, strict=True)
        )
        if same_places:
            self._rows = rows
            for place, (one, other) in enumerate(zip(old, rows, strict=True)):
                if one != other:
                    self.dataChanged.emit(self.index(place), self.index(place))
            return False
        self.beginResetModel()
        self._rows = rows
        self._places = {}
        for place, row in enumerate(rows):
            if row.conversation:
                self._places.setdefault(row.conversation, place)
        self.endResetModel()
        return True

    def row(self, index: QModelIndex | QPersistentModelIndex) -> Row | None:
        """The row at an index; None for none."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def rows(self) -> Sequence[Row]:
        """All rows, first to last."""
        return self._rows

    def first(self) -> QModelIndex:
        """The first row that can be opened; an invalid index when there is none."""
        found = next((place for place, row in enumerate(self._rows) if row.conversation), None)
        return QModelIndex() if found is None else self.index(found)

    def place(self, conversation: str) -> QModelIndex:
        """Where a conversation stands; an invalid index when it does not."""
        place = self._places.get(conversation)
        return QModelIndex() if place is None else self.index(place)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008  Qt's default
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.row(index)
        if row is None:
            return None
        if role == RowRole.ROW:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole}:
            return row.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.text}, {cost_note(row.head)}" if row.head is not None else row.text
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        row = self.row(index)
        if row is None or row.kind is RowKind.HEADING:
            return Qt.ItemFlag.NoItemFlags
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsEditable if row.kind is RowKind.CHAT else usual
