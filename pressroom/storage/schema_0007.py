"""Which request a letter asks to confirm, so that no clock decides whether its link still works."""

REQUESTS = """
-- The number of the consent with which that request began.
ALTER TABLE letters ADD COLUMN request INTEGER;
UPDATE letters SET request = (SELECT max(consents.pk) FROM consents WHERE consents.subscriber = letters.subscriber
    AND (what = 'subscribed' OR what LIKE 'subscribed:%') AND at <= made_at) WHERE kind = 'confirmation';
"""

SCRIPTS = (REQUESTS,)
