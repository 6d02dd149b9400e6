"""What the next run would do: how many mails, to whom, how large. Nothing is changed.

It is tried on a copy, so that a rehearsal is the run itself and not a guess at it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from time import monotonic

from pressroom.accounts import end_pauses
from pressroom.delivery.mime import encode
from pressroom.digest.joining import joined
from pressroom.errors import InvalidFieldError, LintError, PublisherError, StoppedError
from pressroom.models.people import Frequency, SubscriberState
from pressroom.models.rehearsal import Rehearsal, Size
from pressroom.models.runs import Delivery, DigestRun, Message
from pressroom.publishing.composing import DigestBuilder
from pressroom.publishing.delivering import check_mail_may_leave
from pressroom.publishing.digests import open_run_by_hand
from pressroom.publishing.gate import check_messages, let_pass
from pressroom.publishing.previewing import as_nobody
from pressroom.publishing.trying import Step, count_owed, steps
from pressroom.storage import Store
from pressroom.tools import Tools

MOST_MADE = 5_000
"""Messages that a rehearsal makes; of a larger run it makes some, evenly."""


def rehearse(
    store: Store, tools: Tools, now: datetime, frequencies: Collection[Frequency] = (), *, to_nobody: bool = False
) -> Rehearsal:
    """Return what the next run that pays anybody would do; with `frequencies`, what one by hand would do now.

    With `to_nobody` the rarest mail names no reader, and its links belong to nobody. Raises StoppedError.
    """
    with store.copy(tools.should_stop) as copy:
        waiting = copy.letters.count_waiting() + copy.deliveries.count_waiting()
        if frequencies:
            said = _said(copy, tools, _by_hand(copy, tools, now, frozenset(frequencies)), to_nobody)
        else:
            said = _of_the_next(copy, tools, now, to_nobody)
    return replace(said, waiting=waiting)


def _of_the_next(copy: Store, tools: Tools, now: datetime, to_nobody: bool) -> Rehearsal:
    first = None
    for step in steps(copy, tools, now):
        if step.mails:
            return _said(copy, tools, step, to_nobody)
        first = first or _said(copy, tools, step, to_nobody)  # at once: later steps change who is there
    assert first is not None  # there is a step for `now`
    return first


def _by_hand(copy: Store, tools: Tools, now: datetime, frequencies: frozenset[Frequency]) -> Step:
    """Do what `send_digest` would do."""
    end_pauses(copy, now, tools.settings.site.zone)
    owed, gone = count_owed(copy, frequencies)
    run = open_run_by_hand(copy, tools, now, frequencies, check=let_pass)
    return Step(now, (), frequencies, owed, gone, run)


def _said(copy: Store, tools: Tools, step: Step, to_nobody: bool) -> Rehearsal:
    made = _Made(copy, tools, step.run, to_nobody) if step.run and step.mails else None
    return Rehearsal(
        at=step.at,
        frequencies=tuple(one for one in Frequency if one in step.frequencies),
        live=step.live,
        mails=step.mails,
        by_choice=copy.deliveries.by_choice(step.run) if step.run else {},
        left_out=_left_out(copy, step),
        sizes=tuple(made.sizes) if made else (),
        rarest=made.rarest if made else None,
        sharing=made.sharing if made else 0,
        seconds=made.seconds / max(len(made.sizes), 1) * step.mails if made else 0.0,
        findings=tuple(made.findings) if made else (),
        refusal=_refusal(copy, tools),
        unpublished=copy.releases.count_due(step.at),
    )


def _left_out(copy: Store, step: Step) -> dict[str, int]:
    """Return how many get nothing, by why."""
    states, people = copy.subscribers.counts(), copy.subscribers
    paused = people.count_paused()
    held_back = step.owed - step.mails
    others = states.get(SubscriberState.ACTIVE, 0) - paused - step.mails - held_back
    without_news = others
    if step.run:
        without_news = max(0, people.count_without(step.run.pk, step.frequencies) - held_back)
    counts = {
        "nothing new for them": without_news,
        "held back by their filter": held_back - step.gone,
        "all withdrawn before they were told": step.gone,
        "they follow at another frequency": others - without_news,
        "paused": paused,
        "not confirmed yet": states.get(SubscriberState.PENDING, 0),
        "unsubscribed": states.get(SubscriberState.ENDED, 0),
        "suppressed": states.get(SubscriberState.SUPPRESSED, 0),
    }
    return {why: number for why, number in counts.items() if number > 0}


def _refusal(store: Store, tools: Tools) -> str:
    """Return why mail must not leave; nothing where it may."""
    try:
        check_mail_may_leave(store, tools)
    except PublisherError as error:
        return str(error)
    return ""


class _Made:
    """The messages of a run, made and weighed one by one; none is kept but the rarest."""

    def __init__(self, store: Store, tools: Tools, run: DigestRun, to_nobody: bool) -> None:
        self._store, self._run, self._to_nobody = store, run, to_nobody
        self._builder = DigestBuilder(store, tools)
        self.sizes: list[Size] = []
        self.findings: dict[tuple[str, str, bool], None] = {}
        begun = monotonic()
        deliveries = store.deliveries.of_run(run.pk)
        some = deliveries[:: len(deliveries) // MOST_MADE + 1]
        for delivery in some:
            if tools.should_stop():
                raise StoppedError
            self._weigh(delivery)
        self.seconds = monotonic() - begun
        self._lint(tools)
        self.rarest, self.sharing = self._find_rarest(deliveries)

    def _weigh(self, delivery: Delivery) -> None:
        items = len(joined(self._store.runs.bundle(delivery.bundle)))
        try:
            message = self._builder.build(delivery)
            assert message is not None  # the copy is ours alone: nobody leaves meanwhile
            self.sizes.append(Size(message.recipient, len(encode(message)), items, min(items, message.items)))
        except LintError as error:
            if not self.findings:  # the same fault in every mail is told once
                self.findings |= dict.fromkeys(error.findings)
        except InvalidFieldError as error:
            words = f"The mail of delivery {delivery.pk} cannot be sent: {str(error).rstrip('.')}."
            self.findings[("header", words, False)] = None

    def _lint(self, tools: Tools) -> None:
        try:
            check_messages(self._store, tools, self._run)
        except LintError as error:
            self.findings |= dict.fromkeys(error.findings)

    def _find_rarest(self, deliveries: Sequence[Delivery]) -> tuple[Message, int]:
        """Return the message whose set of items the fewest share, of several the one with most items."""
        bundles = {delivery.bundle for delivery in deliveries}
        sets = {pk: frozenset(one.item.release for one in self._store.runs.bundle(pk)) for pk in bundles}
        shared = Counter(sets[delivery.bundle] for delivery in deliveries)
        rarest = min(shared, key=lambda items: (shared[items], -len(items), sorted(items)))
        delivery = next(delivery for delivery in deliveries if sets[delivery.bundle] == rarest)
        message = self._builder.look_at(delivery, as_nobody if self._to_nobody else lambda reader: reader)
        assert message is not None
        return message, shared[rarest]
