"""How pages of the desk name moments, runs and what became of mails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from pressroom.delivery.statuses import classify
from pressroom.errors import InvalidFieldError
from pressroom.models.bounces import BounceClass
from pressroom.models.dates import in_zone
from pressroom.models.people import Frequency
from pressroom.models.progress import Progress
from pressroom.models.runs import Counts, Delivery, DeliveryState, DigestRun, RunState

STATES = ("sent", "failed", "suppressed", "cancelled", "unknown", "waiting")
"""What can have become of a mail, as the accounts of a run count them."""
MEANS = {
    "sent": "The mail server took it.",
    "failed": "The mail server refused it for good.",
    "suppressed": "It was held back, since its reader had left or must not be mailed.",
    "cancelled": "Somebody cancelled it; what it told of is owed again.",
    "unknown": "It was handed over and no answer was seen. It is never sent again by itself.",
    "waiting": "It has not left yet.",
}
_REFUSED = {
    BounceClass.DEAD: "Refused: there is no such mailbox",
    BounceClass.SOFT: "Refused: the mailbox takes nothing at present",
    BounceClass.OURS: "Refused because of us, not of the address",
}


def local(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a moment as people of the site say it: “Monday 2 February 08:00”, with the year if it is another."""
    moment = in_zone(at, zone)
    year = "" if moment.year == in_zone(now, zone).year else f" {moment.year}"
    return f"{moment:%A} {moment.day} {moment:%B}{year} {moment:%H:%M}"


def soon(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return a moment that is near: “10:42”, with the day if that is another."""
    moment = in_zone(at, zone)
    return f"{moment:%H:%M}" if moment.date() == in_zone(now, zone).date() else local(at, now, zone)


def name_of(run: DigestRun) -> str:
    """Return what a run is of: “weekly, monthly”, or “urgent” for one that has no frequency."""
    return "all frequencies" if len(run.frequencies) == len(Frequency) else ", ".join(run.frequencies) or "urgent"


def why_opened(run: DigestRun, now: datetime, zone: ZoneInfo) -> str:
    """Return why a run was opened: it was due, by hand, or for urgent news."""
    if run.due:
        return f"due {local(run.due, now, zone)}"
    return "by hand" if run.frequencies else "at once"


def state_of(progress: Progress, *, is_held: bool) -> str:
    """Return how a run is, in a sentence; `is_held` says that something keeps its mails back."""
    run, waiting = progress.run, progress.run.counts.waiting
    if not run.counts.enlisted:
        return "Nobody was owed anything: no mail was made."
    if progress.is_over:
        return _cancelled(run.counts) if progress.is_cancelled else "Done: nothing waits any more."
    if progress.is_cancelled:
        return f"Cancelled. {waiting:,} {_are(waiting)} being handed over at this moment, and may arrive."
    if run.state is RunState.PAUSED:
        return "Paused: nothing more leaves until somebody resumes it."
    return "Waiting to go out." if is_held else "Going out."


def _cancelled(counts: Counts) -> str:
    done = counts.enlisted - counts.cancelled
    before = f"{done:,} {'was' if done == 1 else 'were'} done by then; " if done else ""
    return f"Cancelled. {before}{counts.cancelled:,} {_are(counts.cancelled)} owed again what it told of."


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def fate_of(delivery: Delivery, now: datetime, zone: ZoneInfo) -> str:
    """Return what became of one mail, or for what it waits."""
    if delivery.state is DeliveryState.RETRY and delivery.next_attempt_at:
        return f"Next try {soon(delivery.next_attempt_at, now, zone)}"
    if delivery.state is DeliveryState.FAILED:
        return _REFUSED.get(classify("", delivery.reply), "Refused for good")
    return {
        DeliveryState.QUEUED: "Waits for its turn",
        DeliveryState.CLAIMED: "Is being made",
        DeliveryState.HANDED_OVER: "Is being handed over",
        DeliveryState.SENT: "Taken by the mail server",
        DeliveryState.SUPPRESSED: "Held back",
        DeliveryState.CANCELLED: "Cancelled",
    }.get(delivery.state, "No answer was seen")


def said(value: object) -> str:
    """Return a fact of a release, or what stands in the audit log, in words; blank for one that says nothing."""
    if isinstance(value, list):
        return "; ".join(map(said, value))
    if isinstance(value, Mapping):
        return " ".join(said(one) for one in value.values())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def sentence(error: InvalidFieldError) -> str:
    """Return what is wrong with a field, and what to do, as it stands beside it."""
    it = "" if error.problem.startswith("“") else "It "
    return f"{it}{error.problem}; {error.remedy}."


def ticked(names: list[str]) -> list[Frequency]:
    """Return the frequencies among what a form or an address names, each once, in their usual order."""
    return [frequency for frequency in Frequency if frequency in names]
