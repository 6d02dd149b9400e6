"""Who works at the desk: how they sign in, their sessions, and the log of what was done."""

STAFF = """
ALTER TABLE staff DROP COLUMN name;
ALTER TABLE staff RENAME COLUMN login TO name;
-- What the secret of the second factor comes of, with secret.key; and the last of its steps that was used: none works
-- twice (RFC 6238 §5.2).
ALTER TABLE staff ADD COLUMN factor TEXT NOT NULL DEFAULT '';
ALTER TABLE staff ADD COLUMN last_step INTEGER NOT NULL DEFAULT 0;
ALTER TABLE staff ADD COLUMN signed_in_at TEXT;

ALTER TABLE sessions ADD COLUMN agent TEXT NOT NULL DEFAULT '';
CREATE INDEX sessions_of ON sessions (staff);

-- What an entry says, sealed with the one before it.
ALTER TABLE audit_log ADD COLUMN hash TEXT NOT NULL DEFAULT '';

-- Links by which somebody sets up how they sign in: each once, and not for long. Only hashes are kept.
CREATE TABLE set_up_links (
    token_hash TEXT PRIMARY KEY,
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    expires_at TEXT NOT NULL,
    used_at TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX set_up_links_of ON set_up_links (staff);

CREATE TABLE recovery_codes (
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (staff, code_hash)
) STRICT, WITHOUT ROWID;

-- What did not get in, by keyed hashes of the name that was typed and of where it came from.
CREATE TABLE sign_in_failures (
    pk INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    network TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_of ON sign_in_failures (account, at);
CREATE INDEX sign_in_failures_from ON sign_in_failures (network, at);

-- Networks from which somebody got in: what others try elsewhere does not shut them out there.
CREATE TABLE known_networks (
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    network TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (staff, network)
) STRICT, WITHOUT ROWID;
"""

SCRIPTS = (STAFF,)
