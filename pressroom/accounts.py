"""What a subscriber is owed, brought forward when choices change, a pause begins or ends, or someone leaves (R4).

What ends by itself ends here: pauses, and requests that nobody confirms. So does all that is known of a person who is
erased.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from time import sleep
from zoneinfo import ZoneInfo

from pressroom.digest.selection import FIRST_HEARD, Account, History, Pass, matching
from pressroom.models.announcements import Announcement, Change
from pressroom.models.consent import How
from pressroom.models.dates import in_zone
from pressroom.models.people import LAPSED, Choice, Filter, Subscriber, SubscriberState
from pressroom.storage import Store
from pressroom.storage.erasing import Traces, leave_no_trace
from pressroom.tools import Tools

UNDO_FOR = timedelta(hours=24)
"""How long an unsubscribe can be taken back."""
REQUESTS_AT_ONCE = 200
BREATH = 0.05
"""Seconds between two batches, in which others get the write lock."""


def ask_for(store: Store, subscriber: Subscriber, choices: Sequence[Choice], now: datetime) -> None:
    """Let a pending subscriber hold `choices`. What was owed to one who had left is kept, should they undo that."""
    newest = store.announcements.newest_no
    store.subscribers.set_choices(subscriber.pk, (), now=now, no=newest)
    store.subscribers.set_choices(subscriber.pk, choices, now=now, no=newest)


def begin_afresh(store: Store, subscriber: Subscriber, choices: Sequence[Choice], now: datetime) -> None:
    """Let `choices` hold from now on, with nothing owed from before; also those that were held while pending."""
    newest = store.announcements.newest_no
    store.subscribers.strike(subscriber.pk, store.subscribers.owed(subscriber.pk), subscriber.since_no, now)
    store.subscribers.set_choices(subscriber.pk, (), now=now, no=newest)
    store.subscribers.set_choices(subscriber.pk, choices, now=now, no=newest)
    store.subscribers.settle(subscriber.pk, newest, ())
    store.subscribers.forget_what_was_set(subscriber.pk)


def change_choices(store: Store, subscriber: Subscriber, choices: Sequence[Choice], now: datetime) -> None:
    """Let `choices` replace the present ones: what any of them matches stays owed, the rest is struck for good.

    Nothing is owed to whoever is pending.
    """
    newest = store.announcements.newest_no
    if subscriber.state is not SubscriberState.ACTIVE:
        store.subscribers.set_choices(subscriber.pk, choices, now=now, no=newest)
        return
    remember_what_was_held_back(store, subscriber)
    history, account = account_of(store, subscriber, was_reached=not subscriber.paused)
    kept = history.still_owed(account, choices)
    store.subscribers.strike(subscriber.pk, {one.no for one in history.owed(account)} - kept, newest, now)
    store.subscribers.set_choices(subscriber.pk, choices, now=now, no=newest)
    store.subscribers.settle(subscriber.pk, newest, kept)


def take_back(
    store: Store,
    subscriber: Subscriber,
    missing: Sequence[Choice],
    ended: Sequence[Choice],
    moment: datetime,
    now: datetime,
) -> None:
    """Let choices that ended at `moment` hold again as if they had not; call it within a transaction.

    Of `ended`, only `missing` are not held by now.

    What was owed then is owed: of whoever left it was kept, of whoever stopped a part it was struck, and what has been
    struck since would not have been. A digest that still waited then, and whose run is open, leaves after all.
    """
    newest = store.announcements.newest_no
    if subscriber.state is SubscriberState.ACTIVE:
        bring_forward(store, subscriber, was_reached=not subscriber.paused)
        kept = subscriber.choices
    else:  # what has been asked for since, and is not confirmed, gives way
        store.subscribers.set_choices(subscriber.pk, (), now=now, no=newest)
        store.subscribers.set_state(subscriber.pk, SubscriberState.ACTIVE)
        store.subscribers.bring_back(subscriber.pk)
        kept = ()
    owed = store.subscribers.owed(subscriber.pk)
    store.subscribers.set_choices(subscriber.pk, (*kept, *missing), now=now, no=newest)
    store.subscribers.settle(subscriber.pk, newest, owed)
    record = store.consents.ended_by(subscriber.pk, moment)
    struck = store.subscribers.struck_since(subscriber.pk, moment, record) if record else []
    told = [one for one in store.announcements.touching(newest, struck) if one.no in struck and matching(ended, one)]
    _owe_again(store, subscriber.pk, told)
    store.deliveries.take_back_suppression(subscriber.pk, moment, now)


def _owe_again(store: Store, subscriber: int, struck: Sequence[Announcement]) -> None:
    """Owe again what was struck, as if it never had been: a release that has been told meanwhile is no news any more.

    Nor is its being filed under a further topic, where it is owed for an earlier reason.
    """
    paid = store.runs.paid(subscriber, {one.release for one in struck})
    again = {one.no for one in struck if one.change not in FIRST_HEARD or one.release not in paid}
    store.subscribers.take_back_strikes(subscriber, again)
    owed, first = store.subscribers.owed(subscriber), dict[int, int]()
    for one in sorted(store.announcements.touching(store.announcements.newest_no, again), key=lambda one: one.no):
        if one.no in owed and one.change in FIRST_HEARD and first.setdefault(one.release, one.no) != one.no:
            store.subscribers.drop_owed(subscriber, [one.no])


def bring_forward(store: Store, subscriber: Subscriber, *, was_reached: bool) -> None:
    """Keep what is owed while nothing about the choices changes; `was_reached` says whether runs counted meanwhile."""
    owed = owed_under(store, subscriber, subscriber.choices, was_reached=was_reached)
    remember_what_was_held_back(store, subscriber)
    store.subscribers.settle(subscriber.pk, store.announcements.newest_no, owed)


def change_filter(store: Store, subscriber: Subscriber, wanted: Filter) -> None:
    """Let `wanted` decide from the next run on what comes; what was held back so far is never offered (R4).

    The account is brought forward, so that a filter is blamed for no run that was made before it.
    """
    now = store.subscribers.by_pk(subscriber.pk)  # the same form may have changed the choices before
    if now and now.state is SubscriberState.ACTIVE and not now.paused:
        bring_forward(store, now, was_reached=True)
    store.subscribers.set_filter(subscriber.pk, wanted)


def remember_what_was_held_back(store: Store, subscriber: Subscriber) -> None:
    """Keep what a filter has held back since `since_no`, before that or the filter changes."""
    if subscriber.filter == Filter() or subscriber.paused or subscriber.state is not SubscriberState.ACTIVE:
        return
    announcements = store.announcements.touching(subscriber.since_no)
    paid = store.runs.paid(subscriber.pk, {one.release for one in announcements})
    passes = [Pass(*one) for one in store.runs.passes_since(subscriber.since_no)]
    known = store.subscribers.owed(subscriber.pk), paid, store.subscribers.held_back(subscriber.pk)
    account = Account(subscriber.choices, subscriber.since_no, *known)
    held = History(announcements, passes).held_back(account) - set(store.subscribers.struck(subscriber.pk))
    store.subscribers.hold_back(subscriber.pk, held)


def owed_under(
    store: Store, subscriber: Subscriber, choices: Sequence[Choice], *, was_reached: bool = True
) -> set[int]:
    """Return the numbers owed to `subscriber` now that `choices` match.

    Runs do not settle anything for someone who was not `was_reached` by them: paused, or gone.
    """
    history, account = account_of(store, subscriber, was_reached=was_reached)
    return history.still_owed(account, choices)


def account_of(
    store: Store, subscriber: Subscriber, *, was_reached: bool, also: Iterable[Announcement] = ()
) -> tuple[History, Account]:
    """Return the account of a subscriber, and what it is reckoned by.

    `also` are announcements that count as made, with all others of their releases.
    """
    carried = store.subscribers.owed(subscriber.pk)
    settled = 0
    if was_reached and subscriber.choices:
        # What the runs at every frequency held have passed is settled: nothing older need be read.
        frequencies = {choice.frequency for choice in subscriber.choices}
        settled = min(store.runs.settled_up_to(frequency) for frequency in frequencies)
    since = max(subscriber.since_no, settled)
    announcements = with_those(store.announcements.touching(since, carried), also)
    passes = [Pass(*one) for one in store.runs.passes_since(since)] if was_reached else []
    told = {one.release for one in announcements if one.change is not Change.NEW}
    paid = store.runs.paid(subscriber.pk, told)
    held_back = store.subscribers.held_back(subscriber.pk)
    account = Account(subscriber.choices, subscriber.since_no, carried, paid, held_back)
    return History(announcements, passes, settled), account


def with_those(announcements: Iterable[Announcement], also: Iterable[Announcement]) -> list[Announcement]:
    """Return both, each number once, in their order."""
    by_no = {one.no: one for one in (*announcements, *also)}
    return [by_no[no] for no in sorted(by_no)]


def end_pauses(store: Store, now: datetime, zone: ZoneInfo) -> int:
    """Bring back everyone whose pause has ended by `now` (at midnight in `zone`) and return how many."""
    today = in_zone(now, zone).date()
    if not store.subscribers.paused_past(today):
        return 0
    with store.atomic():
        # Read again: another process may have brought them back meanwhile, and a run may have paid them since.
        returning = store.subscribers.paused_past(today)
        for subscriber in returning:
            end_pause(store, subscriber)
        return len(returning)


def end_pause(store: Store, subscriber: Subscriber) -> None:
    """Bring a paused subscriber back: what was announced meanwhile is owed. Call it within a transaction."""
    bring_forward(store, subscriber, was_reached=False)
    store.subscribers.set_pause(subscriber.pk, False)


def end_requests(store: Store, now: datetime, days: int, should_stop: Callable[[], bool] = lambda: False) -> int:
    """Delete everyone who asked for digests and has not confirmed it within `days` (0: for ever); return how many.

    Who has been sent a link that still works is deleted when it has ended.
    Who had left before goes back to having left: that they did must stay known. It goes in batches, each a
    transaction, so that it keeps nobody else waiting.
    """
    limit, ended, traces = now - timedelta(days=days), 0, list[Traces]()
    while days and store.subscribers.pending_since_before(limit, 1, now):
        with store.atomic():
            lapsed = store.subscribers.pending_since_before(limit, REQUESTS_AT_ONCE, now)
            for subscriber in lapsed:
                traces += _end_request(store, subscriber, now)
        ended += len(lapsed)
        if len(lapsed) < REQUESTS_AT_ONCE or should_stop():
            break
        sleep(BREATH)
    leave_no_trace(store, traces)
    return ended


def _end_request(store: Store, lapsed: Subscriber, now: datetime) -> list[Traces]:
    if not store.consents.has_left(lapsed.pk):
        store.letters.suppress_of(lapsed.pk, "the request was deleted", now)
        return [store.subscribers.forget(lapsed.pk)]
    store.subscribers.set_choices(lapsed.pk, (), now=now, no=store.announcements.newest_no)
    store.subscribers.set_state(lapsed.pk, SubscriberState.ENDED)
    store.subscribers.bring_back(lapsed.pk)
    store.subscribers.set_pause(lapsed.pk, False)
    store.consents.add(lapsed.pk, now=now, what=LAPSED, how=How.NOBODY)
    return []


def erase(store: Store, tools: Tools, subscriber: Subscriber, reason: str, now: datetime) -> Traces:
    """Erase a person with all that names them, but for complaints, and suppress the address.

    The accounts keep their numbers. Call it within a transaction, and `leave_no_trace` after it.
    """
    address_hash = tools.signer.address_hash(subscriber.address)
    store.suppressions.add(address_hash, reason, now)
    store.sign_ups.drop(address_hash, now)
    store.letters.suppress_of(subscriber.pk, "erased", now)
    store.letters.suppress_to(subscriber.address, "erased", now)
    store.deliveries.suppress_of(subscriber.pk, "erased", now)
    return store.subscribers.forget(subscriber.pk)
