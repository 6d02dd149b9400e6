"""Gathers what tells why a release came to a subscriber or did not; `digest.explanation` says it."""

from __future__ import annotations

from pressroom.accounts import owed_under
from pressroom.digest.explanation import Case, Held, Offered
from pressroom.digest.selection import Pass
from pressroom.models.people import SubscriberState
from pressroom.storage import Store
from pressroom.tools import Tools


def case_of(store: Store, tools: Tools, address: str, reference: str) -> Case:
    """Return all that tells why the release (by id or slug) came to the subscriber, or did not."""
    subscriber = store.subscribers.get(address)
    release = store.releases.get(reference)
    owed: set[int] = set()
    if subscriber.state is SubscriberState.ACTIVE:
        owed = owed_under(store, subscriber, subscriber.choices, was_reached=not subscriber.paused)
    confirmed = {one["at"] for one in store.subscribers.consents(subscriber.pk) if one["what"] == "confirmed"}
    return Case(
        subscriber=subscriber,
        release=release,
        announcements=store.announcements.of_release(release.pk),
        held=[
            Held(choice, begun_no, ended_no, was_pending=_was_pending(subscriber.state, ended_at, confirmed))
            for choice, begun_no, ended_no, ended_at in store.subscribers.ever_held(subscriber.pk)
        ],
        offered=[Offered(*one) for one in store.deliveries.telling(subscriber.pk, release.pk)],
        still_owed=frozenset(owed),
        passes=[Pass(*one) for one in store.runs.passes_since(0)],
        paid_up_to=store.runs.paid(subscriber.pk, [release.pk]).get(release.pk),
        zone=tools.settings.site.zone,
    )


def _was_pending(state: SubscriberState, ended_at: str | None, confirmed: set[str]) -> bool:
    """Whether a choice was never in force: it begins anew on confirming, and so ends at that very moment."""
    return state is SubscriberState.PENDING if ended_at is None else ended_at in confirmed
