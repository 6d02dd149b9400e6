"""The mail that waits, handed over: letters and digests, by the transport of the site and at its pace."""

from __future__ import annotations

import gc
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache, partial
from time import monotonic, sleep, time

from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.mime import Encoded, encode
from pressroom.delivery.only_to import OnlyTo
from pressroom.delivery.queue import Answer, Transport
from pressroom.delivery.smtp import SmtpTransport
from pressroom.delivery.tally import Tally
from pressroom.delivery.worker import Worker
from pressroom.errors import (
    DemoMailError,
    FixedClockError,
    InsecureSiteError,
    PublisherError,
    UnarmedError,
)
from pressroom.membership.bounces import record_refusal, why_halted
from pressroom.membership.complaints import remind
from pressroom.membership.signing_up import take_up
from pressroom.membership.stopping import heed_stops
from pressroom.models.bounces import BounceClass
from pressroom.models.letters import Letter
from pressroom.models.runs import Delivery, Message
from pressroom.publishing.composing import DigestBuilder
from pressroom.publishing.letters import LetterBuilder
from pressroom.publishing.unexpected import UNEXPECTED, UnexpectedError
from pressroom.storage import Store
from pressroom.storage.pace import KeptPace
from pressroom.storage.trouble import in_words
from pressroom.storage.unreadable import unreadable
from pressroom.tools import Tools

BETWEEN_TURNS = 0.5
"""Seconds between two looks whether more may leave."""
RENEWED_AFTER = 5.0
"""Seconds, at least and not by much more, from one key of the catalogue to the next while mail leaves."""


def nothing(_: datetime) -> bool:
    """Do nothing meanwhile."""
    return False


def deliver(store: Store, tools: Tools, now: datetime, meanwhile: Callable[[datetime], bool] = nothing) -> Tally:
    """Send what waits and can be sent now, letters first, then close the runs in which nothing waits any more.

    `meanwhile` is called now and then, with the moment that it is, also while answers are waited for. It says whether
    there is something else to do: then only what is on its way is waited for.

    Requests from the form are taken up before letters, also between digests, so that nobody who signs up waits for all
    of a run to leave. A message that cannot be made keeps no other back.
    """
    check_mail_may_leave(store, tools)
    renew = _Renewal(store, tools)
    renew.before(_goes_now(store, now))
    _spare_what_stays()
    transport, clock, tally = make_transport(tools), _clock(tools, now), Tally()
    try:
        is_wanted = False

        def go_on() -> bool:
            nonlocal is_wanted
            with _in_words(store):
                renew.if_old()
                is_wanted = is_wanted or meanwhile(clock())
            return is_wanted

        letters, digests = _workers(store, tools, transport, clock, tally, go_on)

        def deliver_letters() -> None:
            renew.if_old()
            _heed(store, tools, tally)
            _write_letters(store, tools, clock(), tally)
            renew.before(_goes_now(store, clock()))
            letters.deliver(tally)

        # A letter is waited for: what is written while digests go out does not stand behind all of them.
        digests.deliver(tally, first=deliver_letters)
        while not is_wanted and _waits(tools, tally) and (letters.has_a_turn_soon() or digests.has_a_turn_soon()):
            sleep(BETWEEN_TURNS)
            digests.deliver(tally, first=deliver_letters)
    finally:
        transport.close()
    renew.after(tally.sent)
    _look_what_is_left(store, tally, now)
    with store.atomic(durable=True):
        tally.ended = store.runs.close_finished(clock())
    return tally


@contextmanager
def _in_words(store: Store) -> Iterator[None]:
    """Let nothing but an error of ours come out of what goes on while mail leaves."""
    try:
        yield
    except sqlite3.Error as error:
        raise in_words(error, store.path) from error
    except (OSError, *UNEXPECTED) as error:
        raise UnexpectedError("What goes on while mail leaves", error) from error


def _look_what_is_left(store: Store, tally: Tally, now: datetime) -> None:
    """Note what waits, until when, and what is in the way of some of it or was left out of it."""
    tally.waiting = store.letters.count_waiting() + store.deliveries.count_waiting()
    if tally.waiting:
        retries = (store.letters.next_attempt(), store.deliveries.next_attempt(), store.deliveries.closed_until())
        tally.next_try = min((moment for moment in retries if moment and moment > now), default=None)
    for fault in unreadable(store):
        tally.add_trouble(fault)


class _Renewal:
    """The key by which a catalogue is told from its copies, again and again made anew while mail leaves (R11).

    So a copy that was made before, also in the midst of a run, is known as older than what has left since. Raises
    UnarmedError where another file lies there by now.
    """

    def __init__(self, store: Store, tools: Tools) -> None:
        self._store, self._tools, self._last = store, tools, monotonic()
        self._was_done = False

    def before(self, anything_leaves: bool) -> None:
        """Renew the key before the first message leaves."""
        if anything_leaves and not self._was_done:
            self._renew()

    def after(self, sent: int) -> None:
        """Renew it after the last one: also older is what was copied meanwhile."""
        if sent:
            with suppress(UnarmedError):  # it has been replaced: what comes next will say so
                self._renew()

    def if_old(self) -> None:
        """Renew the key that has served for a while."""
        if self._was_done and monotonic() - self._last > RENEWED_AFTER:
            self._renew()

    def _renew(self) -> None:
        self._tools.renew_arming(self._store)
        self._last, self._was_done = monotonic(), True


def _goes_now(store: Store, now: datetime) -> bool:
    """Whether something is going to be handed over: while nothing can be, nothing may wake the service by a write."""
    closed = store.deliveries.closed_until()
    return not (closed and now < closed) and (store.letters.has_due(now) or store.deliveries.has_due(now))


@cache
def _spare_what_stays() -> None:
    """Have the garbage collector pass over all that is there: it stays, and looking through it costs time each time."""
    gc.freeze()


def _waits(tools: Tools, tally: Tally) -> bool:
    """Whether it is worth to wait for those whose turn comes soon."""
    has_to_end = tools.fixed_clock or tools.should_stop() or tools.is_outdated()
    return not (has_to_end or tally.closed or tally.trouble)


def _workers(
    store: Store,
    tools: Tools,
    transport: Transport,
    clock: Callable[[], datetime],
    tally: Tally,
    go_on: Callable[[], bool],
) -> tuple[Worker[Letter], Worker[Delivery]]:
    """Return who delivers letters, and who delivers digests."""
    hands = partial(
        Worker,
        transport=transport,
        clock=clock,
        should_stop=tools.should_stop,
        is_outdated=tools.is_outdated,
        go_on=go_on,
        look=partial(_heed, store, tools, tally),
        dkim=tools.dkim,
        refused=partial(_note_refusal, store, tools, clock, tally),
        pace=KeptPace(store, tools.settings.mail.pace, tools.settings.site.zone),
        is_asked=not tools.is_service,
    )
    letters = hands(store.letters, LetterBuilder(store, tools), has_senders=True)
    builder = DigestBuilder(store, tools)
    return letters, hands(store.deliveries, builder, expect=builder.expect)


def _note_refusal(
    store: Store, tools: Tools, clock: Callable[[], datetime], tally: Tally, queued: Delivery | Letter, answer: Answer
) -> None:
    """Hold what a server refused against the address or us; what minds us must not meet everybody else, too."""
    code = answer.reply[:3]
    if not code.isdigit():  # no server has said anything
        return
    about = record_refusal(store, tools, clock(), queued, answer.reply, int(code))
    if about is BounceClass.OURS and isinstance(queued, Delivery) and (why := why_halted(store, queued.run)):
        tally.add_trouble(why)


def _heed(store: Store, tools: Tools, tally: Tally) -> None:
    """Do what was asked to stop while the catalogue could not be used (R7)."""
    for fault in heed_stops(store, tools):
        tally.add_trouble(fault)


def _write_letters(store: Store, tools: Tools, now: datetime, tally: Tally) -> None:
    """Write the letters to who has asked for digests, and to the organisation about complaints."""
    try:
        take_up(store, tools, now)
        remind(store, tools, now)
    except PublisherError as error:
        tally.add_trouble(error)


def _clock(tools: Tools, now: datetime) -> Callable[[], datetime]:
    """Return a clock that goes on from `now`, since a delivery may take hours; one given by `--clock` stands still."""
    if tools.fixed_clock:
        return lambda: now
    begun = monotonic() - time() % 1  # all processes begin a second together: they share a pace
    return lambda: now + timedelta(seconds=int(monotonic() - begun))


def make_transport(tools: Tools) -> Transport:
    """Return SMTP where `[smtp] host` is set, else the site's Maildir; on a trial site, for a few addresses only."""
    transport: Transport = MaildirTransport(tools.outbox)
    if tools.settings.smtp.host:
        transport = SmtpTransport(tools.settings.smtp)
    allowed = tools.settings.mail.only_to
    return OnlyTo(transport, allowed) if allowed else transport


def encoder(tools: Tools) -> Callable[[Message], Encoded]:
    """Return what writes messages as they travel, signed where the site signs."""
    return partial(encode, dkim=tools.dkim)


def check_mail_may_leave(store: Store, tools: Tools) -> None:
    """Refuse mail that cannot be signed, a copy's, and what must not go by SMTP: a demo's, with a set clock, no https.

    A copy's is refused by UnarmedError (R11).
    """
    _ = tools.dkim
    if not tools.is_armed(store):
        raise UnarmedError(tools.catalogue)
    smtp = tools.settings.smtp
    if not smtp.host:
        return
    if store.is_demo:
        raise DemoMailError
    if smtp.is_loopback:
        return
    if not tools.settings.site.url.startswith("https://"):
        raise InsecureSiteError(smtp.host, tools.settings.site.url)
    if tools.fixed_clock:
        raise FixedClockError(smtp.host)
