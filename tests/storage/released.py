"""Catalogues of every released schema, with rows in all their tables: what people who upgrade have.

A schema that is released gets its rows here, in the form that it had then, and they are never edited.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlite_utils import Database

from pressroom.storage import schema_0016, schema_0018, schema_0019, schema_0020
from pressroom.storage.migrations import migrations

NAMES = [migration.name for migration in migrations._migrations]
_THEN = "2026-01-26T09:00:00Z"
_TOKEN = "abcdefghijklmnopqrstuvwxy"  # and one letter more
_TOLD = '{"title": "Floods", "url": "x", "kind": "report", "language": "en", "formats": [], "relations": []}'
ROWS: dict[str, str] = {
    "0001": f"""
        INSERT INTO catalogue (one, created_at, tag) VALUES (1, '{_THEN}', 'localhost,2026');
        INSERT INTO topics (pk, slug, name) VALUES (1, 'rivers', 'Rivers'), (2, 'roads', 'Roads');
        INSERT INTO topic_aliases (alias, topic) VALUES ('streams', 1);
        INSERT INTO series (pk, slug, name) VALUES (1, 'atlas', 'Atlas');
        INSERT INTO releases (pk, id, slug, title, state, series, published, updated, sorted_at)
            VALUES (1, 'tag:localhost,2026:release/1', 'floods', 'Floods', 'live', 1, '{_THEN}', '{_THEN}', '{_THEN}');
        INSERT INTO releases (pk, title) VALUES (2, 'Bridges');
        INSERT INTO release_topics (release, topic) VALUES (1, 1), (2, 2);
        INSERT INTO release_authors (release, position, name) VALUES (1, 0, 'Ada');
        INSERT INTO release_partners (release, position, name) VALUES (1, 0, 'Delta');
        INSERT INTO release_files (release, position, format) VALUES (1, 0, 'pdf');
        INSERT INTO release_urls (release, url) VALUES (1, 'https://example.org/floods');
        INSERT INTO release_relations (release, kind, target) VALUES (2, 'part-of', 1);
        INSERT INTO announcements (no, release, change, at, made_at, series)
            VALUES (1, 1, 'new', '{_THEN}', '{_THEN}', 1);
        INSERT INTO announcement_topics (announcement, topic) VALUES (1, 1);
        INSERT INTO feed_files (path, made_from, etag, size) VALUES ('all.atom', 'x', 'y', 3);
        INSERT INTO subscribers (pk, address, address_key, state, unsubscribe_token, created_at) VALUES
            (1, 'ada@example.org', 'ada@example.org', 'active', '{_TOKEN}a', '{_THEN}'),
            (2, 'ben@example.org', 'ben@example.org', 'ended', '{_TOKEN}b', '{_THEN}'),
            (3, 'cem@example.org', 'cem@example.org', 'pending', '{_TOKEN}c', '{_THEN}');
        INSERT INTO subscriptions (subscriber, topic, frequency, begun_at, begun_no, ended_at, ended_no) VALUES
            (1, 1, 'daily', '{_THEN}', 0, NULL, NULL), (2, NULL, 'weekly', '{_THEN}', 0, '{_THEN}', 1),
            (3, NULL, 'weekly', '{_THEN}', 1, NULL, NULL);
        INSERT INTO filters (subscriber, kinds) VALUES (1, 'report');
        INSERT INTO consents (subscriber, at, what, how, wording, wording_hash) VALUES
            (1, '{_THEN}', 'subscribed: rivers=daily', 'command line', '', ''),
            (2, '{_THEN}', 'unsubscribed from everything', 'command line', '', ''),
            (3, '{_THEN}', 'requested: all=weekly', 'command line', '', '');
        INSERT INTO owed (subscriber, announcement) VALUES (1, 1);
        INSERT INTO suppressions (address_hash, reason, at) VALUES ('hash', 'never', '{_THEN}');
        INSERT INTO runs (pk, key, opened_at, up_to_no, state, closed_at)
            VALUES (1, '{_TOKEN}r', '{_THEN}', 1, 'closed', '{_THEN}');
        INSERT INTO run_frequencies (run, frequency) VALUES (1, 'daily');
        INSERT INTO due_times (frequency, due, run) VALUES ('daily', '2026-01-26T08:00:00Z', 1);
        INSERT INTO run_items (pk, run, release, change, nos, facts) VALUES (1, 1, 1, 'new', '[1]', '{_TOLD}');
        INSERT INTO bundles (pk, run) VALUES (1, 1);
        INSERT INTO bundle_items (bundle, position, item, reasons) VALUES (1, 0, 1, '["Rivers"]');
        INSERT INTO deliveries (run, subscriber, bundle, state, finished_at) VALUES (1, 1, 1, 'sent', '{_THEN}');
        INSERT INTO paid (subscriber, release, up_to_no) VALUES (2, 1, 1);
        INSERT INTO letters (subscriber, kind, key, made_at) VALUES (3, 'confirmation', '{_TOKEN}l', '{_THEN}');
        INSERT INTO staff (pk, login, role, created_at) VALUES (1, 'ed', 'editor', '{_THEN}');
        INSERT INTO sessions (id_hash, staff, begun_at, seen_at) VALUES ('hash', 1, '{_THEN}', '{_THEN}');
        INSERT INTO audit_log (at, actor, action) VALUES ('{_THEN}', 'ed', 'logged in');""",
    "0002": f"""
        INSERT INTO issues (run, title, language, published_at, items, content, up_to_no)
            VALUES (1, 'Floods', 'en', '{_THEN}', 1, '<p>Floods</p>', 1);
        INSERT INTO notes (frequency, text, made_at) VALUES ('weekly', 'Hello', '{_THEN}');""",
    "0004": """
        INSERT INTO struck (subscriber, announcement, at_no) VALUES (2, 1, 1);
        INSERT INTO held_back (subscriber, announcement) VALUES (1, 1);""",
    "0005": """
        INSERT INTO searchable (release, version) SELECT pk, version FROM releases WHERE pk = 1;
        INSERT INTO release_search (rowid, title, names, words) VALUES (1, 'Floods', 'Ada', '');""",
    "0006": f"""
        INSERT INTO sign_ups (at, address_hash, place, network, request) VALUES ('{_THEN}', 'h', 'p', 'n', '{{}}');
        INSERT INTO wordings (hash, version, text, used_at) VALUES ('h', 'sign-up 1, en', 'Yes', '{_THEN}');
        INSERT INTO private_feeds (subscriber, token, made_at) VALUES (1, '{_TOKEN}f', '{_THEN}');
        INSERT INTO farewells (key, month, reason) VALUES ('k', '2026-01', 'too-many');
        INSERT INTO complaints (at, text) VALUES ('{_THEN}', 'No');
        INSERT INTO deleted_deliveries (run, state, n) VALUES (1, 'sent', 2);
        INSERT INTO traces DEFAULT VALUES;
        INSERT INTO further_tokens (token, subscriber) VALUES ('{_TOKEN}t', 1);""",
    "0007": """
        INSERT OR IGNORE INTO left_with (subscriber, language, kinds, languages, partners) VALUES (2, 'en', '', '', 1);
        INSERT INTO earlier_slugs (slug, release) VALUES ('flood', 1);""",
    "0008": "INSERT INTO heeded_stops (name) VALUES ('20260126T090000Z-0');",
    "0009": f"""
        INSERT INTO bounces (at, sent_at, subscriber, delivery, run, domain, class)
            VALUES ('{_THEN}', '{_THEN}', 1, 1, 1, 'example.org', 'soft');""",
    "0010": f"""
        INSERT INTO left_lately (second, domain, number) VALUES (1, 'example.org', 1);
        INSERT INTO turns (domain, next_at) VALUES ('example.org', 1.5);
        INSERT INTO halted_domains (domain, until, careful_until) VALUES ('example.org', '{_THEN}', '{_THEN}');""",
    "0011": f"""
        INSERT OR IGNORE INTO changes_followed (follower, no) VALUES ('feeds', 0);
        INSERT INTO shelves (pk, kind, key) VALUES (9, 'topics', '9');
        INSERT INTO shelf_places (shelf, place, release, sorted_at) VALUES (9, 1, 1, '{_THEN}');""",
    "0012": f"""
        INSERT INTO pings (hub, topic) VALUES ('https://hub.example', 'http://localhost/feeds/all.atom');
        INSERT INTO hubs_away (hub, attempts, since, next_try_at, answer)
            VALUES ('https://hub.example', 1, '{_THEN}', '{_THEN}', 'away');""",
    "0013": "INSERT INTO feed_states (path, etag, digests) VALUES ('all.atom', 'y', x'0102030405060708');",
    "0017": f"""
        INSERT INTO set_up_links (token_hash, staff, expires_at) VALUES ('x', 1, '{_THEN}');
        INSERT INTO recovery_codes (staff, code_hash) VALUES (1, 'x');
        INSERT INTO sign_in_failures (account, network, at) VALUES ('x', 'y', '{_THEN}');
        INSERT INTO known_networks (staff, network, at) VALUES (1, 'y', '{_THEN}');""",
    "0018": f"""
        INSERT INTO autosaves (key, staff, release, fields, saved_at) VALUES ('{_TOKEN}k', 1, 1, '{{}}', '{_THEN}');""",
    "0019": f"""
        INSERT INTO known_browsers (staff, browser_hash, at) VALUES (1, 'z', '{_THEN}');""",
}


def make_released(path: Path, newest: str) -> dict[str, int]:
    """Make a catalogue of the schema that `newest` is the last migration of; return how many rows its tables hold."""
    db = Database(path)
    for name in apply_one_by_one(db):
        for statement in ROWS.get(name[:4], "").split(";\n"):
            db.conn.execute(statement)
        db.conn.commit()
        if name == newest:
            break
    held = rows_in(db)
    db.close()
    return held


def apply_one_by_one(db: Database) -> Iterator[str]:
    """Apply each migration, and yield its name."""
    for number, name in enumerate(NAMES, 1):
        migrations.apply(db, **({"stop_before": NAMES[number]} if number < len(NAMES) else {}))
        yield name


def schema_of(db: Database) -> dict[str, str]:
    """Return the SQL of each table, index and trigger by what it is ("table topics"), in the order they were made."""
    rows = db.conn.execute("SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid").fetchall()
    return {f"{kind} {name}": sql for kind, name, sql in rows if _is_own(name)}


def take_back_arming(catalogue: sqlite3.Connection) -> None:
    """Make of a catalogue one of the schema before 0014."""
    for trigger in ("audit_log_goes_on", *re.findall(r"CREATE TRIGGER (\w+)", "".join(schema_0020.SCRIPTS))):
        catalogue.execute(f"DROP TRIGGER {trigger}")
    of_staff = ("set_up_links", "recovery_codes", "sign_in_failures", "known_networks", "known_browsers")
    for table in ("autosaves", *of_staff):
        catalogue.execute(f"DROP TABLE {table}")
    catalogue.execute("DROP INDEX sessions_of")
    later = (schema_0018.LISTS, schema_0018.AUDIT, *schema_0019.SCRIPTS)
    for index in re.findall(r"CREATE INDEX (\w+)", "".join(later)):
        catalogue.execute(f"DROP INDEX {index}")
    catalogue.execute("ALTER TABLE staff RENAME COLUMN name TO login")
    catalogue.execute("ALTER TABLE staff ADD COLUMN name TEXT NOT NULL DEFAULT ''")
    for table, columns in (("staff", "factor last_step signed_in_at"), ("sessions", "agent"), ("audit_log", "hash")):
        for column in columns.split():
            catalogue.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for kind, name in re.findall(r"CREATE (TRIGGER|INDEX) (\w+)", "".join(schema_0016.SCRIPTS)):
        catalogue.execute(f"DROP {kind} {name}")
    catalogue.execute("DROP INDEX due_times_once")
    catalogue.execute("ALTER TABLE due_times DROP COLUMN superseded")
    catalogue.execute("ALTER TABLE catalogue DROP COLUMN armed_place")
    catalogue.execute("ALTER TABLE catalogue DROP COLUMN armed_key")
    catalogue.execute("DELETE FROM _sqlite_migrations WHERE name >= '0014'")


def rows_in(db: Database) -> dict[str, int]:
    """Return how many rows each table holds, but for those of the migrations and of the search's insides."""
    own = filter(_is_own, db.table_names())
    return {name: int(db.conn.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in own}


def _is_own(name: str) -> bool:
    """Whether it is ours, and not of the migrations or of the search's insides."""
    return not name.startswith(("_sqlite", "sqlite_", "idx__sqlite", "release_search_"))
