"""The catalogue: its constraints make nonsense impossible, and any SQLite program may add to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from pressroom.errors import (
    CatalogueMissingError,
    CatalogueNewerError,
    CatalogueTroubleError,
    NoCatalogueError,
)
from pressroom.publishing.journey import make_live
from pressroom.storage import Store
from pressroom.tools import Tools
from tests.conftest import CommandLine

THEN = "2026-01-26T09:00:00Z"
LIVE = "id = 'tag:x', slug = 'x', updated = '2026-01-01T00:00:00Z', sorted_at = ''"


@pytest.fixture
def sql(tools: Tools) -> Iterator[sqlite3.Connection]:
    """The catalogue as another program opens it."""
    connection = sqlite3.connect(tools.catalogue, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("INSERT INTO releases (title) VALUES ('Rivers'), ('Roads')")
    connection.execute("INSERT INTO topics (slug, name) VALUES ('rivers', 'Rivers')")
    connection.execute(
        f"INSERT INTO announcements (no, release, change, made_at, silent) VALUES (1, 1, 'new', '{THEN}', 1)"
    )
    connection.execute("INSERT INTO subscribers (address, address_key, unsubscribe_token, created_at) "
                       f"VALUES ('ada@x.org', 'ada@x.org', 'abcdefghijklmnopqrstuvwxyz', '{THEN}')")  # fmt: skip
    connection.execute("INSERT INTO subscriptions (subscriber, topic, frequency, begun_at, begun_no) "
                       "VALUES (1, 1, 'weekly', '2026-01-26T09:00:00Z', 0)")  # fmt: skip
    connection.execute(
        "INSERT INTO consents (subscriber, at, what, how) VALUES (1, '2026-01-26T09:00:00Z', 'subscribed', 'form')"
    )
    connection.execute(
        "INSERT INTO audit_log (at, actor, action) VALUES ('2026-01-26T09:00:00Z', 'editor', 'published')"
    )
    yield connection
    connection.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        "INSERT INTO releases (title) VALUES ('  ')",
        "INSERT INTO releases (title, kind) VALUES ('x', 'pamphlet')",
        "INSERT INTO releases (title, state) VALUES ('x', 'gone')",
        "INSERT INTO releases (title, state) VALUES ('x', 'live')",
        "INSERT INTO releases (title, access) VALUES ('x', 'secret')",
        "INSERT INTO releases (title, url) VALUES ('x', 'javascript:alert(1)')",
        "INSERT INTO releases (title, embargo) VALUES ('x', 'next week')",
        "INSERT INTO releases (title, publish_at) VALUES ('x', 'soon')",
        "INSERT INTO releases (title, embargo) VALUES ('x', '10:00')",
        "INSERT INTO releases (title, embargo) VALUES ('x', '2461375.5')",
        "INSERT INTO releases (title, embargo) VALUES ('x', '2026-02-20 24:00')",
        "INSERT INTO releases (title, embargo) VALUES ('x', '2026-02-20 10:00 +02:00')",
        "INSERT INTO releases (title, publish_at) VALUES ('x', '2026-02-30 10:00')",
        "INSERT INTO releases (title, publish_at) VALUES ('x', '0001-01-01T00:00+02:00')",
        "INSERT INTO releases (title, published) VALUES ('x', 'yesterday')",
        "INSERT INTO releases (title, published) VALUES ('x', '2026-11-22')",
        "INSERT INTO releases (title, updated) VALUES ('x', '22.11.2026')",
        "INSERT INTO releases (title, language) VALUES ('x', 'german!')",
        "INSERT INTO releases (title, own_date) VALUES ('x', '2026-13')",
        "INSERT INTO releases (title, own_date) VALUES ('x', '2026-02-30')",
        "INSERT INTO releases (title, own_date) VALUES ('x', 'yesterday')",
        "INSERT INTO releases (title, own_date) VALUES ('x', '0000')",
        "INSERT INTO releases (title, event_start) VALUES ('x', '0000-01-01')",
        "INSERT INTO releases (title, event_start, event_end) VALUES ('x', '2026-02-02', '2026-02-01')",
        "INSERT INTO releases (title, extra) VALUES ('x', '{')",
        "INSERT INTO releases (title, extra) VALUES ('x', '[]')",
        "INSERT INTO releases (title, series) VALUES ('x', 99)",
        "INSERT INTO releases (title, slug) VALUES ('x', 'Not A Slug')",
        f"UPDATE releases SET state = 'withdrawn', {LIVE} WHERE pk = 2",
        f"UPDATE releases SET {LIVE}",
        "UPDATE releases SET id = 'tag:a' WHERE pk = 1; UPDATE releases SET id = 'tag:b' WHERE pk = 1",
        "DELETE FROM releases WHERE pk = 1",
        "INSERT OR REPLACE INTO releases (pk, title) VALUES (1, 'Other')",
        "INSERT INTO releases (title, publish_at) VALUES ('x', '2026-02-20T')",
        "INSERT INTO releases (title, expected) VALUES ('x', '2026-19')",
        "INSERT INTO releases (title, expected) VALUES ('x', '--19')",
        "INSERT INTO releases (title, updated) VALUES ('x', '0000-01-01T00:00:00Z')",
        f"INSERT INTO topics (slug, name) VALUES ('{'x' * 101}', 'Long')",
        "UPDATE releases SET id = 'tag:a' WHERE pk = 1; "
        "INSERT OR REPLACE INTO releases (id, title) VALUES ('tag:a', 'Other')",
        f"UPDATE releases SET state = 'live', {LIVE} WHERE pk = 1; UPDATE releases SET state = 'draft' WHERE pk = 1",
        "INSERT INTO topics (slug, name) VALUES ('rivers', 'Again')",
        "INSERT INTO topics (slug, name) VALUES ('all', 'Everything')",
        "INSERT INTO release_topics (release, topic) VALUES (1, 99)",
        f"INSERT INTO announcements (no, release, change, made_at, silent) VALUES (3, 2, 'new', '{THEN}', 1)",
        f"INSERT INTO announcements (no, release, change, made_at, silent) VALUES (2, 1, 'new', '{THEN}', 1)",
        f"INSERT INTO announcements (no, release, change, made_at, silent) VALUES (2, 1, 'lost', '{THEN}', 1)",
        "INSERT INTO announcements (no, release, change, made_at) VALUES (2, 1, 'revised', '2026-01-26T09:00:00Z')",
        "DELETE FROM announcements",
        "INSERT INTO subscribers (address, address_key, unsubscribe_token, created_at) "
        "VALUES ('ADA@x.org', 'ada@x.org', 'zbcdefghijklmnopqrstuvwxyz', '2026-01-26T09:00:00Z')",
        "INSERT INTO subscribers (address, address_key, unsubscribe_token, created_at) "
        "VALUES ('no address', 'x', 'zbcdefghijklmnopqrstuvwxyz', '2026-01-26T09:00:00Z')",
        "UPDATE subscribers SET state = 'asleep'",
        "UPDATE subscribers SET paused_until = '2026-02-01'",
        "INSERT INTO subscriptions (subscriber, topic, frequency, begun_at, begun_no) "
        f"VALUES (1, 1, 'daily', '{THEN}', 0)",
        f"INSERT INTO subscriptions (subscriber, frequency, begun_at, begun_no) VALUES (1, 'hourly', '{THEN}', 0)",
        "UPDATE subscriptions SET frequency = 'daily'",
        "DELETE FROM subscriptions",
        "UPDATE consents SET what = 'nothing'",
        "DELETE FROM consents",
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "INSERT INTO deliveries (run, subscriber, bundle) VALUES (99, 1, 1)",
        "INSERT INTO catalogue (one, created_at, tag) VALUES (2, '2026-01-26T09:00:00Z', 'x')",
    ],
)
def test_nonsense_is_refused_by_the_file_itself(sql: sqlite3.Connection, nonsense: str) -> None:
    *before, last = nonsense.split("; ")
    for statement in before:
        sql.execute(statement)
    with pytest.raises(sqlite3.IntegrityError):
        sql.execute(last)


def test_a_person_can_be_deleted_with_all_that_hangs_on_them(sql: sqlite3.Connection) -> None:
    sql.execute("DELETE FROM subscribers")
    assert sql.execute("SELECT (SELECT count(*) FROM subscriptions) + (SELECT count(*) FROM consents)").fetchone() == (
        0,
    )


@pytest.mark.R12
@pytest.mark.parametrize("version", [2**63 - 1, -1, 10**15 + 1])
def test_a_version_that_could_not_grow_is_refused(sql: sqlite3.Connection, version: int) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="the version of a release counts its changes"):
        sql.execute("INSERT INTO releases (title, version) VALUES ('Bridges', ?)", (version,))
    with pytest.raises(sqlite3.IntegrityError, match="the version of a release counts its changes"):
        sql.execute("UPDATE releases SET version = ?", (version,))


@pytest.mark.R2
def test_an_announcement_keeps_its_number(sql: sqlite3.Connection) -> None:
    for column in ("no", "rowid"):
        with pytest.raises(sqlite3.IntegrityError, match="an announcement keeps its number"):
            sql.execute(f"UPDATE announcements SET {column} = ?", (2**63 - 1,))


def test_a_version_at_the_end_of_what_is_taken_goes_on(sql: sqlite3.Connection) -> None:
    sql.execute("UPDATE releases SET version = ?", (10**15,))
    sql.execute("UPDATE releases SET title = title || '!'")
    assert {row[0] for row in sql.execute("SELECT version FROM releases")} == {10**15 + 1}


@pytest.mark.parametrize("recursive", [0, 1])
def test_any_change_of_a_release_by_any_program_moves_its_version(sql: sqlite3.Connection, recursive: int) -> None:
    sql.execute(f"PRAGMA recursive_triggers = {recursive}")
    changes = (
        "UPDATE releases SET summary = 'More.' WHERE pk = 1",
        "INSERT INTO release_topics (release, topic) VALUES (1, 1)",
        "UPDATE topics SET name = 'Streams'",
        "INSERT INTO release_authors (release, position, name) VALUES (1, 0, 'Ada')",
        "UPDATE release_authors SET name = 'Bo'",
        "DELETE FROM release_authors",
        "INSERT INTO release_files (release, position, format) VALUES (1, 0, 'pdf')",
        "INSERT INTO release_partners (release, position, name) VALUES (1, 0, 'LOLA')",
    )
    seen = [1]
    for change in changes:
        sql.execute(change)
        seen.append(sql.execute("SELECT version FROM releases WHERE pk = 1").fetchone()[0])
    assert seen == sorted(set(seen))


def test_a_row_of_another_program_goes_out_with_the_next_publish(run: CommandLine, tools: Tools) -> None:
    with sqlite3.connect(tools.catalogue) as connection:
        connection.execute("INSERT INTO releases (title, summary) VALUES ('Rivers', 'Of water.')")
    connection.close()
    run("publish")
    (item,) = run.feed("all")["items"]
    assert (item["title"], item["id"][:4]) == ("Rivers", "tag:")


@pytest.mark.R12
def test_a_row_that_cannot_go_out_is_named_and_keeps_no_other_back(run: CommandLine, tools: Tools) -> None:
    with sqlite3.connect(tools.catalogue) as connection:
        connection.execute("INSERT INTO releases (title) VALUES ('Rivers')")
        # One code point that becomes two: the title is too long once it is cleaned.
        connection.execute("INSERT INTO releases (title) VALUES (?)", ("\u0958" * 600,))
        connection.execute("INSERT INTO releases (title) VALUES (CAST(x'4461ff7461' AS TEXT))")
    connection.close()
    answer = run("publish", ok=False)
    assert answer.code == 3
    assert "2 release(s) went live" in answer.out
    assert "Row 2 of the table releases cannot go out: title: is 1,200 characters long" in answer.err
    assert {item["title"] for item in run.feed("all")["items"]} == {"Rivers", "Data"}
    assert run("publish", ok=False).code == 3
    assert [release["state"] for release in run.ask("release", "list")].count("live") == 2


def test_thousands_of_rows_with_one_title_get_an_id_each(store: Store, tools: Tools, now: datetime) -> None:
    store.write_many("INSERT INTO releases (title) VALUES (?)", [("News",)] * 1_000)
    live, trouble = make_live(store, now)
    assert (len(live), trouble) == (1_000, [])
    assert len({release.id for release in live}) == 1_000


def test_a_program_that_inserts_what_is_there_already_may_ignore_or_update_it(sql: sqlite3.Connection) -> None:
    sql.execute("UPDATE releases SET id = 'tag:a' WHERE pk = 1")
    sql.execute("INSERT OR IGNORE INTO releases (id, title) VALUES ('tag:a', 'Again'), ('tag:b', 'New')")
    sql.execute(
        "INSERT INTO releases (id, title) VALUES ('tag:a', 'Streams') ON CONFLICT (id) DO UPDATE SET title = 'Streams'"
    )
    assert sql.execute("SELECT title FROM releases ORDER BY pk").fetchall() == [("Streams",), ("Roads",), ("New",)]


@pytest.mark.R4
def test_a_release_that_another_program_files_under_a_merged_topic_is_filed_under_its_successor(
    run: CommandLine, tools: Tools
) -> None:
    for topic in ("Rivers", "Water"):
        run("topic", "add", topic)
    run("topic", "merge", "rivers", "water", "--yes")
    with sqlite3.connect(tools.catalogue) as connection:
        connection.execute("INSERT INTO releases (pk, title) VALUES (1, 'Floods')")
        connection.execute("INSERT INTO release_topics SELECT 1, pk, 0 FROM topics WHERE slug = 'rivers'")
    connection.close()
    run("publish")
    assert [item["title"] for item in run.feed("topics/water")["items"]] == ["Floods"]
    assert run.ask("release", "show", "floods")["topics"] == ["water"]


@pytest.mark.R12
def test_a_hand_made_row_is_cleaned_before_it_is_shown(run: CommandLine, tools: Tools) -> None:
    with sqlite3.connect(tools.catalogue) as connection:
        connection.execute(
            "INSERT INTO releases (title, summary) VALUES (?, ?)", ("  Rivers\x01 and\nroads ", "a\x0bb")
        )
    connection.close()
    run("publish")
    assert run.feed("all")["items"][0]["title"] == "Rivers and roads"


def test_opening_what_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(CatalogueMissingError, match="publisher init"):
        Store.open(tmp_path / "catalogue.db")
    assert not (tmp_path / "catalogue.db").exists()


@pytest.mark.R12
@pytest.mark.parametrize(
    "make",
    [
        "",
        "CREATE TABLE notes (a)",
        "CREATE TABLE _sqlite_migrations (migration_set, name, applied_at)",
        "CREATE TABLE _sqlite_migrations (migration_set, name, applied_at); CREATE TABLE catalogue (one); "
        "INSERT INTO _sqlite_migrations VALUES ('pressroom', '0001_first_schema', '')",
    ],
)
def test_a_database_that_is_no_catalogue_is_refused_by_every_command_and_left_as_it_is(
    site: Path, run: CommandLine, make: str
) -> None:
    path = site / "data" / "catalogue.db"
    path.unlink()
    with sqlite3.connect(path) as other:
        other.executescript(make)
    other.close()
    before = path.read_bytes()
    said = str(NoCatalogueError(path)) + "\n"
    backup = f"db backup {site / 'backup.db'}"
    for words in ("release list", "publish", "db check", "db migrate", backup, "init", "demo", "serve"):
        answer = run(*words.split(), ok=False)
        assert (answer.code, answer.err) == (2, said), words
    assert path.read_bytes() == before
    path.unlink()
    assert run("init").out.startswith("Made a site")


@pytest.mark.R12
def test_a_folder_in_the_place_of_the_catalogue_is_named(site: Path, run: CommandLine) -> None:
    path = site / "data" / "catalogue.db"
    path.unlink()
    path.mkdir()
    for words in ("release list", "db migrate", "init"):
        assert run(*words.split(), ok=False).err.startswith(f"The catalogue {path} cannot be used: it is a folder;")


def test_a_newer_catalogue_than_the_program_is_refused(tools: Tools, store: Store) -> None:
    store.write("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('pressroom', '9999_x', '')")
    with pytest.raises(CatalogueNewerError, match="9999_x"):
        Store.open(tools.catalogue)


def test_atomic_undoes_everything_of_a_block_that_fails(store: Store) -> None:
    def fail_half_way() -> None:
        with store.atomic():
            store.topics.add("Rivers")
            with store.atomic():
                store.topics.add("Roads")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert store.topics.all() == []


def test_check_finds_a_reference_to_nothing(run: CommandLine, store: Store) -> None:
    assert run.ask("db", "check")["sound"]
    store.connection.execute("PRAGMA foreign_keys = OFF")
    store.write("INSERT INTO owed (subscriber, announcement) VALUES (7, 8)")
    answer = run("--json", "db", "check", ok=False)
    assert answer.code == 1
    assert "table owed points at nothing" in answer.document["faults"][0]


@pytest.mark.R12
@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("database is locked", "locked"),
        ("database or disk is full", "full"),
        ("file is not a database", "SQLite"),
        ("attempt to write a readonly database", "-wal and -shm beside it"),
    ],
)
def test_sqlites_refusals_are_said_in_words_with_the_files_name(tools: Tools, said: str, problem: str) -> None:
    with pytest.raises(CatalogueTroubleError, match=problem) as caught, Store.open(tools.catalogue):
        raise sqlite3.OperationalError(said)
    assert str(tools.catalogue) in str(caught.value)


def test_a_file_that_is_no_catalogue_is_named_without_a_traceback(run: CommandLine) -> None:
    run("init")
    path = run.site / "data" / "catalogue.db"
    for leftover in run.site.joinpath("data").glob("catalogue.db*"):
        leftover.unlink()
    path.write_text("This is no catalogue, and longer than a header.\n" * 50)
    answer = run("release", "list", ok=False)
    assert answer.code == 1
    assert "SQLite" in answer.err


@pytest.mark.R2
def test_announcements_made_together_end_now_and_grow_by_whole_seconds(run: CommandLine, store: Store) -> None:
    for title in "abc":
        run("release", "add", "--title", title)
    run("publish")
    moments = [row["at"] for row in store.rows("SELECT at FROM announcements ORDER BY no")]
    assert moments == ["2026-01-26T08:59:58Z", "2026-01-26T08:59:59Z", "2026-01-26T09:00:00Z"]
    run("release", "add", "--title", "d")
    run("publish")
    assert store.value("SELECT max(at) FROM announcements") == "2026-01-26T09:00:01Z"
