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
    expected TEXT CHECK (expected GLOB '[0-9][0-9][0-9][0-9]' OR (expected || '-01' GLOB '[0-9][0-9][0-9][0-9]-*' AND expected || '-01' IS date(expected || '-01', '+0 days') AND expected || '-01' >= '0001')
        OR ('2000' || substr(expected, 2) || '-01' GLOB '[0-9][0-9][0-9][0-9]-*' AND '2000' || substr(expected, 2) || '-01' IS date('2000' || substr(expected, 2) || '-01', '+0 days') AND '2000' || substr(expected, 2) || '-01' >= '0001')),
    event_start TEXT CHECK (event_start IS NULL OR (event_start GLOB '[0-9][0-9][0-9][0-9]-*' AND event_start IS date(event_start, '+0 days') AND event_start >= '0001')),
    event_end TEXT CHECK (event_end IS NULL OR ((event_end GLOB '[0-9][0-9][0-9][0-9]-*' AND event_end IS date(event_end, '+0 days') AND event_end >= '0001') AND event_start IS NOT NULL
        AND event_end >= event_start)),
    embargo TEXT CHECK (embargo IS NULL OR ((substr(embargo, 1, 10) GLOB '[0-9][0-9][0-9][0-9]-*' AND substr(embargo, 1, 10) IS date(substr(embargo, 1, 10), '+0 days') AND substr(embargo, 1, 10) >= '0001') AND datetime(embargo) IS NOT NULL AND embargo BETWEEN '1000' AND '9990' AND (length(embargo) = 10 OR length(embargo) >= 16) AND substr(embargo, 11, 1) IN ('', ' ', 'T') AND substr(embargo, 12, 2) <> '24' AND substr(embargo, 12) NOT GLOB '*[^-+0-9:.Z]*' AND instr(CAST(embargo AS BLOB), x'00') = 0)),
    publish_at TEXT CHECK (publish_at IS NULL OR ((substr(publish_at, 1, 10) GLOB '[0-9][0-9][0-9][0-9]-*' AND substr(publish_at, 1, 10) IS date(substr(publish_at, 1, 10), '+0 days') AND substr(publish_at, 1, 10) >= '0001') AND datetime(publish_at) IS NOT NULL AND publish_at BETWEEN '1000' AND '9990' AND (length(publish_at) = 10 OR length(publish_at) >= 16) AND substr(publish_at, 11, 1) IN ('', ' ', 'T') AND substr(publish_at, 12, 2) <> '24' AND substr(publish_at, 12) NOT GLOB '*[^-+0-9:.Z]*' AND instr(CAST(publish_at AS BLOB), x'00') = 0)),
    urgent INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
    withdrawn_reason TEXT NOT NULL DEFAULT '',
    replacement INTEGER REFERENCES releases (pk) CHECK (replacement <> pk),
    reference TEXT NOT NULL DEFAULT '',
    isbn TEXT NOT NULL DEFAULT '',
    doi TEXT NOT NULL DEFAULT '',
    licence TEXT NOT NULL DEFAULT '',
    translations TEXT NOT NULL DEFAULT '',
    extra TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(extra) AND json_type(extra) = 'object'),
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
CREATE TRIGGER releases_changed AFTER UPDATE ON releases WHEN NEW.version = OLD.version
BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.pk; END;
CREATE TRIGGER replacements_changed AFTER UPDATE OF title, url, slug, state, access, landing_access ON releases
BEGIN UPDATE releases SET version = version + 1 WHERE replacement = NEW.pk; END;
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
CREATE TRIGGER release_topics_INSERT AFTER INSERT ON release_topics BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_topics_UPDATE AFTER UPDATE ON release_topics BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_topics_DELETE AFTER DELETE ON release_topics BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_authors_INSERT AFTER INSERT ON release_authors BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_authors_UPDATE AFTER UPDATE ON release_authors BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_authors_DELETE AFTER DELETE ON release_authors BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_partners_INSERT AFTER INSERT ON release_partners BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_partners_UPDATE AFTER UPDATE ON release_partners BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_partners_DELETE AFTER DELETE ON release_partners BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_files_INSERT AFTER INSERT ON release_files BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_files_UPDATE AFTER UPDATE ON release_files BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_files_DELETE AFTER DELETE ON release_files BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TRIGGER release_relations_INSERT AFTER INSERT ON release_relations BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_relations_UPDATE AFTER UPDATE ON release_relations BEGIN UPDATE releases SET version = version + 1 WHERE pk = NEW.release OR replacement = NEW.release; END;
CREATE TRIGGER release_relations_DELETE AFTER DELETE ON release_relations BEGIN UPDATE releases SET version = version + 1 WHERE pk = OLD.release OR replacement = OLD.release; END;
CREATE TABLE subscribers (
    pk INTEGER PRIMARY KEY,
    address TEXT NOT NULL CHECK (address LIKE '_%@_%'),
    address_key TEXT NOT NULL UNIQUE CHECK (address_key <> ''),
    name TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT 'en',
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'active', 'ended', 'suppressed')),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    paused_until TEXT CHECK (paused_until IS NULL OR (paused_until IS date(paused_until, '+0 days') AND paused = 1)),
    unsubscribe_token TEXT NOT NULL UNIQUE CHECK (length(unsubscribe_token) >= 26),
    created_at TEXT NOT NULL,
    since_no INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX subscribers_paused ON subscribers (paused_until) WHERE paused = 1;
CREATE TABLE subscriptions (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    topic INTEGER REFERENCES topics (pk),
    series INTEGER REFERENCES series (pk),
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    begun_at TEXT NOT NULL,
    begun_no INTEGER NOT NULL,
    ended_at TEXT,
    ended_no INTEGER,
    CHECK (topic IS NULL OR series IS NULL),
    CHECK ((ended_at IS NULL) = (ended_no IS NULL))
) STRICT;
CREATE UNIQUE INDEX subscriptions_held ON subscriptions
    (subscriber, coalesce(topic, 0), coalesce(series, 0)) WHERE ended_at IS NULL;
CREATE INDEX subscriptions_by_frequency ON subscriptions (frequency, begun_at);
CREATE INDEX subscriptions_of ON subscriptions (subscriber);
CREATE TRIGGER subscriptions_only_end BEFORE UPDATE ON subscriptions
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NEW.subscriber <> OLD.subscriber
    OR NEW.topic IS NOT OLD.topic OR NEW.series IS NOT OLD.series OR NEW.frequency <> OLD.frequency
    OR NEW.begun_at <> OLD.begun_at OR NEW.begun_no <> OLD.begun_no
BEGIN SELECT RAISE(ABORT, 'a subscription is ended, never rewritten'); END;
CREATE TRIGGER subscriptions_stay BEFORE DELETE ON subscriptions
WHEN EXISTS (SELECT 1 FROM subscribers WHERE pk = OLD.subscriber)
BEGIN SELECT RAISE(ABORT, 'a subscription is ended, never deleted'); END;
CREATE TABLE filters (
    subscriber INTEGER PRIMARY KEY REFERENCES subscribers (pk) ON DELETE CASCADE,
    kinds TEXT NOT NULL DEFAULT '',
    languages TEXT NOT NULL DEFAULT '',
    partners INTEGER NOT NULL DEFAULT 1 CHECK (partners IN (0, 1))
) STRICT;
CREATE TABLE consents (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    at TEXT NOT NULL,
    what TEXT NOT NULL,
    how TEXT NOT NULL,
    basis TEXT NOT NULL DEFAULT '',
    wording TEXT NOT NULL DEFAULT '',
    wording_hash TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX consents_of ON consents (subscriber);
CREATE TRIGGER consents_are_not_rewritten BEFORE UPDATE ON consents
BEGIN SELECT RAISE(ABORT, 'consents are only added'); END;
CREATE TRIGGER consents_stay BEFORE DELETE ON consents
WHEN EXISTS (SELECT 1 FROM subscribers WHERE pk = OLD.subscriber)
BEGIN SELECT RAISE(ABORT, 'consents are only added'); END;
CREATE TABLE owed (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    announcement INTEGER NOT NULL REFERENCES announcements (no),
    PRIMARY KEY (subscriber, announcement)
) STRICT, WITHOUT ROWID;
CREATE TABLE suppressions (
    address_hash TEXT PRIMARY KEY,
    reason TEXT NOT NULL CHECK (reason <> ''),
    at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE runs (
    pk INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    opened_at TEXT NOT NULL,
    up_to_no INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paused', 'closed', 'empty')),
    expected TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(expected)),
    closed_at TEXT
) STRICT;
CREATE TABLE run_frequencies (
    run INTEGER NOT NULL REFERENCES runs (pk),
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    PRIMARY KEY (run, frequency)
) STRICT, WITHOUT ROWID;
CREATE TABLE due_times (
    frequency TEXT NOT NULL CHECK (frequency IN ('immediate', 'daily', 'weekly', 'monthly')),
    due TEXT NOT NULL,
    run INTEGER NOT NULL REFERENCES runs (pk),
    missed INTEGER NOT NULL DEFAULT 0 CHECK (missed IN (0, 1)),
    PRIMARY KEY (frequency, due, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_times_by_run ON due_times (run);
CREATE TABLE run_items (
    pk INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (pk),
    release INTEGER NOT NULL REFERENCES releases (pk),
    change TEXT NOT NULL CHECK (change IN ('new', 'revised', 'withdrawn', 'filed')),
    nos TEXT NOT NULL CHECK (json_valid(nos)),
    facts TEXT NOT NULL CHECK (json_valid(facts)),
    UNIQUE (run, release, change, nos)
) STRICT;
CREATE INDEX run_items_by_release ON run_items (release);
CREATE TABLE bundles (
    pk INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (pk)
) STRICT;
CREATE INDEX bundles_by_run ON bundles (run);
CREATE TABLE bundle_items (
    bundle INTEGER NOT NULL REFERENCES bundles (pk),
    position INTEGER NOT NULL,
    item INTEGER NOT NULL REFERENCES run_items (pk),
    reasons TEXT NOT NULL CHECK (json_valid(reasons)),
    PRIMARY KEY (bundle, position),
    UNIQUE (bundle, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX bundle_items_by_item ON bundle_items (item);
CREATE TABLE deliveries (
    pk INTEGER PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (pk),
    subscriber INTEGER REFERENCES subscribers (pk) ON DELETE SET NULL,
    bundle INTEGER NOT NULL REFERENCES bundles (pk),
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'claimed', 'handed-over', 'retry', 'sent',
        'failed', 'suppressed', 'cancelled', 'unknown')),
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at TEXT,
    next_attempt_at TEXT CHECK (state <> 'retry' OR next_attempt_at IS NOT NULL),
    claimed_by TEXT CHECK ((state IN ('claimed', 'handed-over')) = (claimed_by IS NOT NULL)),
    claimed_at TEXT CHECK ((claimed_by IS NULL) = (claimed_at IS NULL)),
    finished_at TEXT CHECK ((state IN ('sent', 'failed', 'suppressed', 'cancelled', 'unknown'))
        = (finished_at IS NOT NULL)),
    reply TEXT NOT NULL DEFAULT ''
,
    UNIQUE (run, subscriber)
) STRICT;
CREATE INDEX deliveries_of ON deliveries (subscriber);
CREATE INDEX deliveries_by_bundle ON deliveries (bundle);
CREATE INDEX deliveries_waiting ON deliveries (state, run, pk)
    WHERE state IN ('queued', 'claimed', 'handed-over', 'retry');
CREATE TABLE paid (
    subscriber INTEGER NOT NULL REFERENCES subscribers (pk) ON DELETE CASCADE,
    release INTEGER NOT NULL REFERENCES releases (pk),
    up_to_no INTEGER NOT NULL,
    PRIMARY KEY (subscriber, release)
) STRICT, WITHOUT ROWID;
CREATE INDEX paid_by_release ON paid (release);
CREATE TRIGGER deliveries_stay_paid BEFORE DELETE ON deliveries
WHEN OLD.subscriber IS NOT NULL AND OLD.state <> 'cancelled'
BEGIN
    INSERT INTO paid (subscriber, release, up_to_no)
        SELECT OLD.subscriber, run_items.release, max(runs.up_to_no) FROM bundle_items
        JOIN run_items ON run_items.pk = bundle_items.item JOIN runs ON runs.pk = run_items.run
        WHERE bundle_items.bundle = OLD.bundle GROUP BY run_items.release
    ON CONFLICT DO UPDATE SET up_to_no = max(up_to_no, excluded.up_to_no);
END;
CREATE TABLE letters (
    pk INTEGER PRIMARY KEY,
    subscriber INTEGER REFERENCES subscribers (pk) ON DELETE SET NULL,
    kind TEXT NOT NULL CHECK (kind IN ('confirmation', 'welcome', 'preferences', 'goodbye')),
    key TEXT NOT NULL UNIQUE CHECK (length(key) >= 26),
    made_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'claimed', 'handed-over', 'retry', 'sent',
        'failed', 'suppressed', 'cancelled', 'unknown')),
    attempts INTEGER NOT NULL DEFAULT 0,
    first_attempt_at TEXT,
    next_attempt_at TEXT CHECK (state <> 'retry' OR next_attempt_at IS NOT NULL),
    claimed_by TEXT CHECK ((state IN ('claimed', 'handed-over')) = (claimed_by IS NOT NULL)),
    claimed_at TEXT CHECK ((claimed_by IS NULL) = (claimed_at IS NULL)),
    finished_at TEXT CHECK ((state IN ('sent', 'failed', 'suppressed', 'cancelled', 'unknown'))
        = (finished_at IS NOT NULL)),
    reply TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX letters_of ON letters (subscriber);
CREATE INDEX letters_waiting ON letters (state, pk) WHERE state IN ('queued', 'claimed', 'handed-over', 'retry');
CREATE TABLE staff (
    pk INTEGER PRIMARY KEY,
    login TEXT NOT NULL CHECK (trim(login) <> ''),
    name TEXT NOT NULL DEFAULT '',
    role TEXT NOT NULL CHECK (role IN ('editor', 'publisher', 'admin')),
    password_hash TEXT,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    created_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX staff_by_login ON staff (lower(login));
CREATE TABLE sessions (
    id_hash TEXT PRIMARY KEY,
    staff INTEGER NOT NULL REFERENCES staff (pk) ON DELETE CASCADE,
    begun_at TEXT NOT NULL,
    seen_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE audit_log (
    pk INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL DEFAULT '',
    details TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details)),
    previous_hash TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TRIGGER audit_log_is_not_rewritten BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
CREATE TRIGGER audit_log_stays BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END;
