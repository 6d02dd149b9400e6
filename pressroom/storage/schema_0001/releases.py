"""Topics, series, releases, announcements and published files."""


def _moment(column: str) -> str:
    """Return the check that a text written by any program is a moment that we read as SQLite does."""
    return (
        f"CHECK ({column} IS NULL OR ({_day(f'substr({column}, 1, 10)')} AND datetime({column}) IS NOT NULL "
        f"AND {column} BETWEEN '1000' AND '9990' AND (length({column}) = 10 OR length({column}) >= 16) "
        f"AND substr({column}, 11, 1) IN ('', ' ', 'T') "
        f"AND substr({column}, 12, 2) <> '24' AND substr({column}, 12) NOT GLOB '*[^-+0-9:.Z]*' "
        f"AND instr(CAST({column} AS BLOB), x'00') = 0))"
    )


def _day(text: str) -> str:
    return f"({text} GLOB '[0-9][0-9][0-9][0-9]-*' AND {text} IS date({text}, '+0 days') AND {text} >= '0001')"


RELEASES = f"""
CREATE TABLE catalogue (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    created_at TEXT NOT NULL,
    tag TEXT NOT NULL,
    demo INTEGER NOT NULL DEFAULT 0 CHECK (demo IN (0, 1)),
    mail_closed_until TEXT
) STRICT;

CREATE TABLE topics (
    pk INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 100 AND slug NOT GLOB '*[^a-z0-9-]*' AND slug <> 'all'),
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    merged_into INTEGER REFERENCES topics (pk) CHECK (merged_into <> pk),
    merged_at TEXT CHECK ((merged_into IS NULL) = (merged_at IS NULL))
) STRICT;

CREATE TABLE topic_aliases (
    alias TEXT PRIMARY KEY CHECK (alias <> ''),
    topic INTEGER NOT NULL REFERENCES topics (pk) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE series (
    pk INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE CHECK (length(slug) BETWEEN 1 AND 100 AND slug NOT GLOB '*[^a-z0-9-]*'),
    name TEXT NOT NULL CHECK (trim(name) <> '')
) STRICT;
CREATE INDEX series_by_name ON series (lower(name));

CREATE TABLE releases (
    pk INTEGER PRIMARY KEY,
    id TEXT UNIQUE CHECK (id <> ''),
    slug TEXT UNIQUE CHECK (length(slug) BETWEEN 1 AND 200 AND slug NOT GLOB '*[^a-z0-9-]*'),
    title TEXT NOT NULL CHECK (trim(title) <> '' AND length(title) <= 1000),
    subtitle TEXT NOT NULL DEFAULT '' CHECK (length(subtitle) <= 1000),
    kind TEXT NOT NULL DEFAULT 'report' CHECK (kind IN ('report', 'briefing', 'guide', 'survey', 'article',
        'case-study', 'collection', 'podcast', 'blog', 'news')),
    summary TEXT NOT NULL DEFAULT '' CHECK (length(summary) <= 20000),
    body TEXT NOT NULL DEFAULT '' CHECK (length(body) <= 500000),
    url TEXT CHECK (url LIKE 'https://_%' OR url LIKE 'http://_%'),
    landing_access TEXT NOT NULL DEFAULT 'public' CHECK (landing_access IN ('public', 'members')),
    language TEXT NOT NULL DEFAULT 'en' CHECK (language GLOB '[a-z][a-z]*'
        AND language NOT GLOB '*[^a-zA-Z0-9-]*' AND length(language) <= 35),
    publisher TEXT NOT NULL DEFAULT '',
    series INTEGER REFERENCES series (pk),
    edition TEXT NOT NULL DEFAULT '',
    collection TEXT NOT NULL DEFAULT '',
    part INTEGER CHECK (part > 0),
    part_count INTEGER CHECK (part_count > 0),
    access TEXT NOT NULL DEFAULT 'public' CHECK (access IN ('public', 'members', 'mixed')),
    state TEXT NOT NULL DEFAULT 'scheduled' CHECK (state IN ('draft', 'expected', 'scheduled', 'live', 'withdrawn')),
    own_date TEXT CHECK (own_date IS NULL OR (own_date >= '0001' AND (own_date GLOB '[0-9][0-9][0-9][0-9]'
        OR own_date || '-01' IS date(own_date || '-01', '+0 days') OR own_date IS date(own_date, '+0 days')))),
    expected TEXT CHECK (expected GLOB '[0-9][0-9][0-9][0-9]' OR {_day("expected || '-01'")}
        OR {_day("'2000' || substr(expected, 2) || '-01'")}),
    event_start TEXT CHECK (event_start IS NULL OR {_day("event_start")}),
    event_end TEXT CHECK (event_end IS NULL OR ({_day("event_end")} AND event_start IS NOT NULL
        AND event_end >= event_start)),
    embargo TEXT {_moment("embargo")},
    publish_at TEXT {_moment("publish_at")},
    urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
    withdrawn_reason TEXT NOT NULL DEFAULT '',
    replacement INTEGER REFERENCES releases (pk) CHECK (replacement <> pk),
    reference TEXT NOT NULL DEFAULT '',
    isbn TEXT NOT NULL DEFAULT '',
    doi TEXT NOT NULL DEFAULT '',
    licence TEXT NOT NULL DEFAULT '',
    translations TEXT NOT NULL DEFAULT '',
    extra TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(extra) AND json_type(extra) = 'object'),
    published TEXT CHECK (published IS strftime('%Y-%m-%dT%H:%M:%SZ', published) AND published >= '0001'),
    updated TEXT UNIQUE CHECK (updated IS strftime('%Y-%m-%dT%H:%M:%SZ', updated) AND updated >= '0001'),
    sorted_at TEXT,
    version INTEGER NOT NULL DEFAULT 1,
    CHECK (state NOT IN ('live', 'withdrawn') OR (id IS NOT NULL AND slug IS NOT NULL AND updated IS NOT NULL
        AND sorted_at IS NOT NULL)),
    CHECK (state <> 'withdrawn' OR withdrawn_reason <> '')
) STRICT;

CREATE INDEX releases_by_time ON releases (sorted_at DESC, pk DESC) WHERE state IN ('live', 'withdrawn');
CREATE INDEX releases_by_kind ON releases (kind, sorted_at DESC, pk DESC) WHERE state IN ('live', 'withdrawn');
CREATE INDEX releases_by_series ON releases (series, sorted_at DESC, pk DESC) WHERE state IN ('live', 'withdrawn');
CREATE INDEX releases_waiting ON releases (state) WHERE state IN ('draft', 'expected', 'scheduled');
CREATE INDEX releases_by_title ON releases (lower(title), own_date);
CREATE INDEX releases_by_doi ON releases (lower(doi)) WHERE doi <> '';
CREATE INDEX releases_by_reference ON releases (lower(reference)) WHERE reference <> '';
CREATE INDEX releases_by_replacement ON releases (replacement) WHERE replacement IS NOT NULL;

CREATE TABLE release_topics (
    release INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE,
    topic INTEGER NOT NULL REFERENCES topics (pk),
    position INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (release, topic)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_topics_by_topic ON release_topics (topic, release);

CREATE TABLE release_authors (
    release INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    is_organisation INTEGER NOT NULL DEFAULT 0 CHECK (is_organisation IN (0, 1)),
    role TEXT NOT NULL DEFAULT '',
    orcid TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (release, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_partners (
    release INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL CHECK (trim(name) <> ''),
    PRIMARY KEY (release, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_files (
    release INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    format TEXT NOT NULL CHECK (format <> ''),
    url TEXT CHECK (url LIKE 'https://_%' OR url LIKE 'http://_%'),
    size INTEGER CHECK (size >= 0),
    access TEXT NOT NULL DEFAULT 'public' CHECK (access IN ('public', 'members')),
    pages INTEGER CHECK (pages > 0),
    duration INTEGER CHECK (duration > 0),
    PRIMARY KEY (release, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_urls (
    release INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE,
    url TEXT NOT NULL CHECK (url LIKE 'https://_%' OR url LIKE 'http://_%'),
    PRIMARY KEY (release, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE release_relations (
    release INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('version-of', 'part-of', 'replaces', 'translation-of', 'summary-of',
        'launches')),
    target INTEGER NOT NULL REFERENCES releases (pk) ON DELETE CASCADE CHECK (target <> release),
    PRIMARY KEY (release, kind, target)
) STRICT, WITHOUT ROWID;
"""

# A release's version grows with every change of its facts, whichever program makes it, so that a publish finds what
# is stale without comparing text. The guards keep programs with recursive triggers switched on from looping.
# What a release replaces shows its title and landing address, and which address that is depends on its files.
_BUMP = "UPDATE releases SET version = version + 1 WHERE pk = {row}.release OR replacement = {row}.release;"
_TOUCHED = ("release_topics", "release_authors", "release_partners", "release_files", "release_relations")
VERSIONS = """
CREATE TRIGGER releases_changed AFTER UPDATE ON releases WHEN NEW.version = OLD.version
BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.pk; END;

CREATE TRIGGER replacements_changed AFTER UPDATE OF title, url, slug, state, access, landing_access ON releases
BEGIN UPDATE releases SET version = version + 1 WHERE replacement = NEW.pk; END;

-- REPLACE deletes without asking the trigger for that: what is announced is not put in anew.
CREATE TRIGGER announced_releases_are_not_replaced AFTER INSERT ON releases
WHEN EXISTS (SELECT 1 FROM announcements WHERE release = NEW.pk)
BEGIN SELECT RAISE(ABORT, 'this release has been announced: update it, or withdraw it'); END;

CREATE TRIGGER releases_keep_their_id BEFORE UPDATE OF id ON releases WHEN OLD.id IS NOT NULL AND NEW.id IS NOT OLD.id
BEGIN SELECT RAISE(ABORT, 'the id of a release never changes'); END;

CREATE TRIGGER public_releases_stay_public BEFORE UPDATE OF state ON releases
WHEN OLD.state IN ('live', 'withdrawn') AND NEW.state NOT IN ('live', 'withdrawn')
BEGIN SELECT RAISE(ABORT, 'a release that is out is withdrawn, never taken back'); END;

CREATE TRIGGER announced_releases_stay BEFORE DELETE ON releases
WHEN EXISTS (SELECT 1 FROM announcements WHERE release = OLD.pk)
BEGIN SELECT RAISE(ABORT, 'an announced release is withdrawn, never deleted'); END;

CREATE TRIGGER topics_lead_on AFTER INSERT ON release_topics
WHEN (SELECT merged_into FROM topics WHERE pk = NEW.topic) IS NOT NULL
BEGIN
    INSERT OR IGNORE INTO release_topics (release, topic, position)
        SELECT NEW.release, merged_into, NEW.position FROM topics WHERE pk = NEW.topic;
    DELETE FROM release_topics WHERE release = NEW.release AND topic = NEW.topic;
END;

CREATE TRIGGER topics_lead_on_again AFTER UPDATE OF topic ON release_topics
WHEN (SELECT merged_into FROM topics WHERE pk = NEW.topic) IS NOT NULL
BEGIN
    UPDATE OR REPLACE release_topics SET topic = (SELECT merged_into FROM topics WHERE pk = NEW.topic)
        WHERE release = NEW.release AND topic = NEW.topic;
END;

CREATE TRIGGER topics_renamed AFTER UPDATE OF slug, name, merged_into ON topics
BEGIN UPDATE releases SET version = version + 1 WHERE pk IN (SELECT release FROM release_topics
    WHERE topic = NEW.pk); END;

CREATE TRIGGER series_renamed AFTER UPDATE OF slug, name ON series
BEGIN UPDATE releases SET version = version + 1 WHERE series = NEW.pk; END;
""" + "".join(
    f"CREATE TRIGGER {table}_{verb} AFTER {verb} ON {table} BEGIN {_BUMP.format(row=row)} END;\n"
    for table in _TOUCHED
    for verb, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD"))
)

ANNOUNCEMENTS = """
CREATE TABLE announcements (
    no INTEGER PRIMARY KEY CHECK (no > 0),
    release INTEGER NOT NULL REFERENCES releases (pk),
    change TEXT NOT NULL CHECK (change IN ('new', 'revised', 'withdrawn', 'filed')),
    at TEXT UNIQUE,
    made_at TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
    silent INTEGER NOT NULL DEFAULT 0 CHECK (silent IN (0, 1)),
    series INTEGER REFERENCES series (pk),
    CHECK (silent = (at IS NULL)),
    CHECK (change <> 'revised' OR note <> '')
) STRICT;
CREATE INDEX announcements_by_release ON announcements (release, no);
CREATE UNIQUE INDEX announced_new_once ON announcements (release) WHERE change = 'new';

CREATE TABLE announcement_topics (
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    topic INTEGER NOT NULL REFERENCES topics (pk),
    PRIMARY KEY (announcement, topic)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER announcements_count_up BEFORE INSERT ON announcements
WHEN NEW.no IS NOT (SELECT coalesce(max(no), 0) + 1 FROM announcements)
BEGIN SELECT RAISE(ABORT, 'announcements are numbered without gaps'); END;

CREATE TRIGGER announcements_stay BEFORE DELETE ON announcements
BEGIN SELECT RAISE(ABORT, 'an announcement is never taken back'); END;

CREATE TABLE feed_files (
    path TEXT PRIMARY KEY,
    made_from TEXT NOT NULL,
    etag TEXT NOT NULL,
    size INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
