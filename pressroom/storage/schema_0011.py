"""Which releases have changed, in which order, and the place that each has in each feed for ever."""

CHANGES = """
-- Every release once, in the order in which they changed last, whichever program did that.
CREATE TABLE release_changes (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    release INTEGER NOT NULL UNIQUE REFERENCES releases (pk) ON DELETE CASCADE
) STRICT;
-- Up to which change somebody has followed.
CREATE TABLE changes_followed (follower TEXT PRIMARY KEY, no INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- What the search knows already comes first.
INSERT INTO release_changes (release) SELECT pk FROM releases LEFT JOIN searchable ON release = pk
    ORDER BY searchable.version IS releases.version DESC, pk;
INSERT INTO changes_followed (follower, no) SELECT 'search', count(*)
    FROM searchable JOIN releases ON pk = release WHERE searchable.version = releases.version;
DROP TABLE searchable;

-- A program that leaves foreign keys off may have deleted a row of that number, and its change stays.
CREATE TRIGGER releases_change_by_coming AFTER INSERT ON releases
BEGIN
    DELETE FROM release_changes WHERE release = NEW.pk;
    INSERT INTO release_changes (release) VALUES (NEW.pk);
END;

CREATE TRIGGER releases_change AFTER UPDATE OF version ON releases
BEGIN
    DELETE FROM release_changes WHERE release = NEW.pk;
    INSERT INTO release_changes (release) VALUES (NEW.pk);
END;
"""

# Feeds say what a release replaces, as soon as that is public.
REPLACED = """
CREATE TRIGGER replaced_changed AFTER UPDATE OF state ON releases
BEGIN UPDATE releases SET version = version + 1
    WHERE pk IN (SELECT release FROM release_relations WHERE target = NEW.pk AND kind = 'replaces'); END;

-- And so does what took the place of a withdrawn release.
CREATE TRIGGER replacing_changed AFTER UPDATE OF state, replacement ON releases
BEGIN UPDATE releases SET version = version + 1 WHERE pk IN (OLD.replacement, NEW.replacement); END;
"""

# What goes from one release to another is gone from the first; and feeds show the note of a revision.
MOVED = "".join(
    f"""
CREATE TRIGGER {table}_moved AFTER UPDATE OF release ON {table} WHEN NEW.release <> OLD.release
BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
"""
    for table in ("release_topics", "release_authors", "release_partners", "release_files", "release_relations")
)
RETOLD = """
CREATE TRIGGER announcements_retold AFTER UPDATE ON announcements
BEGIN UPDATE releases SET version = version + 1 WHERE pk IN (OLD.release, NEW.release); END;
""" + "".join(
    f"""
CREATE TRIGGER announcements_have_a_moment_by_{verb} BEFORE {verb} ON announcements
WHEN NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ', NEW.at)
BEGIN SELECT RAISE(ABORT, 'the moment of an announcement is one like 2026-01-26T09:00:00Z'); END;
"""
    for verb in ("INSERT", "UPDATE")
)

MERGED = """
-- Merged topics lead on in one step, and what stood there stands on the other, whichever program merges them.
CREATE TRIGGER topics_merge_into_one_in_use AFTER UPDATE OF merged_into ON topics WHEN NEW.merged_into IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a topic is merged into one that is in use, not into one that was merged itself')
        WHERE (SELECT merged_into FROM topics WHERE pk = NEW.merged_into) IS NOT NULL;
    UPDATE topics SET merged_into = NEW.merged_into, merged_at = NEW.merged_at WHERE merged_into = NEW.pk;
    INSERT OR IGNORE INTO release_topics (release, topic, position)
        SELECT release, NEW.merged_into, position FROM release_topics WHERE topic = NEW.pk;
    DELETE FROM release_topics WHERE topic = NEW.pk;
END;
"""

SHELVES = """
-- What feeds show. The key is the row of a topic or a series, a kind, a language, or a publisher's folded name ('' for
-- the site's own, with the name that this had last); slug and name are those of a publisher, whose addresses stay.
CREATE TABLE shelves (
    pk INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    slug TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    places INTEGER NOT NULL DEFAULT 0,
    releases INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, key)
) STRICT;

-- A place is never given up. What has left the shelf (is_there = 0) stays in the archive of its feed.
CREATE TABLE shelf_places (
    shelf INTEGER NOT NULL REFERENCES shelves (pk),
    place INTEGER NOT NULL,
    release INTEGER NOT NULL REFERENCES releases (pk),
    announcement INTEGER REFERENCES announcements (no),
    sorted_at TEXT NOT NULL,
    is_there INTEGER NOT NULL DEFAULT 1 CHECK (is_there IN (0, 1)),
    PRIMARY KEY (shelf, place)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX shelf_places_of_releases ON shelf_places (release, shelf, coalesce(announcement, 0));
CREATE INDEX shelf_places_by_time ON shelf_places (shelf, is_there, sorted_at DESC, release DESC);

CREATE INDEX corrections ON announcements (no) WHERE change IN ('revised', 'withdrawn') AND silent = 0;
"""

FILES = """
-- What stands around the entries of a file, as a hash, and when its bytes last changed.
ALTER TABLE feed_files ADD COLUMN recipe TEXT NOT NULL DEFAULT '';
ALTER TABLE feed_files ADD COLUMN changed_at TEXT NOT NULL DEFAULT '2000-01-01T00:00:00Z';
"""

SCRIPTS = (CHANGES, REPLACED, MOVED, RETOLD, MERGED, SHELVES, FILES)
