"""Messages ⇄ rows: one table, its search index and the list of pictures each message shows."""

import logging
import sqlite3
from collections.abc import Iterable, Sequence

from tally.core.messages import AnswerInfo, EndState, ImagePart, Message, Part, Role
from tally.storage.codec import (
    decode_parts,
    decode_record,
    encode_parts,
    encode_record,
    length,
    searched_text,
)
from tally.storage.records import RecordError
from tally.storage.searching import folded

_log = logging.getLogger(__name__)

_PUT = """
    INSERT INTO messages (seq, id, conversation, parent, role, created, edited, chars, streaming, parts, answer)
    VALUES (:seq, :id, :conversation, :parent, :role, :created, :edited, :chars, :streaming, :parts, :answer)
    ON CONFLICT (id) DO UPDATE SET edited = excluded.edited, chars = excluded.chars, streaming = excluded.streaming,
        parts = excluded.parts, answer = excluded.answer
"""
_BELOW = """
    WITH RECURSIVE below(id) AS (
        SELECT id FROM messages WHERE id = ? AND conversation = ?
        UNION SELECT m.id FROM messages m JOIN below ON m.parent = below.id
    )
    SELECT m.seq, m.id FROM messages m JOIN below ON m.id = below.id
"""
_CHOOSE_UP = """
    WITH RECURSIVE up(id, parent) AS (
        SELECT id, parent FROM messages WHERE id = :message
        UNION SELECT m.id, m.parent FROM messages m JOIN up ON m.id = up.parent
    )
    INSERT INTO chosen SELECT :conversation, coalesce(parent, ''), id FROM up WHERE true
    ON CONFLICT DO UPDATE SET child = excluded.child
"""


def put_message(connection: sqlite3.Connection, conversation: str, message: Message, seq: int | None = None) -> None:
    """Adds a message, or replaces one (its place in the tree stays).

    Args:
        connection: within a transaction.
        conversation: to which it belongs.
        message: the new value.
        seq: its old place, when it comes back from a deletion.
    """
    streaming = message.answer is not None and message.answer.state is EndState.STREAMING
    connection.execute(
        _PUT,
        {
            "seq": seq,
            "id": message.id,
            "conversation": conversation,
            "parent": message.parent,
            "role": message.role.value,
            "created": message.created,
            "edited": message.edited,
            "chars": length(message.parts),
            "streaming": streaming,
            "parts": encode_parts(message.parts),
            "answer": None if message.answer is None else encode_record(message.answer),
        },
    )
    row = connection.execute("SELECT seq FROM messages WHERE id = ?", (message.id,)).fetchone()
    # The index is not touched while text streams in; the finished answer brings it up to date.
    if not streaming:
        index_text(connection, row["seq"], message.parts)
    _note_images(connection, row["seq"], message.images)


def put_partial(connection: sqlite3.Connection, message_id: str, parts: Sequence[Part]) -> None:
    """Replaces the parts of an answer that is still streaming; a finished or removed one is left alone."""
    connection.execute(
        "UPDATE messages SET parts = ?, chars = ? WHERE id = ? AND streaming = 1",
        (encode_parts(tuple(parts)), length(tuple(parts)), message_id),
    )


def index_text(connection: sqlite3.Connection, seq: int, parts: tuple[Part, ...]) -> None:
    """Makes the words of a message findable, and what it said before no longer."""
    connection.execute("DELETE FROM found_text WHERE rowid = ?", (seq,))
    if text := folded(searched_text(parts)):
        connection.execute("INSERT INTO found_text (rowid, text) VALUES (?, ?)", (seq, text))


def _note_images(connection: sqlite3.Connection, seq: int, images: Iterable[ImagePart]) -> None:
    connection.execute("DELETE FROM message_images WHERE message = ?", (seq,))
    connection.executemany(
        "INSERT INTO message_images (digest, message) VALUES (?, ?)",
        [(digest, seq) for digest in {image.digest for image in images}],
    )


def message_of(row: sqlite3.Row) -> Message:
    """The message of a whole row; what cannot be read of it is left out and logged, the rest is shown."""
    try:
        parts = decode_parts(row["parts"])
    except RecordError as error:
        _log.warning("message %s cannot be read: %s", row["id"], error)
        parts = ()
    return Message(
        id=row["id"],
        parent=row["parent"],
        role=Role(row["role"]),
        parts=parts,
        created=row["created"],
        answer=_answer_of(row),
        edited=bool(row["edited"]),
    )


def _answer_of(row: sqlite3.Row) -> AnswerInfo | None:
    if row["answer"] is None:
        return None
    try:
        return decode_record(AnswerInfo, row["answer"])
    except RecordError as error:
        _log.warning("what is known of answer %s cannot be read: %s", row["id"], error)
        return AnswerInfo(model="", state=EndState.INTERRUPTED)


def choose_path(connection: sqlite3.Connection, conversation: str, message_id: str) -> None:
    """Puts a message, and with it all it follows, on the path."""
    connection.execute(_CHOOSE_UP, {"conversation": conversation, "message": message_id})


def remove_with_below(connection: sqlite3.Connection, conversation: str, ids: Iterable[str]) -> dict[str, int]:
    """Deletes messages and everything below them.

    Returns:
        The place of each deleted message, for `put_message` to bring it back to.
    """
    places: dict[str, int] = {}
    for message_id in ids:
        places |= {row["id"]: row["seq"] for row in connection.execute(_BELOW, (message_id, conversation))}
    connection.executemany("DELETE FROM messages WHERE seq = ?", [(seq,) for seq in places.values()])
    return places
