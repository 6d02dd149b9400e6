"""Where a catalogue may send mail: what tells it from a copy of itself (R11)."""

ARMING = """
-- The key that stands in data/armed too, and the place at which mail may leave; null in what was never armed.
ALTER TABLE catalogue ADD COLUMN armed_key TEXT;
ALTER TABLE catalogue ADD COLUMN armed_place TEXT CHECK ((armed_key IS NULL) = (armed_place IS NULL));
"""

SCRIPTS = (ARMING,)
