"""Forms of releases as they are typed at the desk, until they are saved."""

AUTOSAVES = """
-- What is typed is in no release yet: `version` is that of the release when the form was opened.
CREATE TABLE autosaves (
    key TEXT PRIMARY KEY CHECK (length(key) = 26),
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    release INTEGER REFERENCES releases (pk) ON DELETE CASCADE,
    version INTEGER NOT NULL DEFAULT 0,
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    saved_at TEXT NOT NULL,
    -- Its form was saved: what of it arrives late is nothing that anybody has left.
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX autosaves_of ON autosaves (staff, saved_at);
CREATE INDEX autosaves_about ON autosaves (release) WHERE release IS NOT NULL;
"""

LISTS = """
CREATE INDEX releases_by_url ON releases (url) WHERE url <> '';
CREATE INDEX releases_withdrawn ON releases (pk) WHERE state = 'withdrawn';
"""

AUDIT = """
CREATE INDEX audit_log_about ON audit_log (object, pk);
"""

SCRIPTS = (AUTOSAVES, LISTS, AUDIT)
