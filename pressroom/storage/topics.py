"""Topics with their aliases, and series: what people choose by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pressroom.errors import InvalidFieldError, TopicExistsError, TopicNotFoundError
from pressroom.models.dates import stamp
from pressroom.models.release import Series, Topic
from pressroom.models.text import MAX_NAME, is_visible, limited, numbered, shown, slugify
from pressroom.storage.shelf_rows import series_of, topic_of
from pressroom.storage.store import Store

RESERVED_SLUG = "all"


@dataclass(frozen=True, slots=True)
class ListedTopic:
    """A topic as the lists show it: with its aliases and how many public releases are under it."""

    topic: Topic
    aliases: tuple[str, ...]
    releases: int
    merged_into: str | None


class Topics:
    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, reference: str) -> Topic:
        """Return the topic with that slug, name or alias; a merged one leads to its successor."""
        found = self.find(reference)
        if found is None:
            raise TopicNotFoundError(reference)
        return found

    def find(self, reference: str) -> Topic | None:
        """Return the topic as `get` does, or None."""
        slug = slugify(reference)
        # A name without a letter of our alphabet has no slug that could be looked for.
        leads = "topics.slug = :slug OR topics.pk = (SELECT topic FROM topic_aliases WHERE alias = :slug)"
        row = self._store.row(
            f"""SELECT coalesce(merged.pk, topics.pk) AS pk, coalesce(merged.slug, topics.slug) AS slug,
                coalesce(merged.name, topics.name) AS name
            FROM topics LEFT JOIN topics AS merged ON merged.pk = topics.merged_into
            WHERE {leads if slug else "topics.name = :name"}""",
            {"slug": slug, "name": reference},
        )
        return topic_of(row) if row else None

    def all(self) -> list[Topic]:
        """Return the topics in use, by slug."""
        return [
            topic_of(row)
            for row in self._store.rows("SELECT pk, slug, name FROM topics WHERE merged_into IS NULL ORDER BY slug")
        ]

    def by_pk(self) -> dict[int, Topic]:
        """Return every topic there ever was, by row."""
        return {row["pk"]: topic_of(row) for row in self._store.rows("SELECT pk, slug, name FROM topics")}

    def listed(self) -> list[ListedTopic]:
        """Return every topic with its aliases and the number of its public releases, by slug."""
        aliases = self._aliases()
        return [
            ListedTopic(topic_of(row), tuple(aliases.get(row["pk"], ())), row["releases"], row["merged_into"])
            for row in self._store.rows(
                """SELECT topics.pk, topics.slug, topics.name, new.slug AS merged_into,
                    (SELECT count(*) FROM release_topics JOIN releases ON releases.pk = release_topics.release
                    WHERE topic = topics.pk AND state IN ('live', 'withdrawn')) AS releases
                FROM topics LEFT JOIN topics AS new ON new.pk = topics.merged_into ORDER BY topics.slug"""
            )
        ]

    def with_aliases(self) -> list[tuple[Topic, list[str]]]:
        """Return the topics in use with their other names, by name."""
        aliases = self._aliases()
        return sorted(((one, aliases.get(one.pk, [])) for one in self.all()), key=lambda one: one[0].name.casefold())

    def _aliases(self) -> dict[int, list[str]]:
        aliases: dict[int, list[str]] = {}
        for row in self._store.rows("SELECT topic, alias FROM topic_aliases ORDER BY alias"):
            aliases.setdefault(row["topic"], []).append(row["alias"])
        return aliases

    def newest_on(self, topics: Iterable[Topic], most: int) -> list[int]:
        """Return the rows of the newest public releases that stand on any of `topics`, newest first."""
        rows = self._store.rows(
            """SELECT pk FROM releases WHERE state IN ('live', 'withdrawn') AND pk IN (
                SELECT release FROM release_topics WHERE topic IN (SELECT value FROM json_each(:topics)))
            ORDER BY sorted_at DESC, pk DESC LIMIT :most""",
            {"topics": json.dumps([topic.pk for topic in topics]), "most": most},
        )
        return [row["pk"] for row in rows]

    def add(self, name: str, slug: str = "", aliases: Iterable[str] = ()) -> Topic:
        """Add a topic. Its slug follows from the name where none is given."""
        follows = _slug_of("topic", name)
        slug = _slug_of("slug", slug) if slug else follows
        if not slug or not is_visible(name):
            raise InvalidFieldError(
                "topic", f"{shown(name)} gives no usable slug", "“topic add NAME --slug SLUG” gives one in a to z"
            )
        if self.find(slug) is not None:
            raise TopicExistsError(slug)
        cursor = self._store.write("INSERT INTO topics (slug, name) VALUES (?, ?)", (slug, name))
        topic = Topic(slug, name, int(cursor.lastrowid or 0))
        for alias in aliases:
            self.add_alias(topic, alias)
        return topic

    def add_alias(self, topic: Topic, alias: str) -> None:
        """Let another name lead to `topic`; a name that leads elsewhere already is refused."""
        slug = _slug_of("alias", alias)
        known = self.find(alias)
        if known is not None and known.pk != topic.pk:
            raise TopicExistsError(known.slug)
        if not slug:
            raise InvalidFieldError("alias", f"{shown(alias)} leads nowhere", "use letters a to z or digits")
        self._store.write(
            "INSERT INTO topic_aliases (alias, topic) VALUES (?, ?) ON CONFLICT DO NOTHING", (slug, topic.pk)
        )

    def rename(self, topic: Topic, name: str) -> Topic:
        """Give a topic another name, the old one becoming an alias. Its slug, and so its feeds' addresses, stay."""
        if not is_visible(name):
            raise InvalidFieldError("name", "is missing", "give the topic a name")
        slug = _slug_of("name", name)
        known = self.find(name)
        if known is not None and known.pk != topic.pk:
            raise TopicExistsError(known.slug)
        self._store.write("UPDATE topics SET name = ? WHERE pk = ?", (name, topic.pk))
        for alias in {slugify(topic.name), slug} - {"", topic.slug}:
            self.add_alias(topic, alias)
        return Topic(topic.slug, name, topic.pk)

    def merge(self, old: Topic, new: Topic, now: datetime) -> None:
        """Move everything from `old` to `new`, silently, and let the old name lead there."""
        values = {"old": old.pk, "new": new.pk, "now": stamp(now)}
        for sql in (
            """INSERT INTO release_topics (release, topic, position) SELECT release, :new, position
            FROM release_topics WHERE topic = :old ON CONFLICT DO NOTHING""",
            "DELETE FROM release_topics WHERE topic = :old",
            """INSERT INTO announcement_topics (announcement, topic) SELECT announcement, :new
            FROM announcement_topics WHERE topic = :old ON CONFLICT DO NOTHING""",
            "UPDATE topic_aliases SET topic = :new WHERE topic = :old",
            "UPDATE topics SET merged_into = :new, merged_at = :now WHERE pk = :old OR merged_into = :old",
        ):
            self._store.write(sql, values)


class SeriesShelf:
    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> list[Series]:
        return [series_of(row) for row in self._store.rows("SELECT pk, slug, name FROM series ORDER BY slug")]

    def by_pk(self) -> dict[int, Series]:
        return {series.pk: series for series in self.all()}

    def find(self, reference: str) -> Series | None:
        """Return the series with that name, or that slug."""
        row = self._store.row(
            "SELECT pk, slug, name FROM series WHERE name = ? OR slug = ? ORDER BY name = ? DESC",
            (reference, reference, reference),
        )
        return series_of(row) if row else None

    def named(self, name: str) -> Series | None:
        """Return the series of that name. Names that differ in more than case are different series."""
        row = self._store.row("SELECT pk, slug, name FROM series WHERE lower(name) = lower(?)", (name,))
        return series_of(row) if row else None

    def ensure(self, name: str) -> Series:
        """Return the series of that name, made if need be."""
        if known := self.named(name):
            return known
        slug = numbered(slugify(name) or "series", self._has_slug)
        cursor = self._store.write("INSERT INTO series (slug, name) VALUES (?, ?)", (slug, name))
        return Series(slug, name, int(cursor.lastrowid or 0))

    def _has_slug(self, slug: str) -> bool:
        return self._store.value("SELECT 1 FROM series WHERE slug = ?", (slug,)) is not None


def _slug_of(field: str, name: str) -> str:
    """Return the slug of a name that a topic may have."""
    slug = slugify(limited(field, name, MAX_NAME))
    if slug == RESERVED_SLUG:
        raise InvalidFieldError(field, f"{shown(name)} means everything", "choose another name")
    return slug
