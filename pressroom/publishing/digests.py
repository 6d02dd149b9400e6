"""Digest runs: what is due, and opening, pausing, resuming and cancelling a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.digest.selection import Account, matching
from pressroom.errors import WrongStateError
from pressroom.models.announcements import Announcement
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Frequency
from pressroom.models.runs import DigestRun, RunState
from pressroom.publishing.freezing import Check, Look, freeze
from pressroom.publishing.gate import check_messages
from pressroom.storage import Store
from pressroom.tools import Tools

DueTimes = dict[Frequency, list[datetime]]


def open_due_run(store: Store, tools: Tools, now: datetime, *, check: Check = check_messages) -> DigestRun | None:
    """Freeze one run for everything that is due at this look; None when nothing is.

    Raises LintError for messages that must not leave, by `check`.
    """
    # Looking takes a while where there are many readers: it is done without the write lock, and again only where
    # somebody has written meanwhile.
    seen = store.data_version
    due = due_times(store, tools, now)
    if not due and not urgent_waits(store):
        return None
    with store.atomic(durable=True):
        if store.data_version != seen:
            due = due_times(store, tools, now)
            if not due and not urgent_waits(store):
                return None
        return freeze(store, tools, now, frozenset(due), due, check=check)


def open_run_by_hand(
    store: Store, tools: Tools, now: datetime, frequencies: Iterable[Frequency], *, check: Check = check_messages
) -> DigestRun:
    """Freeze a run for `frequencies` now; it fills no due time. Raises LintError as `open_due_run` does."""
    with store.atomic(durable=True):
        return freeze(store, tools, now, frozenset(frequencies), {}, check=check)


def pause_run(store: Store, number: int) -> DigestRun:
    """Let nothing more of an open run leave; what is being handed over at this moment still does."""
    return _set_run_state(store, number, RunState.OPEN, RunState.PAUSED)


def resume_run(store: Store, number: int, now: datetime) -> DigestRun:
    """Let a paused run go on with the next publish or delivery; what was refused because of us counts anew."""
    with store.atomic():
        _set_run_state(store, number, RunState.PAUSED, RunState.OPEN)
        store.runs.set_resumed(number, now)
        return store.runs.get(number)


def _set_run_state(store: Store, number: int, before: RunState, after: RunState) -> DigestRun:
    with store.atomic():
        run = store.runs.get(number)
        if run.state is not before:
            raise WrongStateError("run", str(number), run.state, f"only one that is {before} can become {after}")
        store.runs.set_state(run, after)
        return store.runs.get(number)


def due_times(store: Store, tools: Tools, now: datetime) -> DueTimes:
    """Return the due times up to `now` that have no run yet: per frequency the missed ones, and the latest last."""
    due: DueTimes = {
        frequency: with_missed(store, tools, frequency, latest, now)
        for frequency in SCHEDULED
        if (latest := unfilled(store, tools, frequency, now))
    }
    immediate = immediate_due(store, tools, now)
    if immediate is not None and immediate <= now:
        due[Frequency.IMMEDIATE] = [immediate]
    return due


def unfilled(store: Store, tools: Tools, frequency: Frequency, now: datetime) -> datetime | None:
    """Return the latest due time up to `now` of a frequency that has some, where it has no run yet."""
    latest = tools.settings.timetable.latest(frequency, now)
    begun = store.subscribers.first_subscription(frequency)
    is_filled = begun is None or begun >= latest or store.runs.has_run(frequency, latest, now)
    return None if is_filled else latest


def immediate_due(store: Store, tools: Tools, now: datetime) -> datetime | None:
    """Return when the announcements owed to anyone at `immediate` are due; None when there are none.

    What a clock ahead of `now` has announced has waited long enough. Where nothing is waited for, a further one in the
    second of a run that has been is due in the second after the latest: each due time has one run.
    """
    look = Look(store, [Frequency.IMMEDIATE])
    waiting = {one.no: one.made_at for _, _, due in look.due() for one in due}
    if not waiting:
        return None
    moments = [made_at for made_at in waiting.values() if made_at <= now]
    due = tools.settings.timetable.immediate(min(moments), max(moments)) if moments else now
    latest = store.runs.latest_due(Frequency.IMMEDIATE, now)
    is_filled = latest is not None and store.runs.has_run(Frequency.IMMEDIATE, due, now)
    return latest + timedelta(seconds=1) if latest is not None and is_filled else due


@dataclass(frozen=True, slots=True)
class Owed:
    """How many readers a run would pay something, by its frequency, and when what is owed at once is due."""

    readers: Mapping[Frequency, int]
    immediate_due: datetime | None = None


NOT_COUNTED = Owed({})
"""Stands where nobody has counted: no digest is told of."""


def readers_owed(store: Store, tools: Tools, now: datetime) -> Owed:
    """Count the readers who are owed something. It takes some microseconds for each who holds what is in play."""
    look, readers = Look(store, Frequency, tells_apart=True), dict.fromkeys(Frequency, 0)
    for group, account, due in look.due():
        for frequency in Frequency:
            if look.history.offers([one for one in due if _is_paid_at(frequency, one, account)], account):
                readers[frequency] += group.size
    return Owed(readers, immediate_due(store, tools, now) if readers[Frequency.IMMEDIATE] else None)


def _is_paid_at(frequency: Frequency, one: Announcement, account: Account) -> bool:
    return one.urgent or any(choice.frequency is frequency for choice in matching(account.choices, one))


def with_missed(store: Store, tools: Tools, frequency: Frequency, latest: datetime, now: datetime) -> list[datetime]:
    """Return the due times since the last that has a record, or since the first subscription, up to `latest`."""
    timetable = tools.settings.timetable
    begun = store.subscribers.first_subscription(frequency) or latest
    moment = max(begun, store.runs.latest_due(frequency, now) or begun)
    times = []
    while (moment := timetable.following(frequency, moment)) < latest:
        times.append(moment)
    return [*times, latest]


def urgent_waits(store: Store) -> bool:
    """Whether something urgent is new, or owed to someone who has come back from a pause."""
    return store.announcements.has_urgent_since(store.runs.settled_up_to()) or store.subscribers.are_owed_urgent()
