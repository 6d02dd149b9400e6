"""What a run at some frequencies would pay to whom, and freezing it: items, bundles of items, and deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from pressroom.digest.coming import expected_of
from pressroom.digest.items import make_item
from pressroom.digest.selection import Account, History, Offer, Pass
from pressroom.models.announcements import Announcement, Change
from pressroom.models.people import Frequency
from pressroom.models.release import Release, State
from pressroom.models.runs import Counts, DigestRun
from pressroom.publishing.composing import compose_issue
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.storage.readers import Group, InPlay
from pressroom.tools import Tools

Check = Callable[[Store, Tools, DigestRun], None]


class Look:
    """What is in play for a run at `frequencies` now: announcements, runs so far, and the readers by groups.

    A group holds readers at different frequencies where that makes no difference, unless it `tells_apart` all of them.
    """

    def __init__(self, store: Store, frequencies: Iterable[Frequency], *, tells_apart: bool = False) -> None:
        self._store = store
        self.frequencies = frozenset(frequencies)
        self._tells_apart = tells_apart
        settled = _settled(store)
        carried = store.subscribers.carried()
        announcements = store.announcements.touching(settled, carried)
        self._passes = [Pass(*one) for one in store.runs.passes_since(settled)]
        self.history = History(announcements, self._passes, settled)
        self.by_no = {one.no: one for one in announcements if not one.silent}
        self._in_play = [one for one in self.by_no.values() if one.no > settled or one.no in carried]
        newest = store.runs.settled_up_to()
        self._is_urgent = any(one.urgent and (one.no > newest or one.no in carried) for one in self._in_play)

    def due(self) -> Iterator[tuple[Group, Account, list[Announcement]]]:
        """Return every group of readers for whom the run settles something, with what that is."""
        if not self._in_play:
            return
        for group in self._store.readers.group(self._play()):
            account = Account(group.choices, group.since_no, group.carried, group.paid, group.held_back)
            if due := self.history.due(account, self.frequencies):
                yield group, account, due

    def _play(self) -> InPlay:
        # Only what is filed asks what was owed long ago; else accounts that differ in nothing later are alike.
        is_filed = any(one.change is Change.FILED for one in self._in_play)
        counting = self.by_no.values() if is_filed else self._in_play
        return InPlay(
            frequencies=self.frequencies,
            alike={one: one for one in Frequency} if self._tells_apart else self._alike_frequencies(),
            numbers=[one.no for one in counting],
            topics={topic for one in counting for topic in one.topics},
            series={one.series for one in counting if one.series},
            told={one.release for one in self._in_play if one.change is not Change.NEW},
            is_urgent=self._is_urgent,
        )

    def _alike_frequencies(self) -> dict[Frequency, Frequency]:
        """Return, for each frequency, the first that this run and all earlier ones have treated the same way."""
        first: dict[tuple[bool, ...], Frequency] = {}
        sets = [self.frequencies, *(one.frequencies for one in self._passes)]
        return {
            frequency: first.setdefault(tuple(frequency in one for one in sets), frequency) for frequency in Frequency
        }


def _settled(store: Store) -> int:
    """Return the number up to which everything is settled for everybody who owes it to no earlier choices."""
    return min(
        (
            store.runs.settled_up_to(frequency) or store.subscribers.first_no(frequency)
            for frequency in Frequency
            if store.subscribers.is_held(frequency)
        ),
        default=store.announcements.newest_no,
    )


def freeze(
    store: Store,
    tools: Tools,
    now: datetime,
    frequencies: frozenset[Frequency],
    due: Mapping[Frequency, list[datetime]],
    *,
    check: Check,
) -> DigestRun:
    """Open a run, freeze its items, store its issue and enlist its deliveries; one that pays nobody is closed as empty.

    Call it within a transaction: `check` looks at the run before it is committed, and undoes it all by raising.
    """
    look = Look(store, frequencies)
    run = store.runs.open(
        key=new_token(),
        now=now,
        up_to_no=store.announcements.newest_no,
        frequencies=frequencies,
        due_times=due,
        expected=expected_of(list(store.releases.all(State.EXPECTED)), now),
    )
    bundles = _settle(store, look, _Freezer(store, tools, run, look))
    if not bundles:
        store.runs.close_finished(now)
        return store.runs.get(run.pk)
    enlisted = store.readers.enlist(run.pk, bundles)
    run = _with_notes(store, run)
    store.issues.put(compose_issue(store, tools, run))
    check(store, tools, run)
    return replace(run, counts=Counts(enlisted=enlisted, waiting=enlisted))


def _settle(store: Store, look: Look, freezer: _Freezer) -> list[tuple[int, int]]:
    """Settle what is due, and return which group of readers is paid with which bundle."""
    bundles, struck, held = [], [], []
    for group, account, announcements in look.due():
        struck += [(group.pk, one.no) for one in announcements if one.no in account.carried]
        offers = look.history.offers(announcements, account)
        wanted = freezer.wanted(group, offers)
        held += [(group.pk, no) for offer in offers if offer not in wanted for no in offer.nos if no in account.carried]
        if wanted:
            bundles.append((group.pk, freezer.bundle_for(wanted)))
    if struck:
        store.readers.strike_owed(struck)
        store.readers.hold_back(held)
    return bundles


def _with_notes(store: Store, run: DigestRun) -> DigestRun:
    """Let a run take along the notes that somebody will read in it; others go on waiting."""
    taken = {
        frequency: note
        for frequency, note in store.notes.waiting().items()
        if frequency in run.frequencies and store.deliveries.reach(run.pk, frequency)
    }
    store.notes.drop(taken)
    store.runs.set_notes(run, taken)
    return replace(run, notes=taken)


class _Freezer:
    """Freezes items and bundles of one run; what several readers get alike is stored once."""

    def __init__(self, store: Store, tools: Tools, run: DigestRun, look: Look) -> None:
        self._store, self._tools, self._run, self._look = store, tools, run, look
        self._items: dict[tuple[int, str, tuple[int, ...]], int] = {}
        self._bundles: dict[object, int] = {}
        self._releases: dict[int, Release] = {}

    def wanted(self, group: Group, offers: Sequence[Offer]) -> list[Offer]:
        """Return what the group's filter lets through of `offers`."""
        own = self._tools.settings.site.own_publisher
        return [offer for offer in offers if group.filter.lets_through(self._release(offer.release), own)]

    def bundle_for(self, wanted: Sequence[Offer]) -> int:
        reasons = [tuple(choice.name for choice in offer.choices) for offer in wanted]
        alike = tuple((offer.release, offer.change, offer.nos, why) for offer, why in zip(wanted, reasons, strict=True))
        if alike not in self._bundles:
            items = [(self._item(offer), why) for offer, why in zip(wanted, reasons, strict=True)]
            self._bundles[alike] = self._store.runs.add_bundle(self._run, items)
        return self._bundles[alike]

    def _item(self, offer: Offer) -> int:
        key = (offer.release, offer.change.value, offer.nos)
        if key not in self._items:
            release = self._release(offer.release)
            announcements = [self._look.by_no[no] for no in offer.nos]
            replacement = self._store.releases.find(release.replacement) if release.replacement else None
            item = make_item(release, offer, announcements, replacement, self._tools.links)
            self._items[key] = self._store.runs.add_item(self._run, item)
        return self._items[key]

    def _release(self, pk: int) -> Release:
        if pk not in self._releases:
            self._releases |= self._store.releases.by_pk([pk])
        return self._releases[pk]
