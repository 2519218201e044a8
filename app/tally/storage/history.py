"""Conversations, messages, attachments and drafts in SQLite."""

import sqlite3
from collections.abc import Mapping, Sequence

from tally.core.conversation import Conversation, ConversationHead, ConversationOptions
from tally.core.messages import ImagePart, Message, Part
from tally.core.ports import Draft, LedgerEntry, OpenCall, SearchHit
from tally.storage import attachments, searching
from tally.storage.codec import decode_parts, decode_record, encode_parts, encode_record, storable
from tally.storage.database import Database
from tally.storage.ledger_rows import insert_calls, total_of
from tally.storage.message_rows import choose_path, message_of, put_message, put_partial, remove_with_below
from tally.storage.records import RecordError
from tally.storage.recovery import EstimateOutput, recover

_HEADS = """
    SELECT c.*, s.exact_micro, s.exact_pico, s.estimated_micro, s.estimated_pico, s.unknown,
           (SELECT count(*) FROM messages m WHERE m.conversation = c.id) AS messages
    FROM conversations c
    LEFT JOIN spent_by_conversation s ON s.conversation = c.id AND s.simulated = c.simulated
    WHERE (c.trashed IS NOT NULL) = ? ORDER BY c.pinned DESC, c.updated DESC, c.id
"""
_PUT_HEAD = """
    INSERT INTO conversations (id, title, created, updated, pinned, trashed, simulated, options)
    VALUES (:id, :title, :created, :updated, :pinned, :trashed, :simulated, :options)
    ON CONFLICT (id) DO UPDATE SET title = excluded.title, updated = excluded.updated, pinned = excluded.pinned,
        trashed = excluded.trashed, simulated = excluded.simulated, options = excluded.options
"""
# A turn's head was made when it was asked; a title, pin or trash mark given since then must not be lost. One real
# answer makes a conversation a real one.
_TOUCH_HEAD = """
    INSERT INTO conversations (id, title, created, updated, pinned, trashed, simulated, options)
    VALUES (:id, :title, :created, :updated, :pinned, :trashed, :simulated, :options)
    ON CONFLICT (id) DO UPDATE SET title = iif(title = '', excluded.title, title),
        updated = max(updated, excluded.updated), simulated = min(simulated, excluded.simulated),
        options = excluded.options
"""


class SqliteHistory:
    """`core.ports.HistoryStore`."""

    def __init__(self, database: Database, estimate_output: EstimateOutput) -> None:
        """Uses an open database.

        Args:
            database: shared with the ledger.
            estimate_output: tokens of an answer's words (text, model id), for calls that a crash left open.
        """
        self._database = database
        self._estimate_output = estimate_output
        self._places: dict[str, int] = {}
        # Attached or removed in this run: the window may still want the bytes (composer, undo).
        self._spared: set[str] = set()

    async def recover(self) -> int:
        """Closes what a killed program left open, and sweeps out unused attachments; see `recovery.py`.

        To be called once, before anything else, by the holder of the instance lock only.

        Returns:
            How many answers are now marked as interrupted.
        """

        def work(connection: sqlite3.Connection) -> int:
            found = recover(connection, self._estimate_output)
            attachments.remove_unused(connection, self._spared)
            return found

        return await self._database.write(work)

    async def heads(self, *, trashed: bool = False) -> list[ConversationHead]:
        """The conversations with what they cost, pinned first, then by last change; or those in the trash."""
        return await self._database.read(
            lambda connection: [_head_of(row) for row in connection.execute(_HEADS, (trashed,))]
        )

    async def load(self, conversation: str) -> Conversation:
        """A whole conversation; empty when it is not known."""

        def work(connection: sqlite3.Connection) -> Conversation:
            head = connection.execute("SELECT options FROM conversations WHERE id = ?", (conversation,)).fetchone()
            if head is None:
                return Conversation(conversation)
            rows = connection.execute("SELECT * FROM messages WHERE conversation = ? ORDER BY seq", (conversation,))
            chosen = connection.execute("SELECT parent, child FROM chosen WHERE conversation = ?", (conversation,))
            return Conversation(
                conversation,
                [message_of(row) for row in rows],
                {row["parent"]: row["child"] for row in chosen},
                _options_of(head["options"]),
            )

        return await self._database.read(work)

    async def begin_turn(
        self,
        head: ConversationHead,
        options: ConversationOptions,
        question: Message | None,
        answer: Message,
        call: OpenCall,
    ) -> None:
        """Saves the turn's beginning in one transaction: conversation, question, empty answer, the call to book."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute(_TOUCH_HEAD, _head_values(head, options))
            if question is not None:
                put_message(connection, head.id, question)
            put_message(connection, head.id, answer)
            choose_path(connection, head.id, answer.id)
            connection.execute(
                "INSERT INTO open_calls VALUES (?, ?) ON CONFLICT DO UPDATE SET call = excluded.call",
                (answer.id, encode_record(call)),
            )

        await self._database.write(work)

    async def save_partial(self, answer: str, parts: Sequence[Part]) -> None:
        """What has arrived so far; nothing happens when the answer is finished or gone."""
        await self._database.write(lambda connection: put_partial(connection, answer, parts), durable=False)

    async def finish_turn(self, answer: Message, calls: Sequence[LedgerEntry]) -> None:
        """The finished answer and its ledger rows, in one transaction.

        An answer that was removed while it streamed stays removed; its calls are booked all the same.
        """
        ended = answer.created + (answer.answer.timings.duration_ms if answer.answer else 0)

        def work(connection: sqlite3.Connection) -> None:
            insert_calls(connection, calls)
            connection.execute("DELETE FROM open_calls WHERE answer = ?", (answer.id,))
            row = connection.execute("SELECT conversation FROM messages WHERE id = ?", (answer.id,)).fetchone()
            if row is not None:
                put_message(connection, row["conversation"], answer)
                connection.execute(
                    "UPDATE conversations SET updated = max(updated, ?) WHERE id = ?", (ended, row["conversation"])
                )

        await self._database.write(work)

    async def save_head(self, head: ConversationHead, options: ConversationOptions) -> None:
        """Creates a conversation or changes its title, pin, trash mark and options."""
        await self._database.write(lambda connection: _run(connection, _PUT_HEAD, _head_values(head, options)))

    async def choose(self, conversation: str, chosen: Mapping[str, str]) -> None:
        """Remembers the path on screen; parents that are not named keep their child."""
        rows = [(conversation, parent, child) for parent, child in chosen.items()]

        def work(connection: sqlite3.Connection) -> None:
            connection.executemany(
                "INSERT INTO chosen VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET child = excluded.child", rows
            )

        await self._database.write(work, durable=False)

    async def save_message(self, conversation: str, message: Message) -> None:
        """Adds or replaces one message outside a turn."""
        await self._database.write(lambda connection: put_message(connection, conversation, message))

    async def remove_messages(self, conversation: str, ids: Sequence[str]) -> None:
        """Takes messages and all below them out of the conversation; its ledger rows stay."""

        def work(connection: sqlite3.Connection) -> None:
            shown = "SELECT digest FROM message_images i JOIN messages m ON m.seq = i.message WHERE m.conversation = ?"
            self._spared |= {row["digest"] for row in connection.execute(shown, (conversation,))}
            self._places |= remove_with_below(connection, conversation, ids)

        await self._database.write(work)

    async def restore_messages(self, conversation: str, messages: Sequence[Message]) -> None:
        """Puts removed messages back to where they were (parents first)."""

        def work(connection: sqlite3.Connection) -> None:
            for message in messages:
                put_message(connection, conversation, message, self._places.get(message.id))

        await self._database.write(work)

    async def purge(self, conversation: str) -> None:
        """Deletes a conversation for good, with the attachments no other message shows; its ledger rows stay."""

        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
            connection.execute("DELETE FROM drafts WHERE conversation = ?", (conversation,))
            attachments.remove_unused(connection, self._spared)

        await self._database.write(work)
        # `execute` would take only the first of the pragma's steps, one page.
        await self._database.read(lambda connection: connection.executescript("PRAGMA incremental_vacuum"))

    async def put_attachment(self, data: bytes, media_type: str) -> str:
        """Keeps a file's bytes; returns their SHA-256 in hex, under which they are found."""

        def work(connection: sqlite3.Connection) -> str:
            digest = attachments.digest_of(data)
            self._spared.add(digest)
            attachments.put(connection, digest, data, media_type)
            return digest

        return await self._database.write(work)

    async def attachment(self, digest: str) -> bytes | None:
        """The bytes; None when they are not here."""
        return await self._database.read(lambda connection: attachments.get(connection, digest))

    async def save_draft(self, conversation: str, draft: Draft) -> None:
        """Keeps what stands in the composer; an empty draft removes it. `""` is the new conversation's."""

        def work(connection: sqlite3.Connection) -> None:
            self._spared |= {part.digest for part in draft.parts if isinstance(part, ImagePart)}
            if draft == Draft():
                connection.execute("DELETE FROM drafts WHERE conversation = ?", (conversation,))
                return
            connection.execute(
                "INSERT INTO drafts VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET text = excluded.text, parts = excluded.parts",
                (conversation, storable(draft.text), encode_parts(draft.parts)),
            )

        await self._database.write(work, durable=False)

    async def draft(self, conversation: str) -> Draft:
        """What stood in the composer; an empty draft when nothing did."""

        def work(connection: sqlite3.Connection) -> Draft:
            query = "SELECT text, parts FROM drafts WHERE conversation = ?"
            row = connection.execute(query, (conversation,)).fetchone()
            return Draft() if row is None else Draft(row["text"], decode_parts(row["parts"]))

        return await self._database.read(work)

    async def search(self, text: str, limit: int = 50) -> list[SearchHit]:
        """Full-text search over titles and messages, titles first, then best first; see `searching.py`.

        A search that is overtaken by another one finds nothing.
        """
        return await self._database.look_through(lambda connection: searching.find(connection, text, limit), [])


def _run(connection: sqlite3.Connection, statement: str, values: Mapping[str, object]) -> None:
    connection.execute(statement, values)


def _head_values(head: ConversationHead, options: ConversationOptions) -> dict[str, object]:
    return {
        "id": head.id,
        "title": storable(head.title),
        "created": head.created,
        "updated": head.updated,
        "pinned": head.pinned,
        "trashed": head.trashed,
        "simulated": head.simulated,
        "options": encode_record(options),
    }


def _head_of(row: sqlite3.Row) -> ConversationHead:
    total = total_of(row)
    return ConversationHead(
        id=row["id"],
        title=row["title"],
        created=row["created"],
        updated=row["updated"],
        pinned=bool(row["pinned"]),
        trashed=row["trashed"],
        cost=total.usd.pico,
        estimated=total.estimated,
        unknown=total.unknown,
        messages=row["messages"],
        simulated=bool(row["simulated"]),
    )


def _options_of(text: str) -> ConversationOptions:
    try:
        return decode_record(ConversationOptions, text)
    except RecordError:
        return ConversationOptions()
