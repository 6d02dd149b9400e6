"""When what is kept for a while only was last looked through."""

SWEPT = """
ALTER TABLE catalogue ADD COLUMN swept_at TEXT;
"""

SCRIPTS = (SWEPT,)
