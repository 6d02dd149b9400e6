"""The messages of a run, and its public page, made from what it has frozen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from pressroom.digest.compose import compose
from pressroom.digest.issue import make_issue
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Frequency, Subscriber
from pressroom.models.runs import Delivery, DigestRun, Issue, Message, OfferedItem
from pressroom.storage import Store
from pressroom.tools import Tools


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
        return compose_digest(self.tools, subscriber, self._bundle(delivery.bundle), self._run(delivery.run))


def compose_digest(tools: Tools, reader: Subscriber, items: Sequence[OfferedItem], run: DigestRun) -> Message:
    """Return the digest of `run` that tells `reader` of `items`, in the reader's language."""
    return compose(
        reader,
        items,
        run,
        links=tools.links,
        settings=tools.settings,
        templates=tools.templates,
        words=tools.words(reader.language),
        since=_first_day(run, {choice.frequency for choice in reader.choices}, tools),
    )


def compose_issue(store: Store, tools: Tools, run: DigestRun) -> Issue:
    """Return the public page of `run`, in the site's language."""
    return make_issue(
        run,
        store.runs.items(run),
        links=tools.links,
        settings=tools.settings,
        templates=tools.templates,
        words=tools.words(),
        since=_first_day(run, run.frequencies, tools),
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
    timetable = tools.settings.timetable
    before = timetable.latest(longest, begins[longest] - timedelta(seconds=1))
    return before.astimezone(tools.settings.site.zone).date()
