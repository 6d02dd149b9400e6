"""Releases: rows to models and back, look-ups, and what is due."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pressroom.errors import IdTakenError, ReleaseNotFoundError
from pressroom.models.dates import stamp, unstamp
from pressroom.models.feeds import Entry
from pressroom.models.release import Kind, RelationKind, Release, State
from pressroom.models.text import first_free, numbered, slugify
from pressroom.storage import release_rows
from pressroom.storage.announcements import note_of
from pressroom.storage.store import Store

# SQLite takes the index of what waits only where a query repeats the index's own condition.
_WAITS = "state IN ('draft', 'expected', 'scheduled')"
_SCHEDULED = f"state = 'scheduled' AND {_WAITS}"


class Releases:
    """`references` are ids or slugs; a `Release` that comes out is whole, with files, authors, topics and relations."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, reference: str) -> Release:
        """Return the release with that id or slug."""
        found = self.find(reference)
        if found is None:
            raise ReleaseNotFoundError(reference)
        return found

    def find(self, reference: str) -> Release | None:
        return self._one("id = :reference OR slug = :reference", {"reference": reference})

    def find_by_slug(self, slug: str) -> Release | None:
        """Return the release with that slug, or that is known by it since its own cannot be read."""
        found = self._one("slug = :slug", {"slug": slug}) or self.find_by_earlier_slug(slug)
        return found if found and found.slug == slug else None

    def find_by_any_slug(self, slug: str) -> Release | None:
        """Return the release that has this slug, or else had it once."""
        return self.find_by_slug(slug) or self.find_by_earlier_slug(slug)

    def find_by_earlier_slug(self, slug: str) -> Release | None:
        """Return the release that had this slug once, before another program gave it another."""
        return self._one("pk = (SELECT release FROM earlier_slugs WHERE slug = :slug)", {"slug": slug})

    def find_by_old_url(self, url: str) -> Release | None:
        """Return the public release that was at this address once."""
        return self._one(
            "pk IN (SELECT release FROM release_urls WHERE url = :url) AND state IN ('live', 'withdrawn')", {"url": url}
        )

    def find_withdrawn_by_file(self, url: str) -> Release | None:
        """Return the withdrawn release that everybody could get a file of at this address."""
        return self._one(
            """pk IN (SELECT release FROM release_files WHERE url = :url AND access <> 'members')
            AND state = 'withdrawn'""",
            {"url": url},
        )

    def related(self, release: Release) -> list[tuple[RelationKind, Release, bool]]:
        """Return the public releases that belong to this one: how, which, and whether the relation leads there.

        By the relations that they name, by the title of a collection, and by what took the place of a withdrawn one.
        """
        rows = list(
            self._store.rows(
                """SELECT kind, other, max(to_it) AS to_it, part FROM (
                    SELECT json_extract(value, '$[0]') AS kind, pk AS other, 1 AS to_it, 0 AS part
                        FROM json_each(:relations) JOIN releases ON releases.id = json_extract(value, '$[1]')
                    UNION ALL SELECT kind, release, 0, 0 FROM release_relations WHERE target = :pk
                    UNION ALL SELECT 'replaces', pk, 1, 0 FROM releases WHERE replacement = :pk
                    UNION ALL SELECT 'part-of', pk, 1, 0 FROM releases WHERE kind = 'collection' AND title = :collection
                    UNION ALL SELECT 'part-of', pk, 0, coalesce(part, 0) FROM releases
                        WHERE collection <> '' AND collection = :title AND :is_collection)
                GROUP BY kind, other ORDER BY to_it DESC, kind, part, other""",
                {
                    "pk": release.pk,
                    "relations": json.dumps([(one.kind.value, one.target) for one in release.relations]),
                    "title": release.title,
                    "collection": release.collection,
                    "is_collection": release.kind is Kind.COLLECTION,
                },
            )
        )
        others = self.by_pk(row["other"] for row in rows)
        return [
            (RelationKind(row["kind"]), others[row["other"]], bool(row["to_it"]))
            for row in rows
            if row["other"] != release.pk
            and row["other"] in others
            and others[row["other"]].is_public
            and row["kind"] in list(RelationKind)
        ]

    def by_pk(self, pks: Iterable[int]) -> dict[int, Release]:
        """Return the releases of these rows."""
        found = self._where("pk IN (SELECT value FROM json_each(:pks))", {"pks": json.dumps(list(pks))})
        return {release.pk: release for release in found}

    def all(self, state: State | None = None) -> Iterator[Release]:
        """Return releases in every state (or in one), those waiting first, then newest first, 500 at a time."""
        is_public = state in (State.LIVE, State.WITHDRAWN)
        where = "" if state is None else "WHERE state = :state" if is_public else f"WHERE state = :state AND {_WAITS}"
        sql = f"SELECT pk FROM releases {where} ORDER BY sorted_at IS NOT NULL, sorted_at DESC, pk DESC"
        pks = [row["pk"] for row in self._store.rows(sql, {"state": state})]
        for start in range(0, len(pks), 500):
            page = self.by_pk(pks[start : start + 500])
            yield from (page[pk] for pk in pks[start : start + 500] if pk in page)

    def same_as(self, release: Release) -> Release | None:
        """Return the release that is the same by the rules of an import (design §5), or None.

        Same id; else same DOI, or same reference of one publisher; else same title, address and own date, unless
        each brought an id, a DOI or a reference of its own.
        """
        if release.id and (found := self._one("id = :id", {"id": release.id})):
            return found
        if release.doi and (found := self._one("doi <> '' AND lower(doi) = lower(:doi)", {"doi": release.doi})):
            return found
        if release.reference:
            sql = "reference <> '' AND lower(reference) = lower(:reference) AND lower(publisher) = lower(:publisher)"
            if found := self._one(sql, {"reference": release.reference, "publisher": release.publisher}):
                return found
        return self._one(
            """lower(title) = lower(:title) AND own_date IS :own_date AND url IS :url
            AND (:id IS NULL OR id IS NULL OR substr(id, 1, length(:minted)) = :minted)
            AND (:doi = '' OR doi = '') AND (:reference = '' OR lower(reference) IN ('', lower(:reference)))""",
            {
                "title": release.title,
                "own_date": str(release.own_date) if release.own_date else None,
                "url": release.url,
                "id": release.id,
                "minted": f"tag:{self._store.tag_authority}:",
                "doi": release.doi,
                "reference": release.reference,
            },
        )

    def is_landing_of_a_public_one(self, url: str) -> bool:
        """Whether something that is out has this landing address."""
        sql = "SELECT 1 FROM releases WHERE url = ? AND state IN ('live', 'withdrawn')"
        return self._store.value(sql, (url,)) is not None

    def add(self, release: Release) -> Release:
        """Add a release with what it brings; what it lacks of id and slug is made now.

        One that is live already comes in silently: it brings `published` and `updated`, and is sorted by its own date.
        """
        if release.id and (holder := self.find(release.id)):
            raise IdTakenError(release.id, holder.slug or "")
        release = replace(
            self.named(release),
            pk=self.next_pk,
            series=self._store.series.ensure(release.series.name) if release.series else None,
        )
        release_rows.insert(self._store, release)
        return release

    def update(self, release: Release) -> Release:
        """Write every fact a person enters and return the release; what the engine made (id, slug, times) stays.

        Only one that came in silently goes where its own date belongs (design §5).
        """
        release_rows.update(self._store, release)
        values = {
            "pk": release.pk,
            "own": stamp(release.own_date.first_moment) if release.own_date else None,
            "date": str(release.own_date or ""),
        }
        self._store.write(
            """UPDATE releases SET published = :own WHERE pk = :pk AND published IS NOT :own
            AND EXISTS (SELECT 1 FROM announcements WHERE release = :pk AND change = 'new' AND silent = 1)""",
            values,
        )
        self._store.write(
            """UPDATE releases SET sorted_at = :date WHERE pk = :pk AND sorted_at <> :date
            AND NOT EXISTS (SELECT 1 FROM announcements WHERE release = :pk AND silent = 0)""",
            values,
        )
        return self.by_pk([release.pk])[release.pk]

    def complete(self, release: Release) -> Release:
        """Give a row what only the engine can make: its id and its slug."""
        named = self.named(release)
        self._store.write(
            "UPDATE releases SET id = :id, slug = :slug WHERE pk = :pk AND (id IS NOT :id OR slug IS NOT :slug)",
            {"id": named.id, "slug": named.slug, "pk": named.pk},
        )
        return named

    def named(self, release: Release) -> Release:
        """Return a release with the id and the slug that it has, or would get now; nothing is written."""
        return replace(release, id=release.id or self._free_id(release), slug=release.slug or self._free_slug(release))

    @property
    def next_pk(self) -> int:
        """The row that the next release gets."""
        return int(self._store.value("SELECT coalesce(max(pk), 0) + 1 FROM releases"))

    def complete_all(self) -> None:
        """Give an id and a slug to every row that another program has put in."""
        for release in self._where("id IS NULL OR slug IS NULL ORDER BY pk", {}):
            self.complete(release)

    def due(self, now: datetime) -> list[Release]:
        """Return what is to become live: scheduled, its time come and its embargo over, in the order it was due.

        Of what is due at once the newest own date comes last, so that it stands first where the newest does. A moment
        that nobody can read counts as come, so that its row is named: it is `unreadable`, and goes nowhere.
        """
        return self._where(
            f"""{_SCHEDULED}
            AND coalesce(datetime(publish_at), '') <= datetime(:now)
            AND coalesce(datetime(embargo), '') <= datetime(:now)
            ORDER BY max(coalesce(datetime(publish_at), ''), coalesce(datetime(embargo), '')),
                coalesce(own_date, '9999'), pk""",
            {"now": stamp(now)},
        )

    def next_due(self, now: datetime) -> datetime | None:
        """Return when the next scheduled release becomes due after `now`."""
        found = self._store.value(
            f"""SELECT min(due) FROM (
                SELECT max(coalesce(datetime(publish_at), ''), coalesce(datetime(embargo), '')) AS due
                FROM releases WHERE {_SCHEDULED})
            WHERE due > datetime(:now)""",
            {"now": stamp(now)},
        )
        return unstamp(found) if found else None

    def count_due(self, now: datetime) -> int:
        """Return how many releases are due at `now`."""
        return len(self.due(now))

    def mark_live(self, release: Release, at: datetime) -> None:
        """Make a release live, with the moment of its first announcement, by which feeds sort it."""
        self._store.write(
            "UPDATE releases SET state = 'live', published = :at, updated = :at, sorted_at = :at WHERE pk = :pk",
            {"at": stamp(at), "pk": release.pk},
        )

    def mark_updated(self, release: Release, updated: datetime) -> None:
        """Note the moment of a release's newest announcement, which also brings it to the top of its feeds."""
        self._store.write(
            "UPDATE releases SET updated = :at, sorted_at = :at WHERE pk = :pk",
            {"at": stamp(updated), "pk": release.pk},
        )

    def mark_withdrawn(self, release: Release, reason: str, replacement: Release | None) -> None:
        self._store.write(
            "UPDATE releases SET state = 'withdrawn', withdrawn_reason = ?, replacement = ? WHERE pk = ?",
            (reason, replacement.pk if replacement else None, release.pk),
        )

    def set_state(self, release: Release, state: State, publish_at: datetime | None = None) -> None:
        self._store.write(
            "UPDATE releases SET state = ?, publish_at = ? WHERE pk = ?",
            (state, stamp(publish_at) if publish_at else None, release.pk),
        )

    def is_paid(self, release: Release) -> bool:
        """Whether a mail has told somebody of a release, or is about to."""
        sql = """SELECT 1 FROM paid WHERE release = :pk UNION ALL
            SELECT 1 FROM run_items JOIN bundle_items ON item = run_items.pk
            JOIN deliveries ON deliveries.bundle = bundle_items.bundle
            WHERE release = :pk AND state <> 'cancelled' LIMIT 1"""
        return self._store.value(sql, {"pk": release.pk}) is not None

    def seconds(self) -> Seconds:
        """Return what hands out moments that no release's `updated` uses yet."""
        return Seconds(lambda text: self._store.value("SELECT 1 FROM releases WHERE updated = ?", (text,)) is not None)

    def entries(self, pks: Iterable[int]) -> dict[int, Entry]:
        """Return these releases as feeds show them, by row."""
        releases = self.by_pk(pks)
        chosen = (json.dumps(list(releases)),)
        notes = {
            row["release"]: note_of(row)
            for row in self._store.rows(
                """SELECT release, note FROM announcements WHERE change = 'revised' AND silent = 0
                AND release IN (SELECT value FROM json_each(?)) ORDER BY no""",
                chosen,
            )
        }
        newest = {
            row["release"]: row["no"]
            for row in self._store.rows(
                """SELECT release, max(no) AS no FROM announcements
                WHERE release IN (SELECT value FROM json_each(?)) GROUP BY release""",
                chosen,
            )
        }
        replaced = self._replaced(chosen)
        replacements = {release.replacement for release in releases.values() if release.replacement}
        successors = {release_id: self.get(release_id) for release_id in sorted(replacements)}
        return {
            pk: Entry(
                release,
                notes.get(pk, ""),
                successors.get(release.replacement or ""),
                newest.get(pk, 0),
                tuple(replaced.get(pk, ())),
            )
            for pk, release in releases.items()
        }

    def entry_of(self, release: Release) -> Entry:
        """Return a release as feeds would show it with these facts, whether they are written or not."""
        known = self.entries([release.pk]).get(release.pk) or Entry(release)
        replaced = self._store.rows(
            """SELECT id FROM releases WHERE id IN (SELECT value FROM json_each(:ids))
                AND state IN ('live', 'withdrawn')
            UNION SELECT id FROM releases WHERE state = 'withdrawn' AND replacement = :pk ORDER BY id""",
            {"ids": json.dumps(_replaced_by(release)), "pk": release.pk},
        )
        newer = self.find(release.replacement) if release.replacement else None
        return replace(known, release=release, replacement=newer, replaces=tuple(row["id"] for row in replaced))

    def _replaced(self, chosen: tuple[str]) -> dict[int, list[str]]:
        """Return the ids of the public releases that each of these takes the place of."""
        found: dict[int, list[str]] = {}
        for row in self._store.rows(
            """WITH chosen AS (SELECT value FROM json_each(?))
            SELECT release, releases.id FROM release_relations JOIN releases ON releases.pk = target
            WHERE release_relations.kind = 'replaces' AND state IN ('live', 'withdrawn') AND release IN chosen
            UNION SELECT replacement, id FROM releases WHERE state = 'withdrawn' AND replacement IN chosen
            ORDER BY releases.id""",
            chosen,
        ):
            found.setdefault(row["release"], []).append(row["id"])
        return found

    def counts(self) -> dict[str, int]:
        """Return how many releases there are in each state."""
        waiting = self._store.tally(
            "SELECT state, count(*) FROM releases WHERE state IN ('draft', 'expected', 'scheduled') GROUP BY state"
        )
        # By small indexes alone: to look at each row takes as long as its text is.
        public = int(self._store.value("SELECT count(*) FROM releases WHERE state IN ('live', 'withdrawn')"))
        withdrawn = int(self._store.value("SELECT count(*) FROM releases WHERE state = 'withdrawn'"))
        counts = {**waiting, "live": public - withdrawn, "withdrawn": withdrawn}
        return {state: number for state, number in sorted(counts.items()) if number}

    def _free_id(self, release: Release) -> str:
        def is_taken(attempt: int) -> bool:
            minted = release.mint_id(self._store.tag_authority, attempt)
            return self._store.value("SELECT 1 FROM releases WHERE id = ?", (minted,)) is not None

        return release.mint_id(self._store.tag_authority, first_free(is_taken))

    def _free_slug(self, release: Release) -> str:
        def is_taken(slug: str) -> bool:
            sql = "SELECT 1 FROM releases WHERE slug = :slug UNION ALL SELECT 1 FROM earlier_slugs WHERE slug = :slug"
            return self._store.value(sql, {"slug": slug}) is not None

        return numbered(slugify(release.title) or "release", is_taken)

    def _one(self, where: str, values: dict[str, object]) -> Release | None:
        found = self._where(f"{where} LIMIT 1", values)
        return found[0] if found else None

    def _where(self, where: str, values: dict[str, object]) -> list[Release]:
        rows: Sequence[sqlite3.Row] = list(self._store.rows(f"SELECT * FROM releases WHERE {where}", values))
        return release_rows.read(self._store, rows)


def _replaced_by(release: Release) -> list[str]:
    return [one.target for one in release.relations if one.kind is RelationKind.REPLACES]


class Seconds:
    """Hands out moments that no release's `updated` uses yet: whole seconds from a start, up or down."""

    def __init__(self, is_taken: Callable[[str], bool]) -> None:
        self._is_taken = is_taken
        self._next: dict[tuple[datetime, int], datetime] = {}

    def take(self, start: datetime, step: int) -> datetime:
        """Return the first free second at or beyond `start`, `step` being +1 or -1."""
        moment = self._next.get((start, step), start)
        while self._is_taken(stamp(moment)):
            moment += timedelta(seconds=step)
        self._next[start, step] = moment + timedelta(seconds=step)
        return moment
