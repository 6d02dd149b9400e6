"""A release as readers would find it, were it published at this moment. Nothing is written, and nothing copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pressroom.models.announcements import Announcement, Change
from pressroom.models.feeds import Entry, FeedDocument, Format, Shelf, ShelfKind
from pressroom.models.intake import tidied
from pressroom.models.release import Release, State, Topic
from pressroom.models.text import clean_text
from pressroom.storage import Store
from pressroom.syndication import Builder
from pressroom.syndication.facts import EntryFacts, compose_entry_facts
from pressroom.syndication.naming import feed_of
from pressroom.tools import Tools

A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Telling:
    """What readers are told of a release that is out: the note of a revision, or why it is withdrawn.

    Without a note it is edited where it stands. `replacement` is the id of what to use instead.
    """

    note: str = ""
    withdraws: bool = False
    replacement: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A release as it would be out. `earlier` are its announcements so far, `made` those that would be made."""

    entry: Entry
    earlier: tuple[Announcement, ...]
    made: tuple[Announcement, ...]

    @property
    def release(self) -> Release:
        return self.entry.release

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        return (*self.earlier, *self.made)


def as_published(store: Store, release: Release, now: datetime, telling: Telling | None = None) -> Shown:
    """Return a release with the facts it has been given, saved or not, as it would be if that were published now.

    It gets the id, the slug and the number that it would get. Raises UnusableRowError for what could not go out.
    """
    release = tidied(with_known_names(store, release))
    if not release.is_public:
        return _as_new(store, release, now)
    if release.state is State.LIVE:
        return _as_changed(store, release, telling or Telling(), now)
    return Shown(store.releases.entry_of(release), tuple(store.announcements.of_release(release.pk)), ())


def with_known_names(store: Store, release: Release) -> Release:
    """Return the release with its topics and its series as the catalogue knows them; what it does not know stays."""
    known = [store.topics.find(topic.slug or topic.name) or topic for topic in release.topics]
    series = release.series and (store.series.named(release.series.name) or release.series)
    return replace(release, topics=tuple({topic.slug: topic for topic in known}.values()), series=series)


def unknown_topics(release: Release) -> list[Topic]:
    """Return the topics that no row of the catalogue stands for."""
    return [topic for topic in release.topics if not topic.pk]


def _as_new(store: Store, release: Release, now: datetime) -> Shown:
    whole = store.releases.named(replace(release, pk=release.pk or store.releases.next_pk))
    (at,) = store.announcements.moments(1, now)
    live = replace(whole, state=State.LIVE, published=at, updated=at)
    made = _announced(live, Change.NEW, store.announcements.newest_no + 1, at, now)
    return Shown(replace(store.releases.entry_of(live), no=made.no), (), (made,))


def _as_changed(store: Store, release: Release, telling: Telling, now: datetime) -> Shown:
    earlier = tuple(store.announcements.of_release(release.pk))
    note, made = clean_text(telling.note), list[Announcement]()
    (at,), no = store.announcements.moments(1, now), store.announcements.newest_no

    def announce(change: Change, note: str = "", topics: frozenset[int] | None = None) -> None:
        moment, number = at + len(made) * A_SECOND, no + len(made) + 1
        made.append(_announced(release, change, number, moment, now, note, topics))

    if telling.withdraws:
        release = replace(
            release,
            state=State.WITHDRAWN,
            withdrawn_reason=note,
            replacement=telling.replacement or release.replacement,
        )
        announce(Change.WITHDRAWN, note)
    else:
        if further := _further_topics(store, release):
            announce(Change.FILED, topics=further)
        if note:
            announce(Change.REVISED, note)
    moved = replace(release, published=_published(release, earlier), updated=made[-1].at if made else release.updated)
    entry = store.releases.entry_of(moved)
    if made:
        entry = replace(entry, no=made[-1].no, note=entry.note if telling.withdraws else note or entry.note)
    return Shown(entry, earlier, tuple(made))


def _announced(
    release: Release,
    change: Change,
    no: int,
    at: datetime,
    now: datetime,
    note: str = "",
    topics: frozenset[int] | None = None,
) -> Announcement:
    own = frozenset(topic.pk for topic in release.topics)
    return Announcement(
        no=no,
        release=release.pk,
        change=change,
        at=at,
        made_at=now,
        note=note,
        urgent=release.urgent,
        series=release.series.pk if release.series else None,
        topics=own if topics is None else topics,
    )


def _further_topics(store: Store, release: Release) -> frozenset[int]:
    """Return the topics that a live release has not been filed under so far."""
    saved = store.releases.by_pk([release.pk]).get(release.pk)
    known = {topic.pk for topic in saved.topics} if saved else set()
    return frozenset(topic.pk for topic in release.topics if topic.pk and topic.pk not in known)


def _published(release: Release, earlier: Sequence[Announcement]) -> datetime | None:
    """Return when it was published: of what came in silently, its own date, which may have been changed."""
    if any(one.silent and one.change is Change.NEW for one in earlier):
        return release.own_date.first_moment if release.own_date else None
    return release.published


def feed_entry(tools: Tools, shown: Shown, form: Format) -> bytes:
    """Return the entry as it would stand in every feed of a format."""
    return Builder(tools.links, tools.settings, tools.templates, tools.words()).pieces(shown.entry)[form]


def feed_document(tools: Tools, shown: Shown, form: Format) -> FeedDocument:
    """Return a feed of everything in which that entry stands alone."""
    words = tools.words()
    feed = feed_of(Shelf(ShelfKind.ALL), tools.settings.site, words)
    return Builder(tools.links, tools.settings, tools.templates, words).build(feed, [shown.entry], form)


def entry_facts(tools: Tools, shown: Shown) -> EntryFacts:
    """Return what the entry says, in whatever format, for a feed reader to show."""
    return compose_entry_facts(shown.entry, tools.links, tools.settings, tools.templates, tools.words())
