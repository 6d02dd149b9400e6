"""What has happened with a release, what comes next, and what became of the mails that told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pressroom.digest.selection import FIRST_HEARD
from pressroom.models.announcements import Announcement, Change
from pressroom.models.dates import unstamp
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Frequency
from pressroom.models.release import Release, State
from pressroom.models.staff import Act, AuditEntry
from pressroom.publishing.outlook import AT_ONCE, Coming, in_words
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
    zone = tools.settings.site.zone
    happened = tuple(sorted(_happened(store, release, now, zone), key=lambda one: one.at))
    coming = tuple(_coming(store, tools, release, now, followers))
    return Timeline(happened, coming, tuple(store.release_lists.became(release)))


def reached_if_published(tools: Tools, release: Release, now: datetime, followers: Followers) -> list[Coming]:
    """Return how many would be told of a release that went out now, at most, and when; soonest first."""
    immediate = tools.settings.timetable.immediate(now, now)
    return _digests(tools, release, followers(release), now, immediate, Frequency)


def _happened(store: Store, release: Release, now: datetime, zone: ZoneInfo) -> Iterator[Happened]:
    """Yield what was done, and then what was announced, each in its order: of one second, that is the order."""
    entries = store.audit.about(release.slug or "", MOST_ENTRIES)[::-1]
    told = {act for acts in _ACTS.values() for act in acts}
    times: dict[str, str] = {}
    for entry in entries:
        times |= {name: str(entry.after[name] or "") for name in ("publish_at", "embargo") if name in entry.after}
        if entry.act not in told:
            yield Happened(entry.at, _done(entry) + _to_go_out(entry, times, now, zone), entry.who)
    by_whom = {(entry.at, entry.act): entry.who for entry in entries}
    for one in store.announcements.of_release(release.pk):
        words = _ANNOUNCED[one.change]
        who = next((by_whom.pop((one.made_at, act), "") for act in _ACTS.get(one.change, ())), "")
        yield Happened(one.made_at, f"{words}, silently" if one.silent else words, who, one.note)


def _to_go_out(entry: AuditEntry, times: Mapping[str, str], now: datetime, zone: ZoneInfo) -> str:
    """Return for when a release was scheduled, by the `times` that it had then."""
    if entry.act != Act.SCHEDULE_RELEASE or not (at := max(times.values(), default="")):
        return ""
    try:
        return f", to go out {in_words(unstamp(at), now, zone)}"
    except ValueError:  # an entry that somebody has changed
        return ""


def _done(entry: AuditEntry) -> str:
    """Return what an entry says of a release, in words."""
    words = _DONE.get(entry.act, entry.act)
    changed = [name.replace("_", " ") for name in entry.after if entry.before and name not in _BESIDES]
    return f"{words}: {', '.join(changed)}" if changed else words


def _coming(store: Store, tools: Tools, release: Release, now: datetime, followers: Followers) -> Iterator[str]:
    zone, timetable = tools.settings.site.zone, tools.settings.timetable
    if release.state is State.SCHEDULED:
        goes = max(release.due_at or now, now)
        yield "feeds now" if goes == now else f"feeds {in_words(goes, now, zone)}"
        immediate = timetable.immediate(goes, goes)
        yield from (
            one.in_words(now, zone) for one in _digests(tools, release, followers(release), goes, immediate, Frequency)
        )
    loud = [one for one in store.announcements.of_release(release.pk) if not one.silent]
    first = [one for one in loud if one.change in FIRST_HEARD]
    if release.state is State.LIVE and first:
        immediate = max(now, timetable.immediate(first[-1].made_at, first[-1].made_at))
        if owed := _not_settled(store, first[-1]):
            yield from (
                one.in_words(now, zone) for one in _digests(tools, release, followers(release), now, immediate, owed)
            )
        if number := store.release_lists.owed_from_before(release):
            yield f"{number:,} to whom it is owed from before, with their next digest"
    if loud and loud[-1] not in first and _not_settled(store, loud[-1]) and store.releases.is_paid(release):
        yield "those whom a mail has told of it, with their next digest"


def _not_settled(store: Store, one: Announcement) -> list[Frequency]:
    """Return the frequencies held at which no run has passed an announcement; any run passes what is urgent."""
    held = [frequency for frequency in Frequency if store.subscribers.is_held(frequency)]
    return [frequency for frequency in held if one.no > store.runs.settled_up_to(None if one.urgent else frequency)]


def _digests(
    tools: Tools,
    release: Release,
    followers: Mapping[Frequency, int],
    moment: datetime,
    immediate: datetime,
    frequencies: Iterable[Frequency],
) -> list[Coming]:
    """Return which digests after a moment tell of a release, and to how many people at most, soonest first."""
    timetable = tools.settings.timetable
    if release.urgent:  # all of them get a digest of its own
        return [Coming(AT_ONCE, moment, sum(followers.values()))] if followers else []
    due = {one: timetable.following(one, moment) if one in SCHEDULED else immediate for one in frequencies}
    return sorted((Coming(one, due[one], followers[one]) for one in followers if one in due), key=lambda one: one.at)
