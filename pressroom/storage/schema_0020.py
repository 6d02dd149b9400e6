"""Numbers that grow have room to: one that another program has put at the end of all numbers would be the last."""

MOST = 10**15

VERSIONS = f"""
UPDATE releases SET version = 1 WHERE version NOT BETWEEN 0 AND {MOST};

CREATE TRIGGER releases_come_with_a_version BEFORE INSERT ON releases WHEN NEW.version NOT BETWEEN 0 AND {MOST}
BEGIN SELECT RAISE(ABORT, 'the version of a release counts its changes, from 0 on'); END;

-- One that has come to the end of these goes on: it has all the rest of the numbers before it.
CREATE TRIGGER releases_keep_a_version BEFORE UPDATE OF version ON releases
WHEN NEW.version NOT BETWEEN 0 AND {MOST} AND NEW.version <> OLD.version + 1
BEGIN SELECT RAISE(ABORT, 'the version of a release counts its changes, from 0 on'); END;
"""

ANNOUNCEMENTS = """
-- Of whatever column: the number is also called rowid.
CREATE TRIGGER announcements_keep_their_number BEFORE UPDATE ON announcements WHEN NEW.no <> OLD.no
BEGIN SELECT RAISE(ABORT, 'an announcement keeps its number'); END;
"""

SCRIPTS = (VERSIONS, ANNOUNCEMENTS)
