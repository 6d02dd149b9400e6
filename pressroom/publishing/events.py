"""What a service says in its log of each round of its work: a line for each thing that has happened, with numbers."""

from __future__ import annotations

import logging

from pressroom.models.logged import facts
from pressroom.publishing.journey import PublishReport
from pressroom.publishing.pinging import PingReport

log = logging.getLogger("pressroom.schedule")


def log_publish(report: PublishReport, why_closed: str, told: frozenset[str]) -> frozenset[str]:
    """Say what a look has sent and closed, what it could not do, and why no mail leaves; return what of this is told.

    Of what was `told` already only its end is said.
    """
    tally = report.tally
    if tally.sent or tally.suppressed:
        numbers = facts(sent=tally.sent, suppressed=tally.suppressed)
        log.info("mail: %d sent, %d suppressed", tally.sent, tally.suppressed, extra=numbers)
    for run in report.ended:
        counts = run.counts.as_dict()
        said = ", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing to send"
        log.info("digest run %d has ended: %s", run.pk, said, extra=facts(run=run.pk, state=run.state, **counts))
    now_told = _log_trouble(report, why_closed, told)
    if (tally.retry and not tally.closed) or tally.failed or tally.unknown:
        numbers = facts(retry=tally.retry, failed=tally.failed, unknown=tally.unknown)
        log.warning(
            "mail: %d to be tried again, %d failed, %d unknown", tally.retry, tally.failed, tally.unknown, extra=numbers
        )
    return now_told


def _log_trouble(report: PublishReport, why_closed: str, told: frozenset[str]) -> frozenset[str]:
    said = {str(error): facts(trouble=type(error).__name__) for error in report.trouble}
    unforeseen = {str(error): error.unforeseen for error in report.trouble}
    if why_closed:
        said[f"No mail can leave now: {why_closed}"] = facts(waiting=report.tally.waiting)
    for sentence, numbers in said.items():
        if sentence not in told:
            log.error("%s", sentence, extra=numbers, exc_info=unforeseen.get(sentence))
    for sentence in sorted(told - said.keys()):
        log.info("That is over: %s", sentence)
    return frozenset(said)


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
