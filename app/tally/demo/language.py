"""Guesses the language of a question among those the demo can answer in."""

import re
from collections.abc import Sequence
from typing import Literal

Language = Literal["en", "ja", "zh", "uz"]
LANGUAGES: tuple[Language, ...] = ("en", "ja", "zh", "uz")

_ENOUGH = 4000  # characters that are looked at
_KANA = re.compile(r"[\u3041-\u30ff]")
_HAN = re.compile(r"[\u3400-\u9fff]")
_UZBEK_LETTERS = re.compile(r"[oOgG][\u02bb\u2018]|[ўқғҳЎҚҒҲ]")
_WORD = re.compile(r"[A-Za-z\u02bb\u02bc\u2018\u2019'`]+")
# Frequent words that English does not have.
_UZBEK_WORDS = re.compile(
    r"salom|assalomu|rahmat|iltimos|nima|nega|qan(?:day|aqa|cha)|qachon|qayer(?:da)?|necha|uchun|bilan|haqida|kerak|emas"
    r"|yoki|lekin|agar|shu|siz|biz|ular|yoz(?:ib|ing)|ayt(?:ib|ing)|tushuntir(?:ing)?|tarjima|narxi?|javob|savol|bormi"
    r"|mumkin(?:mi)?|qiling|yaxshi|katta|kichik"
)
_UZBEK_ENDING = re.compile(r"\w{3,}(?:larning|lardan|larni|larga|ning|moqda|dagi|miz|ingiz)$")


def language_of(texts: Sequence[str]) -> Language:
    """Returns the language of the newest text; older ones decide where Han characters alone cannot.

    Args:
        texts: what the user wrote, oldest first.
    """
    newest = texts[-1][:_ENOUGH] if texts else ""
    if _KANA.search(newest):
        return "ja"
    if _HAN.search(newest):
        return "ja" if any(map(_KANA.search, texts)) else "zh"
    return "uz" if _is_uzbek(newest) else "en"


def _is_uzbek(text: str) -> bool:
    if _UZBEK_LETTERS.search(text):
        return True
    words = [word.lower() for word in _WORD.findall(text)]
    hits = sum(bool(_UZBEK_WORDS.fullmatch(word) or _UZBEK_ENDING.search(word)) for word in words)
    return hits > 0.2 * len(words)
