CREATE INDEX releases_in_collections ON releases (collection) WHERE collection <> '';
CREATE INDEX releases_collections ON releases (title) WHERE kind = 'collection';
CREATE INDEX releases_years ON releases (substr(own_date, 1, 4)) WHERE state IN ('live', 'withdrawn');
CREATE INDEX releases_languages ON releases (language) WHERE state IN ('live', 'withdrawn');
CREATE INDEX release_urls_by_url ON release_urls (url);
CREATE INDEX release_relations_to ON release_relations (target);
CREATE VIRTUAL TABLE release_search USING fts5 (title, names, words, tokenize = 'unicode61 remove_diacritics 2');
CREATE TABLE searchable (
    release INTEGER PRIMARY KEY REFERENCES releases (pk) ON DELETE CASCADE,
    version INTEGER NOT NULL
) STRICT;
