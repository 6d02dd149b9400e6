CREATE TABLE due_times (
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    due TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (pk),
    missed INTEGER NOT NULL DEFAULT 0 CHECK (missed IN (0, 1)), superseded INTEGER NOT NULL DEFAULT 0 CHECK (superseded IN (0, 1)),
    PRIMARY KEY (frequency, due, run)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX due_times_once ON due_times (frequency, due) WHERE superseded = 0;
UPDATE due_times SET superseded = 1 WHERE EXISTS (SELECT 1 FROM due_times AS later
    WHERE (later.frequency, later.due) = (due_times.frequency, due_times.due) AND later.run > due_times.run);
