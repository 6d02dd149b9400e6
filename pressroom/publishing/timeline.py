"""What has happened with a release, what comes next, and what became of the mails that told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from pressroom.models.announcements import Change
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Frequency
from pressroom.models.release import Release, State
from pressroom.models.staff import Act, AuditEntry
from pressroom.publishing.outlook import Coming, in_words
from pressroom.storage import Store
from pressroom.storage.release_lists import Told
from pressroom.tools import Tools

MOST_ENTRIES = 50
_ANNOUNCED = {
    Change.NEW: "went live",
    Change.REVISED: "revised, and readers told",
    Change.WITHDRAWN: "withdrawn",
    Change.FILED: "filed under a further topic",
}
_ACTS = {Change.REVISED: (Act.REVISE_RELEASE,), Change.WITHDRAWN: (Act.WITHDRAW_RELEASE,)}
"""What somebody does that is an announcement at once, and is told as that."""
_DONE: dict[str, str] = {
    Act.ADD_RELEASE: "entered",
    Act.EDIT_RELEASE: "changed",
    Act.SCHEDULE_RELEASE: "scheduled",
    Act.UNSCHEDULE_RELEASE: "made a draft again",
    Act.PUBLISH_RELEASE: "let go out",
    Act.UNDO_RELEASE: "taken back",
}
_BESIDES = ("note", "updated", "state", "publish_at", "published")
"""What changes with an act, and is not what somebody has typed."""


@dataclass(frozen=True, slots=True)
class Happened:
    """What was done, or announced, and when; `who` is empty for what Pressroom did by itself."""

    at: datetime
    words: str
    who: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """`coming` are steps in words, soonest first; `told` the runs that told of it, with what became of these mails."""

    happened: tuple[Happened, ...]
    coming: tuple[str, ...]
    told: tuple[Told, ...]


Followers = Callable[[Release], Mapping[Frequency, int]]
"""Returns how many follow the shelves of a release, by frequency."""


def timeline_of(store: Store, tools: Tools, release: Release, now: datetime, followers: Followers) -> Timeline:
    """Return the timeline of a release. Of those who will be told some may have a filter: it is so many at most."""
    happened = tuple(sorted(_happened(store, release), key=lambda one: one.at))
    coming = tuple(_coming(store, tools, release, now, followers))
    return Timeline(happened, coming, tuple(store.release_lists.became(release)))


def _happened(store: Store, release: Release) -> Iterator[Happened]:
    entries = store.audit.about(release.slug or "", MOST_ENTRIES)
    by_whom = {(entry.at, entry.act): entry.who for entry in entries}
    for one in store.announcements.of_release(release.pk):
        words = _ANNOUNCED[one.change]
        who = next((by_whom.pop((one.made_at, act), "") for act in _ACTS.get(one.change, ())), "")
        yield Happened(one.made_at, f"{words}, silently" if one.silent else words, who, one.note)
    told = {act for acts in _ACTS.values() for act in acts}
    for entry in entries:
        if entry.act not in told:
            yield Happened(entry.at, _done(entry), entry.who)


def _done(entry: AuditEntry) -> str:
    """Return what an entry says of a release, in words."""
    changed = [name.replace("_", " ") for name in entry.after if entry.before and name not in _BESIDES]
    words = _DONE.get(entry.act, entry.act)
    return f"{words}: {', '.join(changed)}" if changed else words


def _coming(store: Store, tools: Tools, release: Release, now: datetime, followers: Followers) -> Iterator[str]:
    zone = tools.settings.site.zone
    if release.state is State.SCHEDULED:
        goes = max(release.due_at or now, now)
        yield "feeds now" if goes == now else f"feeds {in_words(goes, now, zone)}"
        immediate = tools.settings.timetable.immediate(goes, goes)
        yield from (one.in_words(now, zone) for one in _digests(tools, followers(release), goes, immediate, Frequency))
    loud = [one for one in store.announcements.of_release(release.pk) if not one.silent]
    if release.is_public and loud:
        owed = [one for one in Frequency if loud[-1].no > store.runs.settled_up_to(one)]
        if owed and loud[-1].change in (Change.NEW, Change.FILED) and release.state is State.LIVE:
            immediate = max(now, tools.settings.timetable.immediate(loud[-1].made_at, loud[-1].made_at))
            yield from (one.in_words(now, zone) for one in _digests(tools, followers(release), now, immediate, owed))
        elif owed and store.releases.is_paid(release):
            yield "those whom a mail has told of it, with their next digest"


def _digests(
    tools: Tools,
    followers: Mapping[Frequency, int],
    moment: datetime,
    immediate: datetime,
    frequencies: Iterable[Frequency],
) -> list[Coming]:
    """Return which digests after a moment tell of a release, and to how many people at most, soonest first."""
    timetable = tools.settings.timetable
    due = {one: timetable.following(one, moment) if one in SCHEDULED else immediate for one in frequencies}
    return sorted((Coming(one, due[one], followers[one]) for one in followers if one in due), key=lambda one: one.at)
