"""What hubs are still to be told, and which hubs do not listen now."""

PINGS = """
-- A hub is to be told that a feed, by its own address, has changed. `put_no` grows when it has changed once more.
CREATE TABLE pings (
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    put_no INTEGER NOT NULL DEFAULT 1,
    attempts INTEGER NOT NULL DEFAULT 0,
    since TEXT,
    next_try_at TEXT,
    answer TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (hub, topic)
) STRICT, WITHOUT ROWID;
-- Hubs that did not answer, or refuse all that they are told: nothing is told them before `next_try_at`.
CREATE TABLE hubs_away (
    hub TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL,
    since TEXT NOT NULL,
    next_try_at TEXT NOT NULL,
    answer TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

SCRIPTS = (PINGS,)
