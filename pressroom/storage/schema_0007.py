"""Which request a letter asks to confirm, and what an undo brings back; earlier slugs of releases; a wider index."""

REQUESTS = """
-- The number of the consent with which that request began.
ALTER TABLE letters ADD COLUMN request INTEGER;
UPDATE letters SET request = (SELECT max(consents.pk) FROM consents WHERE consents.subscriber = letters.subscriber
    AND (what = 'subscribed' OR what LIKE 'subscribed:%') AND at <= made_at) WHERE kind = 'confirmation';
"""

LEFT_WITH = """
-- What somebody had set who then left: until when they had paused (a day, '' for no end, NULL for no pause), the
-- language of their mail, and their limits.
CREATE TABLE left_with (
    subscriber INTEGER PRIMARY KEY REFERENCES subscribers (pk) ON DELETE CASCADE,
    paused_until TEXT,
    language TEXT NOT NULL,
    kinds TEXT NOT NULL,
    languages TEXT NOT NULL,
    partners INTEGER NOT NULL CHECK (partners IN (0, 1))
) STRICT;
INSERT INTO left_with (subscriber, paused_until, language, kinds, languages, partners)
    SELECT pk, paused_before, language, coalesce(kinds, ''), coalesce(languages, ''), coalesce(partners, 1)
    FROM subscribers LEFT JOIN filters ON subscriber = pk WHERE state = 'ended' OR (state = 'pending' AND EXISTS (
        SELECT 1 FROM consents WHERE consents.subscriber = subscribers.pk AND what = 'unsubscribed from everything'));
ALTER TABLE subscribers DROP COLUMN paused_before;
"""

EARLIER_SLUGS = """
-- Slugs that releases had, so that their old addresses lead on; the newest to have had one is meant.
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
"""

BY_TIME = """
-- The list of what is public, in its order, with all that a search limits it by.
DROP INDEX releases_by_time;
CREATE INDEX releases_by_time ON releases (sorted_at DESC, pk DESC, kind, language, access, series, own_date)
    WHERE state IN ('live', 'withdrawn');
"""

STRUCK_AFTER = """
-- The newest consent of the subscriber when a number was struck: so an undo knows what was struck since.
ALTER TABLE struck ADD COLUMN after_consent INTEGER;
"""

SCRIPTS = (REQUESTS, LEFT_WITH, EARLIER_SLUGS, BY_TIME, STRUCK_AFTER)
