"""Giving releases their places on shelves."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pressroom.models.feeds import ShelfKind
from pressroom.models.release import Kind
from pressroom.models.text import MAX_NAME, clean_line, numbered, slugify
from pressroom.models.words import primary_language
from pressroom.storage.cells import Cells
from pressroom.storage.release_rows import READ
from pressroom.storage.store import Store


@dataclass(slots=True)
class _Counted:
    """A shelf while places on it are given."""

    pk: int
    places: int
    releases: int


class PlaceGiver:
    """Brings releases and their shelves into line. Only one process of a site does that at a time."""

    def __init__(self, store: Store, own_publisher: str) -> None:
        self._store, self._own_publisher = store, own_publisher
        rows = list(store.rows("SELECT kind, key, pk, places, releases FROM shelves"))
        self._shelves = {row["pk"]: _Counted(row["pk"], row["places"], row["releases"]) for row in rows}
        self._known = {(row["kind"], row["key"]): self._shelves[row["pk"]] for row in rows}
        self._changed: set[int] = set()

    def follow(self, releases: Sequence[int]) -> None:
        """Give these public rows the places that they lack, in this order, and note which they have left."""
        chosen = json.dumps(releases)
        present: dict[int, dict[int, sqlite3.Row]] = {}
        for row in self._store.rows(
            """SELECT release, shelf, place, sorted_at, is_there FROM shelf_places
            WHERE announcement IS NULL AND release IN (SELECT value FROM json_each(?))""",
            (chosen,),
        ):
            present.setdefault(row["release"], {})[row["shelf"]] = row
        for release, keys in list(self._wanted(chosen)):
            self._bring(release, {self._shelf(*key).pk for key in keys}, present.get(release["pk"], {}))
        self._save()

    def follow_corrections(self) -> None:
        """Give a place to every correction that has none yet."""
        shelf = self._shelf(ShelfKind.CORRECTIONS, "")
        rows = self._store.rows(
            """SELECT no, release, at FROM announcements
            WHERE change IN ('revised', 'withdrawn') AND silent = 0
            AND no > coalesce((SELECT announcement FROM shelf_places WHERE shelf = ? ORDER BY place DESC LIMIT 1), 0)
            AND EXISTS (SELECT 1 FROM releases WHERE pk = release)
            ORDER BY no""",
            (shelf.pk,),
        )
        for row in list(rows):
            self._add(shelf, row["release"], row["at"] or "", row["no"])
        self._save()

    def _wanted(self, chosen: str) -> Iterator[tuple[sqlite3.Row, list[tuple[ShelfKind, str]]]]:
        """Yield each release, with kind and name of the shelves it belongs to."""
        topics = self._grouped("SELECT release, topic FROM release_topics", chosen)
        partners = self._grouped("SELECT release, name FROM release_partners", chosen)
        for row in self._store.rows(
            """SELECT pk, kind, language, publisher, series, coalesce(sorted_at, '') AS sorted_at
            FROM releases WHERE pk IN (SELECT value FROM json_each(?)) ORDER BY sorted_at, pk""",
            (chosen,),
        ):
            cells, keys = Cells(row), [(ShelfKind.ALL, "")]
            keys += [(ShelfKind.TOPICS, topic) for topic in topics.get(row["pk"], ())]
            keys += [(ShelfKind.KINDS, row["kind"])] if row["kind"] in list(Kind) else []
            keys += [(ShelfKind.SERIES, str(row["series"]))] if row["series"] else []
            publishers = (cells.line("publisher", MAX_NAME), *partners.get(row["pk"], ()))
            keys += [(ShelfKind.PUBLISHERS, self._publisher(name)) for name in publishers if len(name) <= MAX_NAME]
            keys.append((ShelfKind.LANGUAGES, primary_language(cells.take("language", *READ["language"]))))
            yield row, keys

    def _grouped(self, sql: str, chosen: str) -> dict[int, list[str]]:
        found: dict[int, list[str]] = {}
        for release, value in self._store.rows(f"{sql} WHERE release IN (SELECT value FROM json_each(?))", (chosen,)):
            found.setdefault(release, []).append(str(value))
        return found

    def _publisher(self, name: str) -> str:
        """Return a publisher's name, "" for that of the site's own releases."""
        line = clean_line(name)
        return "" if line.casefold() == self._own_publisher.casefold() else line

    def _bring(self, release: sqlite3.Row, wanted: set[int], present: dict[int, sqlite3.Row]) -> None:
        for shelf in sorted(wanted - set(present)):
            self._add(self._shelves[shelf], release["pk"], release["sorted_at"])
        for shelf, row in present.items():
            before, after = (row["is_there"], row["sorted_at"]), (int(shelf in wanted), release["sorted_at"])
            if before != after:
                self._shelves[shelf].releases += after[0] - before[0]
                self._changed.add(shelf)
                self._store.write(
                    "UPDATE shelf_places SET is_there = ?, sorted_at = ? WHERE shelf = ? AND place = ?",
                    (*after, shelf, row["place"]),
                )

    def _add(self, shelf: _Counted, release: int, sorted_at: str, announcement: int | None = None) -> None:
        self._store.write(
            "INSERT INTO shelf_places (shelf, place, release, sorted_at, announcement) VALUES (?, ?, ?, ?, ?)",
            (shelf.pk, shelf.places, release, sorted_at, announcement),
        )
        shelf.places += 1
        shelf.releases += 1
        self._changed.add(shelf.pk)

    def _shelf(self, kind: ShelfKind, name: str) -> _Counted:
        """Return a shelf, made if need be. Publishers whose names differ in case alone are one."""
        key = name.casefold()
        if (kind, key) not in self._known:
            slug = key
            if kind is ShelfKind.PUBLISHERS:
                slug, name = self._free_slug(name), name or self._own_publisher
            cursor = self._store.write(
                "INSERT INTO shelves (kind, key, slug, name) VALUES (?, ?, ?, ?)", (kind, key, slug, name)
            )
            shelf = _Counted(int(cursor.lastrowid or 0), 0, 0)
            self._shelves[shelf.pk] = self._known[kind, key] = shelf
        return self._known[kind, key]

    def _free_slug(self, publisher: str) -> str:
        def is_taken(slug: str) -> bool:
            sql = "SELECT 1 FROM shelves WHERE kind = 'publishers' AND slug = ?"
            return self._store.value(sql, (slug,)) is not None

        return numbered(slugify(publisher or self._own_publisher) or "publisher", is_taken)

    def _save(self) -> None:
        counted = [self._shelves[pk] for pk in self._changed]
        self._store.write_many(
            "UPDATE shelves SET places = ?, releases = ? WHERE pk = ?",
            [(shelf.places, shelf.releases, shelf.pk) for shelf in counted],
        )
        self._changed.clear()
