"""The way of everything that is due: live, into the feeds, into digests, delivered. Every step may be started again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from pressroom.accounts import end_pauses, end_requests
from pressroom.delivery.tally import Tally
from pressroom.delivery.worker import Worker
from pressroom.errors import (
    PublisherError,
    StopTroubleError,
    UnarmedError,
    WrongStateError,
)
from pressroom.membership.stopping import heed_stops
from pressroom.models.logged import facts
from pressroom.models.people import Frequency
from pressroom.models.release import Release
from pressroom.models.runs import DigestRun, RunState
from pressroom.publishing.composing import DigestBuilder, renew_issues
from pressroom.publishing.delivering import check_mail_may_leave, deliver, make_transport, nothing
from pressroom.publishing.digests import open_due_run, open_run_by_hand
from pressroom.publishing.entering import announce_new
from pressroom.publishing.feeds import FeedReport, publish_feeds
from pressroom.publishing.gate import check_messages
from pressroom.publishing.meanwhile import Meanwhile
from pressroom.publishing.unexpected import UNEXPECTED, UnexpectedError
from pressroom.retention import delete_what_is_old
from pressroom.storage import Store
from pressroom.tools import Tools

log = logging.getLogger("pressroom.publishing")

Noted = Callable[[DigestRun], object]
"""Writes down what was done with a run, in the transaction in which it is done."""


def nothing_noted(_: DigestRun) -> None:
    """Write nothing down."""


@dataclass(slots=True)
class PublishReport:
    """What one publish did; in `ended` runs nothing waits any more.

    `trouble` holds what could not be done: broken templates, folders that refuse files.
    """

    live: list[Release] = field(default_factory=list)
    feeds: FeedReport = field(default_factory=FeedReport)
    runs: list[DigestRun] = field(default_factory=list)
    ended: list[DigestRun] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    trouble: list[PublisherError] = field(default_factory=list)

    @property
    def is_only_unarmed(self) -> bool:
        """Whether all was done but for the mail of a copy."""
        return bool(self.trouble) and all(isinstance(error, UnarmedError) for error in self.trouble)

    def add_trouble(self, errors: Iterable[PublisherError]) -> None:
        """Add what was not told yet."""
        told = {str(error) for error in self.trouble}
        self.trouble += [error for error in errors if str(error) not in told]


def publish_due(
    store: Store,
    tools: Tools,
    now: datetime,
    *,
    feeds_only: bool = False,
    despite: Collection[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
    feeds_written: Callable[[], object] = lambda: None,
) -> PublishReport:
    """Do all that is due now: releases become live, feeds are written, digests are frozen and delivered.

    Each step is done, then marked; killed anywhere and started again it ends in the same files, with no delivery lost
    and none made twice (R10). Feeds that cannot be written keep no mail back; a digest that must not leave keeps back
    only itself, unless it is for warnings named in `despite`. Of a copy, feeds are written and no mail leaves (R11).
    `feeds_written` is called when feeds have changed, before any mail leaves.
    """
    report, seen = PublishReport(), store.data_version
    may_mail = _may_mail(report, store, tools, is_wanted=not feeds_only)
    make_public = partial(_make_public, report, store, tools, feeds_written=feeds_written)
    make_public(now, progress=progress)
    end_requests(store, now, tools.settings.retention.pending_days, tools.should_stop)
    if not may_mail:
        delete_what_is_old(store, tools, now)
        return report
    end_pauses(store, now, tools.settings.site.zone)
    run = None
    is_stuck = True
    with _told(report, "The next digest"):
        run = open_due_run(store, tools, now, check=partial(check_messages, despite=despite))
        _log_opened(run)
        is_stuck = False
    # Digests may take hours to leave: what a service publishes does not wait for them.
    meanwhile = Meanwhile(store, tools, make_public, seen, is_stuck=is_stuck) if tools.is_service else nothing
    _delivered(report, run, store, tools, now, meanwhile)
    delete_what_is_old(store, tools, now)
    return report


def _log_opened(run: DigestRun | None) -> None:
    if run:
        numbers = facts(run=run.pk, frequencies=list(run.frequencies), enlisted=run.counts.enlisted)
        log.info("digest run %d has begun: %d enlisted", run.pk, run.counts.enlisted, extra=numbers)


def _may_mail(report: PublishReport, store: Store, tools: Tools, *, is_wanted: bool) -> bool:
    """Do what readers have asked to stop, and return whether mail may leave; why it may not is told."""
    if is_wanted:
        try:
            check_mail_may_leave(store, tools)
        except UnarmedError:
            report.trouble.append(UnarmedError(tools.catalogue, rest_is_done=True))
            is_wanted = False
    try:
        report.trouble += heed_stops(store, tools)
    except StopTroubleError as error:  # whoever has stopped their mail cannot be known: none may leave
        report.trouble.append(error)
        return False
    return is_wanted


def _make_public(
    report: PublishReport,
    store: Store,
    tools: Tools,
    now: datetime,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
    feeds_written: Callable[[], object],
) -> None:
    """Make live what is due, and write the pages and feeds that change by it; what cannot be written is told."""

    def go_live() -> None:
        live, faults = make_live(store, now)
        if live:
            log.info("%d release(s) live", len(live), extra=facts(live=len(live)))
        report.live += live
        report.add_trouble([*faults, *store.shelves.unusable(), *store.announcements.unusable()])

    def write_feeds() -> None:
        feeds = publish_feeds(store, tools, now, progress)
        if feeds.written:
            log.info("%d feed file(s) written", feeds.written, extra=facts(written=feeds.written))
        report.feeds = FeedReport(report.feeds.written + feeds.written, feeds.unchanged)
        report.add_trouble(feeds.faults)
        if feeds.written:
            feeds_written()

    for what, step in (
        ("Releases that are due", go_live),
        ("The search", store.search.refresh),
        ("The pages of digests", partial(renew_issues, store, tools)),
        ("The feeds", write_feeds),
    ):
        with _told(report, what):
            step()


@contextmanager
def _told(report: PublishReport, what: str) -> Iterator[None]:
    """Let what cannot be done be told, and keep nothing else back."""
    try:
        yield
    except PublisherError as error:
        report.add_trouble([error])
    except UNEXPECTED as error:
        report.add_trouble([UnexpectedError(what, error)])


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
    store: Store,
    tools: Tools,
    now: datetime,
    frequencies: Iterable[Frequency],
    *,
    despite: Collection[str] = (),
    noted: Noted = nothing_noted,
) -> PublishReport:
    """Open a run for `frequencies` by hand and deliver it. Raises LintError for messages that must not leave."""
    run, trouble = open_digest(store, tools, now, frequencies, despite=despite, noted=noted)
    return _delivered(PublishReport(trouble=trouble), run, store, tools, now)


def open_digest(
    store: Store,
    tools: Tools,
    now: datetime,
    frequencies: Iterable[Frequency],
    *,
    despite: Collection[str] = (),
    noted: Noted = nothing_noted,
) -> tuple[DigestRun, list[PublisherError]]:
    """Open a run for `frequencies` by hand, for whoever delivers next; return it, and what readers could not stop.

    `noted` is called with it in the transaction that opens it. Raises LintError for messages that must not leave.
    """
    check_mail_may_leave(store, tools)
    trouble = heed_stops(store, tools)
    end_pauses(store, now, tools.settings.site.zone)
    with store.atomic(durable=True):
        check = partial(check_messages, despite=despite)
        run = open_run_by_hand(store, tools, now, frequencies, check=check)
        noted(run)
    return run, trouble


def _delivered(
    report: PublishReport,
    run: DigestRun | None,
    store: Store,
    tools: Tools,
    now: datetime,
    meanwhile: Callable[[datetime], bool] = nothing,
) -> PublishReport:
    """Deliver what waits and return the report with what became of it, and of `run`."""
    report.tally = deliver(store, tools, now, meanwhile)
    report.runs = [store.runs.get(run.pk)] if run else []
    report.ended = [store.runs.get(pk) for pk in report.tally.ended]
    report.add_trouble(report.tally.trouble)
    return report


def cancel_run(store: Store, tools: Tools, number: int, now: datetime, *, noted: Noted = nothing_noted) -> DigestRun:
    """Cancel what waits in a run; what it told of is owed again, and comes with the next digest (R4).

    What a process that is gone was handing over is settled first. Of a run of which nothing has left, the public page
    is taken down, and the editor's notes wait again. `noted` is called with the run in the transaction that does it.
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
        noted(run)
        return run
