"""Searching what is public: by words (SQLite FTS5), and by topic, kind, series, year, language and access."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from pressroom.models.release import Access, Release, Series, State, Topic
from pressroom.models.search import Found, Query
from pressroom.storage.cells import Cells
from pressroom.storage.release_rows import READ
from pressroom.storage.shelf_rows import series_of, topic_of
from pressroom.storage.store import Store

MOST_WORDS = 12
MOST_RANKED = 15_000
"""Up to so many words, summed over what matches, the best come first; where nearly everything matches, the newest."""
SHORT = 2
"""So many plain letters stand for a word of their own, and not for the beginning of one."""
_MATCHING = "release_search WHERE release_search MATCH :words"
_BEST = "bm25(release_search, 8.0, 3.0, 1.0), rowid DESC"
# SQLite would rather look up each row, or sort them all: that takes ten times as long where much matches.
_BY_TIME = "releases INDEXED BY releases_by_time"
REFRESHED_AT_ONCE = 500
FOLLOWER = "search"

_PUBLIC = "releases.state IN ('live', 'withdrawn')"


@dataclass(slots=True)
class _Where:
    """The conditions of a query, with their values."""

    conditions: list[str] = field(default_factory=lambda: [_PUBLIC])
    values: dict[str, object] = field(default_factory=dict)

    @property
    def has_limits(self) -> bool:
        """Whether anything is asked for beside being public."""
        return len(self.conditions) > 1

    def add(self, condition: str, **values: object) -> None:
        self.conditions.append(condition)
        self.values |= values


class Search:
    """The index follows the releases with `refresh`; in it stands only what everybody may read (R9)."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def refresh(self) -> int:
        """Bring the index up to date with the releases, and return how many have changed."""
        changes = self._store.changes.since(FOLLOWER)
        for start in range(0, len(changes), REFRESHED_AT_ONCE):
            some = changes[start : start + REFRESHED_AT_ONCE]
            with self._store.atomic():
                self._index([pk for _, pk in some])
                self._store.changes.mark(FOLLOWER, some[-1][0])
        return len(changes)

    def _index(self, pks: list[int]) -> None:
        self._store.write_many("DELETE FROM release_search WHERE rowid = ?", [(pk,) for pk in pks])
        public = [release for release in self._store.releases.by_pk(pks).values() if release.is_public]
        self._store.write_many(
            "INSERT INTO release_search (rowid, title, names, words) VALUES (?, ?, ?, ?)",
            [(release.pk, *_texts(release)) for release in public],
        )

    def find(self, query: Query, page: int, size: int) -> Found:
        """Return page `page` (from 1) of what matches: best first where words are asked for, else newest first."""
        return self.part(query, (page - 1) * size, size)

    def part(self, query: Query, skipped: int, size: int, state: State | None = None) -> Found:
        """Return `size` of what matches, those after the first `skipped`; in one state if it is given."""
        where, words = _where(query), list(_words(query.words))
        if query.words.strip() and not words:
            return Found(0, ())  # nothing but signs: there is no word that could be found
        if state:
            verb = "IN" if state is State.WITHDRAWN else "NOT IN"
            where.add(f"releases.pk {verb} (SELECT pk FROM releases WHERE state = 'withdrawn')")
        values = where.values | {"words": _match(words), "size": size, "skipped": skipped}
        total = int(self._store.value(f"SELECT count(*) FROM {_matching(where, words)}", values))
        if words and total * len(words) <= MOST_RANKED:
            listed = f"SELECT rowid AS pk FROM {_matching(where, words)} ORDER BY {_BEST}"
        else:
            wanted = [*where.conditions, *([f"+releases.pk IN (SELECT rowid FROM {_MATCHING})"] if words else [])]
            listed = f"SELECT pk FROM {_BY_TIME} WHERE {' AND '.join(wanted)} ORDER BY sorted_at DESC, pk DESC"
        rows = self._store.rows(f"{listed} LIMIT :size OFFSET :skipped", values)
        found = self._store.releases.by_pk(pks := [row["pk"] for row in rows])
        return Found(total, tuple(found[pk] for pk in pks if pk in found and found[pk].is_public))

    def years(self) -> list[str]:
        """Return the years in which something that is public came out, newest first."""
        sql = f"SELECT DISTINCT substr(own_date, 1, 4) AS year FROM releases WHERE {_PUBLIC} ORDER BY 1 DESC"
        return [year for (year,) in self._store.rows(sql) if year and re.fullmatch("[0-9]{4}", year)]

    def topics(self) -> list[Topic]:
        """Return the topics under which something is public, by name."""
        rows = self._store.rows(
            f"""SELECT pk, slug, name FROM topics WHERE merged_into IS NULL AND EXISTS (
                SELECT 1 FROM release_topics JOIN releases ON releases.pk = release
                WHERE topic = topics.pk AND {_PUBLIC}) ORDER BY name"""
        )
        return [topic_of(row) for row in rows]

    def series(self) -> list[Series]:
        """Return the series that something public belongs to, by name."""
        rows = self._store.rows(
            f"""SELECT pk, slug, name FROM series
            WHERE EXISTS (SELECT 1 FROM releases WHERE releases.series = series.pk AND {_PUBLIC}) ORDER BY name"""
        )
        return [series_of(row) for row in rows]

    def kinds(self) -> list[str]:
        return self._distinct("kind")

    def languages(self) -> list[str]:
        return self._distinct("language")

    def _distinct(self, column: str) -> list[str]:
        rows = self._store.rows(f"SELECT DISTINCT {column} FROM releases WHERE {_PUBLIC} ORDER BY 1")
        read = dict.fromkeys(Cells(row).take(column, *READ[column]) for row in rows)
        return sorted(map(str, read))


def _texts(release: Release) -> tuple[str, str, str]:
    """Return title, names and words of a release, as far as everybody may read them."""
    names = [author.name for author in release.authors]
    names += [*release.partners, release.publisher, *(topic.name for topic in release.topics), release.collection]
    names += [release.series.name if release.series else "", release.edition, release.reference, release.doi]
    is_open = release.state is State.LIVE and Access.MEMBERS not in (release.access, release.landing_access)
    words = [release.summary, release.body if is_open else ""]
    return f"{release.title}\n{release.subtitle}", "\n".join(filter(None, names)), "\n".join(filter(None, words))


def _matching(where: _Where, words: Sequence[str]) -> str:
    """Return the rows that match, as SQL after FROM; the index holds what is public alone, and needs no more."""
    conditions = " AND ".join(where.conditions)
    if not words:
        return f"releases WHERE {conditions}"
    limits = f" AND +rowid IN (SELECT releases.pk FROM {_BY_TIME} WHERE {conditions})" if where.has_limits else ""
    return _MATCHING + limits


def _where(query: Query) -> _Where:
    where = _Where()
    if query.topic:
        where.add(
            """releases.pk IN (SELECT release FROM release_topics JOIN topics ON topics.pk = topic
            WHERE topics.slug = :topic)""",
            topic=query.topic,
        )
    if query.series:
        where.add("releases.series = (SELECT pk FROM series WHERE slug = :series)", series=query.series)
    if query.year:
        where.add("substr(releases.own_date, 1, 4) = :year", year=query.year)
    if query.language:
        within = "releases.language = :language OR releases.language GLOB :language || '-*'"
        where.add(f"({within})", language=query.language)
    for column in ("kind", "access"):
        if value := getattr(query, column):
            where.add(f"releases.{column} = :{column}", **{column: value})
    return where


def _match(words: Iterable[str]) -> str:
    """Return what is asked for as FTS5 reads it: each word, or the beginning of one; whatever is typed is no syntax."""
    return " ".join(f'"{word}"' if word.isascii() and len(word) <= SHORT else f'"{word}"*' for word in words)


def _words(text: str) -> Iterator[str]:
    yield from re.findall(r"\w+", text)[:MOST_WORDS]
