CREATE TABLE deliveries (
    pk INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (pk),
    subscriber INTEGER REFERENCES subscribers (pk) ON DELETE SET NULL,
    bundle INTEGER NOT NULL REFERENCES bundles (pk),
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'claimed', 'handed-over', 'retry', 'sent',
        'failed', 'suppressed', 'cancelled', 'unknown')),
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at TEXT,
    next_attempt_at TEXT CHECK (state <> 'retry' OR next_attempt_at IS NOT NULL),
    claimed_by TEXT CHECK ((state IN ('claimed', 'handed-over')) = (claimed_by IS NOT NULL)),
    claimed_at TEXT CHECK ((claimed_by IS NULL) = (claimed_at IS NULL)),
    finished_at TEXT CHECK ((state IN ('sent', 'failed', 'suppressed', 'cancelled', 'unknown'))
        = (finished_at IS NOT NULL)),
    reply TEXT NOT NULL DEFAULT ''
, unmade INTEGER NOT NULL DEFAULT 0 CHECK (unmade IN (0, 1)), stopped_at TEXT, stopped_as TEXT CHECK ((stopped_at IS NULL) = (stopped_as IS NULL)), stopped_after INTEGER,
    UNIQUE (run, subscriber)
) STRICT;
CREATE TABLE heeded_stops (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
