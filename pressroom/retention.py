"""What is kept for a while only (`[retention]`): deliveries, letters, bounces, requests, complaints, who has left.

Nothing that anybody gets later depends on it: what was paid, how many there were, and who must not be mailed stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import sleep

from pressroom.accounts import BREATH, UNDO_FOR, erase
from pressroom.models.people import LEFT_LONG_AGO
from pressroom.models.sign_ups import KEPT_FOR, WAITS_FOR
from pressroom.storage import Store
from pressroom.storage.erasing import finish_erasing, leave_no_trace
from pressroom.tools import Tools

EVERY = timedelta(days=1)
LEFT_FOR = timedelta(days=90)
"""So long a form that was left without saving is kept."""
ROWS_AT_ONCE, PEOPLE_AT_ONCE = 1_000, 50


def delete_what_is_old(store: Store, tools: Tools, now: datetime) -> None:
    """Delete what has been kept for as long as the settings say; once a day, and at once where it was broken off.

    It goes in small batches, each a transaction, so that it keeps nobody else waiting. A service that is told to end
    leaves the rest for later. The hashes that tell where forms were sent from go whenever their day is over.
    """
    store.sign_ups.forget_before(now - KEPT_FOR)
    store.complaints.forget_places(now - KEPT_FOR)
    store.autosaves.drop_old(now - LEFT_FOR)
    if not is_due(store, now):
        return
    store.subscribers.forget_settings_of_who_left(now - UNDO_FOR)
    if all(_done(tools, most, delete) for most, delete in _batches(store, tools, now)):
        finish_erasing(store)
        store.mark_swept(now)


def _batches(store: Store, tools: Tools, now: datetime) -> Iterator[tuple[int, Callable[[], int]]]:
    """Yield what deletes one batch of each kind that is kept for a while only, with how many are a full one."""
    kept, most = tools.settings.retention, ROWS_AT_ONCE
    yield most, lambda: store.sign_ups.delete_waiting(now - WAITS_FOR, most)
    if kept.deliveries_days:
        before = now - timedelta(days=kept.deliveries_days)
        yield most, lambda: store.deliveries.delete_closed(before, most)
    if kept.letters_days:
        finished = now - timedelta(days=kept.letters_days)
        yield most, lambda: store.letters.delete_finished(finished, most)
    if kept.bounces_days:
        came_back = now - timedelta(days=kept.bounces_days)
        yield most, lambda: store.bounces.delete_before(came_back, most)
    if kept.complaints_years:
        closed = _years_before(now, kept.complaints_years)
        yield most, lambda: store.complaints.delete_closed(closed, most)
    if kept.consent_years:
        left = _years_before(now, kept.consent_years)
        yield PEOPLE_AT_ONCE, lambda: _erase_who_left(store, tools, left, now)


def is_due(store: Store, now: datetime) -> bool:
    """Whether a day has passed since the last time; one that a clock ahead of `now` has noted does not count."""
    last = store.swept_at
    return last is None or not last <= now < last + EVERY


def _done(tools: Tools, most: int, delete: Callable[[], int]) -> bool:
    """Delete batch after batch until one is not full; return False where the service is told to end before."""
    while delete() >= most:
        if tools.should_stop():
            return False
        sleep(BREATH)
    return True


def _erase_who_left(store: Store, tools: Tools, before: datetime, now: datetime) -> int:
    """Erase some of those who left at `before` or earlier, as if they had asked for it, and return how many."""
    if not store.subscribers.left_by(before, 1):
        return 0
    with store.atomic():
        gone = store.subscribers.left_by(before, PEOPLE_AT_ONCE)
        traces = [erase(store, tools, subscriber, LEFT_LONG_AGO, now) for subscriber in gone]
    leave_no_trace(store, traces)
    return len(gone)


def _years_before(now: datetime, years: int) -> datetime:
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # 29 February
        return now.replace(year=now.year - years, day=28)
