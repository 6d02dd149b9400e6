CREATE TABLE subscriptions (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    topic INTEGER REFERENCES topics (pk),
    series INTEGER REFERENCES series (pk),
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    begun_at TEXT NOT NULL,
    begun_no INTEGER NOT NULL,
    ended_at TEXT,
    ended_no INTEGER, pending INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1)),
    CHECK (topic IS NULL OR series IS NULL),
    CHECK ((ended_at IS NULL) = (ended_no IS NULL))
) STRICT;
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
, unmade INTEGER NOT NULL DEFAULT 0 CHECK (unmade IN (0, 1)),
    UNIQUE (run, subscriber)
) STRICT;
CREATE TABLE letters (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER REFERENCES subscribers (pk) ON DELETE SET NULL,
    kind TEXT NOT NULL CHECK (kind IN ('confirmation', 'welcome', 'preferences', 'goodbye')),
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    made_at TEXT NOT NULL,
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
, unmade INTEGER NOT NULL DEFAULT 0 CHECK (unmade IN (0, 1))) STRICT;
CREATE TABLE struck (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    at_no INTEGER NOT NULL,
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
CREATE TABLE held_back (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER subscriptions_only_end BEFORE UPDATE ON subscriptions
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.subscriber <> OLD.subscriber
    OR NEW.topic IS NOT OLD.topic OR NEW.series IS NOT OLD.series OR NEW.frequency <> OLD.frequency
    OR NEW.begun_at <> OLD.begun_at OR NEW.begun_no <> OLD.begun_no OR NEW.pending <> OLD.pending
BEGIN SELECT RAISE(ABORT, 'a subscription is ended, never rewritten'); END;
UPDATE subscriptions SET pending = 1
WHERE (ended_at IS NULL AND subscriber IN (SELECT pk FROM subscribers WHERE state = 'pending'))
    OR EXISTS (SELECT 1 FROM consents AS agreed
        WHERE agreed.subscriber = subscriptions.subscriber AND agreed.what = 'confirmed'
        AND subscriptions.begun_at <= agreed.at AND subscriptions.ended_at <= agreed.at
        AND NOT EXISTS (SELECT 1 FROM consents AS between_them
            WHERE between_them.subscriber = agreed.subscriber AND between_them.pk < agreed.pk
            AND between_them.at > subscriptions.begun_at
            AND (between_them.what = 'confirmed' OR between_them.what LIKE 'subscribed:%')));
