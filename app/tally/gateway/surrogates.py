r"""Valid Unicode out of what JSON escapes can produce.

An escape may name half a character (`\ud83d`), and programs that count in UTF-16 cut characters into halves that
arrive in two chunks. Nothing that writes UTF-8, a file, a database or a window, takes a lone half.
"""


def is_unicode(text: str) -> bool:
    """Whether the text has no lone surrogate."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def scrubbed(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    if is_unicode(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class SurrogateJoiner:
    """Joins strings that come one after another, halves of characters included."""

    __slots__ = ("_half",)

    def __init__(self) -> None:
        self._half = ""

    def join(self, parts: list[str]) -> str:
        """The parts as one text; a first half at its end waits for the second."""
        text = "".join(parts)
        if self._half:
            text, self._half = self._half + text, ""
        if not text or is_unicode(text):
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return scrubbed(text)

    def rest(self) -> str:
        """What still waits, when nothing more comes."""
        rest, self._half = scrubbed(self._half), ""
        return rest
