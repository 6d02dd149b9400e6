"""Forms of releases as they are typed, until they are saved."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from pressroom.models.autosaves import Autosave
from pressroom.models.dates import stamp, unstamp
from pressroom.storage.store import Store

_SELECT = """SELECT autosaves.*, staff.name, releases.slug FROM autosaves
    JOIN staff ON staff.pk = autosaves.staff LEFT JOIN releases ON releases.pk = autosaves.release"""


class Autosaves:
    def __init__(self, store: Store) -> None:
        self._store = store

    def put(self, autosave: Autosave) -> bool:
        """Keep what was typed in place of what was typed before, and say whether that was done.

        A form belongs to its user, and nothing of one that was saved is kept any more.
        """
        return bool(
            self._store.write(
                """INSERT INTO autosaves (key, staff, release, version, fields, saved_at)
                VALUES (:key, :staff, :release, :version, :fields, :at)
                ON CONFLICT (key) DO UPDATE SET fields = :fields, version = :version, saved_at = :at
                WHERE staff = :staff AND closed = 0""",
                {
                    "key": autosave.key,
                    "staff": autosave.user,
                    "release": autosave.release,
                    "version": autosave.version,
                    "fields": json.dumps({name: list(values) for name, values in autosave.fields.items()}),
                    "at": stamp(autosave.saved_at),
                },
            ).rowcount
        )

    def find(self, key: str, user: int) -> Autosave | None:
        """Return the form with that key, if it is that user's."""
        row = self._store.row(f"{_SELECT} WHERE key = ? AND autosaves.staff = ? AND closed = 0", (key, user))
        return _autosave(row) if row else None

    def newest(self, user: int, release: int) -> Autosave | None:
        """Return what a user has typed of a release and not saved."""
        sql = f"{_SELECT} WHERE release = ? AND autosaves.staff = ? AND closed = 0 ORDER BY saved_at DESC, key LIMIT 1"
        row = self._store.row(sql, (release, user))
        return _autosave(row) if row else None

    def of_user(self, user: int) -> list[Autosave]:
        """Return the forms that a user has left without saving, the newest first."""
        sql = f"{_SELECT} WHERE autosaves.staff = ? AND closed = 0 ORDER BY saved_at DESC, key"
        return [_autosave(row) for row in self._store.rows(sql, (user,))]

    def of_others(self, user: int, release: int, since: datetime) -> list[Autosave]:
        """Return what other people have typed of a release since then, the newest first."""
        wanted = "release = ? AND autosaves.staff <> ? AND closed = 0 AND saved_at >= ?"
        sql = f"{_SELECT} WHERE {wanted} ORDER BY saved_at DESC, key"
        return [_autosave(row) for row in self._store.rows(sql, (release, user, stamp(since)))]

    def close(
        self, key: str, user: int, now: datetime, release: int | None = None, mark: str = "", entry: int = 0
    ) -> None:
        """Forget what was typed into a form that is done with, and whatever of it arrives later.

        What is kept is as which `release` it was saved, a `mark` of what was sent, and the newest audit
        `entry` about that release.
        """
        self._store.write(
            """INSERT INTO autosaves (key, staff, release, version, fields, saved_at, closed)
            VALUES (:key, :staff, :release, :entry, :mark, :at, 1) ON CONFLICT (key) DO UPDATE
            SET release = :release, version = :entry, fields = :mark, saved_at = :at, closed = 1
            WHERE staff = :staff""",
            {
                "key": key,
                "staff": user,
                "release": release,
                "entry": entry,
                "mark": json.dumps({"mark": [mark]}),
                "at": stamp(now),
            },
        )

    def saved_as(self, key: str, user: int, mark: str) -> tuple[int, int] | None:
        """Return as which release, a row, a user has saved that form with that mark, and the audit entry then."""
        sql = "SELECT release, version FROM autosaves WHERE key = ? AND staff = ? AND fields = ? AND closed = 1"
        found = self._store.row(sql, (key, user, json.dumps({"mark": [mark]})))
        return (found["release"], found["version"]) if found and found["release"] else None

    def is_closed(self, key: str) -> bool:
        return self._store.value("SELECT 1 FROM autosaves WHERE key = ? AND closed = 1", (key,)) is not None

    def drop_old(self, before: datetime) -> int:
        """Forget what was left before that moment; return how many forms that was."""
        return self._store.write("DELETE FROM autosaves WHERE saved_at < ?", (stamp(before),)).rowcount


def _autosave(row: sqlite3.Row) -> Autosave:
    return Autosave(
        key=row["key"],
        user=row["staff"],
        release=row["release"],
        version=row["version"],
        fields=json.loads(row["fields"]),
        saved_at=unstamp(row["saved_at"]),
        user_name=row["name"],
        slug=row["slug"] or "",
    )
