"""Shelves: which releases stand in which feed, each at a place that it keeps for ever (RFC 5005 §4)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime

from pressroom.errors import InvalidFieldError, UnusableRowError
from pressroom.models.dates import PartialDate
from pressroom.models.feeds import ARCHIVED_TOGETHER, Member, Shelf, ShelfKind, correction_id
from pressroom.models.release import Kind
from pressroom.storage.cells import Cells, meant_moment, place_in_time
from pressroom.storage.shelf_places import PlaceGiver
from pressroom.storage.shelf_rows import is_slug, shelf_name, unusable_shelves
from pressroom.storage.standing import stood_since
from pressroom.storage.store import Store

FOLLOWED_AT_ONCE = 500
FOLLOWER = "feeds"

_PUBLIC = "state IN ('live', 'withdrawn')"
_LATEST = """(SELECT sorted_at FROM shelf_places WHERE shelf = shelves.pk AND is_there = 1
    ORDER BY sorted_at DESC, release DESC LIMIT 1) AS latest"""
_COUNTED = f"shelves.pk, coalesce(places, 0) AS places, coalesce(releases, 0) AS releases, {_LATEST}"
_MEMBERS = """
    SELECT shelf_places.release, releases.id, release_changes.no AS change,
        coalesce(announcements.at, releases.updated) AS updated, announcement
    FROM shelf_places JOIN releases ON releases.pk = shelf_places.release
    JOIN release_changes ON release_changes.release = shelf_places.release
    LEFT JOIN announcements ON announcements.no = announcement
"""


class Shelves:
    def __init__(self, store: Store) -> None:
        self._store = store

    def follow(self, releases: Iterable[int], own_publisher: str) -> None:
        """Give each of these rows that is public a place on every shelf it belongs to and has none on yet.

        New places are given in the order of time. Who has left a shelf keeps the place. Where the site has another
        publisher of its own than before, all releases of both are looked at too.
        """
        moving = self._of_another_publisher(own_publisher)
        due = self._store.rows(
            f"""SELECT pk FROM releases WHERE {_PUBLIC} AND pk IN (SELECT value FROM json_each(?))
            ORDER BY sorted_at, pk""",
            (json.dumps([*releases, *moving]),),
        )
        pks = [row["pk"] for row in due]
        giver = PlaceGiver(self._store, own_publisher)
        for start in range(0, len(pks), FOLLOWED_AT_ONCE):
            with self._store.atomic():
                giver.follow(pks[start : start + FOLLOWED_AT_ONCE])
        with self._store.atomic():
            giver.follow_corrections()
            self._store.write(
                "UPDATE shelves SET name = ? WHERE kind = 'publishers' AND key = '' AND name <> ?", (own_publisher,) * 2
            )

    def _of_another_publisher(self, own_publisher: str) -> list[int]:
        """Return what stands with the site's own releases, if these had another publisher, and with the new one's."""
        rows = self._store.rows(
            """SELECT release FROM shelf_places JOIN shelves ON pk = shelf WHERE kind = 'publishers' AND is_there = 1
            AND ((key = '' AND name <> :own) OR key = :folded)""",
            {"own": own_publisher, "folded": own_publisher.casefold()},
        )
        return [row["release"] for row in rows]

    def touched(self, releases: Iterable[int]) -> set[tuple[int, int]]:
        """Return (shelf, archive document) of every place of these rows; their corrections count."""
        rows = self._store.rows(
            """SELECT DISTINCT shelf, place / :size + 1 AS part FROM shelf_places
            WHERE release IN (SELECT value FROM json_each(:releases))""",
            {"size": ARCHIVED_TOGETHER, "releases": json.dumps(list(releases))},
        )
        return {(row["shelf"], row["part"]) for row in rows}

    def newest(self, shelf: Shelf, most: int, *, is_there: bool = True) -> list[Member]:
        """Return what stands there now, newest first; or what has left."""
        rows = self._store.rows(
            f"""{_MEMBERS} WHERE shelf = :shelf AND is_there = :is_there
            ORDER BY shelf_places.sorted_at DESC, shelf_places.release DESC LIMIT :most""",
            {"shelf": shelf.pk, "is_there": int(is_there), "most": most},
        )
        return self._members(rows)

    def archived(self, shelf: Shelf, number: int) -> list[Member]:
        """Return what stands in an archive document, the last place first."""
        rows = self._store.rows(
            f"{_MEMBERS} WHERE shelf = :shelf AND place >= :first AND place < :first + :size ORDER BY place DESC",
            {"shelf": shelf.pk, "first": (number - 1) * ARCHIVED_TOGETHER, "size": ARCHIVED_TOGETHER},
        )
        return self._members(rows)

    def of(self, kind: ShelfKind) -> list[Shelf]:
        """Return the shelves of a kind: of topics, kinds and series each there is, of others those with a place."""
        if kind is ShelfKind.KINDS:
            known = {shelf.key: shelf for shelf in self._read(kind)}
            return [known.get(one, Shelf(kind, one.value, one.value, one.value)) for one in Kind]
        found = self._read(kind)
        return found or ([Shelf(kind)] if kind.is_one else [])

    def ended(self) -> list[tuple[Shelf, str, datetime]]:
        """Return the shelf of each topic that was merged, with the slug of the one it became, and when."""
        rows = self._store.rows(
            f"""SELECT topics.pk AS key, topics.slug, topics.name, new.slug AS successor, topics.merged_at, {_COUNTED}
            FROM topics JOIN topics AS new ON new.pk = topics.merged_into
            LEFT JOIN shelves ON kind = 'topics' AND key = CAST(topics.pk AS TEXT) ORDER BY topics.slug"""
        )
        found = []
        for row in rows:
            at = Cells(row).take("merged_at", meant_moment, None)
            if at and is_slug(row["slug"]) and is_slug(row["successor"]):
                found.append((_shelf(ShelfKind.TOPICS, row), row["successor"], at))
        return found

    def unusable(self) -> list[UnusableRowError]:
        """Return what is wrong with the rows of topics and series."""
        return [*unusable_shelves(self._store)]

    def waiting(self) -> set[tuple[ShelfKind, str]]:
        """Return kind and key of topics and series that hold releases, of which none was ever public."""
        rows = self._store.rows(
            """SELECT 'topics' AS kind, CAST(topics.pk AS TEXT) AS key FROM topics
            WHERE EXISTS (SELECT 1 FROM release_topics WHERE topic = topics.pk)
            UNION ALL SELECT 'series', CAST(series.pk AS TEXT) FROM series
            EXCEPT SELECT kind, key FROM shelves WHERE places > 0"""
        )
        return {(ShelfKind(row["kind"]), row["key"]) for row in rows}

    def _read(self, kind: ShelfKind) -> list[Shelf]:
        table = {ShelfKind.TOPICS: "topics", ShelfKind.SERIES: "series"}.get(kind)
        if table is None:
            sql = f"SELECT key, slug, name, {_COUNTED} FROM shelves WHERE kind = :kind AND places > 0 ORDER BY slug"
        else:
            in_use = "WHERE merged_into IS NULL" if kind is ShelfKind.TOPICS else ""
            sql = f"""SELECT {table}.pk AS key, {table}.slug, {table}.name, {_COUNTED} FROM {table}
                LEFT JOIN shelves ON kind = :kind AND key = CAST({table}.pk AS TEXT) {in_use} ORDER BY {table}.slug"""
        rows = self._store.rows(sql, {"kind": kind})
        return [_shelf(kind, row) for row in rows if table is None or is_slug(row["slug"])]

    def _members(self, rows: Iterable[sqlite3.Row]) -> list[Member]:
        return [
            Member(
                row["release"],
                row["id"] if row["announcement"] is None else correction_id(row["id"], row["announcement"]),
                row["change"],
                Cells(row).take("updated", meant_moment, None) or stood_since(self._store, row["release"]),
                row["announcement"],
            )
            for row in list(rows)
        ]


def _shelf(kind: ShelfKind, row: sqlite3.Row) -> Shelf:
    return Shelf(
        kind, str(row["key"]), row["slug"], shelf_name(row["name"], row["slug"]), row["pk"] or 0, row["places"],
        row["releases"], _latest(row["latest"]),
    )  # fmt: skip


def _latest(text: str | None) -> datetime | PartialDate | None:
    """Return what `sorted_at` holds: the moment of an announcement, or the own date of what came in silently.

    Another program may have written anything there, which is no date.
    """
    with suppress(ValueError, OverflowError, InvalidFieldError):
        return place_in_time(text or "")
    return None
