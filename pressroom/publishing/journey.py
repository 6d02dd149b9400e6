"""The way of everything that is due: live, into the feeds, into digests, delivered. Every step may be started again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from pressroom.accounts import end_pauses, end_requests
from pressroom.delivery.maildir import MaildirTransport
from pressroom.delivery.mime import encode
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
    StopTroubleError,
    WrongStateError,
)
from pressroom.membership.bounces import record_refusal, why_halted
from pressroom.membership.complaints import remind
from pressroom.membership.signing_up import take_up
from pressroom.membership.stopping import heed_stops
from pressroom.models.bounces import BounceClass
from pressroom.models.letters import Letter
from pressroom.models.people import Frequency
from pressroom.models.release import Release
from pressroom.models.runs import Delivery, DigestRun, Message, RunState
from pressroom.publishing.composing import DigestBuilder, renew_issues
from pressroom.publishing.digests import open_due_run, open_run_by_hand
from pressroom.publishing.entering import announce_new
from pressroom.publishing.feeds import FeedReport, publish_feeds
from pressroom.publishing.gate import check_messages
from pressroom.publishing.letters import LetterBuilder
from pressroom.retention import delete_what_is_old
from pressroom.storage import Store
from pressroom.storage.pace import KeptPace
from pressroom.tools import Tools


@dataclass(slots=True)
class PublishReport:
    """What one publish did. `trouble` holds what could not be done: broken templates, folders that refuse files."""

    live: list[Release] = field(default_factory=list)
    feeds: FeedReport = field(default_factory=FeedReport)
    runs: list[DigestRun] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    trouble: list[PublisherError] = field(default_factory=list)


def publish_due(
    store: Store,
    tools: Tools,
    now: datetime,
    *,
    feeds_only: bool = False,
    despite: Collection[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> PublishReport:
    """Do all that is due now: releases become live, feeds are written, digests are frozen and delivered.

    Each step is done, then marked; killed anywhere and started again it ends in the same files, with no delivery lost
    and none made twice (R10). Feeds that cannot be written keep no mail back; a digest that must not leave keeps back
    only itself, unless it is for warnings named in `despite`.
    """
    if not feeds_only:
        check_mail_may_leave(store, tools)
    report = PublishReport()
    try:
        report.trouble += heed_stops(store, tools)
    except StopTroubleError as error:  # whoever has stopped their mail cannot be known: none may leave
        report.trouble.append(error)
        feeds_only = True
    report.live, faults = make_live(store, now)
    report.trouble += faults
    steps = (store.search.refresh, partial(renew_issues, store, tools))
    for step in (*steps, partial(_publish_feeds, report, store, tools, progress)):
        try:
            step()
        except PublisherError as error:
            report.trouble.append(error)
    end_requests(store, now, tools.settings.retention.pending_days, tools.should_stop)
    if feeds_only:
        delete_what_is_old(store, tools, now)
        return report
    end_pauses(store, now, tools.settings.site.zone)
    run = None
    try:
        run = open_due_run(store, tools, now, check=partial(check_messages, despite=despite))
    except PublisherError as error:
        report.trouble.append(error)
    _delivered(report, run, store, tools, now)
    delete_what_is_old(store, tools, now)
    return report


def _publish_feeds(report: PublishReport, store: Store, tools: Tools, progress: Callable[[int, int], None]) -> None:
    report.feeds = publish_feeds(store, tools, progress)


def make_live(store: Store, now: datetime) -> tuple[list[Release], list[PublisherError]]:
    """Make every release live that is due, each with its announcement, in one transaction (R2).

    Returns them, and what is wrong with rows that another program wrote and that cannot go out.
    """
    if not store.releases.due(now):
        return [], []
    with store.atomic():
        due = store.releases.due(now)
        faults = announce_new(store, due, now)
        live = store.releases.by_pk(release.pk for release in due)
    return [live[release.pk] for release in due if live[release.pk].is_public], [*faults]


def send_digest(
    store: Store, tools: Tools, now: datetime, frequencies: Iterable[Frequency], *, despite: Collection[str] = ()
) -> PublishReport:
    """Open a run for `frequencies` by hand and deliver it. Raises LintError for messages that must not leave."""
    check_mail_may_leave(store, tools)
    report = PublishReport(trouble=heed_stops(store, tools))
    end_pauses(store, now, tools.settings.site.zone)
    check = partial(check_messages, despite=despite)
    run = open_run_by_hand(store, tools, now, frequencies, check=check)
    return _delivered(report, run, store, tools, now)


def _delivered(
    report: PublishReport, run: DigestRun | None, store: Store, tools: Tools, now: datetime
) -> PublishReport:
    """Deliver what waits and return the report with what became of it, and of `run`."""
    report.tally = deliver(store, tools, now)
    report.runs = [store.runs.get(run.pk)] if run else []
    told = [str(error) for error in report.trouble]
    report.trouble += [error for error in report.tally.trouble if str(error) not in told]
    return report


def cancel_run(store: Store, tools: Tools, number: int, now: datetime) -> DigestRun:
    """Cancel what waits in a run; what it told of is owed again, and comes with the next digest (R4).

    What a process that is gone was handing over is settled first. Of a run of which nothing has left, the public page
    is taken down, and the editor's notes wait again.
    """
    run = store.runs.get(number)
    if run.state not in (RunState.OPEN, RunState.PAUSED):
        raise WrongStateError("run", str(number), run.state, "nothing in it waits any more")
    transport = make_transport(tools)
    try:
        # What cannot be made, perhaps why the run is cancelled, stays in the air until it can.
        Worker(store.deliveries, DigestBuilder(store, tools), transport, lambda: now).take_back_abandoned(Tally())
    finally:
        transport.close()
    with store.atomic(durable=True):
        store.deliveries.cancel_run(number, now)
        # What is being handed over may still finish, and then the run closes; a refusal is not tried again.
        store.runs.set_state(run, RunState.PAUSED)
        store.runs.close_finished(now)
        run = store.runs.get(number)
        if run.counts.cancelled == run.counts.enlisted:
            store.issues.drop(number)
            store.notes.put_back(run.notes, now)
        return run


def deliver(store: Store, tools: Tools, now: datetime) -> Tally:
    """Send what waits and can be sent now, letters first, then close the runs in which nothing waits any more.

    Requests from the form are taken up before letters, also between digests, so that nobody who signs up waits for all
    of a run to leave. A message that cannot be made keeps no other back.
    """
    check_mail_may_leave(store, tools)
    transport = make_transport(tools)
    try:
        clock = _clock(tools, now)
        stop, asked = tools.should_stop, not tools.is_service
        tally = Tally()
        look = partial(_heed, store, tools, tally)
        hands = partial(
            Worker,
            transport=transport,
            clock=clock,
            should_stop=stop,
            look=look,
            encode=encoder(tools),
            refused=partial(_note_refusal, store, tools, clock, tally),
            pace=KeptPace(store, tools.settings.mail.pace, tools.settings.site.zone),
            waits_for_turns=not (tools.is_service or tools.fixed_clock),
        )
        letters = hands(store.letters, LetterBuilder(store, tools), has_senders=True, is_asked=asked)
        digests = hands(store.deliveries, DigestBuilder(store, tools), is_asked=asked)

        def deliver_letters() -> None:
            look()
            _write_letters(store, tools, clock(), tally)
            letters.deliver(tally)

        deliver_letters()
        # A letter is waited for: what is written while digests go out does not stand behind all of them.
        digests.deliver(tally, first=deliver_letters)
    finally:
        transport.close()
    tally.waiting = store.letters.count_waiting() + store.deliveries.count_waiting()
    if tally.waiting:
        retries = (store.letters.next_attempt(), store.deliveries.next_attempt(), store.deliveries.closed_until())
        tally.next_try = min((moment for moment in retries if moment and moment > now), default=None)
    with store.atomic(durable=True):
        store.runs.close_finished(clock())
    return tally


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
    begun = monotonic()
    return lambda: now + timedelta(seconds=int(monotonic() - begun))


def make_transport(tools: Tools) -> Transport:
    """Return SMTP where `[smtp] host` is set, else the site's Maildir; on a trial site, for a few addresses only."""
    transport: Transport = MaildirTransport(tools.outbox)
    if tools.settings.smtp.host:
        transport = SmtpTransport(tools.settings.smtp)
    allowed = tools.settings.mail.only_to
    return OnlyTo(transport, allowed) if allowed else transport


def encoder(tools: Tools) -> Callable[[Message], bytes]:
    """Return what writes messages as they travel, signed where the site signs."""
    return partial(encode, dkim=tools.dkim)


def check_mail_may_leave(store: Store, tools: Tools) -> None:
    """Refuse mail that cannot be signed, or must not go by SMTP: a demo's, with a set clock, with no https links."""
    _ = tools.dkim
    smtp = tools.settings.smtp
    if not smtp.host:
        return
    if store.is_demo:
        raise DemoMailError
    if smtp.is_loopback:
        return
    if tools.fixed_clock:
        raise FixedClockError(smtp.host)
    if not tools.settings.site.url.startswith("https://"):
        raise InsecureSiteError(smtp.host, tools.settings.site.url)
