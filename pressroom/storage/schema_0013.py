"""Which entries stood in a feed file before, so that who had it then gets only what is new."""

FEED_STATES = """
-- The last states of each file in feeds/: `digests` are eight bytes for each entry that stood in it.
CREATE TABLE feed_states (
    pk INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    etag TEXT NOT NULL,
    digests BLOB NOT NULL,
    UNIQUE (path, etag)
) STRICT;
"""

SCRIPTS = (FEED_STATES,)
