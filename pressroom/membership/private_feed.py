"""A subscriber's own feed: its address is made when it is first asked for, can be exchanged, and can be given up."""

from __future__ import annotations

from datetime import datetime

from pressroom.errors import WrongStateError
from pressroom.models.consent import Wording
from pressroom.models.dates import unstamp
from pressroom.models.people import Subscriber, SubscriberState
from pressroom.signing import new_token
from pressroom.storage import Store


def make_private_feed(
    store: Store, subscriber: Subscriber, now: datetime, how: str, wording: Wording | None = None
) -> str:
    """Return the token of the subscriber's own feed; one that is there already stays."""
    with store.atomic():
        _require_active(store, subscriber)
        known = store.private_feeds.token_of(subscriber.pk)
        return known or _give(store, subscriber, now, "private feed: made", how, wording)


def renew_private_feed(
    store: Store, subscriber: Subscriber, now: datetime, how: str, wording: Wording | None = None
) -> str:
    """Give the subscriber's own feed a new address, and return its token; the old one stops at once."""
    with store.atomic():
        _require_active(store, subscriber)
        return _give(store, subscriber, now, "private feed: new address", how, wording)


def end_private_feed(
    store: Store, subscriber: Subscriber, now: datetime, how: str, wording: Wording | None = None
) -> None:
    """End the subscriber's own feed. Twice is harmless."""
    with store.atomic():
        if store.private_feeds.token_of(subscriber.pk) is None:
            return
        store.private_feeds.drop(subscriber.pk)
        store.consents.add(subscriber.pk, now=now, what="private feed: ended", how=how, wording=wording)


def keep_private_feed(
    store: Store, subscriber: Subscriber, token: str | None, made_at: str | None, now: datetime, how: str
) -> bool:
    """Let the subscriber's own feed be the one with this token, made at that moment, or let there be none.

    Returns whether that changes anything.
    """
    with store.atomic():
        if token == store.private_feeds.token_of(subscriber.pk):
            return False
        if token is None or made_at is None:
            end_private_feed(store, subscriber, now, how)
            return True
        store.private_feeds.put(subscriber.pk, token, unstamp(made_at))
        store.consents.add(subscriber.pk, now=now, what="private feed: new address", how=how)
        return True


def _give(
    store: Store, subscriber: Subscriber, now: datetime, what: str, how: str, wording: Wording | None = None
) -> str:
    token = new_token()
    store.private_feeds.put(subscriber.pk, token, now)
    store.consents.add(subscriber.pk, now=now, what=what, how=how, wording=wording)
    return token


def _require_active(store: Store, subscriber: Subscriber) -> None:
    """Look again, within the transaction: the person may have left this very moment."""
    found = store.subscribers.by_pk(subscriber.pk)
    if found is None or found.state is not SubscriberState.ACTIVE:
        state = found.state if found else "erased"
        raise WrongStateError("subscriber", subscriber.address, state, "only an active one has a feed")
