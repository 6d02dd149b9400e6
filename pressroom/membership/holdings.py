"""All that is held about a person, for them to read and take along (UK GDPR art. 15 and 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pressroom.accounts import owed_under
from pressroom.membership import SERIES
from pressroom.models.bounces import Bounce
from pressroom.models.dates import stamp
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import Subscriber, SubscriberState
from pressroom.storage import Store
from pressroom.tools import Tools


def holdings_of(store: Store, tools: Tools, subscriber: Subscriber, now: datetime) -> dict[str, Any]:
    """Return it as one document of plain values; moments are RFC 3339 in UTC.

    The keys in links are left out: whoever has this document shall not be able to act with it.
    """
    pk, held = subscriber.pk, store.holdings
    address_hash = tools.signer.address_hash(subscriber.address)
    return {
        "made_at": stamp(now),
        "held_by": tools.settings.site.name,
        "person": _person(store, subscriber, store.suppressions.reason(address_hash)),
        "choices": store.subscribers.subscriptions(pk),
        "left_with": held.left_with(pk),
        "consents": store.consents.of(pk),
        "wordings": [
            {"hash": one.hash, "version": one.version, "text": one.text} for one in store.consents.wordings(pk)
        ],
        "letters": [_letter(one) for one in store.letters.to(pk)],
        "digests": store.deliveries.history_of(pk),
        "bounces": [_bounce(one) for one in store.bounces.of(pk)],
        "earlier": _titles(held.told(pk)),
        "waiting": _titles(held.titles(_owed(store, subscriber))),
        "struck": _titles(held.titles(store.subscribers.struck(pk))),
        "held_back": _titles(held.titles(store.subscribers.held_back(pk))),
        "sign_ups": held.sign_ups(address_hash),
        "complaints": held.complaints(subscriber.address),
    }


def names_of(store: Store) -> dict[str, str]:
    """Return what topics and series are called, by how records name them: SLUG, and `series:SLUG`."""
    topics = {one.topic.slug: one.topic.name for one in store.topics.listed()}
    return topics | {f"{SERIES}{one.slug}": one.name for one in store.series.all()}


def _person(store: Store, subscriber: Subscriber, suppressed: str | None) -> dict[str, Any]:
    return {
        "address": subscriber.address,
        "name": subscriber.name,
        "language": subscriber.language,
        "state": subscriber.state.value,
        "since": stamp(subscriber.created_at) if subscriber.created_at else None,
        "paused": subscriber.paused,
        "paused_until": subscriber.paused_until.isoformat() if subscriber.paused_until else None,
        "only_kinds": sorted(subscriber.filter.kinds),
        "only_languages": sorted(subscriber.filter.languages),
        "without_partners": not subscriber.filter.partners,
        "own_feed_since": store.private_feeds.made_at(subscriber.pk),
        "never_mailed_because": suppressed,
    }


def _letter(letter: Letter) -> dict[str, Any]:
    """Return a letter; of one to another address no more than that: what became of it tells whether we know that."""
    said = {"at": stamp(letter.made_at), "kind": letter.kind.value, "to": letter.address}
    if letter.kind is LetterKind.ADDRESS:
        return said
    return said | {"state": letter.state.value, "answer": letter.reply}


def _bounce(bounce: Bounce) -> dict[str, Any]:
    return {
        "at": stamp(bounce.at),
        "about": bounce.bounce_class.value,
        "status": bounce.status,
        "answer": bounce.text,
        "counts": bounce.counts,
    }


def _owed(store: Store, subscriber: Subscriber) -> set[int]:
    """Return the numbers that wait for a digest to the person; who has left is owed them if they come back at once."""
    if subscriber.state is SubscriberState.ACTIVE:
        return owed_under(store, subscriber, subscriber.choices, was_reached=not subscriber.paused)
    return set(store.subscribers.owed(subscriber.pk))


def _titles(titles: list[str]) -> list[dict[str, str]]:
    return [{"title": title} for title in titles]
