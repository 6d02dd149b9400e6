"""One reader's next digest, as it will be: to look at, and to send to somebody as a test."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import datetime

from pressroom.accounts import begin_afresh, end_pauses
from pressroom.delivery.queue import Answer
from pressroom.digest.items import make_item
from pressroom.digest.selection import Offer, matching
from pressroom.errors import NothingToShowError, SuppressedAddressError
from pressroom.models.addresses import clean_mail_address
from pressroom.models.due import SCHEDULED
from pressroom.models.people import Choice, Frequency, Subscriber, SubscriberState
from pressroom.models.rehearsal import Preview
from pressroom.models.runs import DigestRun, Message, OfferedItem
from pressroom.publishing.composing import compose_digest
from pressroom.publishing.freezing import freeze
from pressroom.publishing.gate import let_pass
from pressroom.publishing.journey import check_mail_may_leave, make_live, make_transport
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools

ANYBODY = "reader@example.org"
NO_TOKEN = "a" * 26
"""Stands for the personal token in a test: a link that has the right form, and belongs to nobody."""
SHOWN_LAST = 9


def preview(
    store: Store,
    tools: Tools,
    now: datetime,
    *,
    address: str = "",
    frequency: Frequency | None = None,
    language: str = "",
    instead: str = "",
) -> Preview:
    """Return the next digest of a subscriber, or of somebody who follows everything, weekly if not said otherwise.

    Tried on a copy; nothing is changed. With `instead` it is addressed to that address, and its links belong to nobody.
    """
    with store.copy() as copy:
        reader = copy.subscribers.get(address) if address else _anybody(copy, tools, now, frequency, language)
        wanted = {frequency} if frequency else {choice.frequency for choice in reader.choices} or {Frequency.WEEKLY}
        shown = replace(reader, address=instead, name="", unsubscribe_token=NO_TOKEN) if instead else reader
        for at, run in _runs(copy, tools, now, wanted):
            delivery = next((one for one in copy.deliveries.of_run(run.pk) if one.subscriber == reader.pk), None)
            if delivery is not None:
                return Preview(compose_digest(tools, shown, copy.runs.bundle(delivery.bundle), run), at, is_owed=True)
        if not (items := _announced_last(copy, tools, reader)):
            raise NothingToShowError(address)
        return Preview(compose_digest(tools, shown, items, run), at, is_owed=False)


def send_test(
    store: Store,
    tools: Tools,
    now: datetime,
    to: str,
    *,
    address: str = "",
    frequency: Frequency | None = None,
    language: str = "",
) -> tuple[Message, Answer]:
    """Hand that digest to the mail server for `to`, marked as a test, and return it with the answer."""
    check_mail_may_leave(store, tools)
    to = clean_mail_address("to", to)
    if reason := store.suppressions.reason(tools.signer.address_hash(to)):
        raise SuppressedAddressError(to, reason)
    shown = preview(store, tools, now, address=address, frequency=frequency, language=language, instead=to)
    headers = tuple((name, f"[Test] {value}" if name == "Subject" else value) for name, value in shown.message.headers)
    message = replace(shown.message, headers=headers)
    transport = make_transport(tools)
    try:
        return message, transport.send(message)
    finally:
        transport.close()


def _runs(
    copy: Store, tools: Tools, now: datetime, frequencies: Collection[Frequency]
) -> Iterator[tuple[datetime, DigestRun]]:
    """Open the next run of each frequency in turn, the soonest first."""
    timetable = tools.settings.timetable
    moments = [(timetable.following(one, now) if one in SCHEDULED else now, one) for one in frequencies]
    for at, frequency in sorted(moments):
        make_live(copy, at)
        end_pauses(copy, at, tools.settings.site.zone)
        with copy.atomic():
            run = freeze(copy, tools, at, frozenset({frequency}), {frequency: [at]}, check=let_pass)
        yield at, run


def _anybody(copy: Store, tools: Tools, now: datetime, frequency: Frequency | None, language: str) -> Subscriber:
    """Add somebody to the copy who has followed everything since the last digest of that frequency."""
    pace = frequency or Frequency.WEEKLY
    person = Subscriber(
        ANYBODY,
        SubscriberState.ACTIVE,
        language=language or tools.settings.site.language,
        unsubscribe_token=new_token(),
        created_at=now,
    )
    known = copy.subscribers.find(ANYBODY)
    if known:
        copy.subscribers.forget(known.pk)
    added = copy.subscribers.add(person)
    begin_afresh(copy, added, (Choice(pace),), now)
    copy.subscribers.settle(added.pk, copy.runs.settled_up_to(pace), ())
    return copy.subscribers.get(ANYBODY)


def _announced_last(copy: Store, tools: Tools, reader: Subscriber) -> list[OfferedItem]:
    """Return what of the newest announcements the reader's choices match, as if it were new."""
    announcements = copy.announcements.latest(SHOWN_LAST)
    releases = copy.releases.by_pk(one.release for one in announcements)
    items = []
    for one in announcements:
        if choices := matching(reader.choices, one):
            offer = Offer(one.release, one.change, (one.no,), tuple(choices))
            item = make_item(releases[one.release], offer, [one], None, tools.links)
            items.append(OfferedItem(item, tuple(choice.name for choice in choices)))
    return items
