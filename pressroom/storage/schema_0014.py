"""What took the place of a withdrawn release says so in feeds."""

REPLACING = """
CREATE TRIGGER replacing_changed AFTER UPDATE OF state, replacement ON releases
BEGIN UPDATE releases SET version = version + 1 WHERE pk IN (OLD.replacement, NEW.replacement); END;

-- What was withdrawn before.
UPDATE releases SET version = version + 1
    WHERE pk IN (SELECT replacement FROM releases WHERE state = 'withdrawn' AND replacement IS NOT NULL);
"""

SCRIPTS = (REPLACING,)
