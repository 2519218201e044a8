"""Original files, named by their digest: one copy however many messages show it, removed when none does."""

import hashlib
import sqlite3
from collections.abc import Collection

_UNUSED = """
    SELECT digest FROM attachments a
    WHERE NOT EXISTS (SELECT 1 FROM message_images i WHERE i.digest = a.digest)
      AND NOT EXISTS (
        SELECT 1 FROM drafts d, json_each(d.parts, '$.parts') p WHERE json_extract(p.value, '$.digest') = a.digest
      )
"""


def digest_of(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def put(connection: sqlite3.Connection, digest: str, data: bytes, media_type: str) -> None:
    """Keeps bytes unless they are kept already."""
    connection.execute("INSERT INTO attachments VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (digest, media_type, data))


def get(connection: sqlite3.Connection, digest: str) -> bytes | None:
    """The bytes; None when they are not here."""
    row = connection.execute("SELECT bytes FROM attachments WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else bytes(row["bytes"])


def remove_unused(connection: sqlite3.Connection, spared: Collection[str]) -> None:
    """Deletes what neither a message nor a draft shows.

    Args:
        connection: within a transaction.
        spared: digests that may be wanted soon: attached but not yet saved, or removed but not beyond undo.
    """
    unused = [row["digest"] for row in connection.execute(_UNUSED) if row["digest"] not in spared]
    connection.executemany("DELETE FROM attachments WHERE digest = ?", [(digest,) for digest in unused])
