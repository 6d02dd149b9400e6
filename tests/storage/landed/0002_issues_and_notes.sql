CREATE TABLE runs (
    pk INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    opened_at TEXT NOT NULL,
    up_to_no INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'closed', 'empty')),
    expected TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(expected)),
    closed_at TEXT
, notes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(notes))) STRICT;
CREATE TABLE issues (
    run INTEGER PRIMARY KEY REFERENCES runs (pk),
    title TEXT NOT NULL CHECK (trim(title) <> ''),
    language TEXT NOT NULL,
    published_at TEXT NOT NULL,
    items INTEGER NOT NULL,
    content TEXT NOT NULL,
    up_to_no INTEGER NOT NULL
) STRICT;
CREATE TABLE notes (
    frequency TEXT PRIMARY KEY CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    text TEXT NOT NULL DEFAULT '',
    signed TEXT NOT NULL DEFAULT '',
    lead INTEGER REFERENCES releases (pk),
    made_at TEXT NOT NULL,
    CHECK (text <> '' OR lead IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriptions_present ON subscriptions (frequency, begun_no) WHERE ended_at IS NULL;
