"""Makes Markdown as models write it: deterministic for a seed, with the mixture measured in chats."""

import random
from collections.abc import Callable

_TEXT = (
    "the model answers quickly when a prompt is short and clear because every token costs money while people read "
    "along on their screens and compare results from several runs before they decide which one is good enough for "
    "daily work with tables lists code and formulas in many languages"
)
_WORDS = _TEXT.split()
_CJK = (
    "これは**「強調」**です。", "模型回答很快，**注意：**请看价格。", "**太字**とコスト", "价格是$5到$10，约20~30度",
    "见https://example.com/docs。", "公式$E=mc^2$很有名",
)  # fmt: skip
_LANGUAGES = ("python", "bash", "json", "", "js")


class Corpus:
    """A source of Markdown blocks.

    Args:
        seed: the same seed gives the same text.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def text(self, characters: int) -> str:
        """Returns a mixed answer of at least so many characters."""
        blocks: list[str] = []
        size = 0
        while size < characters:
            blocks.append(self.block())
            size += len(blocks[-1])
        return "".join(blocks)

    def block(self) -> str:
        """Returns one block and the blank line after it, which now and then is missing."""
        makers: list[tuple[Callable[[], str], int]] = [
            (self.paragraph, 42), (self.bullets, 15), (self.numbers, 10), (self.table, 7), (self.code, 14),
            (self.quote, 3), (self.heading, 9), (self.tasks, 2), (self.formula, 2),
        ]  # fmt: skip
        maker = self._random.choices([maker for maker, _ in makers], [weight for _, weight in makers])[0]
        return maker()

    def standard_block(self) -> str:
        """Returns one block that holds nothing but CommonMark and GFM."""
        text = (
            f"{self.words(3, 9)} **{self.words(1, 2)}** `{self.words(1, 1)}` [{self.words(1, 2)}](https://example.com)"
        )
        makers: list[Callable[[], str]] = [
            lambda: f"{text}\n{self.words(2, 5)} *{self.words(1, 1)}*.\n\n",
            lambda: f"- {text}\n  - {self.words(1, 3)}\n- ~~{self.words(1, 2)}~~\n\n",
            lambda: f"1. {text}\n\n   {self.words(2, 4)}\n2. {self.words(1, 3)}\n\n",
            lambda: f"> {text}\n> - {self.words(1, 2)}\n\n",
            self.table, self.code, self.heading,
        ]  # fmt: skip
        return self._random.choice(makers)()

    def words(self, low: int, high: int) -> str:
        """Returns some plain words."""
        return " ".join(self._random.choice(_WORDS) for _ in range(self._random.randint(low, high)))

    def sentence(self) -> str:
        """Returns a sentence with inline markup in places."""
        parts = [self.words(3, 9)]
        for _ in range(self._random.randint(0, 2)):
            parts += [self._random.choice(self._markup())(), self.words(2, 6)]
        return " ".join(parts).capitalize() + "."

    def _markup(self) -> list[Callable[[], str]]:
        return [
            lambda: f"**{self.words(1, 3)}**", lambda: f"*{self.words(1, 2)}*", lambda: f"`{self.words(1, 1)}()`",
            lambda: f"**{self.words(1, 2)}:**", lambda: f"[{self.words(1, 3)}](https://example.com/{self.words(1, 1)})",
            lambda: f"https://example.com/{self.words(1, 1)}", lambda: "$x_1 + y$", lambda: r"\(a^2\)",
            lambda: "$5 and $10", lambda: "List<int>", lambda: f"~~{self.words(1, 2)}~~",
            lambda: self._random.choice(_CJK),
        ]  # fmt: skip

    def paragraph(self) -> str:
        """Returns a paragraph."""
        return " ".join(self.sentence() for _ in range(self._random.randint(1, 5))) + "\n\n"

    def heading(self) -> str:
        """Returns a heading."""
        return "#" * self._random.randint(1, 4) + f" {self.words(2, 5).title()}\n\n"

    def bullets(self) -> str:
        """Returns a nested bullet list, sometimes right after a line of text, indented by two, three or four."""
        step = self._random.choice((2, 2, 3, 4))
        mark = self._random.choice("-*")
        lines = [self.words(2, 4) + ":"] if self._random.random() < 0.4 else []
        depth = 0
        for _ in range(self._random.randint(2, 8)):
            lines.append(" " * (step * depth) + f"{mark} {self.sentence()}")
            depth = max(0, min(2, depth + self._random.choice((-1, 0, 0, 1))))
        return "\n".join(lines) + "\n\n"

    def numbers(self) -> str:
        """Returns a numbered list, with code in its items at times."""
        gap = self._random.choice(("\n", "\n\n"))
        items = []
        for number in range(1, self._random.randint(3, 6)):
            item = f"{number}. **{self.words(1, 2)}** – {self.sentence()}"
            if self._random.random() < 0.3:
                item += f"\n   ```bash\n   run {self.words(1, 3)}\n   ```"
            elif self._random.random() < 0.3:
                item += f"\n   - {self.sentence()}\n   - {self.words(2, 5)}"
            items.append(item)
        return gap.join(items) + "\n\n"

    def table(self) -> str:
        """Returns a table."""
        columns = self._random.randint(2, 4)
        rows = [[self.words(1, 2) for _ in range(columns)]]
        for _ in range(self._random.randint(2, 6)):
            row = [self.words(1, 3) for _ in range(columns)]
            row[-1] = f"{self._random.randint(1, 9999):,}"
            row[0] = f"**{row[0]}**" if self._random.random() < 0.3 else row[0]
            rows.append(row)
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        lines.insert(1, "|" + "---|" * columns)
        return "\n".join(lines) + "\n\n"

    def code(self) -> str:
        """Returns a fenced code block."""
        lines = [
            f"    {self.words(1, 1)} = {self.words(1, 1)}({self.words(1, 2)})"
            for _ in range(self._random.randint(2, 14))
        ]
        return f"```{self._random.choice(_LANGUAGES)}\ndef run():\n" + "\n".join(lines) + "\n```\n\n"

    def quote(self) -> str:
        """Returns a quote."""
        return f"> {self.sentence()}\n> {self.sentence()}\n\n"

    def tasks(self) -> str:
        """Returns a task list."""
        return "".join(f"- [{self._random.choice(' x')}] {self.words(2, 5)}\n" for _ in range(3)) + "\n"

    def formula(self) -> str:
        """Returns a displayed formula."""
        return self._random.choice(
            ("$$\nx = \\frac{a}{b}\n$$\n\n", "\\[\n\\sum_{i=1}^n i\n\\]\n\n", "$$E = mc^2$$\n\n")
        )
