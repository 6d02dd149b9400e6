"""Import of releases from a file: streamed, at most 1,000 rows a transaction, each bad row named and left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice
from pathlib import Path

from pressroom.errors import NewTopicsError, PublisherError
from pressroom.models.intake import EXTRA_FIELDS, FIELDS, parse_release
from pressroom.models.release import Release, State, Topic
from pressroom.publishing.entering import edit_release, make_live_silently, revise_release, unique
from pressroom.storage import Store
from pressroom.storage.releases import Seconds
from pressroom.tables import Row, Table
from pressroom.tools import Tools

ROWS_A_TRANSACTION = 1_000
RECENT = timedelta(days=30)


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


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not imported, with the sentence that says why."""

    line: int
    sentence: str


@dataclass(slots=True)
class ImportReport:
    """What an import did, or with `--dry-run` would do."""

    added: int = 0
    scheduled: int = 0
    silent: int = 0
    waiting: int = 0
    updated: int = 0
    revised: int = 0
    unchanged: int = 0
    new_topics: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """How to import: `covers` says which new releases are announced; `note` turns updates into revisions."""

    covers: Callable[[Release, datetime], bool] = Announce.RECENT.covers
    update: bool = False
    note: str = ""
    strict_topics: bool = False
    dry_run: bool = False


class _Undo(Exception):
    """Ends the transaction of a dry run."""


def import_releases(
    store: Store,
    tools: Tools,
    path: Path,
    order: ImportOrder,
    now: datetime,
    progress: Callable[[int, int, int], None] = lambda rows, done, size: None,
) -> ImportReport:
    """Import the file at `path` and return what was done. `progress` hears of rows, bytes read and bytes in all."""
    report = ImportReport()
    with Table(path) as table:
        rows = table.rows(columns=(*FIELDS, *EXTRA_FIELDS), required=("title",))
        importer = _Importer(store, tools, order, now, report)
        if order.dry_run:
            try:
                with store.atomic():
                    _import_batches(importer, rows, table, progress)
                    raise _Undo
            except _Undo:
                return report
        _import_batches(importer, rows, table, progress)
    return report


def _import_batches(
    importer: _Importer, rows: Iterator[Row], table: Table, progress: Callable[[int, int, int], None]
) -> None:
    count = 0
    while batch := list(islice(rows, ROWS_A_TRANSACTION)):
        importer.take(batch)
        count += len(batch)
        progress(count, table.read_bytes, table.size)


class _Importer:
    def __init__(self, store: Store, tools: Tools, order: ImportOrder, now: datetime, report: ImportReport) -> None:
        self._store, self._order, self._now, self._report = store, order, now, report
        self._zone = tools.settings.site.zone
        self._seconds: Seconds = store.releases.seconds()
        self._topics: dict[str, Topic] = {}

    def take(self, batch: list[Row]) -> None:
        """Import a batch in one transaction; a row that cannot be used is refused and undone alone."""
        with self._store.atomic():
            for row in batch:
                topics_before = len(self._report.new_topics)
                try:
                    if row.fault:
                        raise PublisherError(f"The line {row.fault}")
                    release = parse_release(row.fields, self._zone)
                    with self._store.atomic():
                        self._enter(release)
                except PublisherError as error:
                    self._report.refused.append(Refusal(row.line, str(error)))
                    del self._report.new_topics[topics_before:]
                    self._topics.clear()  # what the row had made of topics is undone with it

    def _enter(self, release: Release) -> None:
        release = replace(release, topics=self._known_topics(release))
        known = self._store.releases.same_as(release)
        if known is None:
            self._add(release)
        elif self._order.update and _changes(known, release):
            self._change(known, release)
        else:
            self._report.unchanged += 1

    def _add(self, release: Release) -> None:
        added = self._store.releases.add(release)
        self._report.added += 1
        if added.state is not State.SCHEDULED or added.publish_at or (added.embargo and added.embargo > self._now):
            self._report.waiting += 1
        elif self._order.covers(added, self._now):
            self._report.scheduled += 1
        else:
            make_live_silently(self._store, added, self._seconds, self._now)
            self._report.silent += 1

    def _change(self, known: Release, release: Release) -> None:
        if self._order.note and known.state is State.LIVE:
            revise_release(self._store, known, release, self._order.note, self._now)
            self._report.revised += 1
        else:
            edit_release(self._store, known, release, self._now, quietly=True)
            self._report.updated += 1

    def _known_topics(self, release: Release) -> tuple[Topic, ...]:
        """Return the release's topics as the catalogue has them; new ones are made unless topics are strict."""
        unknown = [
            topic.name for topic in release.topics if topic.slug not in self._topics and not self._look_up(topic)
        ]
        if unknown and self._order.strict_topics:
            raise NewTopicsError(unknown)
        for name in unknown:
            topic = self._store.topics.add(name)
            self._topics[topic.slug] = topic
            self._report.new_topics.append(name)
        return unique(self._topics[topic.slug] for topic in release.topics)

    def _look_up(self, topic: Topic) -> bool:
        found = self._store.topics.find(topic.slug)
        if found is not None:
            self._topics[topic.slug] = found
        return found is not None


def _changes(known: Release, release: Release) -> bool:
    """Whether `release` says anything else than what is known."""
    edited = known.with_own_facts_of(release)
    same_series = (known.series and known.series.name) == (edited.series and edited.series.name)
    return not same_series or replace(edited, series=known.series) != known
