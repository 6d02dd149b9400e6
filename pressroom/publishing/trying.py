"""What would come, tried on a copy of the catalogue that is thrown away: step by step as `serve` would do it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pressroom.accounts import end_pauses
from pressroom.models.people import Frequency
from pressroom.models.release import State
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

    `owed` is how many the run had something for, before their filters.
    """

    at: datetime
    live: tuple[str, ...]
    frequencies: frozenset[Frequency]
    owed: int
    run: DigestRun | None

    @property
    def mails(self) -> int:
        return self.run.counts.enlisted if self.run else 0


def steps(copy: Store, tools: Tools, now: datetime, *, nothing_early: bool = False) -> Iterator[Step]:
    """Do on a copy what `serve` would do from `now` on, look by look, as long as anything may come of it.

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
        owed = sum(group.size for group, _, _ in Look(copy, frequencies).due())
        yield Step(at, live, frequencies, owed, open_due_run(copy, tools, at, check=let_pass))
        if not _may_come(copy):
            return
        at = min(moment for moment in moments_ahead(copy, tools, at) if moment > at)


def _keep_to_themselves(copy: Store, now: datetime) -> None:
    """Make drafts of what is expected and under embargo: by the time of a later look it would be named."""
    for release in copy.releases.all(State.EXPECTED):
        if release.embargo and release.embargo > now:
            copy.releases.set_state(release, State.DRAFT)


def _may_come(copy: Store) -> bool:
    """Whether a later run may pay anybody: something is owed already, or a release or a reader is to come."""
    is_owed = any(True for _ in Look(copy, list(Frequency)).due())
    is_to_come = any(release.due_at for release in copy.releases.all(State.SCHEDULED))
    return is_owed or is_to_come or copy.subscribers.next_return() is not None
