"""The rows of the model picker: what each model is and costs, searched and sorted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from tally.core.catalog import Catalog, ModelInfo, normalise
from tally.core.quote import Quote
from tally.gui.money_text import UNKNOWN, localized, price, usd

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""The `ModelRow` of an index."""
CURRENT_ROLE = Qt.ItemDataRole.UserRole + 2
"""Whether the row is the model in use."""
CHEAPEST_ROLE = Qt.ItemDataRole.UserRole + 3
"""Whether the row is the cheapest one for this message."""


class Column(IntEnum):
    """What stands where."""

    MODEL = 0
    INPUT = 1
    OUTPUT = 2
    QUOTE = 3
    CONTEXT = 4
    VISION = 5


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One line of the list.

    Attributes:
        model: the model.
        typed: it is not listed; the person typed its id just now.
    """

    model: ModelInfo
    typed: bool = False


def price_cell(pico_per_token: int | None) -> str:
    """A price per million tokens with at least two decimals, so that a column of them lines up; `—` when unknown."""
    text = price(pico_per_token)
    return text if text == UNKNOWN or not text[1:].isdecimal() else f"${localized(text[1:] + '.00')}"


def short_count(tokens: int | None) -> str:
    """A number of tokens in a few characters: `200k`, `1M`; `—` when unknown."""
    if tokens is None:
        return UNKNOWN
    if tokens >= 1_000_000:
        return f"{localized(f'{tokens / 1_000_000:.2f}'.rstrip('0').rstrip('.'))}M"
    return f"{localized(f'{tokens / 1000:.1f}'.rstrip('0').rstrip('.'))}k" if tokens >= 1000 else str(tokens)


class ModelTable(QAbstractTableModel):
    """All models, those that match the search, in the chosen order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalog = Catalog(())
        self._quotes: Mapping[str, Quote] = {}
        self._model_id = ""
        self._search = ""
        self._sorted_by: tuple[int, Qt.SortOrder] = (-1, Qt.SortOrder.AscendingOrder)
        self._rows: list[ModelRow] = []

    # What is shown

    def set_catalog(self, catalog: Catalog) -> None:
        """Lists other models."""
        self._catalog = catalog
        self._rebuild()

    def set_model(self, model_id: str) -> None:
        """Names the model in use; one that is not listed gets a row as well."""
        self._model_id = model_id
        self._rebuild()

    def set_search(self, text: str) -> None:
        """Shows what matches; a text that names no model can itself be used as an id."""
        self._search = text.strip()
        self._rebuild()

    def set_quotes(self, quotes: Mapping[str, Quote]) -> None:
        """Prices this message anew; the order follows when it is sorted by that."""
        self._quotes = dict(quotes)
        if self._sorted_by[0] == Column.QUOTE:
            self._rebuild()
        elif self._rows:
            last = self.index(len(self._rows) - 1, Column.VISION)
            self.dataChanged.emit(self.index(0, Column.MODEL), last)

    def rows(self) -> Sequence[ModelRow]:
        """The lines, top to bottom."""
        return tuple(self._rows)

    def row_of(self, model_id: str) -> int:
        """The line of a model, by any spelling of its id; -1 when it is not shown."""
        return next((i for i, row in enumerate(self._rows) if self._catalog.same(row.model.id, model_id)), -1)

    def first_row(self) -> int:
        """The line to begin with: the model in use without a search, else the first match; -1 without lines."""
        current = self.row_of(self._model_id) if not self._search else -1
        return current if current >= 0 else (0 if self._rows else -1)

    def quote_of(self, model: ModelInfo) -> Quote | None:
        """This message on that model."""
        return self._quotes.get(model.id)

    def cheapest(self) -> int | None:
        """The lowest likely price of this message on the listed models, in pico-USD; None while none is known."""
        known = [
            quote.likely.pico
            for model in self._catalog.models
            if (quote := self._quotes.get(model.id)) is not None and quote.likely is not None
        ]
        return min(known) if len(known) > 1 else None

    # The lines

    def _rebuild(self) -> None:
        self.beginResetModel()
        models = list(self._catalog.models)
        if self._model_id and not any(self._catalog.same(model.id, self._model_id) for model in models):
            models.append(self._catalog.find(self._model_id))
        words = self._search.casefold().split()
        found = [model for model in models if all(word in self._haystack(model) for word in words)]
        self._rows = [ModelRow(model) for model in self._in_order(found)]
        if self._search and not any(self._is_called(model, self._search) for model in models):
            self._rows.append(ModelRow(self._catalog.find(self._search), typed=True))
        self.endResetModel()

    def _haystack(self, model: ModelInfo) -> str:
        return " ".join((model.id, model.name, model.tier, model.note)).casefold()

    def _is_called(self, model: ModelInfo, text: str) -> bool:
        return self._catalog.same(model.id, text) or normalise(model.name) == normalise(text)

    def _in_order(self, models: list[ModelInfo]) -> list[ModelInfo]:
        column, order = self._sorted_by
        if column < 0:
            return models
        if column == Column.MODEL:
            return sorted(
                models, key=lambda model: model.name.casefold(), reverse=order == Qt.SortOrder.DescendingOrder
            )
        sign = -1 if order == Qt.SortOrder.DescendingOrder else 1
        # What is unknown stands last whichever way it is sorted.
        return sorted(
            models,
            key=lambda model: (1, 0) if (value := self._figure(model, column)) is None else (0, sign * value),
        )

    def _figure(self, model: ModelInfo, column: int) -> int | None:
        if column == Column.INPUT:
            return model.price.input if model.price else None
        if column == Column.OUTPUT:
            return model.price.output if model.price else None
        if column == Column.CONTEXT:
            return model.context
        if column == Column.VISION:
            return 0 if model.vision else 1
        quote = self._quotes.get(model.id)
        return quote.likely.pico if quote is not None and quote.likely is not None else None

    # Words

    def cell(self, row: ModelRow, column: int) -> str:
        """What stands in a cell."""
        model = row.model
        if row.typed and column == Column.MODEL:
            return self.tr("Use “{id}”").format(id=model.id)
        if column == Column.MODEL:
            return model.name
        if column == Column.INPUT:
            return price_cell(model.price.input if model.price else None)
        if column == Column.OUTPUT:
            return price_cell(model.price.output if model.price else None)
        if column == Column.CONTEXT:
            return short_count(model.context)
        if column == Column.VISION:
            return self.tr("yes") if model.vision else self.tr("no")
        quote = self._quotes.get(model.id)
        return UNKNOWN if quote is None or quote.likely is None else usd(quote.likely)

    def note(self, row: ModelRow) -> str:
        """The quiet words under the name."""
        if row.typed:
            return self.tr("Not in the list: its price is unknown until you set one in the settings.")
        if not row.model.listed:
            return self.tr("Not in the list: price unknown")
        if row.model.recommended and row.model.note:
            return self.tr("{note} · recommended").format(note=row.model.note)
        return row.model.note

    def spoken(self, row: ModelRow) -> str:
        """The whole line in words, for those who cannot see it."""
        if row.typed:
            return f"{self.cell(row, Column.MODEL)}. {self.note(row)}"
        parts = [row.model.name, self.note(row)]
        titles = self.titles()
        figures = (Column.INPUT, Column.OUTPUT, Column.QUOTE, Column.CONTEXT, Column.VISION)
        parts += [f"{titles[column]}: {self.cell(row, column)}" for column in figures]
        if self._is_cheapest(row):
            parts.append(self.tr("cheapest for this message"))
        return ", ".join(part for part in parts if part)

    def titles(self) -> Mapping[Column, str]:
        """The columns' headings."""
        return {
            Column.MODEL: self.tr("Model"),
            Column.INPUT: self.tr("Input $/M"),
            Column.OUTPUT: self.tr("Output $/M"),
            Column.QUOTE: self.tr("This message ≈"),
            Column.CONTEXT: self.tr("Context"),
            Column.VISION: self.tr("Vision"),
        }

    def _is_cheapest(self, row: ModelRow) -> bool:
        quote = self._quotes.get(row.model.id)
        return quote is not None and quote.likely is not None and quote.likely.pico == self.cheapest()

    # Qt's questions

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's signature
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], index.column()
        if role == ROW_ROLE:
            return row
        if role == CURRENT_ROLE:
            return bool(self._model_id) and not row.typed and self._catalog.same(row.model.id, self._model_id)
        if role == CHEAPEST_ROLE:
            return self._is_cheapest(row)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == Column.MODEL:
            return self.spoken(row)
        if role == Qt.ItemDataRole.DisplayRole:
            return self.cell(row, column)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.titles()[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignLeft if section == Column.MODEL else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if (column, order) != self._sorted_by:
            self._sorted_by = (column, order)
            self._rebuild()
