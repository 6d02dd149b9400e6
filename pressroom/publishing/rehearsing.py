"""What the next digest would do, tried on a copy of the catalogue that is thrown away: nothing is changed.

The copy is published to just as `publish_due` would do it, so that a rehearsal is the run itself and not a guess at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from time import monotonic

from pressroom.accounts import end_pauses
from pressroom.delivery.mime import encode
from pressroom.digest.joining import joined
from pressroom.errors import LintError
from pressroom.models.people import Frequency, SubscriberState
from pressroom.models.rehearsal import Rehearsal, Size
from pressroom.models.release import State
from pressroom.models.runs import Delivery, DigestRun, Message
from pressroom.publishing.composing import DigestBuilder
from pressroom.publishing.digests import due_times, open_due_run, open_run_by_hand
from pressroom.publishing.freezing import Look
from pressroom.publishing.gate import check_messages, let_pass
from pressroom.publishing.journey import make_live
from pressroom.publishing.outlook import moments_ahead
from pressroom.storage import Store
from pressroom.tools import Tools

MOST_MADE = 5_000
"""Messages that a rehearsal makes; of a larger run it makes some, evenly."""
FARTHEST = timedelta(days=62)
"""Nothing that is owed waits longer: no frequency is rarer than monthly."""


def rehearse(store: Store, tools: Tools, now: datetime, frequencies: Collection[Frequency] = ()) -> Rehearsal:
    """Return what the next run that pays anybody would do; with `frequencies`, what one by hand would do now."""
    with store.copy() as copy:
        if frequencies:
            end_pauses(copy, now, tools.settings.site.zone)
            return _Trial(copy, tools, now).by_hand(frequencies)
        at, live = now, tuple[str, ...]()
        while True:
            trial = _Trial(copy, tools, at, live)
            tried = trial.when_due()
            live = trial.live
            if tried.mails or at > now + FARTHEST or not _may_come_later(copy):
                return tried
            at = min(moment for moment in moments_ahead(copy, tools, at) if moment > at)


def _may_come_later(store: Store) -> bool:
    """Whether a later run may pay anybody: something is owed already, or a release or a reader is to come."""
    is_owed = any(True for _ in Look(store, list(Frequency)).due())
    is_to_come = any(release.due_at for release in store.releases.all(State.SCHEDULED))
    return is_owed or is_to_come or store.subscribers.next_return() is not None


class _Trial:
    """A run on a copy of the catalogue. `live` gathers the titles that have gone live on the way to it."""

    def __init__(self, copy: Store, tools: Tools, at: datetime, live: tuple[str, ...] = ()) -> None:
        self.store, self.tools, self.at, self.live = copy, tools, at, live

    def when_due(self) -> Rehearsal:
        """Do what `publish_due` would do."""
        live, _ = make_live(self.store, self.at)
        self.live += tuple(release.title for release in live)
        end_pauses(self.store, self.at, self.tools.settings.site.zone)
        wanted = frozenset(due_times(self.store, self.tools, self.at))
        owed = self._owed(wanted)
        return self._said(open_due_run(self.store, self.tools, self.at, check=let_pass), wanted, owed)

    def by_hand(self, frequencies: Collection[Frequency]) -> Rehearsal:
        """Do what `send_digest` would do."""
        owed = self._owed(frequencies)
        run = open_run_by_hand(self.store, self.tools, self.at, frequencies, check=let_pass)
        return self._said(run, frequencies, owed)

    def _owed(self, frequencies: Collection[Frequency]) -> int:
        return sum(group.size for group, _, _ in Look(self.store, frequencies).due())

    def _said(self, run: DigestRun | None, frequencies: Collection[Frequency], owed: int) -> Rehearsal:
        mails = run.counts.enlisted if run else 0
        made = _Made(self.store, self.tools, run) if run and mails else None
        return Rehearsal(
            at=self.at,
            frequencies=tuple(one for one in Frequency if one in frequencies),
            live=self.live,
            mails=mails,
            by_choice=self.store.deliveries.by_choice(run.pk) if run else {},
            left_out=self._left_out(mails, frequencies, owed),
            sizes=tuple(made.sizes) if made else (),
            rarest=made.rarest if made else None,
            sharing=made.sharing if made else 0,
            seconds=made.seconds / len(made.sizes) * mails if made else 0.0,
            findings=tuple(made.findings) if made else (),
        )

    def _left_out(self, mails: int, frequencies: Collection[Frequency], owed: int) -> dict[str, int]:
        """Return how many get nothing, by why; whoever is owed something is not left out for another reason."""
        states, people = self.store.subscribers.counts(), self.store.subscribers
        paused = people.count_paused()
        reachable = states.get(SubscriberState.ACTIVE, 0) - paused
        awaiting = max(people.count_awaiting(frequencies), owed)
        counts = {
            "nothing new for them": awaiting - owed,
            "held back by their filter, or withdrawn before it was told": owed - mails,
            "they follow at another frequency": reachable - awaiting,
            "paused": paused,
            "not confirmed yet": states.get(SubscriberState.PENDING, 0),
            "unsubscribed": states.get(SubscriberState.ENDED, 0),
            "suppressed": states.get(SubscriberState.SUPPRESSED, 0),
        }
        return {why: number for why, number in counts.items() if number > 0}


class _Made:
    """The messages of a run, made and weighed one by one; none is kept but the rarest."""

    def __init__(self, store: Store, tools: Tools, run: DigestRun) -> None:
        self._store, self._run = store, run
        self._builder = DigestBuilder(store, tools)
        self.sizes: list[Size] = []
        self.findings: dict[tuple[str, str, bool], None] = {}
        begun = monotonic()
        deliveries = store.deliveries.of_run(run.pk)
        some = deliveries[:: len(deliveries) // MOST_MADE + 1]
        for delivery in some:
            self._weigh(delivery)
        self.seconds = monotonic() - begun
        self._lint(tools)
        self.rarest, self.sharing = self._find_rarest(deliveries)

    def _weigh(self, delivery: Delivery) -> None:
        message = self._message(delivery)
        items = len(joined(self._store.runs.bundle(delivery.bundle)))
        self.sizes.append(Size(message.recipient, len(encode(message)), items))

    def _message(self, delivery: Delivery) -> Message:
        message = self._builder.build(delivery)
        assert message is not None  # the copy is ours alone: nobody leaves meanwhile
        return message

    def _lint(self, tools: Tools) -> None:
        try:
            check_messages(self._store, tools, self._run)
        except LintError as error:
            self.findings = dict.fromkeys(error.findings)

    def _find_rarest(self, deliveries: Sequence[Delivery]) -> tuple[Message, int]:
        """Return the message whose set of items the fewest share, of several the one with most items."""
        bundles = {delivery.bundle for delivery in deliveries}
        sets = {pk: frozenset(one.item.release for one in self._store.runs.bundle(pk)) for pk in bundles}
        shared = Counter(sets[delivery.bundle] for delivery in deliveries)
        rarest = min(shared, key=lambda items: (shared[items], -len(items), sorted(items)))
        delivery = next(delivery for delivery in deliveries if sets[delivery.bundle] == rarest)
        return self._message(delivery), shared[rarest]
