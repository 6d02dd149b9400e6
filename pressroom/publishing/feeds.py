"""Feeds on disk: those that are stale are written, each document once, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pressroom.locks import locked
from pressroom.models.feeds import FeedDocument, Format, etag_of
from pressroom.publishing.feed_pages import pages_of_feeds
from pressroom.publishing.feed_plans import Plans, StalePlan
from pressroom.publishing.feed_states import note_state
from pressroom.publishing.pieces import Pieces
from pressroom.storage import Store
from pressroom.storage.feed_files import FeedFile
from pressroom.storage.shelves import FOLLOWER
from pressroom.syndication import Builder
from pressroom.syndication.cutting import cut
from pressroom.tools import Tools

DOCUMENTS_AT_ONCE = 20
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class FeedReport:
    written: int = 0
    unchanged: int = 0


def publish_feeds(
    store: Store, tools: Tools, now: datetime, progress: Callable[[int, int], None] = lambda done, total: None
) -> FeedReport:
    """Write every feed file whose releases, settings or templates have changed, or that is missing from the disk.

    Live documents come first. What an archive lacks until it is written, they show. Only one process of a site does
    this at a time, so that an older state never replaces a newer one.
    """
    with locked(tools.data / "publish.lock"):
        tools.output.sweep()
        changes = store.changes.since(FOLLOWER)
        changed = {release for _, release in changes}
        store.shelves.follow(changed, tools.settings.site.own_publisher)
        known = store.feed_files.all()
        plans = Plans(store, tools, known)
        stale = plans.stale(changed)
        builder = Builder(tools.links, tools.settings, tools.templates, tools.words())
        written = 0
        with closing(Pieces(store, builder, changed)) as pieces:
            writer = _Writer(store, tools, builder, pieces, known, now)
            for start in range(0, len(stale), DOCUMENTS_AT_ONCE):
                written += writer.write(stale[start : start + DOCUMENTS_AT_ONCE])
                progress(min(start + DOCUMENTS_AT_ONCE, len(stale)) * len(Format), len(stale) * len(Format))
            writer.write_pages(plans)
        if changes:
            store.changes.mark(FOLLOWER, changes[-1][0])
        return FeedReport(written, len(plans.all) * len(Format) - written)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Makes documents and puts them on the disk."""

    store: Store
    tools: Tools
    builder: Builder
    pieces: Pieces
    known: Mapping[str, FeedFile]
    now: datetime

    def write(self, stale: Sequence[StalePlan]) -> int:
        """Write some documents in every format, then mark them; return how many files have changed."""
        written, done = 0, []
        for one in stale:
            for document in self._documents(one):
                file = self._file(document, one.plan.recipe, one.made_from)
                written += self.tools.output.write(document, file.changed_at)
                done.append((document, file))
        with self.store.atomic():
            for document, file in done:
                self.store.feed_files.mark_written(document.path, file)
                note_state(self.store, document)
        return written

    def write_pages(self, plans: Plans) -> None:
        """Write what lists the feeds and makes them readable, where it has changed."""
        with self.store.atomic():
            for document in pages_of_feeds(plans.shelves, self.tools):
                file = self._file(document)
                if self.tools.output.write(document, file.changed_at):
                    self.store.feed_files.mark_written(document.path, file)

    def _documents(self, stale: StalePlan) -> list[FeedDocument]:
        plan = stale.plan
        pieces = self.pieces.of(stale.members, {form: self._earlier(stale, form) for form in Format})
        updated = max((member.updated for member in stale.members), default=None)
        if plan.ending:
            # It is the last, and no two entries have one moment.
            at = max(plan.ending.at, updated + A_SECOND) if updated else plan.ending.at
            last = self.builder.pieces(replace(plan.ending, at=at))
            pieces, updated = {form: [last[form], *pieces[form]] for form in Format}, at
        total = plan.shelf.releases if plan.part.is_live else None
        return [self.builder.assemble(plan.feed, pieces[form], form, updated, plan.part, total) for form in Format]

    def _earlier(self, stale: StalePlan, form: Format) -> Mapping[str, bytes]:
        """Return the entries that a document had when it was last written, if that was by the same recipe."""
        path = stale.plan.file(form)
        file = self.known.get(path)
        if file is None or file.recipe != stale.plan.recipe:
            return {}
        content = self.tools.output.read(path)
        return cut(content, form) if etag_of(content) == file.etag else {}

    def _file(self, document: FeedDocument, recipe: str = "", made_from: str = "") -> FeedFile:
        """Return what is noted of a document. Its moment moves on with its bytes, and only with these."""
        file = self.known.get(document.path)
        changed_at = self.now
        if file:
            changed_at = file.changed_at if file.etag == document.etag else max(self.now, file.changed_at + A_SECOND)
        return FeedFile(made_from, recipe, document.etag, len(document.content), changed_at)
