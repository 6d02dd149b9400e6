"""Who is pending is looked up at every publish: requests that nobody confirms are deleted."""

PENDING = """
CREATE INDEX subscribers_pending ON subscribers (pk) WHERE state = 'pending';
"""

SCRIPTS = (PENDING,)
