"""Subscribers, what they choose and agreed to, and what they are owed."""

PEOPLE = """
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
CREATE INDEX subscribers_paused ON subscribers (paused_until) WHERE paused = 1;

CREATE TABLE subscriptions (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    topic INTEGER REFERENCES topics (pk),
    series INTEGER REFERENCES series (pk),
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    begun_at TEXT NOT NULL,
    begun_no INTEGER NOT NULL,
    ended_at TEXT,
    ended_no INTEGER,
    CHECK (topic IS NULL OR series IS NULL),
    CHECK ((ended_at IS NULL) = (ended_no IS NULL))
) STRICT;
CREATE UNIQUE INDEX subscriptions_held ON subscriptions
    (subscriber, coalesce(topic, 0), coalesce(series, 0)) WHERE ended_at IS NULL;
CREATE INDEX subscriptions_by_frequency ON subscriptions (frequency, begun_at);
CREATE INDEX subscriptions_of ON subscriptions (subscriber);

CREATE TRIGGER subscriptions_only_end BEFORE UPDATE ON subscriptions
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.subscriber <> OLD.subscriber
    OR NEW.topic IS NOT OLD.topic OR NEW.series IS NOT OLD.series OR NEW.frequency <> OLD.frequency
    OR NEW.begun_at <> OLD.begun_at OR NEW.begun_no <> OLD.begun_no
BEGIN SELECT RAISE(ABORT, 'a subscription is ended, never rewritten'); END;

CREATE TRIGGER subscriptions_stay BEFORE DELETE ON subscriptions
WHEN EXISTS (SELECT 1 FROM subscribers WHERE pk = OLD.subscriber)
BEGIN SELECT RAISE(ABORT, 'a subscription is ended, never deleted'); END;

CREATE TABLE filters (
    subscriber INTEGER PRIMARY KEY REFERENCES subscribers (pk) ON DELETE CASCADE,
    kinds TEXT NOT NULL DEFAULT '',
    languages TEXT NOT NULL DEFAULT '',
    partners INTEGER NOT NULL DEFAULT 1 CHECK (partners IN (0, 1))
) STRICT;

CREATE TABLE consents (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    at TEXT NOT NULL,
    what TEXT NOT NULL,
    how TEXT NOT NULL,
    basis TEXT NOT NULL DEFAULT '',
    wording TEXT NOT NULL DEFAULT '',
    wording_hash TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX consents_of ON consents (subscriber);

CREATE TRIGGER consents_are_not_rewritten BEFORE UPDATE ON consents
BEGIN SELECT RAISE(ABORT, 'consents are only added'); END;

CREATE TRIGGER consents_stay BEFORE DELETE ON consents
WHEN EXISTS (SELECT 1 FROM subscribers WHERE pk = OLD.subscriber)
BEGIN SELECT RAISE(ABORT, 'consents are only added'); END;

CREATE TABLE owed (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;

CREATE TABLE suppressions (
    address_hash TEXT PRIMARY KEY,
    reason TEXT NOT NULL CHECK (reason <> ''),
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""
