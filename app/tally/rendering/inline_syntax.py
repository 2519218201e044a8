"""Recognises inline Markdown at a position of a text: link targets, addresses, formulas, character classes.

Pure functions. What follows the CommonMark specification 0.31 is called by its terms; bare addresses follow GFM's
extended autolinks, but end where Chinese or Japanese text goes on, because those languages put no space there.
"""

import html
import re
import unicodedata
from bisect import bisect_left
from functools import lru_cache
from html.entities import html5
from typing import NamedTuple

SPECIAL = re.compile(r"[\\`*_~\[\]<&$\n:@]|!\[|[wW]{3}\.")
ESCAPABLE = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
AUTOLINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.\-]{1,31}:[^\s<>\x00-\x20]*)>")
EMAIL_AUTOLINK = re.compile(r"<([\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8})>")
TAG = re.compile(r"<(/?)(br|sub|sup|kbd)[ \t]*(/?)>", re.IGNORECASE)
FOOTNOTE_REFERENCE = re.compile(r"\[\^([^\]\s\[]{1,200})\]")
SCHEME = re.compile(r"https?$", re.IGNORECASE)
TICKS = re.compile("`+")
LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){0,999})\]", re.DOTALL)
MANY_MARKS = 1000
SAFE_SCHEMES = ("http://", "https://", "mailto:")

_MARKS = "*_`[]~$<&\\"
_UNESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|(&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});)")
_SPACE = re.compile(r"[ \t]*(?:\n[ \t]*)?")
_ANGLE_DESTINATION = re.compile(r"<((?:[^<>\n\\]|\\.)*)>")
_PLAIN_DESTINATION = re.compile(r"(?:[^\x00-\x20()\\]|\\[!-/:-@\[-`{-~]?)*")
_TITLE = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'|\(((?:[^()\\]|\\.)*)\)', re.DOTALL)
_URL_BODY = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+")
_URL_WIDE = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%぀-ヿ一-鿿가-힯]+")
_HOST = re.compile(
    r"(?:[A-Za-z0-9_\-]{1,63}\.){1,10}[A-Za-z]{2,24}(?![A-Za-z0-9])"
    r"|localhost(?![A-Za-z0-9])|\d{1,3}(?:\.\d{1,3}){3}"
)
_MAIL_DOMAIN = re.compile(r"(?:[A-Za-z0-9\-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9_\-])")
_MAIL_NAME = re.compile(r"[A-Za-z0-9.+_\-]{1,64}$")
_CLOSING_DOLLAR = re.compile(r"(?<![\s\\$/:(])\$(?![\dA-Z_$])")
_CJK_OPENING = frozenset("“‘「『（【《〈〔")
_CJK_CLOSING = frozenset("”’」』）】》〉〕：，。！？、；…")
_AMOUNT = re.compile(r"\d[\d.,]*(?:[kKmM]|bn)?\s+[A-Za-z]{2}")
_PROSE = re.compile(r"[A-Za-z]{2}")
_TEX = re.compile(r"[\\^_={}+<>*|]")
_CERTAIN_TEX = re.compile(r"[\\^_={}]")
_WHITE = re.compile(r"\s")


def too_dense(text: str) -> bool:
    """Tells whether the text of one block has so many marks that it is no writing; it is then shown as it is.

    Reading marks is linear, but a hundred kilobytes of nothing else would still hold up the window.
    """
    marks = sum(map(text.count, _MARKS)) if len(text) > MANY_MARKS else 0
    return marks > MANY_MARKS and (marks * 4 > len(text) or marks > 8 * MANY_MARKS)


@lru_cache(maxsize=4096)
def is_punctuation(char: str) -> bool:
    """Tells whether a character is Unicode punctuation or a symbol."""
    return unicodedata.category(char)[0] in "PS"


def is_cjk(char: str) -> bool:
    """Tells whether a character belongs to Chinese, Japanese or Korean text, their punctuation included."""
    code = ord(char)
    return code >= 0x1100 and (
        0x2E80 <= code <= 0xA4CF
        or 0xAC00 <= code <= 0xD7AF
        or 0xF900 <= code <= 0xFAFF
        or 0xFE30 <= code <= 0xFE4F
        or 0xFF00 <= code <= 0xFFEF
        or 0x1100 <= code <= 0x11FF
        or 0x20000 <= code <= 0x3FFFF
    )


def flanking(before: str, after: str, mark: str) -> tuple[bool, bool]:
    """Tells whether a delimiter run can open and can close emphasis.

    The specification's rule asks for white space or punctuation outside when there is punctuation inside. Chinese and
    Japanese write neither, so that `**「強調」**です` would stay unformatted; a CJK character outside counts as well,
    and so does a CJK bracket or quotation mark inside that can only stand on that side.
    """
    space_before, space_after = before.isspace(), after.isspace()
    punctuation_before, punctuation_after = is_punctuation(before), is_punctuation(after)
    left = not space_after and (
        not punctuation_after
        or space_before
        or punctuation_before
        or (mark != "_" and (is_cjk(before) or after in _CJK_OPENING))
    )
    right = not space_before and (
        not punctuation_before
        or space_after
        or punctuation_after
        or (mark != "_" and (is_cjk(after) or before in _CJK_CLOSING))
    )
    if mark == "_":
        return left and (not right or punctuation_before), right and (not left or punctuation_after)
    return left, right


def unescape(text: str) -> str:
    """Resolves backslash escapes and character references, as in link targets and info strings."""
    if "\\" not in text and "&" not in text:
        return text
    return _UNESCAPE.sub(lambda found: found[1] or character(found[2]), text)


def character(entity: str) -> str:
    """Returns what a character reference stands for, or the reference itself when there is no such character."""
    if entity[1] != "#":
        return html5.get(entity[1:], entity)
    return html.unescape(entity) or "\ufffd"


def first_from(places: list[int], start: int) -> int:
    """Returns the index of the first of the sorted places that is not before `start`."""
    return bisect_left(places, start)


class Target(NamedTuple):
    """Where a link leads, with escapes resolved, and the index after it."""

    destination: str
    title: str
    end: int


def inline_target(text: str, at: int) -> Target | None:
    """Reads `(destination "title")` from the index of the opening parenthesis."""
    at = _skip(text, at + 1)
    angle = _ANGLE_DESTINATION.match(text, at)
    if angle is not None:
        destination, after = angle[1], angle.end()
    elif text.startswith("<", at):
        return None
    else:
        end = _bare_destination(text, at)
        if end is None:
            return None
        destination, after = text[at:end], end
    at = _skip(text, after)
    title = _TITLE.match(text, at) if at > after else None
    words = ""
    if title is not None:
        words = title[1] or title[2] or title[3] or ""
        at = _skip(text, title.end())
    if not text.startswith(")", at):
        return None
    return Target(unescape(destination), unescape(words), at + 1)


def _bare_destination(text: str, at: int) -> int | None:
    depth = 0
    while True:
        plain = _PLAIN_DESTINATION.match(text, at)
        at = plain.end() if plain else at
        char = text[at : at + 1]
        if char == "(":
            depth += 1
            if depth > 32:
                return None
        elif char == ")" and depth:
            depth -= 1
        else:
            return at if depth == 0 else None
        at += 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def safe_link(destination: str) -> str:
    """Returns the destination when a link may lead there (http, https, mailto), else an empty string."""
    return destination if destination.lower().startswith(SAFE_SCHEMES) else ""


def bare_url(text: str, at: int) -> int:
    """Returns the index after the bare address whose host begins at `at`, or -1.

    The path may hold CJK letters where a segment begins with them, as in Wikipedia's addresses; after ASCII letters
    they are the sentence going on.
    """
    host = _HOST.match(text, at)
    if host is None:
        return -1
    end = host.end()
    if text[end : end + 1] not in ("/", "?", "#", ":"):
        return end
    body = _URL_BODY.match(text, end)
    end = body.end() if body else end
    while end < len(text) and text[end - 1] in "/=" and is_cjk(text[end]) and not is_punctuation(text[end]):
        wide = _URL_WIDE.match(text, end)
        if wide is None:
            break
        end = wide.end()
    return _trim_url(text, at, end)


def _trim_url(text: str, start: int, end: int) -> int:
    opened = text.count("(", start, end)
    closed = text.count(")", start, end)
    while end > start:
        char = text[end - 1]
        if char == ")" and closed > opened:
            closed -= 1
        elif (
            char == ";"
            and (entity := text.rfind("&", max(start, end - 40), end)) >= 0
            and ENTITY.fullmatch(text, entity, end)
        ):
            end = entity
            continue
        elif char not in "?!.,:;*_~'$":
            break
        end -= 1
    return end


def bare_email(text: str, start: int, at: int) -> tuple[int, int] | None:
    """Returns the range of a bare mail address around the `@` at `at`, not reaching before `start`."""
    name = _MAIL_NAME.search(text, max(start, at - 64), at)
    domain = _MAIL_DOMAIN.match(text, at + 1)
    if name is None or domain is None or not name[0][0].isalnum():
        return None
    return name.start(), domain.end()


class Dollars:
    """Finds inline formulas between single dollar signs, without taking prices for formulas."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._closing = [match.start() for match in _CLOSING_DOLLAR.finditer(text)]

    def end_of(self, at: int) -> int:
        """Returns the index of the closing dollar of the formula that begins at `at`, or -1."""
        text = self._text
        if not self._opens(at):
            return -1
        index = bisect_left(self._closing, at + 2)
        if index == len(self._closing):
            return -1
        end = self._closing[index]
        body = text[at + 1 : end]
        # A dollar on the way is another opening one: these are amounts.
        if "`" in body or "$" in body.replace("\\$", "") or _AMOUNT.match(body) or not looks_like_tex(body):
            return -1
        return end

    def may_begin(self, at: int) -> bool:
        """Tells whether a formula may begin at `at` whose end has not arrived; an amount of money is no candidate."""
        rest = self._text[at + 1 : at + 80]
        return self._opens(at) and not rest[:1].isdigit() and not (" " in rest and not _TEX.search(rest))

    def _opens(self, at: int) -> bool:
        text = self._text
        return text[at + 1 : at + 2] not in ("", " ", "\t", "\n", "$") and not (at and _is_word(text[at - 1]))


def looks_like_tex(body: str) -> bool:
    """Tells whether text between delimiters is a formula and not a remark or an amount of money."""
    if _TEX.search(body):
        return True
    return not (_WHITE.search(body) and _PROSE.search(body)) and not any(map(is_cjk, body))


def is_certainly_tex(body: str) -> bool:
    """Tells whether text holds signs that only a formula has."""
    return _CERTAIN_TEX.search(body) is not None


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char == "_")
