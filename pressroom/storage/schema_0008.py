"""What a reader stops while it is handed over is not tried again; stops from beside the catalogue are done once."""

STOPPED = """
-- When the reader stopped it while it was being handed over, the reason, and the newest of their choices then: if it is
-- not taken, it ends as of then.
ALTER TABLE deliveries ADD COLUMN stopped_at TEXT;
ALTER TABLE deliveries ADD COLUMN stopped_as TEXT CHECK ((stopped_at IS NULL) = (stopped_as IS NULL));
ALTER TABLE deliveries ADD COLUMN stopped_after INTEGER;
"""

HEEDED_STOPS = """
-- Files in data/stops/ that are done, until they are gone.
CREATE TABLE heeded_stops (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""

SCRIPTS = (STOPPED, HEEDED_STOPS)
