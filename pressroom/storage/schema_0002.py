"""The public page of each run, what editors say at the head of digests, and a quicker look at present choices."""

ISSUES = """
CREATE TABLE issues (
    run INTEGER PRIMARY KEY REFERENCES runs (pk),
    title TEXT NOT NULL CHECK (trim(title) <> ''),
    language TEXT NOT NULL,
    published_at TEXT NOT NULL,
    items INTEGER NOT NULL,
    content TEXT NOT NULL,
    up_to_no INTEGER NOT NULL
) STRICT;

-- The note that waits for the next digest of a frequency; a run takes it along.
CREATE TABLE notes (
    frequency TEXT PRIMARY KEY CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    text TEXT NOT NULL DEFAULT '',
    signed TEXT NOT NULL DEFAULT '',
    lead INTEGER REFERENCES releases (pk),
    made_at TEXT NOT NULL,
    CHECK (text <> '' OR lead IS NOT NULL)
) STRICT, WITHOUT ROWID;

ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(notes));
"""

PRESENT_CHOICES = """
-- Since which announcement a frequency has been held: every run asks it twice, of everybody.
CREATE INDEX subscriptions_present ON subscriptions (frequency, begun_no) WHERE ended_at IS NULL;
"""

SCRIPTS = (ISSUES, PRESENT_CHOICES)
