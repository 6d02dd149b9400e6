"""The messages of a run, and its public page, made from what it has frozen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any

from pressroom.digest.compose import compose
from pressroom.digest.facts import DigestFacts, digest_facts
from pressroom.digest.issue import make_issue
from pressroom.digest.items import make_item
from pressroom.digest.lint import foreign_links
from pressroom.digest.selection import Offer
from pressroom.digest.shared import Alike, Kept, SharedDigest
from pressroom.errors import LintError, UnusableRowError
from pressroom.models.announcements import Change
from pressroom.models.dates import in_zone
from pressroom.models.due import SCHEDULED, Timetable
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.release import State
from pressroom.models.runs import Delivery, DigestRun, Issue, Item, Message, OfferedItem
from pressroom.publishing.envelopes import in_envelope
from pressroom.rendering import LateUsedError
from pressroom.storage import Store
from pressroom.tools import Tools


@dataclass
class DigestBuilder:
    """Builds the message of a delivery from what its run has frozen (Protocol `delivery.queue.Builder`).

    Raises LintError for one that holds somebody else's personal links: of every message, not only of the sample (M5).
    """

    store: Store
    tools: Tools

    def __post_init__(self) -> None:
        self._items: dict[int, Item] = {}
        self._bundle = lru_cache(maxsize=1_024)(self._offered)
        self._run = lru_cache(maxsize=16)(self.store.runs.get)
        self._shared = lru_cache(maxsize=1_024)(self._share)
        self._expected: dict[int, Subscriber] = {}

    @cached_property
    def _kept(self) -> Kept:
        return Kept(self.tools.templates)

    def expect(self, deliveries: Sequence[Delivery]) -> None:
        """Load at once the subscribers of what is built next; `build` takes each as it was now."""
        pks = {delivery.subscriber for delivery in deliveries if delivery.subscriber}
        self._expected = self.store.subscribers.by_pks(pks)

    def build(self, delivery: Delivery) -> Message | None:
        subscriber = self._subscriber(delivery)
        if subscriber is None:
            return None
        shared = self._shared(delivery.run, delivery.bundle, Alike.of(subscriber))
        message = shared.to(subscriber) if shared else None
        message = self._in_envelope(message, delivery) if message else self._compose(delivery, subscriber)
        if findings := foreign_links(message, subscriber, self.tools.settings.site.url):
            whose = f" (in the mail to {subscriber.address})."
            raise LintError([(one.name, one.words.removesuffix(".") + whose, False) for one in findings])
        return message

    def look_at(
        self, delivery: Delivery, change: Callable[[Subscriber], Subscriber] = lambda reader: reader
    ) -> Message | None:
        """Return the message as it would be, whatever is wrong with it, to the reader as `change` returns them."""
        subscriber = self._subscriber(delivery)
        return self._compose(delivery, change(subscriber)) if subscriber else None

    def _subscriber(self, delivery: Delivery) -> Subscriber | None:
        if (expected := self._expected.pop(delivery.subscriber or 0, None)) is not None:
            return expected
        return self.store.subscribers.by_pk(delivery.subscriber) if delivery.subscriber else None

    def _offered(self, bundle: int) -> tuple[OfferedItem, ...]:
        """Return what a bundle holds. Raises UnusableRowError for one that is gone, or of which nothing is left."""
        found = self.store.runs.bundle(bundle, self._items)
        if not all(one.item.is_told for one in found):
            found = tuple([replace(one, item=_told_anew(self.store, self.tools, one.item)) for one in found])
        if told := tuple([one for one in found if one.item.is_told]):
            return told
        raise UnusableRowError("bundles", bundle, "nothing that can be told is in it", "makes no digest")

    def _share(self, run: int, bundle: int, alike: Alike) -> SharedDigest | None:
        """Return the digest of all who are alike; None where a template shows more of a reader than can be shared."""
        offered, frozen, reader = self._bundle(bundle), self._run(run), alike.nobody
        told = _told_by(self.tools, reader, frozen)
        try:
            return SharedDigest(alike, offered, frozen, templates=self.tools.templates, kept=self._kept, **told)
        except LateUsedError:
            return None

    def _compose(self, delivery: Delivery, subscriber: Subscriber) -> Message:
        message = compose_digest(self.tools, subscriber, self._bundle(delivery.bundle), self._run(delivery.run))
        return self._in_envelope(message, delivery)

    def _in_envelope(self, message: Message, delivery: Delivery) -> Message:
        return in_envelope(message, self.tools, delivery, self._run(delivery.run).key)


def compose_digest(tools: Tools, reader: Subscriber, items: Sequence[OfferedItem], run: DigestRun) -> Message:
    """Return the digest of `run` that tells `reader` of `items`, in the reader's language."""
    return compose(reader, items, run, templates=tools.templates, **_told_by(tools, reader, run))


def facts_of(tools: Tools, reader: Subscriber, items: Sequence[OfferedItem], run: DigestRun) -> DigestFacts:
    """Return all that the templates of that digest receive."""
    return digest_facts(reader, items, run, **_told_by(tools, reader, run))


def _told_by(tools: Tools, reader: Subscriber, run: DigestRun) -> dict[str, Any]:
    """Return what a digest of `run` to `reader` is told with, beside its items."""
    return {
        "links": tools.links,
        "settings": tools.settings,
        "words": tools.words(reader.language),
        "since": _first_day(run, {choice.frequency for choice in reader.choices}, tools),
    }


def compose_issue(store: Store, tools: Tools, run: DigestRun) -> Issue:
    """Return the public page of `run`, in the site's language; what has been withdrawn since says so."""
    items = [item for one in store.runs.items(run) if (item := _as_it_is_now(store, tools, one)).is_told]
    return make_issue(
        run,
        items,
        links=tools.links,
        settings=tools.settings,
        templates=tools.templates,
        words=tools.words(),
        since=_first_day(run, run.frequencies, tools),
        up_to_no=store.announcements.newest_no,
    )


def _first_day(run: DigestRun, held: Collection[Frequency], tools: Tools) -> date | None:
    """Return the first day that a scheduled digest covers, by the longest of the frequencies `held` that are in it.

    What it makes up for counts: after three weeks of silence, a weekly digest covers all three.
    """
    begins = {
        frequency: run.begins[frequency] for frequency in SCHEDULED if frequency in held and frequency in run.begins
    }
    if not begins:
        return None
    longest = list(begins)[-1]
    return _day_before(tools.settings.timetable, longest, begins[longest])


@lru_cache(64)
def _day_before(timetable: Timetable, frequency: Frequency, due: datetime) -> date:
    """Return the day of the due time before one of a frequency."""
    return in_zone(timetable.latest(frequency, due - timedelta(seconds=1)), timetable.zone).date()


def renew_issues(store: Store, tools: Tools) -> None:
    """Make the pages anew that show what has been withdrawn since: marked, with the reason, and nothing else of it."""
    for number in store.issues.outdated():
        with store.atomic():
            if store.issues.find(number) is None:
                continue  # its run has been cancelled meanwhile
            store.issues.put(compose_issue(store, tools, store.runs.get(number)))


def _as_it_is_now(store: Store, tools: Tools, item: Item) -> Item:
    """Return an item as it was told, but for a release that has been withdrawn since."""
    item = item if item.is_told else _told_anew(store, tools, item)
    release = store.releases.by_pk([item.release]).get(item.release)
    if release is None or release.state is not State.WITHDRAWN or item.change == Change.WITHDRAWN:
        return item
    replacement = store.releases.find(release.replacement) if release.replacement else None
    return make_item(release, Offer(item.release, Change.WITHDRAWN, item.nos, ()), (), replacement, tools.links)


def _told_anew(store: Store, tools: Tools, item: Item) -> Item:
    """Return an item as its release is now, where nobody can read what was frozen of it and the release is there."""
    release = store.releases.by_pk([item.release]).get(item.release)
    if item.is_told or release is None or item.change not in list(Change):
        return item
    replacement = store.releases.find(release.replacement) if release.replacement else None
    offer = Offer(item.release, Change(item.change), item.nos, ())
    return make_item(release, offer, store.announcements.by_no(item.nos), replacement, tools.links)
