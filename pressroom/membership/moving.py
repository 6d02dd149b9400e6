"""A change of address: asked for on the preferences page, and done when the new address confirms it."""

from __future__ import annotations

from datetime import datetime, timedelta

from pressroom.errors import InvalidFieldError, TooManyRequestsError
from pressroom.membership import ONE_ACT
from pressroom.membership.by_link import bearer_of
from pressroom.models.addresses import clean_mail_address
from pressroom.models.consent import CONSENT, Wording
from pressroom.models.letters import Letter, LetterKind
from pressroom.models.people import MOVED_AWAY, UNTIL_ASKED, Subscriber, SubscriberState, address_key
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools

ADDRESSES, WITHIN = 3, timedelta(hours=24)
"""How many addresses a subscriber may have us write to, so that this is no way to fill strangers' mailboxes."""


def ask_to_move(store: Store, tools: Tools, subscriber: Subscriber, address: str, now: datetime) -> None:
    """Queue a letter to a new address. Nothing tells whether it will leave: somebody may get digests there already.

    Raises InvalidFieldError for what is no other address, TooManyRequestsError after three in a day.
    """
    wanted = clean_mail_address("address", address)
    if address_key(wanted) == address_key(subscriber.address):
        raise InvalidFieldError("address", "is the present one", "write another")
    with store.atomic():
        before = store.letters.of(subscriber.pk, LetterKind.ADDRESS)
        if (
            before
            and address_key(before[0].address) == address_key(wanted)
            and now - ONE_ACT < before[0].made_at <= now
        ):
            return  # the button was pressed twice
        if sum(now - WITHIN < letter.made_at <= now for letter in before) >= ADDRESSES:
            raise TooManyRequestsError(WITHIN)
        store.letters.add(subscriber.pk, LetterKind.ADDRESS, new_token(), now, address=wanted)


def may_move_to(store: Store, tools: Tools, subscriber: Subscriber, address: str) -> bool:
    """Whether a subscriber may get digests at an address: nobody else does, and it may be written to (R7).

    Who was asked there and never confirmed, or has left, gives way.
    """
    if store.suppressions.reason(tools.signer.address_hash(address)) not in (None, *UNTIL_ASKED):
        return False
    holder = store.subscribers.find(address)
    gives_way = (SubscriberState.PENDING, SubscriberState.ENDED)
    return holder is None or holder.pk == subscriber.pk or holder.state in gives_way


def asked_to_move(store: Store, tools: Tools, token: str, now: datetime) -> tuple[Letter, Subscriber] | None:
    """Return the newest letter to a new address of its subscriber, and them; None where its link works no more."""
    found = bearer_of(store, tools, LetterKind.ADDRESS, token, now)
    if found is None or found[1].state is not SubscriberState.ACTIVE:
        return None
    letter, subscriber = found
    if store.letters.of(subscriber.pk, LetterKind.ADDRESS)[0].pk != letter.pk:
        return None
    return found if may_move_to(store, tools, subscriber, letter.address) else None


def move_by_token(
    store: Store, tools: Tools, token: str, now: datetime, how: str, wording: Wording
) -> Subscriber | None:
    """Let digests go to the address whose link this is, once; the address before is told that they do.

    No import brings that back (R7).
    """
    with store.atomic():
        found = asked_to_move(store, tools, token, now)
        if found is None:
            return None
        letter, subscriber = found
        if address_key(subscriber.address) == address_key(letter.address):
            return subscriber
        if before := store.subscribers.find(letter.address):
            give_way(store, before, subscriber, now)
        store.suppressions.lift(tools.signer.address_hash(letter.address))
        store.suppressions.add(tools.signer.address_hash(subscriber.address), MOVED_AWAY, now)
        store.subscribers.set_address(subscriber.pk, letter.address)
        store.bounces.forgive(subscriber.pk)
        store.consents.add(
            subscriber.pk, now=now, what="address changed and confirmed", how=how, basis=CONSENT, wording=wording
        )
        store.letters.add(subscriber.pk, LetterKind.MOVED, new_token(), now, address=subscriber.address)
        return store.subscribers.by_pk(subscriber.pk)


def give_way(store: Store, before: Subscriber, subscriber: Subscriber, now: datetime) -> None:
    """Delete who held the address to which a subscriber moves; call it within a transaction."""
    store.letters.suppress_of(before.pk, "another subscriber has moved to the address", now)
    store.subscribers.inherit_tokens(subscriber.pk, before.pk)
    store.subscribers.forget(before.pk)
