"""What editors do to a release: add, edit, revise, schedule, publish, withdraw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from pressroom.errors import (
    ChangedMeanwhileError,
    EmbargoedError,
    InvalidFieldError,
    PublisherError,
    ReleaseExistsError,
    ToldAlreadyError,
    UnusableRowError,
    WrongStateError,
)
from pressroom.models.announcements import Change
from pressroom.models.dates import stamp
from pressroom.models.intake import tidied
from pressroom.models.release import Release, State, Topic
from pressroom.models.text import MAX_SUMMARY, clean_text, limited
from pressroom.publishing.unexpected import UNEXPECTED, in_words
from pressroom.storage import Store
from pressroom.storage.releases import Seconds

PUBLISHED_BY_MISTAKE = "Published by mistake."
EARLIEST_IN_FEEDS = datetime(1991, 1, 1, tzinfo=UTC)


def add_release(store: Store, release: Release) -> Release:
    """Add a release. Its topics must exist; one that is in the catalogue already is refused."""
    with store.atomic():
        release = _with_known_topics(store, release)
        if known := store.releases.same_as(release):
            raise ReleaseExistsError(known.slug or known.title)
        return store.releases.add(release)


def edit_release(store: Store, release: Release, facts: Release, now: datetime, *, quietly: bool = False) -> Release:
    """Give `release`, as it was read, the facts of `facts`, without a word to readers.

    Only a further topic is announced to those who follow it (R2, `filed`), unless `quietly`.
    """
    with store.atomic():
        _check_is_current(store, release)
        edited = store.releases.update(release.with_own_facts_of(_with_known_topics(store, facts)))
        _announce_filing(store, release, edited, now, quietly=quietly)
        return store.releases.get(release.id or "")


def revise_release(store: Store, release: Release, facts: Release, note: str, now: datetime) -> Release:
    """Give a live release new facts and announce the revision with its note; the id stays (R1)."""
    note = _required("note", note, "say in a sentence what has changed")
    with store.atomic():
        _check_is_current(store, release)
        if release.state is not State.LIVE:
            raise WrongStateError(
                "release", _name(release), release.state, "only a live one is revised; use “release edit”"
            )
        edited = store.releases.update(release.with_own_facts_of(_with_known_topics(store, facts)))
        _announce_filing(store, release, edited, now, quietly=False)
        _announce(store, edited, Change.REVISED, note, now)
        return store.releases.get(release.id or "")


def withdraw_release(
    store: Store, release: Release, reason: str, replacement: Release | None, now: datetime
) -> Release:
    """Withdraw a live release: it stays in its feeds, marked, with the reason and what replaces it."""
    reason = _required("reason", reason, "say in a sentence why")
    if replacement is not None and replacement.pk == release.pk:
        raise InvalidFieldError("replacement", "is the release itself", "name another one, or none")
    with store.atomic():
        _check_is_current(store, release)
        if release.state is not State.LIVE:
            raise WrongStateError("release", _name(release), release.state, "only a live one can be withdrawn")
        store.releases.mark_withdrawn(release, reason, replacement)
        _announce(store, release, Change.WITHDRAWN, reason, now)
        return store.releases.get(release.id or "")


def schedule_release(
    store: Store, release: Release, *, at: datetime | None, embargo: datetime | None = None
) -> Release:
    """Let a release that is not out yet go out at `at` (None: at the next publish), and not before its embargo."""
    with store.atomic():
        _check_is_current(store, release)
        if release.is_public:
            raise WrongStateError("release", _name(release), release.state, "it is out already; use “release revise”")
        if embargo is not None:
            store.releases.update(replace(release, embargo=embargo))
        store.releases.set_state(release, State.SCHEDULED, at)
        return store.releases.get(release.id or "")


def publish_release(store: Store, release: Release, now: datetime) -> Release:
    """Make a release due at once; one under embargo is refused (R9)."""
    if release.embargo and release.embargo > now:
        raise EmbargoedError(_name(release), stamp(release.embargo))
    return schedule_release(store, release, at=None)


def plan_release(store: Store, release: Release, *, at: datetime | None, embargo: datetime | None) -> Release:
    """Change when a release that is not out yet would go out, and leave its state as it is."""
    with store.atomic():
        _check_is_current(store, release)
        if release.is_public:
            raise WrongStateError("release", _name(release), release.state, "it is out already; use “release revise”")
        if embargo != release.embargo:
            store.releases.update(replace(release, embargo=embargo))
        store.releases.set_state(release, release.state, at)
        return store.releases.by_pk([release.pk])[release.pk]


def unschedule_release(store: Store, release: Release) -> Release:
    """Make a draft of a release that is not out yet; an embargo stays."""
    with store.atomic():
        _check_is_current(store, release)
        if release.is_public:
            raise WrongStateError("release", _name(release), release.state, "it is out already; use “release withdraw”")
        store.releases.set_state(release, State.DRAFT)
        return store.releases.get(release.id or "")


def undo_release(store: Store, release: Release, now: datetime) -> Release:
    """Take back a live release of which no mail has told, and return a draft with its facts.

    Feeds may have been read meanwhile, and keep it, marked as withdrawn (R1); nobody is mailed. The draft is what
    replaces it, once it goes out.
    """
    with store.atomic():
        _check_is_current(store, release)
        if release.state is not State.LIVE:
            raise WrongStateError("release", _name(release), release.state, "only a live one is taken back")
        if store.releases.is_paid(release):
            raise ToldAlreadyError(_name(release))
        if not can_be_undone(store, release):
            raise WrongStateError("release", _name(release), release.state, "it came in silently, and is withdrawn")
        fresh = replace(release, id=None, slug=None, publish_at=None, published=None, updated=None)
        draft = store.releases.add(replace(fresh, state=State.DRAFT))
        withdraw_release(store, release, PUBLISHED_BY_MISTAKE, draft, now)
        return draft


def can_be_undone(store: Store, release: Release) -> bool:
    """Whether a release that was let go out can be taken back: no mail has told of it yet."""
    if release.state is not State.LIVE or store.releases.is_paid(release):
        return False
    return any(one.change is Change.NEW and not one.silent for one in store.announcements.of_release(release.pk))


def complete_release(store: Store, reference: str) -> Release:
    """Return a release by id or slug, first giving an id and a slug to rows that another program has put in."""
    with store.atomic():
        store.releases.complete_all()
    return store.releases.get(reference)


def announce_new(store: Store, releases: list[Release], now: datetime) -> list[UnusableRowError]:
    """Make releases live with an announcement each, in their order (R2). Call it within a transaction.

    Returns what is wrong with rows that cannot go out; they stay as they are.
    """
    faults = []
    moments = iter(store.announcements.moments(len(releases), now))
    for release in releases:
        try:
            with store.atomic():
                whole = store.releases.complete(_tidy(store, release))
                at = next(moments)
                store.releases.mark_live(whole, at)
                store.announcements.add(whole, Change.NEW, now=now, at=at)
        except UnusableRowError as error:
            faults.append(error)
        except PublisherError as error:
            faults.append(UnusableRowError("releases", release.pk, str(error).rstrip(".")))
        except UNEXPECTED as error:
            faults.append(UnusableRowError("releases", release.pk, in_words(error)))
            faults[-1].unforeseen = error
    return faults


def _tidy(store: Store, release: Release) -> Release:
    tidy = tidied(release)
    return store.releases.update(tidy) if tidy != release else tidy


def add_silently(store: Store, release: Release, seconds: Seconds, now: datetime) -> None:
    """Add a release of the back catalogue, live: a number, and no word to anyone. Call it within a transaction.

    It is `published` on its own date and sorted by it, undated last. `updated` is that date too where a feed may show
    it (validators refuse dates before 1991 or to come), else now; unique to the second either way.
    """
    own = release.own_date.first_moment if release.own_date else None
    can_be_shown = own is not None and EARLIEST_IN_FEEDS <= own <= now
    updated = seconds.take(own, +1) if own and can_be_shown else seconds.take(now, -1)
    added = store.releases.add(replace(release, state=State.LIVE, published=own, updated=updated))
    store.announcements.add(added, Change.NEW, now=now, at=None)


def _announce(store: Store, release: Release, change: Change, note: str, now: datetime) -> None:
    (at,) = store.announcements.moments(1, now)
    store.releases.mark_updated(release, at)
    store.announcements.add(release, change, now=now, at=at, note=note)


def _announce_filing(store: Store, old: Release, new: Release, now: datetime, *, quietly: bool) -> None:
    """Announce further topics of a live release to those who follow them (R2); `quietly` tells nobody."""
    known = {topic.pk for topic in old.topics}
    further = [topic.pk for topic in new.topics if topic.pk not in known]
    if old.state is not State.LIVE or not further:
        return
    (at,) = (None,) if quietly else store.announcements.moments(1, now)
    if at is not None:
        store.releases.mark_updated(new, at)
    store.announcements.add(new, Change.FILED, now=now, at=at, topics=further)


def _with_known_topics(store: Store, release: Release) -> Release:
    """Return the release with its topics as the catalogue knows them (by slug, name or alias)."""
    return replace(release, topics=unique(store.topics.get(topic.slug or topic.name) for topic in release.topics))


def unique(topics: Iterable[Topic]) -> tuple[Topic, ...]:
    """Return the topics in their order, each once: two names may lead to one topic."""
    return tuple({topic.pk: topic for topic in topics}.values())


def _check_is_current(store: Store, release: Release) -> None:
    """Refuse a release that has changed since it was read: call it first of all within the transaction."""
    known = store.releases.by_pk([release.pk]).get(release.pk)
    if known is None or known.version != release.version:
        raise ChangedMeanwhileError("release", _name(release))


def _required(field: str, text: str, remedy: str) -> str:
    cleaned = clean_text(text)
    if not cleaned:
        raise InvalidFieldError(field, "is missing", remedy)
    return limited(field, cleaned, MAX_SUMMARY)


def _name(release: Release) -> str:
    return release.slug or release.title
