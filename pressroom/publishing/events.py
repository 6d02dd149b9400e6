"""What a service says in its log of each round of its work: a line for each thing that has happened, with numbers."""

from __future__ import annotations

import logging

from pressroom.models.logged import facts
from pressroom.publishing.journey import PublishReport
from pressroom.publishing.pinging import PingReport

log = logging.getLogger("pressroom.schedule")


def log_publish(report: PublishReport, *, with_trouble: bool = True) -> None:
    """Say what a look has sent and closed, and what it could not do."""
    tally = report.tally
    if tally.sent or tally.suppressed:
        numbers = facts(sent=tally.sent, suppressed=tally.suppressed)
        log.info("mail: %d sent, %d suppressed", tally.sent, tally.suppressed, extra=numbers)
    for run in report.ended:
        counts = run.counts.as_dict()
        said = ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing to send"
        log.info("digest run %d has ended: %s", run.pk, said, extra=facts(run=run.pk, state=run.state, **counts))
    for error in report.trouble if with_trouble else ():
        log.error("%s", error, extra=facts(trouble=type(error).__name__))
    if tally.closed:
        log.error("No mail can leave now: %s", tally.closed, extra=facts(waiting=tally.waiting))
    if tally.retry or tally.failed or tally.unknown:
        numbers = facts(retry=tally.retry, failed=tally.failed, unknown=tally.unknown)
        log.warning(
            "mail: %d to be tried again, %d failed, %d unknown", tally.retry, tally.failed, tally.unknown, extra=numbers
        )


def log_pings(report: PingReport) -> None:
    """Say what hubs were told, and which could not be."""
    if report.told:
        numbers = facts(topics=report.told, hubs=report.hubs)
        log.info("%d topic(s) told to %d hub(s)", report.told, report.hubs, extra=numbers)
    for hub in report.failing:
        if hub.hub in report.failed:
            numbers = facts(waiting=hub.waiting)
            log.warning("%s; %d topic(s) wait for another try", hub.in_words, hub.waiting, extra=numbers)
    for sentence in report.given_up:
        log.error("%s", sentence)
