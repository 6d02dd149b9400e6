CREATE TABLE catalogue (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    created_at TEXT NOT NULL,
    tag TEXT NOT NULL,
    demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    mail_closed_until TEXT
, swept_at TEXT, mail_closed_why TEXT NOT NULL DEFAULT '', armed_key TEXT, armed_place TEXT CHECK ((armed_key IS NULL) = (armed_place IS NULL))) STRICT;
