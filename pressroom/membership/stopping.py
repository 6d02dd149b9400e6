"""Stopping by the link in a mail: everything, or what comes at one frequency; also while the catalogue is away (R7).

What is asked meanwhile is written beside it (`stops`). Whoever acts next, a page or a command, heeds that first: so
people get what they asked for last, whatever the clocks say.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from pressroom.accounts import change_choices
from pressroom.digest import consent
from pressroom.errors import CatalogueTroubleError, PublisherError, StopTroubleError
from pressroom.membership import one_act_of, unsubscribe
from pressroom.models.consent import How, Wording
from pressroom.models.people import ENDED_A_PART, Frequency, Subscriber
from pressroom.stops import Stop
from pressroom.storage import Store
from pressroom.storage.trouble import in_words
from pressroom.tools import Tools


def stop(store: Store, tools: Tools, asked: Stop, how: str) -> Subscriber | None:
    """Do what is asked; None where the token is nobody's (RFC 8058 §3.2). Twice is harmless."""
    if store.subscribers.find_by_token(asked.token) is None:  # nobody waits for the lock in vain
        return None
    with store.atomic():
        subscriber = store.subscribers.find_by_token(asked.token)
        if subscriber is None:
            return None
        if asked.frequency:
            return _stop_frequency(store, tools, subscriber, asked, asked.frequency, how)
        return _end_everything(store, tools, subscriber, asked, how)


def _end_everything(store: Store, tools: Tools, subscriber: Subscriber, asked: Stop, how: str) -> Subscriber:
    one_act, wording = one_act_of(asked.is_by_program), _read(tools, subscriber, asked)
    return unsubscribe(store, tools, subscriber.address, asked.asked_at, how, one_act=one_act, wording=wording)


def _read(tools: Tools, subscriber: Subscriber, asked: Stop) -> Wording | None:
    """Return what somebody read before they pressed the button; a mail program has its own."""
    if asked.is_by_program:
        return None
    with suppress(PublisherError):  # words that are broken keep nobody here
        words = tools.words(subscriber.language)
        return consent.stopping(asked.frequency, words) if asked.frequency else consent.leaving(words)
    return None


def _stop_frequency(
    store: Store, tools: Tools, subscriber: Subscriber, asked: Stop, frequency: Frequency, how: str
) -> Subscriber | None:
    """End what somebody follows at one frequency, at once; where nothing else is left, everything.

    A digest that waits for them and has no frequency that they keep does not leave either.
    """
    now = asked.asked_at
    if not any(choice.frequency is frequency for choice in subscriber.choices):
        return subscriber
    kept = [choice for choice in subscriber.choices if choice.frequency is not frequency]
    if not kept:
        return _end_everything(store, tools, subscriber, asked, how)
    change_choices(store, subscriber, kept, now)
    store.deliveries.stop(subscriber.pk, now)
    ended, wording = f"{ENDED_A_PART}: everything {frequency}", _read(tools, subscriber, asked)
    store.consents.add(subscriber.pk, now=now, what=ended, how=how, wording=wording)
    return store.subscribers.by_pk(subscriber.pk)


def heed_stops(store: Store, tools: Tools) -> list[PublisherError]:
    """Do what readers asked to stop while the catalogue could not be used; it ends as of when they asked.

    Returns what is wrong with single files. Raises CatalogueTroubleError where the catalogue cannot be used still, and
    StopTroubleError where it cannot be seen what was asked: no mail may leave then, and nobody act.
    """
    faults: list[PublisherError] = []
    for path in tools.stops.waiting():
        try:
            _heed(store, tools, path)
        except sqlite3.IntegrityError as error:
            faults.append(in_words(error, store.path))
        except sqlite3.Error as error:
            raise in_words(error, store.path) from error
        except (CatalogueTroubleError, StopTroubleError):
            raise
        except PublisherError as error:
            faults.append(error)
    return faults


def _heed(store: Store, tools: Tools, path: Path) -> None:
    """Do what a file asks, once: a kill may leave it behind, and two processes may come at the same moment."""
    asked = tools.stops.read(path)
    if asked is None:
        return
    with store.atomic(durable=True):
        if not path.exists():  # while this process waited for its turn
            return
        if store.heeded_stops.add(path.name):
            stop(store, tools, asked, How.UNSUBSCRIBE_LINK)
    tools.stops.done(path)
    store.heeded_stops.forget(path.name)
