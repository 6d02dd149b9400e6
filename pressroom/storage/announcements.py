"""Announcements: numbered in commit order, with the topics and series frozen (R2, R4)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from pressroom.errors import UnusableRowError
from pressroom.models.announcements import Announcement, Change, spread
from pressroom.models.dates import MOMENT_YEARS, stamp, unstamp
from pressroom.models.release import Release
from pressroom.models.text import MAX_SUMMARY
from pressroom.storage.cells import UNUSABLE, Cells, meant_moment
from pressroom.storage.schema_0016 import IS_ODD
from pressroom.storage.standing import SOMETIME
from pressroom.storage.store import Store

_IS_OF_A_RELEASE = "EXISTS (SELECT 1 FROM releases WHERE releases.pk = announcements.release)"
"""A program that leaves foreign keys off may have written anything there."""


class Announcements:
    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def newest_no(self) -> int:
        return int(self._store.value("SELECT coalesce(max(no), 0) FROM announcements"))

    @property
    def newest_at(self) -> datetime | None:
        """The newest moment that readers are shown; one that nobody can mean is none."""
        values = {"first": str(MOMENT_YEARS.start), "end": str(MOMENT_YEARS.stop)}
        newest = self._store.value("SELECT max(at) FROM announcements WHERE at >= :first AND at < :end", values)
        return unstamp(newest) if newest else None

    def ahead_of(self, moment: datetime) -> tuple[int, datetime] | None:
        """Return number and moment of the first announcement that readers are shown with a later one, None for none."""
        row = self._store.row(
            "SELECT no, at FROM announcements WHERE at > :moment AND at < :end ORDER BY no LIMIT 1",
            {"moment": stamp(moment), "end": str(MOMENT_YEARS.stop)},
        )
        return (row["no"], unstamp(row["at"])) if row else None

    def count_loud(self) -> int:
        """Return how many announcements readers were told of."""
        return int(self._store.value("SELECT count(*) FROM announcements WHERE silent = 0"))

    def moments(self, count: int, now: datetime) -> list[datetime]:
        """Return the moments that the next `count` announcements are shown with (R2), none of them used before."""
        wanted = spread(count, now, self.newest_at)
        seconds = self._store.releases.seconds()
        return [seconds.take(wanted[0], 1) for _ in wanted]

    def add(
        self,
        release: Release,
        change: Change,
        *,
        now: datetime,
        at: datetime | None,
        note: str = "",
        topics: Iterable[int] | None = None,
    ) -> int:
        """Take the next number for an event of `release` and return it; without `at` it is silent.

        The release's topics are frozen with it, or those given (a release filed under a further topic).
        """
        no = self.newest_no + 1
        self._store.write(
            """INSERT INTO announcements (no, release, change, at, made_at, note, urgent, silent, series)
            VALUES (:no, :release, :change, :at, :made_at, :note, :urgent, :silent, :series)""",
            {
                "no": no,
                "release": release.pk,
                "change": change.value,
                "at": stamp(at) if at else None,
                "made_at": stamp(now),
                "note": note,
                "urgent": int(release.urgent and at is not None),
                "silent": int(at is None),
                "series": release.series.pk if release.series else None,
            },
        )
        frozen = [topic.pk for topic in release.topics] if topics is None else list(topics)
        self._store.write_many(
            "INSERT INTO announcement_topics (announcement, topic) VALUES (?, ?)", [(no, topic) for topic in frozen]
        )
        return no

    def before_newest(self, most: int) -> int:
        """Return the number after which the newest `most` stand that readers were told of; 0 where there are fewer."""
        sql = "SELECT no FROM announcements WHERE silent = 0 ORDER BY no DESC LIMIT 1 OFFSET ?"
        return int(self._store.value(sql, (most,)) or 0)

    def of_release(self, pk: int) -> list[Announcement]:
        """Return every announcement of a release, oldest first."""
        return self._read("release = :pk", {"pk": pk})

    def by_no(self, numbers: Iterable[int]) -> list[Announcement]:
        """Return the announcements with these numbers."""
        return self._read("no IN (SELECT value FROM json_each(:numbers))", {"numbers": json.dumps(list(numbers))})

    def latest(self, most: int) -> list[Announcement]:
        """Return the newest announcements by which releases that are live became known, newest last."""
        return self._read(
            """no IN (SELECT no FROM announcements JOIN releases ON releases.pk = release AND state = 'live'
                WHERE change = 'new' AND silent = 0 ORDER BY no DESC LIMIT :most)""",
            {"most": most},
        )

    def has_urgent_since(self, no: int) -> bool:
        """Whether anything urgent was announced after `no`."""
        sql = "SELECT 1 FROM announcements WHERE no > ? AND urgent = 1 AND silent = 0"
        return self._store.value(sql, (no,)) is not None

    def touching(self, no: int, also: Iterable[int] = ()) -> list[Announcement]:
        """Return all announcements of every release that was announced after `no`, or by a number in `also`."""
        return self._read(
            """release IN (SELECT release FROM announcements
                WHERE silent = 0 AND (no > :no OR no IN (SELECT value FROM json_each(:also))))""",
            {"no": no, "also": json.dumps(list(also))},
        )

    def _read(self, where: str, values: dict[str, object]) -> list[Announcement]:
        rows: Sequence[sqlite3.Row] = list(
            self._store.rows(f"SELECT * FROM announcements WHERE {where} AND {_IS_OF_A_RELEASE} ORDER BY no", values)
        )
        topics: dict[int, set[int]] = {}
        for row in self._store.rows(
            """SELECT announcement, topic FROM announcement_topics
            WHERE announcement IN (SELECT value FROM json_each(?))""",
            (json.dumps([row["no"] for row in rows]),),
        ):
            topics.setdefault(row["announcement"], set()).add(row["topic"])
        found = (_announcement(row, frozenset(topics.get(row["no"], ())), Cells(row)) for row in rows)
        return [one for one in found if one]

    def unusable(self) -> list[UnusableRowError]:
        """Return what is wrong with rows that cannot be read, or not wholly; of many, the first ones.

        Of when they were made `unreadable` tells.
        """
        rows = self._store.rows(
            f"SELECT * FROM announcements INDEXED BY announcements_odd WHERE {IS_ODD} ORDER BY no LIMIT 20"
        )
        found = []
        for row in rows:
            _announcement(row, frozenset(), cells := Cells(row))
            if cells.faults:
                found.append(UnusableRowError("announcements", row["no"], cells.in_words(), UNUSABLE))
        return found


def note_of(row: sqlite3.Row) -> str:
    """Return the note of a row of announcements, empty where it is longer than any."""
    return Cells(row).line("note", MAX_SUMMARY)


def _announcement(row: sqlite3.Row, topics: frozenset[int], cells: Cells) -> Announcement | None:
    """Return what a row holds, None where nobody can tell what has happened."""
    change = cells.take("change", Change, None)
    at = cells.take("at", meant_moment, None)
    made_at = cells.take("made_at", meant_moment, at or SOMETIME)
    note = cells.line("note", MAX_SUMMARY)
    if change is None:
        return None
    return Announcement(
        no=row["no"],
        release=row["release"],
        change=change,
        at=at if row["silent"] else at or made_at,
        made_at=made_at,
        note=note,
        urgent=bool(row["urgent"]),
        silent=bool(row["silent"]),
        series=row["series"],
        topics=topics,
    )
