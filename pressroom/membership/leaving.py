"""After an unsubscribe: it can be undone for 24 hours by whoever did it, who may also say why they left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pressroom import accounts
from pressroom.accounts import UNDO_FOR
from pressroom.digest import consent
from pressroom.models.consent import Wording
from pressroom.models.dates import in_zone, stamp
from pressroom.models.people import UNDONE, Choice, Subscriber, SubscriberState
from pressroom.models.words import marked
from pressroom.signing import is_token
from pressroom.storage import Store
from pressroom.tools import Tools

UNDO = "undo"
WHAT_WAS_OWED = "what was owed"
"""What an undo brings back where all that had ended is held again."""
REASONS = {
    "too-many": marked("Too many mails"),
    "not-for-me": marked("Not what I need"),
    "other-work": marked("I do other work now"),
    "feed": marked("I read the feed instead"),
    "never-asked": marked("I never asked for it"),
    "other": marked("Something else"),
}


def undo_token(tools: Tools, subscriber: Subscriber, now: datetime) -> str:
    """Return what lets its bearer undo, for 24 hours, what ended at `now`.

    Only the page that answers the unsubscribe holds it, and who presses the button within a minute: the link in a
    digest, which may have been passed on, stops mail and cannot start it again later.
    """
    return tools.signer.signed_token(UNDO, subscriber.unsubscribe_token, now + UNDO_FOR)


def ended_with(
    store: Store, tools: Tools, token: str, now: datetime
) -> tuple[Subscriber, datetime, tuple[Choice, ...]] | None:
    """Return who may undo with this token, when it ended, and what; None where that is no longer possible."""
    expires = tools.signer.expiry_of(UNDO, token, now)
    key = tools.signer.subject_of(UNDO, token, now)
    subscriber = store.subscribers.find_by_token(key) if key else None
    if expires is None or subscriber is None:
        return None
    moment = expires - UNDO_FOR
    ended = ended_at(store, subscriber, moment)
    if subscriber.state is SubscriberState.ACTIVE:  # who has signed up anew since has chosen anew
        is_open = not store.consents.has_agreed_since(subscriber.pk, moment)
    else:  # also while they, or a stranger, have asked anew and nobody has confirmed that
        is_gone = subscriber.state in (SubscriberState.ENDED, SubscriberState.PENDING)
        is_open = is_gone and store.consents.left_at(subscriber.pk) == moment
    return (subscriber, moment, ended) if ended and is_open else None


def ended_at(store: Store, subscriber: Subscriber, moment: datetime) -> tuple[Choice, ...]:
    """Return the confirmed choices of a subscriber that ended at `moment`."""
    ever = store.subscribers.ever_held(subscriber.pk)
    rows = [choice for choice, _, _, ended, was_pending in ever if ended == stamp(moment) and not was_pending]
    return _as_now(store, rows)


def _as_now(store: Store, choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """Return choices of topics that have become others since as ones of those; where both were held, that one stays."""
    kept = {choice.scope: choice for choice in choices}
    for choice in choices:
        topic = store.topics.get(choice.topic.slug) if choice.topic else None
        if topic and choice.topic and topic.pk != choice.topic.pk:
            kept.pop(choice.scope, None)
            moved = replace(choice, topic=topic)
            kept.setdefault(moved.scope, moved)
    return tuple(kept.values())


def is_undone(store: Store, subscriber: Subscriber, moment: datetime) -> bool:
    """Whether what ended at `moment` has been taken back; what the person ends or changes after that is another act."""
    return store.consents.is_undone(subscriber.pk, _undoing(moment))


def _undoing(moment: datetime) -> str:
    return f"{UNDONE} of {stamp(moment)}"


def undo_by_token(store: Store, tools: Tools, token: str, now: datetime, how: str) -> Subscriber | None:
    """Let everything be as it was before an unsubscribe; twice is harmless. None where it is too late.

    Nothing begins anew (R4): what was owed then is owed again; what was announced in between, to nobody who had left.
    """
    with store.atomic():
        found = ended_with(store, tools, token, now)
        if found is None:
            return None
        subscriber, moment, ended = found
        if is_undone(store, subscriber, moment):
            return subscriber
        wording = consent.undoing(tools.words(subscriber.language))
        bring_back(store, subscriber, moment, ended, now, how, wording)
        return store.subscribers.by_pk(subscriber.pk)


def bring_back(
    store: Store,
    subscriber: Subscriber,
    moment: datetime,
    ended: Sequence[Choice],
    now: datetime,
    how: str,
    wording: Wording | None = None,
) -> None:
    """Let what ended at `moment` hold again, and record it; call it within a transaction."""
    is_active = subscriber.state is SubscriberState.ACTIVE
    held = {choice.scope for choice in subscriber.choices if is_active}
    missing = [choice for choice in ended if choice.scope not in held]
    accounts.take_back(store, subscriber, missing, ended, moment, now)
    said = ", ".join(f"{choice.slug}={choice.frequency}" for choice in missing) or WHAT_WAS_OWED
    what = f"{_undoing(moment)}: {said}"
    store.consents.add(subscriber.pk, now=now, what=what, how=how, wording=wording)


def say_why(store: Store, tools: Tools, token: str, key: str, reason: str, now: datetime) -> bool:
    """Count why somebody left, without who: nothing that is kept can be traced to the token, or to the moment.

    `key` is random and of one page, whose last answer counts. False for a token that has expired, or a key or a reason
    of another form.
    """
    if reason not in REASONS or not is_token(key) or tools.signer.expiry_of(UNDO, token, now) is None:
        return False
    store.farewells.add(key, reason, in_zone(now, tools.settings.site.zone).date().isoformat()[:7])
    return True
