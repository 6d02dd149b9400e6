"""What tells why something never came: what was struck, asked for and not confirmed, or could not be made."""

STRUCK = """
CREATE TABLE struck (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    at_no INTEGER NOT NULL,  -- the newest announcement then
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
"""

HELD_BACK = """
-- What a filter has held back, as far as no number tells it any more: it is never offered later (R4).
CREATE TABLE held_back (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
"""

PENDING = """
ALTER TABLE subscriptions ADD COLUMN pending INTEGER NOT NULL DEFAULT 0 CHECK (pending IN (0, 1));

DROP TRIGGER subscriptions_only_end;
UPDATE subscriptions SET pending = 1
WHERE (ended_at IS NULL AND subscriber IN (SELECT pk FROM subscribers WHERE state = 'pending'))
    OR EXISTS (SELECT 1 FROM consents AS agreed
        WHERE agreed.subscriber = subscriptions.subscriber AND agreed.what = 'confirmed'
        AND subscriptions.begun_at <= agreed.at AND subscriptions.ended_at <= agreed.at
        AND NOT EXISTS (SELECT 1 FROM consents AS between_them
            WHERE between_them.subscriber = agreed.subscriber AND between_them.pk < agreed.pk
            AND between_them.at > subscriptions.begun_at
            AND (between_them.what = 'confirmed' OR between_them.what LIKE 'subscribed:%')));
CREATE TRIGGER subscriptions_only_end BEFORE UPDATE ON subscriptions
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.subscriber <> OLD.subscriber
    OR NEW.topic IS NOT OLD.topic OR NEW.series IS NOT OLD.series OR NEW.frequency <> OLD.frequency
    OR NEW.begun_at <> OLD.begun_at OR NEW.begun_no <> OLD.begun_no OR NEW.pending <> OLD.pending
BEGIN SELECT RAISE(ABORT, 'a subscription is ended, never rewritten'); END;
"""

UNMADE = """
ALTER TABLE deliveries ADD COLUMN unmade INTEGER NOT NULL DEFAULT 0 CHECK (unmade IN (0, 1));
ALTER TABLE letters ADD COLUMN unmade INTEGER NOT NULL DEFAULT 0 CHECK (unmade IN (0, 1));
"""

SCRIPTS = (STRUCK, HELD_BACK, PENDING, UNMADE)
