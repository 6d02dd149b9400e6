"""Gathers what tells why a release came to a subscriber or did not; `digest.explanation` says it."""

from __future__ import annotations

import re
from datetime import datetime

from pressroom.accounts import owed_under
from pressroom.digest.explanation import Case, Held, Offered
from pressroom.digest.selection import Pass
from pressroom.models.bounces import BounceClass
from pressroom.models.due import SCHEDULED
from pressroom.models.people import LEFT, Filter, Frequency, SubscriberState
from pressroom.publishing.digests import unfilled
from pressroom.storage import Store
from pressroom.storage.cells import moment
from pressroom.tools import Tools

_FILTER = re.compile(r"\bfilter:? (?!everything$)")


def case_of(store: Store, tools: Tools, address: str, reference: str, now: datetime) -> Case:
    """Return all that tells why the release (by id or slug) came to the subscriber, or did not."""
    subscriber = store.subscribers.get(address)
    release = store.releases.get(reference)
    owed, struck = frozenset[int](), store.subscribers.struck(subscriber.pk)
    if subscriber.state is SubscriberState.ACTIVE:
        owed = frozenset(owed_under(store, subscriber, subscriber.choices, was_reached=not subscriber.paused))
    else:
        # What was owed on leaving is kept, should they undo it.
        struck |= dict.fromkeys(store.subscribers.owed(subscriber.pk), subscriber.since_no)
    consents = store.consents.of(subscriber.pk)
    left = [one["at"] for one in consents if one["what"] == LEFT]
    return Case(
        subscriber=subscriber,
        release=release,
        announcements=store.announcements.of_release(release.pk),
        held=[
            Held(choice, begun_no, ended_no, was_pending)
            for choice, begun_no, ended_no, _, was_pending in store.subscribers.ever_held(subscriber.pk)
        ],
        offered=[Offered(*one) for one in store.deliveries.telling(subscriber.pk, release.pk)],
        still_owed=owed,
        struck=struck,
        held_back=store.subscribers.held_back(subscriber.pk),
        passes=[Pass(*one) for one in store.runs.passes_since(0)],
        deleted_up_to=store.runs.paid_by_deleted(subscriber.pk, release.pk),
        kept_days=tools.settings.retention.deliveries_days,
        had_filter=subscriber.filter != Filter() or any(_FILTER.search(one["what"]) for one in consents),
        will_pass=subscriber.filter.lets_through(release, tools.settings.site.own_publisher),
        left_at=moment(left[-1]) if left else None,
        coming={frequency: _next_due(store, tools, frequency, now) for frequency in Frequency},
        topics={pk: topic.name for pk, topic in store.topics.by_pk().items()},
        suppressed=store.suppressions.reason(tools.signer.address_hash(subscriber.address)) or "",
        came_back=_came_back(store, subscriber.pk),
        now=now,
        zone=tools.settings.site.zone,
    )


def _came_back(store: Store, subscriber: int) -> dict[int, list[str]]:
    """Return what was said of the digests that came back from a subscriber, by run."""
    said: dict[int, list[str]] = {}
    for one in store.bounces.of(subscriber):
        if one.run is not None and one.bounce_class is not BounceClass.INFORMATION:
            said.setdefault(one.run, []).append(one.text or one.bounce_class)
    return said


def _next_due(store: Store, tools: Tools, frequency: Frequency, now: datetime) -> datetime | None:
    """Return when the next digest of a frequency comes; None where that is now or shortly."""
    if frequency not in SCHEDULED or unfilled(store, tools, frequency, now):
        return None
    return tools.settings.timetable.following(frequency, now)
