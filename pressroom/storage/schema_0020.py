"""Numbers that grow have room to: one that another program has put at the end of all numbers would be the last."""

MOST = 10**15

VERSIONS = f"""
UPDATE releases SET version = 1 WHERE version NOT BETWEEN 0 AND {MOST};
""" + "".join(
    f"""
CREATE TRIGGER releases_have_a_version_by_{name} BEFORE {verb} ON releases
WHEN NEW.version NOT BETWEEN 0 AND {MOST}
BEGIN SELECT RAISE(ABORT, 'the version of a release counts its changes, from 0 on'); END;
"""
    for name, verb in (("insert", "INSERT"), ("update", "UPDATE OF version"))
)

ANNOUNCEMENTS = """
CREATE TRIGGER announcements_keep_their_number BEFORE UPDATE OF no ON announcements WHEN NEW.no <> OLD.no
BEGIN SELECT RAISE(ABORT, 'an announcement keeps its number'); END;
"""

SCRIPTS = (VERSIONS, ANNOUNCEMENTS)
