CREATE TRIGGER releases_have_a_version_by_insert BEFORE INSERT ON releases
WHEN NEW.version NOT BETWEEN 0 AND 1000000000000000
BEGIN SELECT RAISE(ABORT, 'the version of a release counts its changes, from 0 on'); END;
CREATE TRIGGER releases_have_a_version_by_update BEFORE UPDATE OF version ON releases
WHEN NEW.version NOT BETWEEN 0 AND 1000000000000000
BEGIN SELECT RAISE(ABORT, 'the version of a release counts its changes, from 0 on'); END;
CREATE TRIGGER announcements_keep_their_number BEFORE UPDATE OF no ON announcements WHEN NEW.no <> OLD.no
BEGIN SELECT RAISE(ABORT, 'an announcement keeps its number'); END;
UPDATE releases SET version = 1 WHERE version NOT BETWEEN 0 AND 1000000000000000;
