"""Full-text search in any language.

Messages are indexed in pieces of three characters, which finds words inside Chinese and Japanese sentences as well as
beginnings, middles and ends of words elsewhere. A searched word of one or two characters has no such piece; messages
are then read one by one, newest first, until enough are found.

Text is folded before it is indexed and before it is searched: composed accents, full-width letters as plain ones, and
one apostrophe for the many that Uzbek is typed with (oʻ, o', o‘, o`). Case is the index's own business.
"""

import itertools
import sqlite3
import unicodedata

from tally.core.ports import SearchHit
from tally.storage.codec import storable

_APOSTROPHES = dict.fromkeys(map(ord, "ʻʼ‘’‛`´ʹ′＇"), "'")
_FULL_WIDTH = {0xFF01 + offset: chr(0x21 + offset) for offset in range(94)}
_SAME = {**_FULL_WIDTH, **_APOSTROPHES, 0x3000: " ", 0: " "}
_INDEXED = 3
_BEFORE, _AFTER = 40, 100

_BY_INDEX = """
    SELECT m.conversation, c.title, m.id, m.created, f.text FROM found_text f
    JOIN messages m ON m.seq = f.rowid JOIN conversations c ON c.id = m.conversation
    WHERE found_text MATCH ? AND c.trashed IS NULL {more} ORDER BY f.rank LIMIT ?
"""
_ONE_BY_ONE = """
    SELECT m.conversation, c.title, m.id, m.created, f.text FROM found_text f
    JOIN messages m ON m.seq = f.rowid JOIN conversations c ON c.id = m.conversation
    WHERE c.trashed IS NULL {more} ORDER BY f.rowid DESC LIMIT ?
"""


def folded(text: str) -> str:
    """Text as it is indexed."""
    return storable(unicodedata.normalize("NFC", text).translate(_SAME))


def find(connection: sqlite3.Connection, text: str, limit: int) -> list[SearchHit]:
    """Conversations and messages that hold every word of the text; titles first, then the best messages.

    Args:
        connection: may be read-only.
        text: as typed; nothing in it is syntax.
        limit: the most hits.
    """
    words = [word for word in folded(text).split() if word]
    if not words or limit < 1:
        return []
    hits = _titles(connection, words)[:limit]
    return hits + _messages(connection, words, limit - len(hits))


def _titles(connection: sqlite3.Connection, words: list[str]) -> list[SearchHit]:
    query = "SELECT id, title, updated FROM conversations WHERE trashed IS NULL ORDER BY updated DESC"
    wanted = [word.casefold() for word in words]
    return [
        SearchHit(row["id"], row["title"], None, row["title"], row["updated"])
        for row in connection.execute(query)
        if _holds(folded(row["title"]).casefold(), wanted)
    ]


def _holds(text: str, words: list[str]) -> bool:
    return all(word in text for word in words)


def _messages(connection: sqlite3.Connection, words: list[str], limit: int) -> list[SearchHit]:
    if limit < 1:
        return []
    long = [word for word in words if len(word) >= _INDEXED]
    short = [_spellings(word) for word in words if len(word) < _INDEXED]
    more = "".join(f" AND ({' OR '.join(['instr(f.text, ?)'] * len(spellings))})" for spellings in short)
    spelled = itertools.chain.from_iterable(short)
    if long:
        # A double quote within a quoted FTS5 string is written twice.
        match = " ".join('"' + word.replace('"', '""') + '"' for word in long)
        rows = connection.execute(_BY_INDEX.format(more=more), (match, *spelled, limit))
    else:
        rows = connection.execute(_ONE_BY_ONE.format(more=more), (*spelled, limit))
    return [
        SearchHit(row["conversation"], row["title"], row["id"], snippet(row["text"], words), row["created"])
        for row in rows
    ]


def _spellings(word: str) -> tuple[str, ...]:
    """The ways to write one or two characters large and small; `instr` knows no case."""
    each = [dict.fromkeys((char.lower(), char.upper())) for char in word]
    return tuple("".join(chars) for chars in itertools.product(*each))


def snippet(text: str, words: list[str]) -> str:
    """One line of plain text around the first place where one of the words stands."""
    lowered = text.lower()
    places = [place for word in words if (place := lowered.find(word.lower())) >= 0]
    # A few letters change their length with their case; then the place is only nearly right, which does no harm.
    place = min(places, default=0)
    start, end = max(0, place - _BEFORE), place + _AFTER
    line = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{line}{'…' if end < len(text) else ''}"
