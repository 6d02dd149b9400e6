"""What follows: which releases, digests and retries come next, and for how many people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pressroom.models.dates import in_zone, stamp
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Frequency
from pressroom.models.progress import LOOKS_BACK, Progress
from pressroom.models.runs import DigestRun, DueTime
from pressroom.publishing.digests import Owed, due_times, immediate_due
from pressroom.storage import Store
from pressroom.tools import Tools

AT_ONCE = "at once"
"""Of what is urgent, whatever the frequency."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Something that will happen at `at`: `what` is a frequency, AT_ONCE, `release` or `retry`, `number` how many."""

    what: str
    at: datetime
    number: int

    def as_dict(self) -> dict[str, Any]:
        return {"what": self.what, "at": stamp(self.at), "number": self.number}

    def in_words(self, now: datetime, zone: ZoneInfo) -> str:
        """Return it as an editor reads it: “2,100 weekly on Monday 08:00”."""
        if self.what == AT_ONCE:
            return f"{self.number:,} at once"
        name = {"release": "to go live", "retry": "to be tried again"}.get(self.what, self.what)
        return f"{self.number:,} {name} {in_words(self.at, now, zone)}"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A moment at which digests are due: of `frequencies`, which have no run yet, and as `filled`, which have one."""

    at: datetime
    frequencies: tuple[Frequency, ...] = ()
    filled: tuple[DueTime, ...] = ()

    def as_dict(self, zone: ZoneInfo) -> dict[str, Any]:
        runs = [
            {"frequency": one.frequency, "run": one.run.pk, "missed": one.missed, "enlisted": one.run.counts.enlisted}
            for one in self.filled
        ]
        local = in_zone(self.at, zone).isoformat()
        return {"at": stamp(self.at), "local": local, "frequencies": list(self.frequencies), "runs": runs}


def schedule_of(store: Store, tools: Tools, begin: datetime, end: datetime, now: datetime) -> list[Scheduled]:
    """Return when digests were due from `begin` on, with their runs, what is due now, and what will be until `end`."""
    filled = store.runs.filled(begin, min(end, now))
    waiting: dict[datetime, list[Frequency]] = {}
    for frequency, moments in due_times(store, tools, now).items():
        for moment in moments:
            waiting.setdefault(moment, []).append(frequency)
    waiting = {at: found for at, found in waiting.items() if begin <= at <= end}
    waiting |= tools.settings.timetable.between(max(begin, now), end)
    return [Scheduled(at, tuple(waiting.get(at, ())), tuple(filled.get(at, ()))) for at in sorted({*filled, *waiting})]


def look_ahead(store: Store, tools: Tools, now: datetime, owed: Owed) -> list[Coming]:
    """Return what comes next, soonest first; digests with the number of people who are owed something already."""
    coming = []
    if next_release := store.releases.next_due(now):
        coming.append(Coming("release", next_release, store.releases.count_due(next_release)))
    for frequency in Frequency:
        if number := owed.readers.get(frequency, 0):
            at = tools.settings.timetable.following(frequency, now) if frequency in SCHEDULED else owed.immediate_due
            coming.append(Coming(frequency, at or now, number))
    if retry := _next_retry(store):
        coming.append(Coming("retry", retry, store.letters.count_retries() + store.deliveries.count_retries()))
    return sorted(coming, key=lambda one: one.at)


def next_look(
    store: Store, tools: Tools, now: datetime, *, feeds_only: bool = False, has_trouble: bool = False
) -> datetime:
    """Return the moment at which something is due next; `now` when something is due already.

    Where there `has_trouble`, what is due already cannot be done, and keeps nobody from what comes next.
    """
    if not has_trouble and (store.releases.due(now) or (not feeds_only and due_times(store, tools, now))):
        return now
    moments = [store.releases.next_due(now)]
    if not feeds_only:
        moments += [*moments_ahead(store, tools, now), _next_retry(store), _next_turn(store, now)]
    following = [max(moment, now) for moment in moments if moment and (moment > now or not has_trouble)]
    return min(following, default=tools.settings.timetable.following(Frequency.DAILY, now))


def progress_of(store: Store, tools: Tools, run: DigestRun, now: datetime) -> Progress:
    """Return how a run is getting on."""
    lately, since = store.deliveries.finished_lately(run.pk, now - LOOKS_BACK)
    closed = store.deliveries.closed_until()
    is_closed = closed is not None and closed > now
    return Progress(
        run,
        now,
        lately,
        since,
        at_most=tools.settings.mail.pace.on(in_zone(now, tools.settings.site.zone).date()).a_minute,
        why_not=store.deliveries.why_closed() if is_closed else "",
        next_try=closed if is_closed else store.deliveries.next_attempt(),
    )


def moments_ahead(store: Store, tools: Tools, now: datetime) -> list[datetime]:
    """Return the moments at which a digest may be due next, and those at which a release or a reader comes."""
    moments = [tools.settings.timetable.following(frequency, now) for frequency in SCHEDULED]
    others = [store.releases.next_due(now), immediate_due(store, tools, now)]
    if day := store.subscribers.next_return():
        others.append(datetime(day.year, day.month, day.day, tzinfo=tools.settings.site.zone))
    return moments + [moment for moment in others if moment is not None]


def _next_retry(store: Store) -> datetime | None:
    """Return when the next letter or digest that was not taken is tried again."""
    retries = [retry for retry in (store.letters.next_attempt(), store.deliveries.next_attempt()) if retry]
    return min(retries, default=None)


def _next_turn(store: Store, now: datetime) -> datetime | None:
    """Return when more of what waits may leave, where only so many may in a minute."""
    if not (store.letters.has_due(now) or store.deliveries.has_due(now)):
        return None
    closed = store.deliveries.closed_until()
    return closed if closed and closed > now else now + timedelta(seconds=1)


def in_words(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return when something is to come, by the clocks of a zone: “at 10:40”, “on Monday 08:00”."""
    local, today = in_zone(moment, zone), in_zone(now, zone).date()
    return f"at {local:%H:%M}" if local.date() == today else f"on {_day(local.date(), today)} {local:%H:%M}"


def _day(day: date, today: date) -> str:
    if 0 < (day - today).days <= 7:
        return f"{day:%A}"
    return f"{day:%A} {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")
