"""Digest runs: what is due, freezing a run with its deliveries, and building the message of a delivery."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

from pressroom.digest.compose import compose
from pressroom.digest.items import make_item
from pressroom.digest.selection import Account, History, Offer, Pass
from pressroom.models.announcements import Announcement, Change
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.release import Release
from pressroom.models.runs import Delivery, DigestRun, Message, OfferedItem
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools

DueTimes = dict[Frequency, list[datetime]]


def open_due_run(store: Store, tools: Tools, now: datetime) -> DigestRun | None:
    """Freeze one run for everything that is due at this look; None when nothing is."""
    if not due_times(store, tools, now) and not _urgent_waits(store):
        return None  # found without the write lock: looking takes a while where there are many readers
    with store.atomic(durable=True):
        due = due_times(store, tools, now)
        if not due and not _urgent_waits(store):
            return None
        return _freeze(store, tools, now, frozenset(due), due)


def open_run_by_hand(store: Store, tools: Tools, now: datetime, frequencies: Iterable[Frequency]) -> DigestRun:
    """Freeze a run for `frequencies` now; it fills no due time."""
    with store.atomic(durable=True):
        return _freeze(store, tools, now, frozenset(frequencies), {})


def due_times(store: Store, tools: Tools, now: datetime) -> DueTimes:
    """Return the due times up to `now` that have no run yet: per frequency the missed ones, and the latest last."""
    timetable = tools.settings.timetable
    due: DueTimes = {}
    for frequency in SCHEDULED:
        latest = timetable.latest(frequency, now)
        begun = store.subscribers.first_subscription(frequency)
        if begun is None or begun >= latest or store.runs.has_run(frequency, latest, now):
            continue
        due[frequency] = _with_missed(store, tools, frequency, begun, latest, now)
    immediate = immediate_due(store, tools, now)
    if immediate is not None and immediate <= now:
        due[Frequency.IMMEDIATE] = [immediate]
    return due


def immediate_due(store: Store, tools: Tools, now: datetime) -> datetime | None:
    """Return when the announcements owed to anyone at `immediate` are due; None when there are none.

    What a clock ahead of `now` has announced has waited long enough.
    """
    readers = store.subscribers.may_be_mailed([Frequency.IMMEDIATE])
    selection = _Selection(store, [Frequency.IMMEDIATE])
    waiting = {one.no: one.made_at for reader in readers for one in selection.due(reader)}
    if not waiting:
        return None
    moments = [made_at for made_at in waiting.values() if made_at <= now]
    return tools.settings.timetable.immediate(min(moments), max(moments)) if moments else now


def owed_at(store: Store, frequency: Frequency) -> int:
    """Return how many people a run at `frequency` would pay something now."""
    selection = _Selection(store, [frequency])
    return sum(1 for reader in store.subscribers.may_be_mailed([frequency]) if selection.due(reader))


def _with_missed(
    store: Store, tools: Tools, frequency: Frequency, begun: datetime, latest: datetime, now: datetime
) -> list[datetime]:
    """Return the due times since the last that has a record, or since the first subscription, up to `latest`."""
    timetable = tools.settings.timetable
    moment = max(begun, store.runs.latest_due(frequency, now) or begun)
    times = []
    while (moment := timetable.following(frequency, moment)) < latest:
        times.append(moment)
    return [*times, latest]


def _urgent_waits(store: Store) -> bool:
    """Whether something urgent is new, or owed to someone who has come back from a pause."""
    return store.announcements.has_urgent_since(store.runs.settled_up_to()) or store.subscribers.are_owed_urgent()


def _freeze(
    store: Store,
    tools: Tools,
    now: datetime,
    frequencies: frozenset[Frequency],
    due: Mapping[Frequency, list[datetime]],
) -> DigestRun:
    """Open a run, freeze its items and enlist its deliveries; a run that pays nobody is closed as empty."""
    selection = _Selection(store, frequencies)
    run = store.runs.open(
        key=new_token(),
        now=now,
        up_to_no=store.announcements.newest_no,
        frequencies=frequencies,
        due_times=due,
    )
    freezer = _Freezer(store, tools, run, selection)
    readers = store.subscribers.may_be_mailed(None if selection.has_urgent else frequencies)
    bundles = ((reader.pk, freezer.bundle_for(reader)) for reader in readers)
    store.deliveries.enlist(run.pk, [(reader, bundle) for reader, bundle in bundles if bundle is not None])
    store.subscribers.strike_owed(freezer.struck)
    store.runs.close_finished(now)
    return store.runs.get(run.pk)


class _Selection:
    """Loads once what selection reads for a look at `frequencies`, and remembers what alike accounts are due."""

    def __init__(self, store: Store, frequencies: Iterable[Frequency]) -> None:
        self.frequencies = frozenset(frequencies)
        # What every frequency in use has settled, or is older than all choices at it, need not be looked at.
        self._settled = min(
            (
                max(store.runs.settled_up_to(frequency), since)
                for frequency, since in store.subscribers.earliest_by_frequency().items()
            ),
            default=store.announcements.newest_no,
        )
        self._owed = store.subscribers.all_owed()
        carried = {no for numbers in self._owed.values() for no in numbers}
        announcements = store.announcements.touching(self._settled, carried)
        passes = [Pass(*one) for one in store.runs.passes_since(self._settled)]
        self.history = History(announcements, passes, self._settled)
        self.by_no = {one.no: one for one in announcements}
        # Only what is filed asks what was owed long ago; else accounts that differ in nothing later are alike.
        self._since = 0 if any(one.change is Change.FILED for one in announcements) else self._settled
        settled = store.runs.settled_up_to()
        self.has_urgent = any(one.urgent and (one.no > settled or one.no in carried) for one in announcements)
        told = {one.release for one in announcements if one.change is not Change.NEW}
        self._paid = store.runs.paid(told) if told else {}
        self._known: dict[object, list[Announcement]] = {}

    def account(self, reader: Subscriber) -> Account:
        since = max(reader.since_no, self._since)
        return Account(reader.choices, since, self._owed.get(reader.pk, frozenset()), self._paid.get(reader.pk, {}))

    def due(self, reader: Subscriber) -> list[Announcement]:
        """Return what a run at the frequencies of this look settles for `reader`."""
        account = self.account(reader)
        alike = (account.choices, account.since_no, account.carried, tuple(sorted(account.paid.items())))
        if alike not in self._known:
            self._known[alike] = self.history.due(account, self.frequencies)
        return self._known[alike]


class _Freezer:
    """Freezes items and bundles of one run; what several subscribers get alike is stored once."""

    def __init__(self, store: Store, tools: Tools, run: DigestRun, selection: _Selection) -> None:
        self._store, self._tools, self._run, self._selection = store, tools, run, selection
        self._items: dict[tuple[int, str, tuple[int, ...]], int] = {}
        self._bundles: dict[object, int] = {}
        self._releases: dict[int, Release] = {}
        self.struck: list[tuple[int, int]] = []

    def bundle_for(self, reader: Subscriber) -> int | None:
        """Return the bundle that pays `reader` in this run; None when there is nothing to pay."""
        due = self._selection.due(reader)
        if not due:
            return None
        account = self._selection.account(reader)
        self.struck += [(reader.pk, one.no) for one in due if one.no in account.carried]
        offers = [
            offer
            for offer in self._selection.history.offers(due, account)
            if reader.filter.lets_through(self._release(offer.release), self._tools.settings.site.own_publisher)
        ]
        if not offers:
            return None
        alike = tuple((offer.release, offer.change, offer.nos, offer.choices) for offer in offers)
        if alike not in self._bundles:
            items = [(self._item(offer), tuple(choice.name for choice in offer.choices)) for offer in offers]
            self._bundles[alike] = self._store.runs.add_bundle(self._run, items)
        return self._bundles[alike]

    def _item(self, offer: Offer) -> int:
        key = (offer.release, offer.change.value, offer.nos)
        if key not in self._items:
            release = self._release(offer.release)
            announcements = [self._selection.by_no[no] for no in offer.nos]
            replacement = self._store.releases.find(release.replacement) if release.replacement else None
            item = make_item(release, offer, announcements, replacement, self._tools.links)
            self._items[key] = self._store.runs.add_item(self._run, item)
        return self._items[key]

    def _release(self, pk: int) -> Release:
        if pk not in self._releases:
            self._releases |= self._store.releases.by_pk([pk])
        return self._releases[pk]


@dataclass
class DigestBuilder:
    """Builds the message of a delivery from what its run has frozen (Protocol `delivery.queue.Builder`)."""

    store: Store
    tools: Tools

    def __post_init__(self) -> None:
        self._bundle = lru_cache(maxsize=256)(self.store.runs.bundle)
        self._run = lru_cache(maxsize=16)(self.store.runs.get)

    def build(self, delivery: Delivery) -> Message | None:
        subscriber = self.store.subscribers.by_pk(delivery.subscriber) if delivery.subscriber else None
        if subscriber is None:
            return None
        run: DigestRun = self._run(delivery.run)
        items: Sequence[OfferedItem] = self._bundle(delivery.bundle)
        return compose(
            subscriber,
            items,
            run,
            links=self.tools.links,
            settings=self.tools.settings,
            templates=self.tools.templates,
            since=_first_day(subscriber, run, self.tools),
        )


def _first_day(subscriber: Subscriber, run: DigestRun, tools: Tools) -> date | None:
    """Return the first day that a scheduled digest covers, by the longest of the reader's frequencies in the run."""
    held = {choice.frequency for choice in subscriber.choices} & set(run.frequencies) & set(SCHEDULED)
    if not held or run.due is None:
        return None
    longest = max(held, key=list(Frequency).index)
    timetable = tools.settings.timetable
    before = timetable.latest(longest, timetable.latest(longest, run.opened_at) - timedelta(seconds=1))
    return before.astimezone(tools.settings.site.zone).date()
