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
) STRICT;
CREATE TABLE struck (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    at_no INTEGER NOT NULL, at TEXT, after_consent INTEGER,
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
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
, request INTEGER) STRICT;
CREATE TABLE left_with (
    subscriber INTEGER PRIMARY KEY REFERENCES subscribers (pk) ON DELETE CASCADE,
    paused_until TEXT,
    language TEXT NOT NULL,
    kinds TEXT NOT NULL,
    languages TEXT NOT NULL,
    partners INTEGER NOT NULL CHECK (partners IN (0, 1))
) STRICT;
CREATE TABLE earlier_slugs (
    slug TEXT PRIMARY KEY,
    release INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX earlier_slugs_of ON earlier_slugs (release);
CREATE TRIGGER slugs_are_remembered AFTER UPDATE OF slug ON releases WHEN OLD.slug IS NOT NULL AND OLD.slug <> NEW.slug
BEGIN
    INSERT INTO earlier_slugs (slug, release) VALUES (OLD.slug, OLD.pk)
    ON CONFLICT DO UPDATE SET release = excluded.release;
END;
CREATE INDEX releases_by_time ON releases (sorted_at DESC, pk DESC, kind, language, access, series, own_date)
    WHERE state IN ('live', 'withdrawn');
UPDATE letters SET request = (SELECT max(consents.pk) FROM consents WHERE consents.subscriber = letters.subscriber
    AND (what = 'subscribed' OR what LIKE 'subscribed:%') AND at <= made_at) WHERE kind = 'confirmation';
INSERT INTO left_with (subscriber, paused_until, language, kinds, languages, partners)
    SELECT pk, paused_before, language, coalesce(kinds, ''), coalesce(languages, ''), coalesce(partners, 1)
    FROM subscribers LEFT JOIN filters ON subscriber = pk WHERE state = 'ended' OR (state = 'pending' AND EXISTS (
        SELECT 1 FROM consents WHERE consents.subscriber = subscribers.pk AND what = 'unsubscribed from everything'));
