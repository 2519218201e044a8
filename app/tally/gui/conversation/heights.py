"""How high each row is: exact when it was measured, estimated from its length until then.

Binary indexed trees answer "where does row i begin" and "which row is at y" in O(log n). What is not measured is
kept as a number of characters, so that a new width of the column changes one factor and not 10,000 entries.
"""

from collections.abc import Iterable


class _Sums:
    """Prefix sums of a growing list of numbers (a Fenwick tree)."""

    def __init__(self, values: Iterable[int] = ()) -> None:
        self._tree = [0, *values]
        size = len(self._tree)
        for index in range(1, size):
            parent = index + (index & -index)
            if parent < size:
                self._tree[parent] += self._tree[index]

    def __len__(self) -> int:
        return len(self._tree) - 1

    def add(self, index: int, change: int) -> None:
        node = index + 1
        while node < len(self._tree):
            self._tree[node] += change
            node += node & -node

    def append(self, value: int) -> None:
        node = len(self._tree)
        step = 1
        while step < node & -node:
            value += self._tree[node - step]
            step *= 2
        self._tree.append(value)

    def before(self, index: int) -> int:
        total = 0
        while index:
            total += self._tree[index]
            index &= index - 1
        return total

    def at(self, node: int) -> int:
        """The raw sum kept in a node, for searches that combine several trees."""
        return self._tree[node]


class HeightIndex:
    """The heights of a list of rows in pixels."""

    def __init__(self) -> None:
        self._base = 40
        self._pixels_per_character = 0.25
        self.reset(())

    def __len__(self) -> int:
        return len(self._exact)

    def reset(self, rows: Iterable[tuple[int, int | None]]) -> None:
        """Starts anew.

        Args:
            rows: for each row its length in characters and, where it was measured before, its height.
        """
        lengths: list[int] = []
        self._exact: list[int | None] = []
        for length, exact in rows:
            lengths.append(length)
            self._exact.append(exact)
        self._lengths = lengths
        self._measured = _Sums(exact or 0 for exact in self._exact)
        self._characters = _Sums(
            length if exact is None else 0 for length, exact in zip(lengths, self._exact, strict=True)
        )
        self._guessed = _Sums(1 if exact is None else 0 for exact in self._exact)

    def append(self, length: int) -> None:
        """Adds a row of that many characters at the end."""
        self._lengths.append(length)
        self._exact.append(None)
        self._measured.append(0)
        self._characters.append(length)
        self._guessed.append(1)

    def set_estimate(self, base: int, pixels_per_character: float) -> None:
        """Says how the height of a row that was never measured is guessed; O(1)."""
        self._base = base
        self._pixels_per_character = pixels_per_character

    def set_exact(self, index: int, height: int) -> None:
        """Puts a measured height in the place of an estimate or an older measurement."""
        old = self._exact[index]
        if old == height:
            return
        self._exact[index] = height
        self._measured.add(index, height - (old or 0))
        if old is None:
            self._characters.add(index, -self._lengths[index])
            self._guessed.add(index, -1)

    def exact(self, index: int) -> int | None:
        """The measured height; None while it is only estimated."""
        return self._exact[index]

    def top(self, index: int) -> int:
        """Where a row begins; for index = number of rows, where the last one ends."""
        return self._pixels(self._measured.before(index), self._characters.before(index), self._guessed.before(index))

    def total(self) -> int:
        """The height of everything."""
        return self.top(len(self))

    def at(self, y: float) -> int:
        """The row that covers a height; the first or last one outside. 0 when there are no rows."""
        found = measured = characters = guessed = 0
        size = len(self)
        step = 1 << max(size.bit_length() - 1, 0)
        while step:
            node = found + step
            if node <= size:
                candidate = (
                    measured + self._measured.at(node),
                    characters + self._characters.at(node),
                    guessed + self._guessed.at(node),
                )
                if self._pixels(*candidate) <= y:
                    found = node
                    measured, characters, guessed = candidate
            step >>= 1
        return max(0, min(found, size - 1))

    def _pixels(self, measured: int, characters: int, guessed: int) -> int:
        return measured + guessed * self._base + int(characters * self._pixels_per_character)
