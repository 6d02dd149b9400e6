"""The pace at which mail leaves is kept across processes, and why no mail can leave."""

PACE = """
-- How many messages were handed over in each second of the last minute; nothing while no limit is set.
CREATE TABLE left_lately (
    second INTEGER NOT NULL,
    domain TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (second, domain)
) STRICT, WITHOUT ROWID;
-- When the next message to a domain may have its turn, of those that have been told one, in seconds since 1970.
CREATE TABLE turns (domain TEXT PRIMARY KEY, next_at REAL NOT NULL) STRICT, WITHOUT ROWID;
-- Domains that have told us to slow down: nothing goes there before `until`, and one at a time before `careful_until`.
CREATE TABLE halted_domains (
    domain TEXT PRIMARY KEY,
    until TEXT NOT NULL,
    careful_until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

CLOSED = """
-- When the run was last allowed to go on; what was refused before that has been mended.
ALTER TABLE runs ADD COLUMN resumed_at TEXT;
-- Why nothing could be handed over when that was last tried.
ALTER TABLE catalogue ADD COLUMN mail_closed_why TEXT NOT NULL DEFAULT '';
"""

SCRIPTS = (PACE, CLOSED)
