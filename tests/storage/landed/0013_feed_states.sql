CREATE TABLE feed_states (
    pk INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    etag TEXT NOT NULL,
    digests BLOB NOT NULL,
    UNIQUE (path, etag)
) STRICT;
