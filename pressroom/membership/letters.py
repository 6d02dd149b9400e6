"""Letters are queued here, within their limits: a form or a link must not become a way to flood somebody's mailbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from pressroom.errors import LetterLimitError, WrongStateError
from pressroom.models.letters import LASTS, RECIPIENTS, Letter, LetterKind
from pressroom.models.people import Subscriber, SubscriberState
from pressroom.models.runs import DeliveryState
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools

CONFIRMATION_EVERY, CONFIRMATIONS = timedelta(hours=24), 3
PREFERENCES_EVERY, PREFERENCES_A_DAY = timedelta(hours=1), 6
NEVER_LEFT = (DeliveryState.SUPPRESSED, DeliveryState.CANCELLED)


def ask_to_confirm(store: Store, subscriber: Subscriber, now: datetime) -> bool:
    """Queue the letter with the link that confirms; return False where the limits forbid it.

    One goes to an address in 24 hours, but for who has confirmed since, and three for one request.
    """
    if subscriber.state is not SubscriberState.PENDING:
        return False
    with store.atomic():
        before = _asking(store, subscriber)
        request = store.consents.request_of(subscriber.pk)
        if _is_within(before, CONFIRMATION_EVERY, now):
            return False
        if sum(letter.request == request for letter in before) >= CONFIRMATIONS:
            return False
        store.letters.add(subscriber.pk, LetterKind.CONFIRMATION, new_token(), now, request=request)
        return True


def has_link(store: Store, subscriber: Subscriber, now: datetime) -> bool:
    """Whether a link that confirms still works, or is on its way."""
    return _is_within(_asking(store, subscriber), LASTS[LetterKind.CONFIRMATION], now)


def _asking(store: Store, subscriber: Subscriber) -> list[Letter]:
    """Return the letters that have asked to confirm since the last time somebody did."""
    confirmed = store.consents.confirmed_by(subscriber.pk) or 0
    letters = store.letters.of(subscriber.pk, LetterKind.CONFIRMATION)
    return [one for one in letters if one.state not in NEVER_LEFT and (one.request or 0) > confirmed]


def send_preferences_link(store: Store, subscriber: Subscriber, now: datetime) -> bool:
    """Queue the letter with a fresh link to the preferences; return False after one in this hour, or six in a day."""
    if subscriber.state is not SubscriberState.ACTIVE:
        return False
    with store.atomic():
        before = store.letters.of(subscriber.pk, LetterKind.PREFERENCES)
        of_today = [letter for letter in before if _is_within([letter], timedelta(hours=24), now)]
        moved = store.letters.of(subscriber.pk, LetterKind.MOVED)[:1]
        to_this_address = [letter for letter in before if all(letter.pk > one.pk for one in moved)]
        if _is_within(to_this_address, PREFERENCES_EVERY, now) or len(of_today) >= PREFERENCES_A_DAY:
            return False
        store.letters.add(subscriber.pk, LetterKind.PREFERENCES, new_token(), now)
        return True


def say_already(store: Store, subscriber: Subscriber, now: datetime) -> bool:
    """Queue the letter to a subscriber for whom digests were asked again; at most one in 24 hours."""
    if subscriber.state is not SubscriberState.ACTIVE:
        return False
    with store.atomic():
        if _is_within(store.letters.of(subscriber.pk, LetterKind.ALREADY), CONFIRMATION_EVERY, now):
            return False
        store.letters.add(subscriber.pk, LetterKind.ALREADY, new_token(), now)
        return True


def write_again(store: Store, subscriber: Subscriber, kind: LetterKind, now: datetime) -> None:
    """Queue a letter with a link, or say why it must not be."""
    wanted = RECIPIENTS[kind]
    if subscriber.state not in wanted:
        remedy = f"only one who is {wanted[0]} gets it"
        raise WrongStateError("subscriber", subscriber.address, subscriber.state, remedy)
    write = ask_to_confirm if kind is LetterKind.CONFIRMATION else send_preferences_link
    if not write(store, subscriber, now):
        raise LetterLimitError(subscriber.address, kind)


def welcome(store: Store, tools: Tools, subscriber: Subscriber, now: datetime) -> None:
    """Queue the letter that greets, where the site sends one."""
    if tools.settings.digest.welcome:
        store.letters.add(subscriber.pk, LetterKind.WELCOME, new_token(), now)


def say_goodbye(store: Store, tools: Tools, subscriber: Subscriber, now: datetime) -> None:
    """Queue the letter that says what has ended, where the site sends one."""
    if tools.settings.digest.goodbye:
        store.letters.add(subscriber.pk, LetterKind.GOODBYE, new_token(), now)


def _is_within(letters: list[Letter], span: timedelta, now: datetime) -> bool:
    """Whether a letter was written within `span` before `now`; what a clock ahead of now has written counts not."""
    return any(now - span < letter.made_at <= now for letter in letters)
