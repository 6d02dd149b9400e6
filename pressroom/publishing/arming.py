"""Letting a restored or copied catalogue send: what is overdue in it, and what becomes of that (R11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pressroom.accounts import end_pauses
from pressroom.membership.stopping import heed_stops
from pressroom.models.people import Frequency
from pressroom.publishing.digests import due_times
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
    """What an unarmed catalogue would mail at once: messages that wait, and digests whose time has come."""

    waiting: int
    frequencies: tuple[Frequency, ...]

    def __bool__(self) -> bool:
        return bool(self.waiting or self.frequencies)

    def __str__(self) -> str:
        parts = [f"{self.waiting:,} message(s) wait"] if self.waiting else []
        if self.frequencies:
            parts.append(f"the {', '.join(self.frequencies)} digest is due")
        return f"{' and '.join(parts)}." if parts else ""


def overdue(store: Store, tools: Tools, now: datetime) -> Overdue:
    """Return what would leave at once if the catalogue were armed."""
    due = due_times(store, tools, now)
    waiting = store.deliveries.count_unfinished() + store.letters.count_unfinished()
    return Overdue(waiting, tuple(one for one in Frequency if one in due))


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
