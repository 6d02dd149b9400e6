CREATE TABLE catalogue (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    created_at TEXT NOT NULL,
    tag TEXT NOT NULL,
    demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    mail_closed_until TEXT
, swept_at TEXT) STRICT;
CREATE TABLE subscribers (
    pk INTEGER PRIMARY KEY,
    address TEXT NOT NULL CHECK (address LIKE '_%@_%'),
    address_key TEXT NOT NULL UNIQUE CHECK (address_key <> ''),
    name TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT 'en',
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'active', 'ended', 'suppressed')),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    paused_until TEXT CHECK (paused_until IS NULL OR (paused_until IS date(paused_until, '+0 days') AND paused = 1)),
    unsubscribe_token TEXT NOT NULL UNIQUE CHECK (length(unsubscribe_token) >= 26),
    created_at TEXT NOT NULL,
    since_no INTEGER NOT NULL DEFAULT 0
, paused_before TEXT) STRICT;
CREATE TABLE struck (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    at_no INTEGER NOT NULL, at TEXT,
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_files_by_url ON release_files (url);
CREATE TABLE traces (
    mark TEXT PRIMARY KEY DEFAULT (lower(hex(randomblob(16))))
) STRICT, WITHOUT ROWID;
CREATE TABLE further_tokens (
    token TEXT PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX further_tokens_of ON further_tokens (subscriber);
CREATE TABLE sign_ups (
    pk INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    address_hash TEXT NOT NULL,
    place TEXT NOT NULL,
    network TEXT NOT NULL,
    request TEXT CHECK (request IS NULL OR json_valid(request)),
    taken_at TEXT CHECK ((taken_at IS NULL) = (request IS NOT NULL))
) STRICT;
CREATE INDEX sign_ups_waiting ON sign_ups (pk) WHERE request IS NOT NULL;
CREATE INDEX sign_ups_waiting_of ON sign_ups (address_hash) WHERE request IS NOT NULL;
CREATE INDEX sign_ups_by_network ON sign_ups (network, at);
CREATE INDEX sign_ups_by_place ON sign_ups (place, at);
CREATE INDEX sign_ups_by_time ON sign_ups (at);
CREATE INDEX sign_ups_taken ON sign_ups (taken_at) WHERE taken_at IS NOT NULL;
CREATE TABLE wordings (
    hash TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    text TEXT NOT NULL,
    used_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE private_feeds (
    subscriber INTEGER PRIMARY KEY REFERENCES subscribers (pk) ON DELETE CASCADE,
    token TEXT NOT NULL UNIQUE CHECK (length(token) >= 26),
    made_at TEXT NOT NULL
) STRICT;
CREATE TABLE farewells (
    key TEXT PRIMARY KEY,
    month TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    reason TEXT NOT NULL CHECK (reason <> '')
) STRICT, WITHOUT ROWID;
CREATE TABLE complaints (
    pk INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    contact TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL CHECK (text <> ''),
    place TEXT NOT NULL DEFAULT '',
    network TEXT NOT NULL DEFAULT '',
    told INTEGER NOT NULL DEFAULT 0 CHECK (told >= 0),
    acknowledged_at TEXT,
    closed_at TEXT,
    outcome TEXT NOT NULL DEFAULT '',
    CHECK (closed_at IS NULL OR acknowledged_at IS NOT NULL)
) STRICT;
CREATE INDEX complaints_open ON complaints (pk) WHERE acknowledged_at IS NULL;
CREATE INDEX complaints_by_network ON complaints (network, at);
CREATE INDEX complaints_by_place ON complaints (place, at);
CREATE INDEX complaints_by_time ON complaints (at);
CREATE INDEX complaints_with_a_place ON complaints (at) WHERE place <> '';
CREATE TABLE letters (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER REFERENCES subscribers (pk) ON DELETE SET NULL,
    kind TEXT NOT NULL CHECK (kind IN ('confirmation', 'welcome', 'preferences', 'goodbye', 'already', 'address',
        'moved', 'complaint')),
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    made_at TEXT NOT NULL,
    address TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'claimed', 'handed-over', 'retry', 'sent',
        'failed', 'suppressed', 'cancelled', 'unknown')),
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at TEXT,
    next_attempt_at TEXT CHECK (state <> 'retry' OR next_attempt_at IS NOT NULL),
    claimed_by TEXT CHECK ((state IN ('claimed', 'handed-over')) = (claimed_by IS NOT NULL)),
    claimed_at TEXT CHECK ((claimed_by IS NULL) = (claimed_at IS NULL)),
    finished_at TEXT CHECK ((state IN ('sent', 'failed', 'suppressed', 'cancelled', 'unknown'))
        = (finished_at IS NOT NULL)),
    reply TEXT NOT NULL DEFAULT '',
    unmade INTEGER NOT NULL DEFAULT 0 CHECK (unmade IN (0, 1))
) STRICT;
CREATE INDEX letters_about_complaints ON letters (made_at) WHERE kind = 'complaint';
CREATE INDEX letters_by_address ON letters (address COLLATE NOCASE) WHERE address <> '';
CREATE TABLE deleted_deliveries (
    run INTEGER NOT NULL REFERENCES runs (pk),
    state TEXT NOT NULL,
    n INTEGER NOT NULL CHECK (n > 0),
    PRIMARY KEY (run, state)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER deliveries_stay_counted BEFORE DELETE ON deliveries
BEGIN
    INSERT INTO deleted_deliveries (run, state, n) VALUES (OLD.run, OLD.state, 1)
    ON CONFLICT DO UPDATE SET n = n + 1;
END;
INSERT INTO letters_of_more_kinds (pk, subscriber, kind, key, made_at, state, attempts, first_attempt_at,
        next_attempt_at, claimed_by, claimed_at, finished_at, reply, unmade)
    SELECT pk, subscriber, kind, key, made_at, state, attempts, first_attempt_at, next_attempt_at, claimed_by,
        claimed_at, finished_at, reply, unmade FROM letters;
