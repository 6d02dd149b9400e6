"""What the page of a release looks up: its collection, and what is in it."""

COLLECTIONS = """
CREATE INDEX releases_in_collections ON releases (collection) WHERE collection <> '';
CREATE INDEX releases_collections ON releases (title) WHERE kind = 'collection';
CREATE INDEX release_relations_to ON release_relations (target);
"""

SCRIPTS = (COLLECTIONS,)
