"""Catalogues of earlier schemas come along with what they hold."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from pressroom.errors import CatalogueBehindError
from pressroom.storage import Store
from pressroom.storage import store as store_of_pressroom
from pressroom.storage.migrations import migrations
from pressroom.storage.unreadable import unreadable
from pressroom.tools import Tools
from tests.conftest import CommandLine
from tests.storage.released import make_released, take_back_arming


def test_a_catalogue_that_is_behind_is_migrated_and_then_opened(
    tools: Tools, run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    further = Migrations("pressroom")
    further._migrations = [*migrations._migrations]
    further(name="9998_tides")(lambda db: db["tides"].create({"pk": int}))
    monkeypatch.setattr(store_of_pressroom, "migrations", further)
    with pytest.raises(CatalogueBehindError, match="db migrate"):
        Store.open(tools.catalogue)
    assert run("db", "migrate").out == "Applied: 9998_tides.\n"
    assert "Nothing to do" in run("db", "migrate").out


def test_what_migrates_lays_a_backup_aside_first_and_keeps_the_newest_three(
    tools: Tools, run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("release", "add", "--title", "Floods")
    further = Migrations("pressroom")
    further._migrations = [*migrations._migrations]
    monkeypatch.setattr(store_of_pressroom, "migrations", further)
    for number in range(5):
        further(name=f"999{number}_tides")(lambda db, number=number: db[f"tides_{number}"].create({"pk": int}))
        assert [one["title"] for one in run.ask("release", "list")] == ["Floods"]
    kept = sorted(path.name for path in (tools.data / "backups").iterdir())
    assert kept == ["before-9992_tides.db", "before-9993_tides.db", "before-9994_tides.db"]
    with Store(tools.data / "backups" / "before-9992_tides.db") as backup:
        assert backup.pending_migrations() == ["9992_tides", "9993_tides", "9994_tides"]
        assert backup.value("SELECT title FROM releases") == "Floods"
    assert {path.stat().st_mode & 0o777 for path in (tools.data / "backups").iterdir()} == {0o600}


@pytest.mark.R10
def test_a_migration_that_fails_changes_nothing(
    tools: Tools, run: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    further = Migrations("pressroom")
    further._migrations = [*migrations._migrations]
    further(name="9998_tides")(lambda db: db["tides"].create({"pk": int}))
    further(name="9999_waves")(lambda db: db.execute("INSERT INTO nowhere VALUES (1)"))
    monkeypatch.setattr(store_of_pressroom, "migrations", further)
    assert run("publish", ok=False).code == 1
    monkeypatch.undo()
    with Store.open(tools.catalogue) as store:
        assert store.pending_migrations() == []
        assert store.value("SELECT count(*) FROM sqlite_schema WHERE name = 'tides'") == 0
        assert tools.is_armed(store)


@pytest.mark.R11
def test_a_catalogue_that_knew_of_no_copies_is_armed_when_it_comes_along(run: CommandLine, tools: Tools) -> None:
    with sqlite3.connect(tools.catalogue) as old:
        take_back_arming(old)
    old.close()
    (tools.data / "armed").unlink()
    with tools.open_store() as store:
        assert tools.is_armed(store)


@pytest.mark.R11
def test_such_a_catalogue_is_armed_also_when_its_first_migration_failed_at_its_end(
    run: CommandLine, tools: Tools
) -> None:
    with sqlite3.connect(tools.catalogue) as old:
        take_back_arming(old)
    old.execute("PRAGMA journal_mode = DELETE")  # who reads keeps a commit waiting
    old.close()
    (tools.data / "armed").unlink()
    with closing(sqlite3.connect(tools.catalogue)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM releases").fetchall()
        with pytest.MonkeyPatch.context() as impatient:
            impatient.setattr(store_of_pressroom, "BUSY_SECONDS", 0)
            assert run("db", "migrate", ok=False).code == 1
        assert not (tools.data / "armed").exists()
    with tools.open_store() as store:
        assert tools.is_armed(store)


@pytest.mark.R11
@pytest.mark.parametrize("copied", ["beside a key", "out of a backup", "with its folder"])
def test_a_copy_of_such_a_catalogue_is_not_armed(run: CommandLine, tools: Tools, copied: str) -> None:
    if copied == "with its folder":
        shutil.copy(tools.data / "armed", tools.data / "beside")
        (tools.data / "beside").replace(tools.data / "armed")
    if copied == "out of a backup":
        run("db", "backup", str(run.site / "backup.db"))
        (run.site / "backup.db").replace(tools.catalogue)
        (tools.data / "armed").unlink()
    with sqlite3.connect(tools.catalogue) as old:
        take_back_arming(old)
    old.close()
    with tools.open_store() as store:
        assert not tools.is_armed(store)


def test_of_runs_that_filled_one_due_time_the_last_counts_and_from_now_on_there_is_one(tmp_path: Path) -> None:
    make_released(tmp_path / "old.db", "0014_arming")
    with sqlite3.connect(tmp_path / "old.db") as old:
        columns = "key, opened_at, up_to_no, state, closed_at"
        old.execute(f"INSERT INTO runs ({columns}) SELECT key || '2', {columns.partition(', ')[2]} FROM runs")
        old.execute("INSERT INTO due_times (frequency, due, run) SELECT frequency, due, 2 FROM due_times")
    old.close()
    with Store(tmp_path / "old.db") as store:
        store.apply_migrations()
        rows = store.rows("SELECT run, superseded FROM due_times ORDER BY run")
        assert [tuple(row) for row in rows] == [(1, 1), (2, 0)]
        with pytest.raises(sqlite3.IntegrityError):
            store.write("UPDATE due_times SET superseded = 0")


@pytest.mark.R12
def test_what_was_spoiled_before_comes_along_and_is_named_and_what_was_left_behind_goes(tmp_path: Path) -> None:
    make_released(tmp_path / "old.db", "0015_due_once")
    with sqlite3.connect(tmp_path / "old.db") as old:
        old.execute("UPDATE subscribers SET created_at = 'now' WHERE pk = 1")
        old.execute("UPDATE subscribers SET created_at = '' WHERE pk = 3")
        old.execute("PRAGMA ignore_check_constraints = ON")
        old.execute("UPDATE run_items SET facts = '{'")
        old.execute("DELETE FROM subscribers WHERE pk = 2")
    old.close()
    with Store(tmp_path / "old.db") as store:
        store.apply_migrations()
        assert [(fault.table, fault.row) for fault in unreadable(store)] == [
            ("subscribers", 1),
            ("subscribers", 3),
            ("run_items", 1),
        ]
        assert not [fault for fault in store.faults() if "points at nothing" in fault]
        store.write("UPDATE subscribers SET state = 'ended' WHERE pk = 1")
        with pytest.raises(sqlite3.IntegrityError, match=r"subscribers\.created_at is a moment"):
            store.write("UPDATE subscribers SET created_at = 'soon' WHERE pk = 1")


def test_a_catalogue_of_the_first_schema_comes_along_with_what_it_holds(tmp_path: Path, run: CommandLine) -> None:
    run("init")
    for name in ("catalogue.db", "armed"):
        (run.site / "data" / name).unlink()
    first = Database(run.site / "data" / "catalogue.db")
    migrations.apply(first, stop_before="0002_issues_and_notes")
    then = "2026-01-26T09:00:00Z"
    first.conn.execute("INSERT INTO catalogue (one, created_at, tag) VALUES (1, ?, 'localhost,2026')", (then,))
    first.conn.execute(
        """INSERT INTO runs (key, opened_at, up_to_no, state, closed_at)
        VALUES (hex(randomblob(16)), :then, 0, 'closed', :then)""",
        {"then": then},
    )
    first.conn.commit()
    first.close()
    assert [one["run"] for one in run.ask("digest", "list")] == [1]
    run("publish")
    run("db", "check")


def test_what_was_asked_for_and_changed_before_it_was_confirmed_comes_along_as_never_held(
    tmp_path: Path, run: CommandLine
) -> None:
    """By the consents: of somebody who confirmed, left, and asked and confirmed again."""
    old = Database(tmp_path / "catalogue.db")
    migrations.apply(old, stop_before="0004_why_it_never_came")
    old.conn.execute(
        """INSERT INTO subscribers (address, address_key, state, unsubscribe_token, created_at)
        VALUES ('a@example.org', 'a@example.org', 'active', hex(randomblob(13)), '')"""
    )
    consents = [("1", "subscribed: all=weekly"), ("3", "confirmed"), ("5", "unsubscribed from everything"),
                ("6", "subscribed: all=weekly"), ("8", "confirmed")]  # fmt: skip
    old.conn.executemany("INSERT INTO consents (subscriber, at, what, how) VALUES (1, ?, ?, '')", consents)
    held = [("1", "2"), ("2", "3"), ("3", "4"), ("4", "5"), ("6", "8"), ("8", None)]
    old.conn.executemany(
        """INSERT INTO subscriptions (subscriber, frequency, begun_at, begun_no, ended_at, ended_no)
        VALUES (1, 'weekly', ?, 0, ?, ?)""",
        [(begun, ended, ended) for begun, ended in held],
    )
    migrations.apply(old)
    rows = old.conn.execute("SELECT pending FROM subscriptions ORDER BY pk")
    assert [row[0] for row in rows] == [1, 1, 0, 0, 1, 0]
    with pytest.raises(sqlite3.IntegrityError, match="never rewritten"):
        old.conn.execute("UPDATE subscriptions SET pending = 1 WHERE pk = 6")
    old.close()


def test_who_had_left_comes_along_with_what_an_undo_brings_back(tmp_path: Path) -> None:
    old = Database(tmp_path / "catalogue.db")
    migrations.apply(old, stop_before="0007_requests_of_letters")
    people = [("ended", "2026-03-01"), ("ended", ""), ("ended", None), ("active", None), ("pending", ""),
              ("pending", None)]  # fmt: skip
    old.conn.executemany(
        """INSERT INTO subscribers (address, address_key, language, state, unsubscribe_token, created_at, paused_before)
        VALUES (hex(randomblob(9)) || '@a', hex(randomblob(9)), 'nl', ?, hex(randomblob(13)), '', ?)""",
        people,
    )
    old.conn.execute("INSERT INTO filters (subscriber, kinds, languages, partners) VALUES (2, 'guide', '', 0)")
    old.conn.execute(
        "INSERT INTO consents (subscriber, at, what, how) VALUES (5, '', 'unsubscribed from everything', '')"
    )
    migrations.apply(old)
    assert [tuple(row) for row in old.conn.execute("SELECT * FROM left_with ORDER BY subscriber")] == [
        (1, "2026-03-01", "nl", "", "", 1), (2, "", "nl", "guide", "", 0), (3, None, "nl", "", "", 1),
        (5, "", "nl", "", "", 1),
    ]  # fmt: skip
    old.close()


def test_letters_that_ask_to_confirm_come_along_with_the_request_that_they_are_for(tmp_path: Path) -> None:
    old = Database(tmp_path / "catalogue.db")
    migrations.apply(old, stop_before="0007_requests_of_letters")
    old.conn.execute(
        """INSERT INTO subscribers (address, address_key, state, unsubscribe_token, created_at)
        VALUES ('a@example.org', 'a@example.org', 'pending', hex(randomblob(13)), '')"""
    )
    consents = [("1", "subscribed: all=weekly"), ("3", "confirmed"), ("5", "unsubscribed from everything"),
                ("6", "subscribed: all=weekly")]  # fmt: skip
    old.conn.executemany("INSERT INTO consents (subscriber, at, what, how) VALUES (1, ?, ?, '')", consents)
    letters = [("confirmation", "1"), ("welcome", "3"), ("confirmation", "6")]
    old.conn.executemany(
        "INSERT INTO letters (subscriber, kind, key, made_at) VALUES (1, ?, hex(randomblob(13)), ?)", letters
    )
    migrations.apply(old)
    assert [row[0] for row in old.conn.execute("SELECT request FROM letters ORDER BY pk")] == [1, None, 4]
    old.close()


def test_deliveries_come_along_and_what_comes_back_of_them_is_kept_once(tmp_path: Path, run: CommandLine) -> None:
    old = Database(tmp_path / "catalogue.db")
    migrations.apply(old, stop_before="0009_bounces")
    old.conn.executescript(
        """INSERT INTO subscribers (address, address_key, state, unsubscribe_token, created_at)
            VALUES ('a@example.org', 'a@example.org', 'active', hex(randomblob(13)), '');
        INSERT INTO runs (key, opened_at, up_to_no, state) VALUES (hex(randomblob(16)), '1', 0, 'open');
        INSERT INTO bundles (run) VALUES (1);
        INSERT INTO deliveries (run, subscriber, bundle) VALUES (1, 1, 1);"""
    )
    migrations.apply(old)
    add = """INSERT INTO bounces (at, sent_at, subscriber, delivery, run, domain, class)
        VALUES ('2026-01-26T09:00:00Z', '2026-01-26T09:00:00Z', 1, 1, 1, 'a', ?)"""
    old.conn.execute(add, ("dead",))
    with pytest.raises(sqlite3.IntegrityError):
        old.conn.execute(add, ("dead",))
    with pytest.raises(sqlite3.IntegrityError):
        old.conn.execute(add, ("spam",))
    assert [row[0] for row in old.conn.execute("SELECT subscriber FROM deliveries")] == [1]
    old.close()


def test_feed_files_come_along_and_nothing_waits_for_a_hub(tmp_path: Path) -> None:
    old = Database(tmp_path / "catalogue.db")
    migrations.apply(old, stop_before="0012_pings")
    old.conn.execute("INSERT INTO feed_files (path, made_from, etag, size) VALUES ('all.atom', 'x', 'y', 3)")
    migrations.apply(old)
    assert [row[0] for row in old.conn.execute("SELECT etag FROM feed_files")] == ["y"]
    assert [row[0] for row in old.conn.execute("SELECT (SELECT count(*) FROM pings) + count(*) FROM hubs_away")] == [0]
    old.close()


def test_feeds_of_an_earlier_schema_stay_as_they_are_and_their_next_states_are_known(run: CommandLine) -> None:
    run("init")
    with sqlite3.connect(run.site / "data" / "catalogue.db") as old:
        old.execute("DROP TABLE feed_states")
        take_back_arming(old)
        old.execute("DELETE FROM _sqlite_migrations WHERE name >= '0013'")
    old.close()
    (run.site / "data" / "armed").unlink()
    assert (
        run("db", "migrate").out
        == "Applied: 0013_feed_states, 0014_arming, 0015_due_once, 0016_readable_rows, 0017_staff, 0018_autosaves, "
        "0019_followers_and_browsers, 0020_numbers_that_grow.\n"
    )
    run("release", "add", "--title", "Floods")
    run("publish")
    with Tools.of(run.site).open_store() as store:
        known = store.feed_files.all()["all.atom"]
        assert len(store.feed_files.states("all.atom", [known.etag])) == 1
