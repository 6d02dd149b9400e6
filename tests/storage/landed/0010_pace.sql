CREATE TABLE catalogue (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    created_at TEXT NOT NULL,
    tag TEXT NOT NULL,
    demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    mail_closed_until TEXT
, swept_at TEXT, mail_closed_why TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE runs (
    pk INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    opened_at TEXT NOT NULL,
    up_to_no INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'closed', 'empty')),
    expected TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(expected)),
    closed_at TEXT
, notes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(notes)), resumed_at TEXT) STRICT;
CREATE TABLE left_lately (
    second INTEGER NOT NULL,
    domain TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (second, domain)
) STRICT, WITHOUT ROWID;
CREATE TABLE turns (domain TEXT PRIMARY KEY, next_at REAL NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE halted_domains (
    domain TEXT PRIMARY KEY,
    until TEXT NOT NULL,
    careful_until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
