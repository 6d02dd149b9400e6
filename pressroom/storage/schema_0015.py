"""One run for each due time, by constraint."""

DUE_ONCE = """
-- A clock that is far ahead fills due times of its future; set right, it fills them again, and the later run counts.
ALTER TABLE due_times ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1));
UPDATE due_times SET superseded = 1 WHERE EXISTS (SELECT 1 FROM due_times AS later
    WHERE (later.frequency, later.due) = (due_times.frequency, due_times.due) AND later.run > due_times.run);
CREATE UNIQUE INDEX due_times_once ON due_times (frequency, due) WHERE superseded = 0;
"""

SCRIPTS = (DUE_ONCE,)
