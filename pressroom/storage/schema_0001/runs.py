"""Digest runs, their items, and the ledger of deliveries and letters."""

RUNS = """
CREATE TABLE runs (
    pk INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    opened_at TEXT NOT NULL,
    up_to_no INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'closed', 'empty')),
    expected TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(expected)),
    closed_at TEXT
) STRICT;

CREATE TABLE run_frequencies (
    run INTEGER NOT NULL REFERENCES runs (pk),
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    PRIMARY KEY (run, frequency)
) STRICT, WITHOUT ROWID;

CREATE TABLE due_times (
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    due TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (pk),
    missed INTEGER NOT NULL DEFAULT 0 CHECK (missed IN (0, 1)),
    PRIMARY KEY (frequency, due, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_times_by_run ON due_times (run);

CREATE TABLE run_items (
    pk INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (pk),
    release INTEGER NOT NULL REFERENCES releases (pk),
    change TEXT NOT NULL CHECK (change IN ('new', 'revised', 'withdrawn', 'filed')),
    nos TEXT NOT NULL CHECK (json_valid(nos)),
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    UNIQUE (run, release, change, nos)
) STRICT;
CREATE INDEX run_items_by_release ON run_items (release);

CREATE TABLE bundles (
    pk INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (pk)
) STRICT;
CREATE INDEX bundles_by_run ON bundles (run);

CREATE TABLE bundle_items (
    bundle INTEGER NOT NULL REFERENCES bundles (pk),
    position INTEGER NOT NULL,
    item INTEGER NOT NULL REFERENCES run_items (pk),
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    PRIMARY KEY (bundle, position),
    UNIQUE (bundle, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX bundle_items_by_item ON bundle_items (item);
"""

_QUEUED = """
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
"""

DELIVERIES = f"""
CREATE TABLE deliveries (
    pk INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (pk),
    subscriber INTEGER REFERENCES subscribers (pk) ON DELETE SET NULL,
    bundle INTEGER NOT NULL REFERENCES bundles (pk),
    {_QUEUED},
    UNIQUE (run, subscriber)
) STRICT;
CREATE INDEX deliveries_of ON deliveries (subscriber);
CREATE INDEX deliveries_by_bundle ON deliveries (bundle);
CREATE INDEX deliveries_waiting ON deliveries (state, run, pk)
    WHERE state IN ('queued', 'claimed', 'handed-over', 'retry');

-- What deliveries paid, kept when old ones are deleted (R4).
CREATE TABLE paid (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    release INTEGER NOT NULL REFERENCES releases (pk),
    up_to_no INTEGER NOT NULL,
    PRIMARY KEY (subscriber, release)
) STRICT, WITHOUT ROWID;
CREATE INDEX paid_by_release ON paid (release);

CREATE TRIGGER deliveries_stay_paid BEFORE DELETE ON deliveries
WHEN OLD.subscriber IS NOT NULL AND OLD.state <> 'cancelled'
BEGIN
    INSERT INTO paid (subscriber, release, up_to_no)
        SELECT OLD.subscriber, run_items.release, max(runs.up_to_no) FROM bundle_items
        JOIN run_items ON run_items.pk = bundle_items.item JOIN runs ON runs.pk = run_items.run
        WHERE bundle_items.bundle = OLD.bundle GROUP BY run_items.release
    ON CONFLICT DO UPDATE SET up_to_no = max(up_to_no, excluded.up_to_no);
END;

CREATE TABLE letters (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER REFERENCES subscribers (pk) ON DELETE SET NULL,
    kind TEXT NOT NULL CHECK (kind IN ('confirmation', 'welcome', 'preferences', 'goodbye')),
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    made_at TEXT NOT NULL,
    {_QUEUED}
) STRICT;
CREATE INDEX letters_of ON letters (subscriber);
CREATE INDEX letters_waiting ON letters (state, pk) WHERE state IN ('queued', 'claimed', 'handed-over', 'retry');
"""
