"""The steps that bring a catalogue to the present schema, applied in order, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterable

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from pressroom.storage import (
    schema_0001,
    schema_0002,
    schema_0003,
    schema_0004,
    schema_0005,
    schema_0006,
    schema_0007,
    schema_0008,
    schema_0009,
    schema_0010,
    schema_0011,
    schema_0012,
    schema_0013,
    schema_0014,
    schema_0015,
    schema_0016,
    schema_0017,
    schema_0018,
    schema_0019,
    schema_0020,
)

migrations = Migrations("pressroom")
ARMING = "0014_arming"


@migrations(name="0001_first_schema")
def first_schema(db: Database) -> None:
    _execute(db, schema_0001.SCRIPTS)


@migrations(name="0002_issues_and_notes")
def issues_and_notes(db: Database) -> None:
    _execute(db, schema_0002.SCRIPTS)


@migrations(name="0003_pending_requests")
def pending_requests(db: Database) -> None:
    _execute(db, schema_0003.SCRIPTS)


@migrations(name="0004_why_it_never_came")
def why_it_never_came(db: Database) -> None:
    _execute(db, schema_0004.SCRIPTS)


@migrations(name="0005_pages_of_releases")
def pages_of_releases(db: Database) -> None:
    _execute(db, schema_0005.SCRIPTS)


@migrations(name="0006_signing_up")
def signing_up(db: Database) -> None:
    _execute(db, schema_0006.SCRIPTS)


@migrations(name="0007_requests_of_letters")
def requests_of_letters(db: Database) -> None:
    _execute(db, schema_0007.SCRIPTS)


@migrations(name="0008_stopped_in_flight")
def stopped_in_flight(db: Database) -> None:
    _execute(db, schema_0008.SCRIPTS)


@migrations(name="0009_bounces")
def bounces(db: Database) -> None:
    _execute(db, schema_0009.SCRIPTS)


@migrations(name="0010_pace")
def pace(db: Database) -> None:
    _execute(db, schema_0010.SCRIPTS)


@migrations(name="0011_places_in_feeds")
def places_in_feeds(db: Database) -> None:
    _execute(db, schema_0011.SCRIPTS)


@migrations(name="0012_pings")
def pings(db: Database) -> None:
    _execute(db, schema_0012.SCRIPTS)


@migrations(name="0013_feed_states")
def feed_states(db: Database) -> None:
    _execute(db, schema_0013.SCRIPTS)


@migrations(name=ARMING)
def arming(db: Database) -> None:
    _execute(db, schema_0014.SCRIPTS)


@migrations(name="0015_due_once")
def due_once(db: Database) -> None:
    _execute(db, schema_0015.SCRIPTS)


@migrations(name="0016_readable_rows")
def readable_rows(db: Database) -> None:
    _execute(db, schema_0016.SCRIPTS)


@migrations(name="0017_staff")
def staff(db: Database) -> None:
    _execute(db, schema_0017.SCRIPTS)


@migrations(name="0018_autosaves")
def autosaves(db: Database) -> None:
    _execute(db, schema_0018.SCRIPTS)


@migrations(name="0019_followers_and_browsers")
def followers_and_browsers(db: Database) -> None:
    _execute(db, schema_0019.SCRIPTS)


@migrations(name="0020_numbers_that_grow")
def numbers_that_grow(db: Database) -> None:
    _execute(db, schema_0020.SCRIPTS)


def _execute(db: Database, scripts: Iterable[str]) -> None:
    for script in scripts:
        for statement in split_statements(script):
            db.conn.execute(statement)


def split_statements(script: str) -> list[str]:
    """Return the statements of an SQL script: sqlite3's own `executescript` would commit the open transaction."""
    import sqlite3

    statements, draft = [], ""
    for line in script.splitlines(keepends=True):
        draft += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(draft):
            statements.append(draft)
            draft = ""
    return statements
