CREATE TABLE feed_files (
    path TEXT PRIMARY KEY,
    made_from TEXT NOT NULL,
    etag TEXT NOT NULL,
    size INTEGER NOT NULL
, recipe TEXT NOT NULL DEFAULT '', changed_at TEXT NOT NULL DEFAULT '2000-01-01T00:00:00Z') STRICT, WITHOUT ROWID;
CREATE TABLE release_changes (
    no INTEGER PRIMARY KEY AUTOINCREMENT,
    release INTEGER NOT NULL UNIQUE REFERENCES releases (pk) ON DELETE CASCADE
) STRICT;
CREATE TABLE changes_followed (follower TEXT PRIMARY KEY, no INTEGER NOT NULL) STRICT, WITHOUT ROWID;
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
CREATE TRIGGER replaced_changed AFTER UPDATE OF state ON releases
BEGIN UPDATE releases SET version = version + 1
    WHERE pk IN (SELECT release FROM release_relations WHERE target = NEW.pk AND kind = 'replaces'); END;
CREATE TRIGGER replacing_changed AFTER UPDATE OF state, replacement ON releases
BEGIN UPDATE releases SET version = version + 1 WHERE pk IN (OLD.replacement, NEW.replacement); END;
CREATE TRIGGER release_topics_moved AFTER UPDATE OF release ON release_topics WHEN NEW.release <> OLD.release
BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_authors_moved AFTER UPDATE OF release ON release_authors WHEN NEW.release <> OLD.release
BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_partners_moved AFTER UPDATE OF release ON release_partners WHEN NEW.release <> OLD.release
BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_files_moved AFTER UPDATE OF release ON release_files WHEN NEW.release <> OLD.release
BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_relations_moved AFTER UPDATE OF release ON release_relations WHEN NEW.release <> OLD.release
BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER announcements_retold AFTER UPDATE ON announcements
BEGIN UPDATE releases SET version = version + 1 WHERE pk IN (OLD.release, NEW.release); END;
CREATE TRIGGER announcements_have_a_moment_by_INSERT BEFORE INSERT ON announcements
WHEN NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ', NEW.at)
BEGIN SELECT RAISE(ABORT, 'the moment of an announcement is one like 2026-01-26T09:00:00Z'); END;
CREATE TRIGGER announcements_have_a_moment_by_UPDATE BEFORE UPDATE ON announcements
WHEN NEW.at IS NOT strftime('%Y-%m-%dT%H:%M:%SZ', NEW.at)
BEGIN SELECT RAISE(ABORT, 'the moment of an announcement is one like 2026-01-26T09:00:00Z'); END;
CREATE TRIGGER topics_merge_into_one_in_use AFTER UPDATE OF merged_into ON topics WHEN NEW.merged_into IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'a topic is merged into one that is in use, not into one that was merged itself')
        WHERE (SELECT merged_into FROM topics WHERE pk = NEW.merged_into) IS NOT NULL;
    UPDATE topics SET merged_into = NEW.merged_into, merged_at = NEW.merged_at WHERE merged_into = NEW.pk;
    INSERT OR IGNORE INTO release_topics (release, topic, position)
        SELECT release, NEW.merged_into, position FROM release_topics WHERE topic = NEW.pk;
    DELETE FROM release_topics WHERE topic = NEW.pk;
END;
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
DROP table searchable;
INSERT INTO release_changes (release) SELECT pk FROM releases LEFT JOIN searchable ON release = pk
    ORDER BY searchable.version IS releases.version DESC, pk;
INSERT INTO changes_followed (follower, no) SELECT 'search', count(*)
    FROM searchable JOIN releases ON pk = release WHERE searchable.version = releases.version;
