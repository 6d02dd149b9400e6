"""What a reader stops while it is being handed over is not tried again."""

STOPPED = """
-- When the reader stopped it while it was being handed over, and the reason: if it is not taken, it ends as of then.
ALTER TABLE deliveries ADD COLUMN stopped_at TEXT;
ALTER TABLE deliveries ADD COLUMN stopped_as TEXT CHECK ((stopped_at IS NULL) = (stopped_as IS NULL));
"""

SCRIPTS = (STOPPED,)
