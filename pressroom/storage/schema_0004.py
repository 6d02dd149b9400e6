"""What was struck, and what was asked for and never confirmed, is remembered: it tells why something never came."""

STRUCK = """
CREATE TABLE struck (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    at_no INTEGER NOT NULL,  -- the newest announcement then
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
"""

PENDING = """
ALTER TABLE subscriptions ADD COLUMN pending INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1));

DROP TRIGGER subscriptions_only_end;
UPDATE subscriptions SET pending = 1
WHERE (ended_at IS NULL AND subscriber IN (SELECT pk FROM subscribers WHERE state = 'pending'))
    OR ended_at IN (SELECT at FROM consents WHERE consents.subscriber = subscriptions.subscriber
        AND what = 'confirmed');
CREATE TRIGGER subscriptions_only_end BEFORE UPDATE ON subscriptions
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.subscriber <> OLD.subscriber
    OR NEW.topic IS NOT OLD.topic OR NEW.series IS NOT OLD.series OR NEW.frequency <> OLD.frequency
    OR NEW.begun_at <> OLD.begun_at OR NEW.begun_no <> OLD.begun_no OR NEW.pending <> OLD.pending
BEGIN SELECT RAISE(ABORT, 'a subscription is ended, never rewritten'); END;
"""

SCRIPTS = (STRUCK, PENDING)
