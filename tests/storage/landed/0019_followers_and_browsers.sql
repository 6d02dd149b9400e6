CREATE INDEX subscriptions_on_shelves ON subscriptions (topic, series, frequency, subscriber) WHERE ended_at IS NULL;
CREATE INDEX owed_of ON owed (announcement);
CREATE INDEX subscribers_not_active ON subscribers (pk) WHERE state <> 'active';
CREATE INDEX release_authors_named ON release_authors (name);
CREATE TABLE known_browsers (
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    browser_hash TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (staff, browser_hash)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_log_goes_on BEFORE INSERT ON audit_log
WHEN NEW.pk <> -1 AND NEW.pk <> (SELECT coalesce(max(pk), 0) + 1 FROM audit_log)
BEGIN SELECT RAISE(ABORT, 'entries are numbered one after the other'); END;
