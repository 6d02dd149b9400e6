"""What should have been done by now and was not, or would be refused: a sentence for each thing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pressroom.errors import FixedClockError, PublisherError, UnarmedError
from pressroom.models.dates import in_zone
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Frequency
from pressroom.publishing.delivering import check_mail_may_leave
from pressroom.publishing.digests import immediate_due, unfilled
from pressroom.publishing.entering import announce_new
from pressroom.storage import Store
from pressroom.storage.shelves import FOLLOWER
from pressroom.tools import Tools

A_MOMENT = timedelta(minutes=1)
"""What became due just now is perhaps being done."""
LEFT_ALONE = timedelta(minutes=15)
A_WHILE = timedelta(minutes=5)
"""So long feeds may take to be written, where a timer publishes."""
MOST_ROWS = 20


def overdue(store: Store, tools: Tools, now: datetime) -> Iterator[str]:
    """Return why nothing would go out, and what is late, as far as the catalogue tells it to who only reads."""
    yield from _refusal(store, tools)
    # Of a row without any time nobody knows since when it waits.
    if late := [one for one in store.releases.due(now - LEFT_ALONE) if one.publish_at or one.embargo]:
        yield (
            f"{len(late):,} release(s) should be live for {LEFT_ALONE.seconds // 60} minutes or more; "
            "start “publisher serve”, or run “publisher publish”."
        )
    if behind := store.changes.behind_since(FOLLOWER, now - A_WHILE):
        number, since = behind
        yield (
            f"{number:,} release(s) are not in the feeds since {_time(since, now, tools.settings.site.zone)}; "
            "run “publisher publish”, which says what holds it up."
        )
    for frequency in (*SCHEDULED, Frequency.IMMEDIATE) if tools.is_armed(store) else ():
        due = unfilled(store, tools, frequency, now) if frequency in SCHEDULED else _immediate(store, tools, now)
        if due and now - due > LEFT_ALONE:
            local = in_zone(due, tools.settings.site.zone)
            yield (
                f"The {frequency} digest was due on {local:%Y-%m-%d} at {local:%H:%M} and has not begun; "
                "start “publisher serve”, or run “publisher publish”, which says what holds it up."
            )


def _refusal(store: Store, tools: Tools) -> Iterator[str]:
    """Yield what “publish” and “serve” would say and then do nothing at all."""
    try:
        check_mail_may_leave(store, tools)
    except (UnarmedError, FixedClockError):
        pass  # of a copy the rest is done, and it is told elsewhere; a given clock is only this call's
    except PublisherError as error:
        yield str(error)


def _immediate(store: Store, tools: Tools, now: datetime) -> datetime | None:
    """Return when the digest at once is due, None where none is: mostly that is known without a look at all readers."""
    is_settled = store.runs.settled_up_to(Frequency.IMMEDIATE) >= store.announcements.newest_no
    if is_settled or store.subscribers.first_subscription(Frequency.IMMEDIATE) is None:
        return None
    return immediate_due(store, tools, now)


def _time(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    local = in_zone(moment, zone)
    return f"{local:%H:%M}" if local.date() == in_zone(now, zone).date() else f"{local:%Y-%m-%d %H:%M}"


def unusable(store: Store, now: datetime) -> list[str]:
    """Return what is wrong with rows of other programs that should have gone out; of many, the first ones.

    It is tried and taken back, so that it waits for whoever writes, and says of a catalogue why it cannot be written.
    """
    found: list[str] = []
    with suppress(_TakenBackError), store.atomic():
        due = store.releases.due(now - A_MOMENT)[:MOST_ROWS]
        found += map(str, announce_new(store, due, now) if due else ())
        raise _TakenBackError
    return found


class _TakenBackError(Exception):
    """What was tried is undone."""
