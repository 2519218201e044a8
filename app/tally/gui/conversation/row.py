"""What the virtual list asks of a row."""

from PySide6.QtWidgets import QWidget


class Row(QWidget):
    """One row; it lays itself out for a width."""

    def fit(self, width: int) -> int:
        """Arranges everything for a width and returns the height, both in px."""
        raise NotImplementedError

    def show_range(self, top: int, bottom: int) -> int | None:
        """Completes what lies between two heights of the row; the rest may stay an estimate.

        Returns:
            None when nothing was to be done; else `fit` must be asked again, and what stood at `top` has gone down by
            so many px.
        """
        raise NotImplementedError

    def mark_at(self, y: int) -> object:
        """A mark for what stands at a height of the row, valid after `fit` with another width; None if nothing."""
        raise NotImplementedError

    def mark_y(self, mark: object) -> int:
        """At which height what was marked stands now."""
        raise NotImplementedError

    def is_held(self) -> bool:
        """Whether the row must stay a widget although it left the screen (it has the focus or a selection)."""
        raise NotImplementedError
