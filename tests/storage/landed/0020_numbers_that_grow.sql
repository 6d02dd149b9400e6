CREATE TRIGGER releases_come_with_a_version BEFORE INSERT ON releases WHEN NEW.version NOT BETWEEN 0 AND 1000000000000000
BEGIN SELECT RAISE(ABORT, 'the version of a release counts its changes, from 0 on'); END;
CREATE TRIGGER releases_keep_a_version BEFORE UPDATE OF version ON releases
WHEN NEW.version NOT BETWEEN 0 AND 1000000000000000 AND NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'the version of a release counts its changes, from 0 on'); END;
CREATE TRIGGER announcements_keep_their_number BEFORE UPDATE ON announcements WHEN NEW.no <> OLD.no
BEGIN SELECT RAISE(ABORT, 'an announcement keeps its number'); END;
UPDATE releases SET version = 1 WHERE version NOT BETWEEN 0 AND 1000000000000000;
