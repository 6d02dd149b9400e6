"""Releases as editors look for them: in every state, likely doubles, and the names that were used so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pressroom.models.dates import unstamp
from pressroom.models.people import Frequency
from pressroom.models.release import Release, State
from pressroom.models.runs import Counts
from pressroom.models.search import Found, Query
from pressroom.models.text import slugify
from pressroom.storage.store import Store

WAITING = (State.DRAFT, State.EXPECTED, State.SCHEDULED)
_IS_WAITING = "state IN ('draft', 'expected', 'scheduled')"
_SAID = " || ' ' || ".join(
    f"coalesce({one}, '')"
    for one in (
        "title", "subtitle", "slug", "summary", "publisher", "collection", "reference", "doi",
        "(SELECT group_concat(name, ' ') FROM release_authors WHERE release = releases.pk)",
        "(SELECT group_concat(name, ' ') FROM release_partners WHERE release = releases.pk)",
    )
)  # fmt: skip
MOST_NAMES, MOST_DOUBLES = 300, 5


@dataclass(frozen=True, slots=True)
class Told:
    """A run that told of a release, and what became of the mails that did."""

    run: int
    opened_at: datetime
    counts: Counts


class ReleaseLists:
    def __init__(self, store: Store) -> None:
        self._store = store

    def find(self, query: Query, state: State | None, page: int, size: int) -> Found:
        """Return page `page` (from 1) of what matches, in one state or in any: what waits first, then newest first."""
        waiting = self._waiting(query, state) if state in (None, *WAITING) else []
        skipped = (page - 1) * size
        here = waiting[skipped : skipped + size]
        if state in WAITING:
            return self._found(len(waiting), here)
        public = self._store.search.part(query, max(0, skipped - len(waiting)), size - len(here), state)
        return Found(len(waiting) + public.total, (*self._found(0, here).releases, *public.releases))

    def _found(self, total: int, pks: Sequence[int]) -> Found:
        found = self._store.releases.by_pk(pks)
        return Found(total, tuple(found[pk] for pk in pks if pk in found))

    def _waiting(self, query: Query, state: State | None) -> list[int]:
        """Return the rows of what is not out: what goes out soonest first, then what was entered last."""
        words = query.words.casefold().split()
        conditions = [_IS_WAITING, ":state IS NULL OR state = :state", ":kind = '' OR kind = :kind"]
        conditions.append(
            ":topic = '' OR pk IN (SELECT release FROM release_topics JOIN topics ON topics.pk = topic "
            "WHERE topics.slug = :topic)"
        )
        rows = self._store.rows(
            f"""SELECT pk, {_SAID if words else "''"} AS said
            FROM releases WHERE {" AND ".join(f"({one})" for one in conditions)}
            ORDER BY state <> 'scheduled', max(coalesce(datetime(publish_at), ''), coalesce(datetime(embargo), '')),
                pk DESC""",
            {"state": state, "kind": query.kind, "topic": query.topic},
        )
        texts = ((row["pk"], row["said"].casefold()) for row in rows)
        return [pk for pk, text in texts if all(word in text for word in words)]

    def doubles(self, title: str, url: str, pk: int) -> list[Release]:
        """Return releases, other than row `pk`, that are likely the same: by title, whatever its signs, or address."""
        slug = slugify(title)
        rows = self._store.rows(
            """SELECT pk FROM releases WHERE lower(title) = lower(:title) AND :title <> ''
            UNION SELECT pk FROM releases WHERE :slug <> '' AND slug >= :slug AND slug < :slug || '.'
                AND substr(slug, length(:slug) + 1) NOT GLOB '*[^-0-9]*'
            UNION SELECT pk FROM releases INDEXED BY releases_by_url WHERE url = :url AND url <> ''
            UNION SELECT release FROM release_urls WHERE url = :url AND :url <> ''
            ORDER BY pk DESC LIMIT :most""",
            {"title": title.strip(), "slug": slug, "url": url.strip(), "most": MOST_DOUBLES + 1},
        )
        pks = [row["pk"] for row in rows if row["pk"] != pk]
        return list(self._found(0, pks[:MOST_DOUBLES]).releases)

    def called(self, text: str) -> list[Release]:
        """Return the releases with that title, in whatever letters, or that own address."""
        rows = self._store.rows(
            """SELECT pk FROM releases WHERE lower(title) = lower(:text) UNION
            SELECT pk FROM releases INDEXED BY releases_by_url WHERE url = :text AND url <> '' ORDER BY pk""",
            {"text": text},
        )
        return list(self._found(0, [row["pk"] for row in rows]).releases)

    def authors(self) -> list[str]:
        """Return the names of authors, those used most first."""
        return self._names("SELECT name FROM release_authors GROUP BY name ORDER BY count(*) DESC, name LIMIT ?")

    def partners(self) -> list[str]:
        return self._names("SELECT name FROM release_partners GROUP BY name ORDER BY count(*) DESC, name LIMIT ?")

    def series(self) -> list[str]:
        return self._names("SELECT name FROM series ORDER BY lower(name) LIMIT ?")

    def _names(self, sql: str) -> list[str]:
        return [str(name) for (name,) in self._store.rows(sql, (MOST_NAMES,))]

    def followers(self, topics: Iterable[int], series: int | None) -> dict[Frequency, int]:
        """Return how many active subscribers would be told of something on these shelves, by their frequency.

        Who holds several choices counts at the first of them that comes.
        """
        shelves = ", ".join(str(int(pk)) for pk in topics) or "NULL"
        on_shelf = "SELECT subscriber, frequency FROM subscriptions INDEXED BY subscriptions_on_shelves "
        order = " ".join(Frequency)
        at_each = ", ".join(f"coalesce(sum(place = {order.index(one) + 1}), 0)" for one in Frequency)
        (counts,) = self._store.rows(
            f"""WITH held AS ({on_shelf} WHERE ended_at IS NULL AND topic IS NULL AND series IS NULL
                UNION ALL {on_shelf} WHERE ended_at IS NULL AND topic IS NULL AND series = :series
                UNION ALL {on_shelf} WHERE ended_at IS NULL AND topic IN ({shelves}))
            SELECT {at_each} FROM (
                SELECT min(instr(:order, frequency)) AS place FROM held
                WHERE subscriber NOT IN (SELECT pk FROM subscribers WHERE state <> 'active') GROUP BY subscriber)""",
            {"series": series, "order": order},
        )
        return {one: count for one, count in zip(Frequency, counts, strict=True) if count}

    def owed_from_before(self, release: Release) -> int:
        """Return how many readers are owed a release that runs have passed: these were cancelled, or they paused."""
        sql = """SELECT count(DISTINCT subscriber) FROM owed JOIN subscribers ON subscribers.pk = subscriber
            AND state = 'active' WHERE announcement IN (SELECT no FROM announcements WHERE release = ?)"""
        return int(self._store.value(sql, (release.pk,)))

    def became(self, release: Release) -> list[Told]:
        """Return the runs that told of a release, with what became of these mails, oldest first."""
        found: dict[tuple[int, str], list[tuple[str, int]]] = {}
        for row in self._store.rows(
            """SELECT runs.pk, runs.opened_at, deliveries.state, count(*) AS n FROM run_items
            JOIN bundle_items ON item = run_items.pk JOIN deliveries ON deliveries.bundle = bundle_items.bundle
            JOIN runs ON runs.pk = deliveries.run WHERE release = ? GROUP BY 1, 3 ORDER BY 1""",
            (release.pk,),
        ):
            found.setdefault((row["pk"], row["opened_at"]), []).append((row["state"], row["n"]))
        return [Told(run, unstamp(opened_at), Counts.of(states)) for (run, opened_at), states in found.items()]
