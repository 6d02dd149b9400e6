CREATE TABLE pings (
    hub TEXT NOT NULL,
    topic TEXT NOT NULL,
    put_no INTEGER NOT NULL DEFAULT 1,
    attempts INTEGER NOT NULL DEFAULT 0,
    since TEXT,
    next_try_at TEXT,
    answer TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (hub, topic)
) STRICT, WITHOUT ROWID;
CREATE TABLE hubs_away (
    hub TEXT PRIMARY KEY,
    attempts INTEGER NOT NULL,
    since TEXT NOT NULL,
    next_try_at TEXT NOT NULL,
    answer TEXT NOT NULL
) STRICT, WITHOUT ROWID;
