"""A release and its rows: one in `releases`, the others in the tables of its files, authors, topics and so on."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from types import MappingProxyType
from typing import Any

from pressroom.models.dates import PartialDate, stamp, unstamp
from pressroom.models.release import Access, Author, File, Kind, Relation, RelationKind, Release, State
from pressroom.models.text import MAX_BODY, MAX_NAME, MAX_SUMMARY, MAX_TITLE
from pressroom.storage.cells import (
    Cells,
    expected_month,
    json_object,
    language_code,
    meant_moment,
    moment_so_far,
    place_in_time,
    release_slug,
    web_address,
)
from pressroom.storage.shelf_rows import series_of, topic_of
from pressroom.storage.standing import known_by, stood_since
from pressroom.storage.store import Store

# Facts that a person enters and that stand in the row itself; the rest is made by the engine or has its own table.
_TEXTS = (
    "title", "subtitle", "kind", "summary", "body", "url", "landing_access", "language", "publisher", "edition",
    "collection", "part", "part_count", "access", "reference", "isbn", "doi", "licence", "expected",
)  # fmt: skip


def insert(store: Store, release: Release) -> None:
    """Write a new release with all its rows."""
    values = _values(store, release) | {
        "pk": release.pk,
        "id": release.id,
        "slug": release.slug,
        "state": release.state.value,
        "publish_at": _stamp(release.publish_at),
    }
    if release.state is State.LIVE:
        values |= {
            "published": _stamp(release.published),
            "updated": _stamp(release.updated),
            "sorted_at": str(release.own_date or ""),
        }
    columns = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    store.write(f"INSERT INTO releases ({columns}) VALUES ({places})", values)
    for table, names, rows in _children(store, release):
        _add_rows(store, table, release.pk, names, rows)


def update(store: Store, release: Release) -> None:
    """Write the facts a person enters over the row `release.pk`; tables that hold the same rows are left alone."""
    values = _values(store, release)
    columns = ", ".join(f"{name} = :{name}" for name in values)
    store.write(f"UPDATE releases SET {columns} WHERE pk = :pk", values | {"pk": release.pk})
    for table, names, rows in _children(store, release):
        _replace(store, table, release.pk, names, rows)


def read(store: Store, rows: Sequence[sqlite3.Row]) -> list[Release]:
    """Return whole releases for rows of `releases`, in their order."""
    if not rows:
        return []
    children = _Children(store, [row["pk"] for row in rows])
    return [_release(row, children) for row in rows]


def _values(store: Store, release: Release) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(release, name) for name in _TEXTS}
    return values | {
        "kind": release.kind.value,
        "access": release.access.value,
        "landing_access": release.landing_access.value,
        "series": (release.series.pk or store.series.ensure(release.series.name).pk) if release.series else None,
        "own_date": str(release.own_date) if release.own_date else None,
        "event_start": release.event_start.isoformat() if release.event_start else None,
        "event_end": release.event_end.isoformat() if release.event_end else None,
        "embargo": _stamp(release.embargo),
        "urgent": int(release.urgent),
        "translations": " ".join(release.translations),
        "extra": _json(dict(release.extra)),
    }


def _json(value: dict[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    # A lone surrogate, which JSON can hold and UTF-8 cannot, stays as its escape.
    return text if text.isprintable() else json.dumps(value, sort_keys=True)


def _stamp(moment: datetime | None) -> str | None:
    return stamp(moment) if moment else None


READ: Mapping[str, tuple[Callable[[str], Any], Any]] = {
    "kind": (Kind, Kind.REPORT),
    "access": (Access, Access.MEMBERS),
    "landing_access": (Access, Access.MEMBERS),
    "state": (State, State.DRAFT),
    "url": (web_address, None),
    "slug": (release_slug, None),
    "language": (language_code, "en"),
    "own_date": (partial(PartialDate.parse, "own_date"), None),
    "expected": (expected_month, None),
    "event_start": (date.fromisoformat, None),
    "event_end": (date.fromisoformat, None),
    "embargo": (unstamp, None),
    "publish_at": (unstamp, None),
    "extra": (json_object, MappingProxyType({})),
    "published": (moment_so_far, None),
    "updated": (meant_moment, None),
}
"""How columns are read that may hold what nobody can, and what stands for that."""
LONGEST: Mapping[str, int] = {
    "title": MAX_TITLE,
    "subtitle": MAX_TITLE,
    "summary": MAX_SUMMARY,
    "body": MAX_BODY,
    "publisher": MAX_NAME,
    "edition": MAX_TITLE,
    "collection": MAX_TITLE,
    "reference": MAX_TITLE,
    "isbn": MAX_NAME,
    "doi": MAX_TITLE,
    "licence": MAX_TITLE,
    "withdrawn_reason": MAX_SUMMARY,
}
"""How long the texts of a row may be, as an import has them."""
_MAX_PART, _MAX_NUMBER, _MAX_SIZE = 9_999, 999_999, 10**15
_MAX_FORMAT = 200

_Rows = list[tuple[Any, ...]]


def _children(store: Store, release: Release) -> list[tuple[str, tuple[str, ...], _Rows]]:
    """Return the rows of the other tables: table, columns besides the release, and values."""
    authors = [(place, one.name, int(one.is_organisation), one.role, one.orcid)
               for place, one in enumerate(release.authors)]  # fmt: skip
    files = [(place, one.format, one.url, one.size, one.access.value, one.pages, one.duration)
             for place, one in enumerate(release.files)]  # fmt: skip
    relations = [
        (one.kind.value, store.value("SELECT pk FROM releases WHERE id = ?", (one.target,)))
        for one in release.relations
    ]
    return [
        ("release_topics", ("topic", "position"), [(topic.pk, place) for place, topic in enumerate(release.topics)]),
        ("release_authors", ("position", "name", "is_organisation", "role", "orcid"), authors),
        ("release_partners", ("position", "name"), list(enumerate(release.partners))),
        ("release_files", ("position", "format", "url", "size", "access", "pages", "duration"), files),
        ("release_urls", ("url",), [(url,) for url in release.old_urls]),
        ("release_relations", ("kind", "target"), relations),
    ]


def _replace(store: Store, table: str, pk: int, columns: tuple[str, ...], wanted: _Rows) -> None:
    """Bring a table to `wanted`; one that is right already is not written, so that nothing seems changed."""
    names = ", ".join(columns)
    present = [tuple(row) for row in store.rows(f"SELECT {names} FROM {table} WHERE release = ?", (pk,))]
    if sorted(present, key=repr) != sorted(wanted, key=repr):
        store.write(f"DELETE FROM {table} WHERE release = ?", (pk,))
        _add_rows(store, table, pk, columns, wanted)


def _add_rows(store: Store, table: str, pk: int, columns: tuple[str, ...], rows: _Rows) -> None:
    if rows:
        places = ", ".join("?" * (len(columns) + 1))
        names = ", ".join(columns)
        store.write_many(f"INSERT INTO {table} (release, {names}) VALUES ({places})", [(pk, *row) for row in rows])


class _Children:
    """The rows of the other tables for a set of releases, each fetched once."""

    def __init__(self, store: Store, pks: list[int]) -> None:
        self._store = store
        self._pks = json.dumps(pks)
        self.topics = self._grouped(
            """SELECT release, topics.pk, slug, name FROM release_topics JOIN topics ON topics.pk = topic
            WHERE release IN (SELECT value FROM json_each(?)) ORDER BY position, slug"""
        )
        self.authors = self._grouped(self._plain("release_authors", "position"))
        self.partners = self._grouped(self._plain("release_partners", "position"))
        self.files = self._grouped(self._plain("release_files", "position"))
        self.urls = self._grouped(self._plain("release_urls", "url"))
        self.relations = self._grouped(
            """SELECT release, release_relations.kind, releases.id FROM release_relations
            JOIN releases ON releases.pk = target
            WHERE release IN (SELECT value FROM json_each(?)) ORDER BY release_relations.kind, releases.id"""
        )
        self.series = {
            row["pk"]: series_of(row)
            for row in store.rows(
                """SELECT pk, slug, name FROM series WHERE pk IN (SELECT series FROM releases
                WHERE pk IN (SELECT value FROM json_each(?)))""",
                (self._pks,),
            )
        }
        self.replacements = {
            row["pk"]: row["id"]
            for row in store.rows(
                """SELECT old.pk, new.id FROM releases AS old JOIN releases AS new ON new.pk = old.replacement
                WHERE old.pk IN (SELECT value FROM json_each(?))""",
                (self._pks,),
            )
        }

    def stand_ins(self, pk: int, read: Mapping[str, Any], cells: Cells) -> dict[str, Any]:
        """Return what stands for what a release that is out must have and nobody can read."""
        cells.required("sorted_at", place_in_time)
        found: dict[str, Any] = {}
        if read["updated"] is None:
            cells.required("updated", meant_moment)
            found["updated"] = stood_since(self._store, pk)
        if read["slug"] is None:
            cells.required("slug", release_slug)
            found["slug"] = known_by(self._store, pk)
        return found

    @staticmethod
    def _plain(table: str, order: str) -> str:
        return f"SELECT * FROM {table} WHERE release IN (SELECT value FROM json_each(?)) ORDER BY {order}"

    def _grouped(self, sql: str) -> dict[int, list[sqlite3.Row]]:
        groups: dict[int, list[sqlite3.Row]] = {}
        for row in self._store.rows(sql, (self._pks,)):
            groups.setdefault(row["release"], []).append(row)
        return groups


def _release(row: sqlite3.Row, children: _Children) -> Release:
    pk, cells = row["pk"], Cells(row)
    read = {name: cells.take(name, parse, otherwise) for name, (parse, otherwise) in READ.items()}
    read |= {name: cells.line(name, longest) for name, longest in LONGEST.items()}
    read["title"] = read["title"] or "Untitled"
    if read["state"] in (State.LIVE, State.WITHDRAWN):
        read |= children.stand_ins(pk, read, cells)
    return Release(
        **read,
        pk=pk,
        id=row["id"],
        part=cells.number("part", row["part"], _MAX_PART),
        part_count=cells.number("part_count", row["part_count"], _MAX_PART),
        series=children.series.get(row["series"]),
        urgent=bool(row["urgent"]),
        replacement=children.replacements.get(pk),
        translations=tuple(cells.line("translations", MAX_TITLE).split()),
        files=tuple(_file(file, cells) for file in children.files.get(pk, ())),
        authors=tuple(author for one in children.authors.get(pk, ()) if (author := _author(one, cells)).name),
        partners=tuple(name for one in children.partners.get(pk, ()) if (name := _partner(one, cells))),
        topics=tuple(map(topic_of, children.topics.get(pk, ()))),
        relations=tuple(relation for one in children.relations.get(pk, ()) if (relation := _relation(one, cells))),
        old_urls=tuple(url for one in children.urls.get(pk, ()) if (url := _old_url(one, cells))),
        version=row["version"],
        # Last, when all is read.
        unreadable=cells.in_words() if cells.faults else "",
        is_untidy=not cells.are_clean,
    )


def _file(row: sqlite3.Row, cells: Cells) -> File:
    return File(
        cells.text("release_files.format", row["format"], _MAX_FORMAT) or "document",
        cells.parsed("release_files.url", row["url"], web_address, None),
        cells.number("release_files.size", row["size"], _MAX_SIZE, least=0),
        cells.parsed("release_files.access", row["access"], Access, Access.MEMBERS),
        cells.number("release_files.pages", row["pages"], _MAX_NUMBER),
        cells.number("release_files.duration", row["duration"], _MAX_NUMBER),
    )


def _author(row: sqlite3.Row, cells: Cells) -> Author:
    name, role, orcid = (cells.text(f"release_authors.{one}", row[one], MAX_NAME) for one in ("name", "role", "orcid"))
    return Author(name, bool(row["is_organisation"]), role, orcid)


def _partner(row: sqlite3.Row, cells: Cells) -> str:
    return cells.text("release_partners.name", row["name"], MAX_NAME)


def _relation(row: sqlite3.Row, cells: Cells) -> Relation | None:
    kind = cells.parsed("release_relations.kind", row["kind"], RelationKind, None)
    return Relation(kind, row["id"]) if kind else None


def _old_url(row: sqlite3.Row, cells: Cells) -> str | None:
    return cells.parsed("release_urls.url", row["url"], web_address, None)
