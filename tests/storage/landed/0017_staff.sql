CREATE TABLE staff (
    pk INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    role TEXT NOT NULL CHECK (role IN ('editor', 'publisher', 'admin')),
    password_hash TEXT,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at TEXT NOT NULL
, factor TEXT NOT NULL DEFAULT '', last_step INTEGER NOT NULL DEFAULT 0, signed_in_at TEXT) STRICT;
CREATE UNIQUE INDEX staff_by_login ON staff (lower(name));
CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    begun_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
, agent TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
CREATE TABLE audit_log (
    pk INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details)),
    previous_hash TEXT NOT NULL DEFAULT ''
, hash TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX sessions_of ON sessions (staff);
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
CREATE TABLE sign_in_failures (
    pk INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    network TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_failures_of ON sign_in_failures (account, at);
CREATE INDEX sign_in_failures_from ON sign_in_failures (network, at);
CREATE TABLE known_networks (
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    network TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (staff, network)
) STRICT, WITHOUT ROWID;
