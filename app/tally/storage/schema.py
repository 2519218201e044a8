"""The tables, as the steps that lead from an empty file to the present format.

Step n (counted from 1) leads to `user_version` n. Steps that were released are never changed; the next change of the
format is a new step.

Amounts are kept as two integers, whole micro-dollars and the pico-dollars left over: one 64-bit integer of pico-USD
ends at 9.2 million dollars, and an addition beyond it would silently become an inexact float.

A slot of `spent_by_slot` is a quarter of an hour: every time zone's midnight lies on such a boundary, so a day's or a
month's total is a sum over at most 2,976 rows, however many calls there were.
"""

APPLICATION_ID = 0x54414C59
"""Marks the file as Tally's ("TALY") for tools that look at the header."""

SLOT_MS = 15 * 60 * 1000

_SUMS = """
    exact_micro INTEGER NOT NULL,
    exact_pico INTEGER NOT NULL,
    estimated_micro INTEGER NOT NULL,
    estimated_pico INTEGER NOT NULL,
    unknown INTEGER NOT NULL
"""
_SUMS_OF_NEW = """
    iif(new.status = 'exact', new.cost_micro, 0),
    iif(new.status = 'exact', new.cost_pico, 0),
    iif(new.status IN ('estimated', 'lower_bound'), new.cost_micro, 0),
    iif(new.status IN ('estimated', 'lower_bound'), new.cost_pico, 0),
    new.status = 'unknown'
"""
_ADD_SUMS = """
    exact_micro = exact_micro + excluded.exact_micro,
    exact_pico = exact_pico + excluded.exact_pico,
    estimated_micro = estimated_micro + excluded.estimated_micro,
    estimated_pico = estimated_pico + excluded.estimated_pico,
    unknown = unknown + excluded.unknown
"""

_CONVERSATIONS = (
    """CREATE TABLE conversations (
        id TEXT PRIMARY KEY,
        title TEXT NOT NULL,
        created INTEGER NOT NULL,
        updated INTEGER NOT NULL,
        pinned INTEGER NOT NULL DEFAULT 0,
        trashed INTEGER,
        simulated INTEGER NOT NULL DEFAULT 0,
        options TEXT NOT NULL
    ) WITHOUT ROWID""",
    # `seq` is the order of arrival: parents before children, older siblings first. AUTOINCREMENT never gives a number
    # twice, so that an undone deletion can take its old place again.
    """CREATE TABLE messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        parent TEXT REFERENCES messages(id) DEFERRABLE INITIALLY DEFERRED,
        role TEXT NOT NULL,
        created INTEGER NOT NULL,
        edited INTEGER NOT NULL DEFAULT 0,
        chars INTEGER NOT NULL,
        streaming INTEGER NOT NULL DEFAULT 0,
        parts TEXT NOT NULL,
        answer TEXT
    )""",
    "CREATE INDEX messages_by_conversation ON messages(conversation, seq)",
    "CREATE INDEX messages_by_parent ON messages(parent)",
    "CREATE INDEX messages_streaming ON messages(seq) WHERE streaming = 1",
    """CREATE TABLE chosen (
        conversation TEXT NOT NULL REFERENCES conversations(id) ON DELETE CASCADE,
        parent TEXT NOT NULL,
        child TEXT NOT NULL,
        PRIMARY KEY (conversation, parent)
    ) WITHOUT ROWID""",
    """CREATE TABLE drafts (
        conversation TEXT PRIMARY KEY,
        text TEXT NOT NULL,
        parts TEXT NOT NULL
    ) WITHOUT ROWID""",
    # The bytes come last, so that reading the other columns does not walk through them.
    """CREATE TABLE attachments (
        digest TEXT PRIMARY KEY,
        media_type TEXT NOT NULL,
        bytes BLOB NOT NULL
    )""",
    """CREATE TABLE message_images (
        digest TEXT NOT NULL,
        message INTEGER NOT NULL REFERENCES messages(seq) ON DELETE CASCADE,
        PRIMARY KEY (digest, message)
    ) WITHOUT ROWID""",
    "CREATE INDEX message_images_by_message ON message_images(message)",
    # Pieces of three characters find words in languages that put no spaces between them.
    "CREATE VIRTUAL TABLE found_text USING fts5(text, tokenize = 'trigram')",
    """CREATE TRIGGER messages_leave_search AFTER DELETE ON messages BEGIN
        DELETE FROM found_text WHERE rowid = old.seq;
    END""",
    """CREATE TABLE open_calls (
        answer TEXT PRIMARY KEY,
        call TEXT NOT NULL
    ) WITHOUT ROWID""",
)

_LEDGER = (
    # No reference to conversations or messages: rows outlive them.
    """CREATE TABLE calls (
        id TEXT NOT NULL UNIQUE,
        at INTEGER NOT NULL,
        conversation TEXT,
        answer TEXT,
        host TEXT NOT NULL,
        model_asked TEXT NOT NULL,
        model_key TEXT NOT NULL,
        model_returned TEXT,
        purpose TEXT NOT NULL,
        state TEXT NOT NULL,
        usage TEXT,
        output INTEGER,
        usage_reported INTEGER NOT NULL,
        price TEXT,
        status TEXT NOT NULL,
        cost_micro INTEGER,
        cost_pico INTEGER,
        at_most INTEGER NOT NULL,
        server_cost TEXT,
        first_token_ms INTEGER,
        duration_ms INTEGER NOT NULL,
        http_status INTEGER,
        request_id TEXT,
        simulated INTEGER NOT NULL,
        CHECK ((status = 'unknown') = (cost_micro IS NULL) AND (cost_micro IS NULL) = (cost_pico IS NULL))
    )""",
    "CREATE INDEX calls_by_time ON calls(at)",
    "CREATE INDEX calls_by_conversation ON calls(conversation, at) WHERE conversation IS NOT NULL",
    "CREATE INDEX calls_by_model ON calls(model_key, at) WHERE usage_reported = 1 AND simulated = 0",
    """CREATE TRIGGER calls_are_never_changed BEFORE UPDATE ON calls BEGIN
        SELECT raise(ABORT, 'the ledger is append-only');
    END""",
    """CREATE TRIGGER calls_are_never_removed BEFORE DELETE ON calls BEGIN
        SELECT raise(ABORT, 'the ledger is append-only');
    END""",
    f"""CREATE TABLE spent_by_slot (
        slot INTEGER NOT NULL,
        simulated INTEGER NOT NULL,
        {_SUMS},
        PRIMARY KEY (simulated, slot)
    ) WITHOUT ROWID""",
    f"""CREATE TABLE spent_by_conversation (
        conversation TEXT NOT NULL,
        simulated INTEGER NOT NULL,
        {_SUMS},
        PRIMARY KEY (conversation, simulated)
    ) WITHOUT ROWID""",
    f"""CREATE TRIGGER calls_add_to_slot AFTER INSERT ON calls BEGIN
        INSERT INTO spent_by_slot VALUES (new.at / {SLOT_MS}, new.simulated, {_SUMS_OF_NEW})
        ON CONFLICT DO UPDATE SET {_ADD_SUMS};
    END""",  # noqa: S608  constants of this file
    f"""CREATE TRIGGER calls_add_to_conversation AFTER INSERT ON calls WHEN new.conversation IS NOT NULL BEGIN
        INSERT INTO spent_by_conversation VALUES (new.conversation, new.simulated, {_SUMS_OF_NEW})
        ON CONFLICT DO UPDATE SET {_ADD_SUMS};
    END""",  # noqa: S608  likewise
)

Step = tuple[str, ...]

STEPS: tuple[Step, ...] = ((*_CONVERSATIONS, *_LEDGER),)
"""One tuple of statements for each version of the format."""
