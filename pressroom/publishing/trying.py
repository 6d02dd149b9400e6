"""What would come, tried on a copy of the catalogue that is thrown away: step by step as `serve` would do it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.accounts import end_pauses, owed_under
from pressroom.models.people import Frequency, Subscriber, SubscriberState
from pressroom.models.release import Release, State
from pressroom.models.runs import DigestRun
from pressroom.publishing.digests import due_times, open_due_run
from pressroom.publishing.freezing import Look
from pressroom.publishing.gate import let_pass
from pressroom.publishing.journey import make_live
from pressroom.publishing.outlook import moments_ahead
from pressroom.storage import Store
from pressroom.tools import Tools

FARTHEST = timedelta(days=62)
"""Nothing that is owed waits longer: no frequency is rarer than monthly."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one look at the copy did: `live` are the titles that have gone live since the first, `run` what it opened.

    `owed` is how many the run had something for, before their filters; for `gone` of them all was withdrawn before.
    """

    at: datetime
    live: tuple[str, ...]
    frequencies: frozenset[Frequency]
    owed: int
    gone: int
    run: DigestRun | None

    @property
    def mails(self) -> int:
        return self.run.counts.enlisted if self.run else 0


def steps(
    copy: Store, tools: Tools, now: datetime, *, reader: int | None = None, nothing_early: bool = False
) -> Iterator[Step]:
    """Do on a copy what `serve` would do from `now` on, look by look, as long as anything may come of it, to `reader`.

    With `nothing_early` only what is due now goes live, whatever the moment of a look (R9).
    """
    if nothing_early:
        _keep_to_themselves(copy, now)
    at, live = now, tuple[str, ...]()
    while at <= now + FARTHEST:
        made, _ = make_live(copy, now if nothing_early else at)
        live += tuple(release.title for release in made)
        end_pauses(copy, at, tools.settings.site.zone)
        frequencies = frozenset(due_times(copy, tools, at))
        owed, gone = count_owed(copy, frequencies)
        yield Step(at, live, frequencies, owed, gone, open_due_run(copy, tools, at, check=let_pass))
        if not (_may_come(copy) if reader is None else _may_come_to(copy, copy.subscribers.by_pk(reader))):
            return
        at = min(moment for moment in moments_ahead(copy, tools, at) if moment > at)


def count_owed(copy: Store, frequencies: Collection[Frequency]) -> tuple[int, int]:
    """Return how many a run would have something for, before filters, and for how many all was withdrawn before."""
    look, owed, gone = Look(copy, frequencies), 0, 0
    for group, account, announcements in look.due():
        owed += group.size
        gone += 0 if look.history.offers(announcements, account) else group.size
    return owed, gone


def _keep_to_themselves(copy: Store, now: datetime) -> None:
    """Make drafts of what is expected and under embargo: by the time of a later look it would be named."""
    for release in copy.releases.all(State.EXPECTED):
        if release.embargo and release.embargo > now:
            copy.releases.set_state(release, State.DRAFT)


def _may_come(copy: Store) -> bool:
    """Whether a later run may pay anybody: something is owed already, or a release or a reader is to come."""
    is_owed = any(True for _ in Look(copy, list(Frequency)).due())
    return is_owed or any(_scheduled(copy)) or copy.subscribers.next_return() is not None


def _may_come_to(copy: Store, reader: Subscriber | None) -> bool:
    """Whether a later run may pay this reader."""
    if reader is None or reader.state is not SubscriberState.ACTIVE:
        return False
    if reader.paused:
        return reader.paused_until is not None
    if owed_under(copy, reader, reader.choices):
        return True
    return any(choice.covers(*_shelves(release)) for release in _scheduled(copy) for choice in reader.choices)


def _shelves(release: Release) -> tuple[frozenset[int], int | None]:
    return frozenset(topic.pk for topic in release.topics), release.series.pk if release.series else None


def _scheduled(copy: Store) -> Iterator[Release]:
    return (release for release in copy.releases.all(State.SCHEDULED) if release.due_at)
