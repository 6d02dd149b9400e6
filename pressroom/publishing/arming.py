"""Letting a restored or copied catalogue send: what is overdue in it, and what becomes of that (R11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pressroom.accounts import end_pauses
from pressroom.membership.stopping import heed_stops
from pressroom.models.people import Frequency
from pressroom.publishing.digests import due_times, immediate_due
from pressroom.publishing.freezing import freeze
from pressroom.publishing.gate import let_pass
from pressroom.publishing.journey import make_live
from pressroom.storage import Store
from pressroom.tools import Tools

SKIPPED = "skipped when the restored catalogue was armed: it may have been sent after the backup"


class Choice(StrEnum):
    SEND = "send"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Overdue:
    """What an unarmed catalogue would mail soon: messages that wait, digests whose time has come, and releases."""

    waiting: int
    releases: int
    frequencies: tuple[Frequency, ...]

    def __bool__(self) -> bool:
        return bool(self.waiting or self.releases or self.frequencies)

    def __str__(self) -> str:
        parts = [f"{self.waiting:,} message(s) wait"] if self.waiting else []
        if self.releases:
            parts.append(f"{self.releases:,} release(s) are to be announced")
        if self.frequencies:
            parts.append(f"the {', '.join(self.frequencies)} digest is due")
        return f"{' and '.join(parts)}." if parts else ""


def overdue(store: Store, tools: Tools, now: datetime) -> Overdue:
    """Return what would leave by itself if the catalogue were armed: at once, or after the quiet time of immediate."""
    due = set(due_times(store, tools, now))
    if immediate_due(store, tools, now):
        due.add(Frequency.IMMEDIATE)
    waiting = store.deliveries.count_unfinished() + store.letters.count_unfinished()
    return Overdue(waiting, store.releases.count_due(now), tuple(one for one in Frequency if one in due))


def arm(store: Store, tools: Tools, now: datetime, choice: Choice) -> int:
    """Let mail leave from this catalogue; return how many messages were skipped.

    What is skipped counts as told and ends as `unknown`, message by message: what waited, what is due by now, and what
    is owed at once. All of it is one step, or nothing.
    """
    heed_stops(store, tools)
    with store.atomic(durable=True):
        skipped = _skip(store, tools, now) if choice is Choice.SKIP else 0
        tools.arm(store)
    return skipped


def _skip(store: Store, tools: Tools, now: datetime) -> int:
    end_pauses(store, now, tools.settings.site.zone)
    make_live(store, now)  # what would be out by now is skipped, too
    due = due_times(store, tools, now)
    freeze(store, tools, now, frozenset({*due, Frequency.IMMEDIATE}), due, check=let_pass)
    skipped = sum(queue.give_up_unfinished(SKIPPED, now) for queue in (store.deliveries, store.letters))
    store.runs.close_finished(now)
    return skipped
