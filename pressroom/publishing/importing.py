"""Import of releases from a file: streamed, at most 1,000 rows a transaction, each bad row named and left out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pressroom.errors import InvalidFieldError, NewTopicsError, PublisherError
from pressroom.models.extra import why_held
from pressroom.models.intake import COLUMNS, parse_release, with_unsaid_facts_of
from pressroom.models.release import Release, State, Topic
from pressroom.models.text import clean_text
from pressroom.publishing.entering import add_silently, edit_release, revise_release, unique
from pressroom.storage import Store
from pressroom.tables import Refusal, Row, Table
from pressroom.tools import Tools

ROWS_A_TRANSACTION = 1_000
RECENT = timedelta(days=30)
_PLACES = frozenset(COLUMNS)


class Announce(StrEnum):
    """Which imported releases readers hear of: `recent` are those of the last 30 days by their own date."""

    NONE = "none"
    RECENT = "recent"
    ALL = "all"

    def covers(self, release: Release, now: datetime) -> bool:
        if self is not Announce.RECENT:
            return self is Announce.ALL
        own = release.own_date
        return own is not None and own.day > 0 and now - RECENT <= own.first_moment <= now + timedelta(days=1)


@dataclass(slots=True)
class ImportReport:
    """What an import did, or with `--dry-run` would do.

    `differing` are the lines of known releases of which the file says something else, and which were left alone.
    `kept` counts the rows of each name that no field has; what stands there is kept as it came. `held` are rows of
    which nobody can read embargo or status: they are kept as drafts.
    `broken_off` says why the file could not be read to its end; what was read before is in.
    """

    added: int = 0
    scheduled: int = 0
    silent: int = 0
    waiting: int = 0
    updated: int = 0
    revised: int = 0
    unchanged: int = 0
    differing: list[int] = field(default_factory=list)
    new_topics: list[str] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)
    held: list[Refusal] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    broken_off: str = ""


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """How to import: `covers` says which new releases are announced; `note` turns updates into revisions."""

    covers: Callable[[Release, datetime], bool] = Announce.RECENT.covers
    update: bool = False
    note: str = ""
    strict_topics: bool = False
    dry_run: bool = False


def import_releases(
    store: Store,
    tools: Tools,
    path: Path,
    order: ImportOrder,
    now: datetime,
    progress: Callable[[int, int, int], None] = lambda rows, done, size: None,
) -> ImportReport:
    """Import the file at `path` and return what was done.

    `progress` hears, after every transaction, of the rows that are in, of bytes read and of bytes in all.
    Raises UnreadableFileError for a file of which no row can be read.
    """
    if order.note and not clean_text(order.note):
        raise InvalidFieldError("note", "is blank", "say in a sentence what has changed")
    with Table(path) as table, store.copy() if order.dry_run else nullcontext(store) as catalogue:
        importer = _Importer(catalogue, tools, order, now)
        count = 0
        for batch in table.batches(COLUMNS, ("title",), ROWS_A_TRANSACTION):
            importer.take(batch)
            count += len(batch)
            progress(count, table.read_bytes, table.size)
        importer.report.broken_off = table.damage
        return importer.report


class _Importer:
    def __init__(self, store: Store, tools: Tools, order: ImportOrder, now: datetime) -> None:
        self.report = ImportReport()
        self._store, self._order, self._now = store, order, now
        self._zone, self._language = tools.settings.site.zone, tools.settings.site.language
        self._seconds = store.releases.seconds()
        self._topics: dict[str, Topic] = {}

    def take(self, batch: list[Row]) -> None:
        """Import a batch in one transaction; a row that cannot be used is refused and undone alone."""
        with self._store.atomic():
            for row in batch:
                topics_before = len(self.report.new_topics)
                try:
                    if row.fault:
                        raise PublisherError(row.fault)
                    release = parse_release(row.fields, self._now, self._zone, self._language)
                    with self._store.atomic():
                        self._enter(row, release)
                    for name in sorted(row.fields.keys() - _PLACES):
                        self.report.kept[name] = self.report.kept.get(name, 0) + 1
                except (PublisherError, sqlite3.IntegrityError) as error:
                    self.report.refused.append(Refusal(row.line, _in_words(error)))
                    del self.report.new_topics[topics_before:]
                    self._topics.clear()  # what the row had made of topics is undone with it

    def _enter(self, row: Row, release: Release) -> None:
        topics = self._known_topics(release)
        known = self._store.releases.same_as(release)
        if known is None:
            self._add(replace(release, topics=topics))
            self._name_held(row, release)
            return
        changed = self._changed(known, replace(release, topics=topics), row)
        if changed is None or not self._order.update:
            self.report.unchanged += 1
            self.report.differing += [row.line] if changed else []
        elif self._order.note and known.state is State.LIVE:
            revise_release(self._store, known, changed, self._order.note, self._now)
            self.report.revised += 1
        else:
            edit_release(self._store, known, changed, self._now, quietly=True)
            self.report.updated += 1
            if "embargo" in release.extra and not known.is_public:
                self._store.releases.set_state(known, State.DRAFT)
                self._name_held(row, release)

    def _add(self, release: Release) -> None:
        if not release.is_due(self._now):
            self._store.releases.add(release)
            self.report.waiting += 1
        elif self._order.covers(release, self._now):
            self._store.releases.add(release)
            self.report.scheduled += 1
        else:
            add_silently(self._store, release, self._seconds, self._now)
            self.report.silent += 1
        self.report.added += 1

    def _name_held(self, row: Row, release: Release) -> None:
        if why := why_held(release):
            self.report.held.append(Refusal(row.line, why))

    def _changed(self, known: Release, release: Release, row: Row) -> Release | None:
        """Return the known release as the row wants it, None when the row says nothing else than what is known."""
        whole = with_unsaid_facts_of(known, release, row.fields)
        if whole.series:
            whole = replace(whole, series=self._store.series.named(whole.series.name) or whole.series)
        edited = known.with_own_facts_of(whole)
        return edited if edited != known else None

    def _known_topics(self, release: Release) -> tuple[Topic, ...]:
        """Return the release's topics as the catalogue has them; new ones are made unless topics are strict."""
        unknown = [name for topic in release.topics if not self._look_up(name := topic.name)]
        if unknown and self._order.strict_topics:
            raise NewTopicsError(unknown)
        for name in unknown:
            if not self._look_up(name):  # two names may have one slug
                self._topics[name] = self._store.topics.add(name)
                self.report.new_topics.append(name)
        return unique(self._topics[topic.name] for topic in release.topics)

    def _look_up(self, name: str) -> bool:
        found = self._topics.get(name) or self._store.topics.find(name)
        if found is not None:
            self._topics[name] = found
        return found is not None


def _in_words(error: PublisherError | sqlite3.IntegrityError) -> str:
    if isinstance(error, PublisherError):
        return str(error)
    return f"The catalogue refuses this row ({error}); leave out the field that it names."
