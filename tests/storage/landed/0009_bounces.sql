CREATE TABLE bounces (
    pk INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    delivery INTEGER REFERENCES deliveries (pk) ON DELETE SET NULL,
    letter INTEGER REFERENCES letters (pk) ON DELETE SET NULL,
    run INTEGER REFERENCES runs (pk),
    by_link INTEGER NOT NULL DEFAULT 0 CHECK (by_link IN (0, 1)),
    domain TEXT NOT NULL CHECK (domain <> ''),
    class TEXT NOT NULL CHECK (class IN ('dead', 'unclear', 'soft', 'ours', 'information', 'abuse')),
    status TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    counts INTEGER NOT NULL DEFAULT 1 CHECK (counts IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX bounces_of_a_delivery ON bounces (delivery, class);
CREATE UNIQUE INDEX bounces_of_a_letter ON bounces (letter, class);
CREATE UNIQUE INDEX bounces_by_link ON bounces (subscriber) WHERE by_link;
CREATE INDEX bounces_of ON bounces (subscriber);
CREATE INDEX bounces_of_a_run ON bounces (run, class, domain);
CREATE INDEX bounces_by_time ON bounces (at);
