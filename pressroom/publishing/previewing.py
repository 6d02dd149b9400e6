"""One reader's next digest, as it will be: to look at, and to send to somebody as a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import format_datetime
from itertools import islice

from pressroom.delivery.queue import Answer, hand_over
from pressroom.digest.items import make_item
from pressroom.digest.lint import Finding
from pressroom.digest.selection import Offer, matching
from pressroom.errors import LintError, NothingToShowError, SuppressedAddressError
from pressroom.models.addresses import clean_mail_address
from pressroom.models.people import Choice, Filter, Frequency, Subscriber, SubscriberState
from pressroom.models.rehearsal import Preview
from pressroom.models.runs import Message, OfferedItem
from pressroom.models.text import clean_language
from pressroom.publishing.composing import compose_digest
from pressroom.publishing.delivering import check_mail_may_leave, encoder, make_transport
from pressroom.publishing.gate import Gate
from pressroom.publishing.trying import steps
from pressroom.signing import new_token
from pressroom.storage import Store
from pressroom.tools import Tools

ANYBODY = "anybody@example.org"
NO_TOKEN = "a" * 26
"""Stands for the personal token in a test: a link that has the right form, and belongs to nobody."""
SHOWN_LAST, LOOKED_THROUGH = 9, 1_000


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

    Tried on a copy; nothing is changed. With `instead` it is addressed to that address, its links belong to nobody, and
    nothing is in it that is not out yet.
    """
    with store.copy(tools.should_stop) as copy:
        reader = copy.subscribers.get(address) if address else _anybody(copy, tools, now, frequency, language)
        shown = as_nobody(reader, instead) if instead else reader
        for step in steps(copy, tools, now, reader=reader.pk, nothing_early=bool(instead)):
            if step.run is None or (frequency and frequency not in step.frequencies):
                continue
            delivery = copy.deliveries.find(step.run.pk, reader.pk)
            if delivery is not None:
                items = copy.runs.bundle(delivery.bundle)
                message = compose_digest(tools, shown, items, step.run)
                findings = Gate(copy, tools, step.run, ()).findings(shown, items, message)
                return Preview(message, step.at, True, live=step.live, findings=_as_facts(findings))
        return _announced_last(copy, tools, now, reader, shown)


def as_nobody(reader: Subscriber, address: str = ANYBODY) -> Subscriber:
    """Return a reader with the same choices at another address, without a name and with links that are nobody's."""
    return replace(reader, address=address, name="", unsubscribe_token=NO_TOKEN)


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
    """Hand that digest to the mail server for `to`, marked as a test, and return it with the answer.

    Raises LintError for a mail that must not leave; warnings do not count in a test.
    """
    check_mail_may_leave(store, tools)
    to = clean_mail_address("to", to)
    _refuse_whom_it_must_not_reach(store, tools, to)
    shown = preview(store, tools, now, address=address, frequency=frequency, language=language, instead=to)
    if errors := [finding for finding in shown.findings if not finding[2]]:
        raise LintError(errors)
    marked = {"Subject": "[Test] {}", "Date": format_datetime(now)}
    headers = tuple((name, marked.get(name, "{}").format(value)) for name, value in shown.message.headers)
    message = replace(shown.message, headers=headers)
    transport = make_transport(tools)
    try:
        return message, hand_over(transport, message, encoder(tools)(message), tools.should_stop)
    finally:
        transport.close()


def _refuse_whom_it_must_not_reach(store: Store, tools: Tools, to: str) -> None:
    if reason := store.suppressions.reason(tools.signer.address_hash(to)):
        raise SuppressedAddressError(to, reason)
    known = store.subscribers.find(to)
    if known is not None and known.state in (SubscriberState.ENDED, SubscriberState.SUPPRESSED):
        raise SuppressedAddressError(known.address, "they have unsubscribed")


def _as_facts(findings: Iterable[Finding]) -> tuple[tuple[str, str, bool], ...]:
    return tuple((finding.name, finding.words, finding.is_warning) for finding in findings)


def _anybody(copy: Store, tools: Tools, now: datetime, frequency: Frequency | None, language: str) -> Subscriber:
    """Add somebody to the copy who has followed everything since the last digest of that frequency."""
    pace = frequency or Frequency.WEEKLY
    person = Subscriber(
        ANYBODY,
        SubscriberState.ACTIVE,
        language=clean_language("language", language) or tools.settings.site.language,
        unsubscribe_token=new_token(),
        created_at=now,
    )
    known = copy.subscribers.find(ANYBODY)
    if known:
        copy.subscribers.forget(known.pk)
    added = copy.subscribers.add(person)
    since = copy.runs.settled_up_to(pace)
    copy.subscribers.set_choices(added.pk, (Choice(pace),), now=now, no=since)
    copy.subscribers.settle(added.pk, since, ())
    return copy.subscribers.get(ANYBODY)


def _announced_last(copy: Store, tools: Tools, now: datetime, reader: Subscriber, shown: Subscriber) -> Preview:
    """Return what the reader would have had of the newest announcements, as if it were new, and why nothing waits."""
    choices = reader.choices or (Choice(Frequency.WEEKLY),)
    items = tuple(islice(_wanted_last(copy, tools, choices, reader.filter), SHOWN_LAST))[::-1]
    if not items:
        limits = reader.filter.in_words if reader.filter != Filter() else ""
        raise NothingToShowError(reader.address if reader.address != ANYBODY else "", limits)
    frequencies = {choice.frequency: None for choice in choices}
    run = copy.runs.open(key=new_token(), now=now, up_to_no=0, frequencies=frequencies, due_times={})
    message = compose_digest(tools, shown, items, run)
    findings = Gate(copy, tools, run, ()).findings(shown, items, message)
    return Preview(message, now, False, why_not=_why_not(reader), findings=_as_facts(findings))


def _wanted_last(copy: Store, tools: Tools, choices: Sequence[Choice], wanted: Filter) -> Iterator[OfferedItem]:
    """Yield the newest announcements that these choices match and the filter lets through, newest first."""
    own = tools.settings.site.own_publisher
    for one in reversed(copy.announcements.latest(LOOKED_THROUGH)):
        matched = matching(choices, one)
        if matched and wanted.lets_through(release := copy.releases.by_pk([one.release])[one.release], own):
            offer = Offer(one.release, one.change, (one.no,), tuple(matched))
            yield OfferedItem(
                make_item(release, offer, [one], None, tools.links), tuple(choice.name for choice in matched)
            )


def _why_not(reader: Subscriber) -> str:
    """Return why nothing comes to a reader, as far as the reader's own state is why."""
    if reader.state is not SubscriberState.ACTIVE:
        return {
            SubscriberState.PENDING: "they have not confirmed yet",
            SubscriberState.ENDED: "they have unsubscribed",
        }.get(reader.state, f"they are {reader.state}")
    if reader.paused:
        return "they are paused until somebody resumes them" if reader.paused_until is None else "they are paused"
    return ""
