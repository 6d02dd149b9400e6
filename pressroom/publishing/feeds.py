"""Feeds on disk: those that are stale are written, each document once, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pressroom.errors import OutputError, PublisherError
from pressroom.locks import locked
from pressroom.models.feeds import FeedDocument, Format, etag_of
from pressroom.publishing.feed_pages import pages_of_feeds
from pressroom.publishing.feed_plans import Contents, Plan, Plans
from pressroom.publishing.feed_states import note_state
from pressroom.publishing.obstacles import Obstacles
from pressroom.publishing.pieces import Earlier, Pieces
from pressroom.storage import Store
from pressroom.storage.feed_files import UNWRITTEN, FeedFile
from pressroom.storage.shelves import FOLLOWER
from pressroom.syndication import Builder
from pressroom.syndication.cutting import cut
from pressroom.tools import Tools

DOCUMENTS_AT_ONCE = 20
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class FeedReport:
    """How many files of feeds were written and how many left alone; what of releases, or which files, could not be."""

    written: int = 0
    unchanged: int = 0
    faults: tuple[PublisherError, ...] = ()


def publish_feeds(
    store: Store, tools: Tools, now: datetime, progress: Callable[[int, int], None] = lambda done, total: None
) -> FeedReport:
    """Write every feed file whose releases, settings or templates have changed, or that is missing from the disk.

    Live documents come first. What an archive lacks until it is written, they show. A file that cannot be written holds
    up no other, unless it is for the whole disk; it is tried again with each publish. Only one process of a site does
    this at a time, so that an older state never replaces a newer one.
    """
    with locked(tools.data / "publish.lock"):
        tools.output.sweep()
        followed, changes = store.changes.followed(FOLLOWER), store.changes.since(FOLLOWER)
        changed = {release for _, release in changes}
        store.shelves.follow(changed, tools.settings.site.own_publisher)
        known = store.feed_files.all()
        plans = Plans(store, tools, known)
        stale = plans.stale(changed)
        builder = Builder(tools.links, tools.settings, tools.templates, tools.words())
        written = 0
        with closing(Pieces(store, builder, followed)) as pieces:
            writer = _Writer(store, tools, plans, builder, pieces, known, now, Obstacles())
            for start in range(0, len(stale), DOCUMENTS_AT_ONCE):
                written += writer.write(stale[start : start + DOCUMENTS_AT_ONCE])
                progress(min(start + DOCUMENTS_AT_ONCE, len(stale)) * len(Format), len(stale) * len(Format))
            writer.write_pages()
            if not store.shelves.unusable():  # else what its row has spoiled would go; as it stood it stays
                writer.remove_gone()
        if changes:
            store.changes.mark(FOLLOWER, changes[-1][0])
        faults = (*pieces.faults.values(), *pieces.lacking.values(), *writer.obstacles.in_words())
        return FeedReport(written, len(plans.all) * len(Format) - written - writer.obstacles.feeds, faults)


@dataclass(frozen=True, slots=True)
class _Writer:
    """Makes documents and puts them on the disk."""

    store: Store
    tools: Tools
    plans: Plans
    builder: Builder
    pieces: Pieces
    known: Mapping[str, FeedFile]
    now: datetime
    obstacles: Obstacles

    def write(self, stale: Sequence[Plan]) -> int:
        """Write some documents in every format, then mark them; return how many files have changed."""
        self._note_new(stale)
        written, done, news = 0, list[tuple[str, FeedFile]](), list[FeedDocument]()
        for plan in stale:
            contents = self.plans.contents(plan)
            documents = self._documents(plan, contents)
            # What lacks the newest state of an entry is looked at again each time.
            is_whole = not any(self.pieces.is_at_fault(member.release) for member in contents.members)
            for document in documents:
                file = self._file(document, plan.recipe, contents.made_from if is_whole else "")
                try:
                    written += self.tools.output.write(document, file.changed_at)
                except OutputError as error:
                    done.append((document.path, self._given_up(document.path, error)))
                    self.obstacles.feeds += 1
                    continue
                done.append((document.path, file))
                if plan.part.is_live and self._has_changed(document):
                    news.append(document)
        self._mark(done, news)
        return written

    def write_pages(self) -> None:
        """Write what lists the feeds and makes them readable, where it has changed."""
        done = list[tuple[str, FeedFile]]()
        for document in pages_of_feeds(self.plans.shelves, self.tools):
            file = self._file(document)
            try:
                # Written is not noted: a publish that was killed may have done the one and not the other.
                if self.tools.output.write(document, file.changed_at) or self._has_changed(document):
                    done.append((document.path, file))
            except OutputError as error:
                done.append((document.path, self._given_up(document.path, error)))
        self._mark(done)

    def _note_new(self, plans: Iterable[Plan]) -> None:
        """Note what is about to be there for the first time, so that a kill leaves no file that nobody knows."""
        paths = [path for plan in plans for form in Format if (path := plan.file(form)) not in self.known]
        with self.store.atomic():
            for path in paths:
                self.store.feed_files.mark_written(path, FeedFile("", "", "", 0, self.now))

    def remove_gone(self) -> None:
        """Take down what no feed has any longer: another program has given the feed another address, or deleted it."""
        planned = {plan.file(form) for plan in self.plans.all for form in Format}
        gone = [path for path in self.known if path not in planned and Format.of(path)]
        left = list[tuple[str, FeedFile]]()
        for path in gone:
            try:
                self.tools.output.remove(path)
            except OutputError as error:
                left.append((path, self._given_up(path, error)))
        self._mark(left)
        with self.store.atomic():
            for path in set(gone).difference(path for path, _ in left):
                self.store.feed_files.forget(path)

    def _given_up(self, path: str, error: OutputError) -> FeedFile:
        """Return what is noted of a file that stands as it was, to be tried with each publish until it is written."""
        self.obstacles.meet(error)
        return replace(self.known.get(path, FeedFile("", "", "", 0, self.now)), made_from="", recipe=UNWRITTEN)

    def _mark(self, done: Sequence[tuple[str, FeedFile]], news: Sequence[FeedDocument] = ()) -> None:
        """Note what is on the disk, and with it which live documents have changed: hubs are to be told of these."""
        try:
            self.tools.output.sync()
        except OutputError as error:  # what a power cut takes of it is seen by its looks, and written again
            self.obstacles.meet(error)
        with self.store.atomic():
            for path, file in done:
                self.store.feed_files.mark_written(path, file)
            for document in news:
                note_state(self.store, document)
                self.store.pings.put(self.tools.settings.feeds.hubs, self.tools.links.published(document.path))

    def _has_changed(self, document: FeedDocument) -> bool:
        """Whether the bytes are others than those noted; the file itself may come from somebody who was killed."""
        file = self.known.get(document.path)
        return file is None or file.etag != document.etag or file.recipe == UNWRITTEN

    def _documents(self, plan: Plan, contents: Contents) -> list[FeedDocument]:
        pieces = self.pieces.of(contents.members, self._earlier(plan))
        updated = max((member.updated for member in contents.members), default=None)
        if plan.ending:
            # It is the last, and no two entries have one moment.
            at = max(plan.ending.at, updated + A_SECOND) if updated else plan.ending.at
            last = self.builder.pieces(replace(plan.ending, at=at))
            pieces, updated = {form: [last[form], *pieces[form]] for form in Format}, at
        total = plan.shelf.releases if plan.part.is_live else None
        return [self.builder.assemble(plan.feed, pieces[form], form, updated, plan.part, total) for form in Format]

    def _earlier(self, plan: Plan) -> Earlier:
        files = [self.known.get(plan.file(form)) for form in Format]
        is_whole = all(file is not None and file.made_from for file in files)
        return Earlier({form: self._entries(plan, form) for form in Format}, is_whole)

    def _entries(self, plan: Plan, form: Format) -> Mapping[str, bytes]:
        """Return the entries that a document had when it was last written, if that was by the same recipe."""
        path = plan.file(form)
        file = self.known.get(path)
        if file is None or file.recipe != plan.recipe:
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
