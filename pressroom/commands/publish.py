"""`publisher publish`: everything that is due now."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, in_good_order, progress

if TYPE_CHECKING:
    from pressroom.delivery.tally import Tally
    from pressroom.errors import PublisherError
    from pressroom.models.complaints import Complaint
    from pressroom.publishing.journey import PublishReport
    from pressroom.publishing.outlook import Coming
    from pressroom.publishing.pinging import PingReport
    from pressroom.storage import Store


SHOWN = 20
DESPITE = click.option(
    "--despite",
    multiple=True,
    type=click.Choice(["size", "unreleased-title"]),
    metavar="NAME",
    help="A warning of lint to send in spite of: size, unreleased-title.",
)


@click.command("publish")
@click.option("--feeds-only", is_flag=True, help="Make releases live and write feeds; leave mail for later.")
@DESPITE
@click.pass_obj
def command(door: Door, feeds_only: bool, despite: tuple[str, ...]) -> int:
    """Do everything that is due now, delivery included, and say what follows."""
    from pressroom.publishing.digests import readers_owed
    from pressroom.publishing.journey import publish_due
    from pressroom.publishing.outlook import look_ahead

    with in_good_order(door), door.store(heeds_stops=False) as store, progress(door, "Writing feeds") as bar:

        def note(done: int, total: int) -> None:
            if door.is_told_to_stop:
                raise KeyboardInterrupt
            bar(done, total)

        report = publish_due(store, door.tools, door.now, feeds_only=feeds_only, despite=despite, progress=note)
        pings = _pinged(door, store, report)
        follows = look_ahead(store, door.tools, door.now, readers_owed(store, door.tools, door.now))
        waiting = store.complaints.unacknowledged()
    trouble = [str(error) for error in report.trouble]
    document = as_document(report) | {
        "trouble": trouble,
        "next": [one.as_dict() for one in follows],
        "complaints": len(waiting),
        "pings": {"told": pings.told, "waiting": pings.waiting},
    }

    def tell() -> None:
        _tell(door, report, follows)
        _tell_pings(door, pings)
        _tell_complaints(door, waiting)

    door.answer(document, tell)
    return exit_code(door, report.tally, report.trouble)


def _pinged(door: Door, store: Store, report: PublishReport) -> PingReport:
    """Tell hubs what has changed; where that cannot be, it is trouble beside all that is done already."""
    from pressroom.errors import PublisherError
    from pressroom.publishing.pinging import PingReport, ping_hubs

    try:
        return ping_hubs(store, door.tools, door.now)
    except PublisherError as error:
        report.add_trouble([error])
        return PingReport()


def as_document(report: PublishReport) -> dict[str, Any]:
    """Return the form of `--json publish` that other programs rely on."""
    return {
        "live": len(report.live),
        "feeds": {"written": report.feeds.written, "unchanged": report.feeds.unchanged},
        "digests": [run.as_dict() for run in report.runs if run.counts.enlisted],
    }


def tell_tally(door: Door, tally: Tally) -> None:
    """Say what became of the mail; nothing when there was none."""
    parts = [
        (tally.sent, "sent"),
        (tally.suppressed, "held back (the person has left, or needs it no more)"),
        (
            tally.waiting,
            ("waiting for their turn, the next one" if tally.put_off else "to be tried again")
            + (f" from {door.local(tally.next_try)}" if tally.next_try else ""),
        ),
        (tally.failed, "refused for good"),
        (tally.unknown, "of unknown fate (handed over, no answer seen)"),
    ]
    if tally.closed:
        door.warn(f"No mail can leave now: {tally.closed.rstrip('.')}. What waits is tried again.")
    else:
        for recipient, reply in tally.refusals[:SHOWN]:
            door.warn(f"{recipient}: {reply}")
        if len(tally.refusals) > SHOWN:
            door.warn(f"… and {len(tally.refusals) - SHOWN:,} more.")
    if any(number for number, _ in parts):
        door.say(f"Mail: {', '.join(f'{number:,} {words}' for number, words in parts if number)}.")


def exit_code(door: Door, tally: Tally, trouble: Sequence[PublisherError]) -> int:
    """Say what could not be done, and return what the command ends with."""
    for error in trouble:
        door.warn(str(error))
        if door.verbose and error.unforeseen:
            traceback.print_exception(error.unforeseen)
    if door.is_told_to_stop:
        door.warn("Stopped. What waits still is for the next “publisher deliver”.")
        return 130
    if trouble:  # the gravest tells: 3 means that the rest was done
        return min((error.exit_code for error in trouble), key=lambda code: (code == 3, code))
    return 3 if tally.has_trouble else 0


def _tell(door: Door, report: PublishReport, follows: list[Coming]) -> None:
    live, feeds = report.live, report.feeds
    if not live and not feeds.written and not any(run.counts.enlisted for run in report.runs) and not report.trouble:
        door.say(f"Nothing new: {feeds.unchanged:,} feed files are as they should be.")
    else:
        door.say(
            f"{len(live):,} release(s) went live; {feeds.written:,} feed file(s) written, "
            f"{feeds.unchanged:,} unchanged."
        )
    for run in report.runs:
        if run.counts.enlisted:
            names = ", ".join(run.frequencies) or "urgent"
            door.say(f"Digest run {run.pk} ({names}): {run.counts.enlisted:,} enlisted.")
    tell_tally(door, report.tally)
    zone = door.tools.settings.site.zone
    timeline = ["feeds now"] if feeds.written else []
    timeline += [one.in_words(door.now, zone) for one in follows]
    if timeline:
        door.say(" · ".join(timeline))


def _tell_pings(door: Door, pings: PingReport) -> None:
    """Say in one line what hubs were told and what waits for them; nothing where there is neither."""
    parts = [f"told {pings.told:,} topic(s) to {pings.hubs:,} hub(s)"] if pings.told else []
    if pings.waiting:
        why = ", ".join(hub.in_words for hub in pings.failing)
        parts.append(f"{pings.waiting:,} wait{': ' if why else ''}{why}")
    if parts:
        door.say(f"Hubs: {'; '.join(parts)}.")
    for sentence in pings.given_up:
        door.warn(sentence)


def _tell_complaints(door: Door, waiting: Sequence[Complaint]) -> None:
    """Say how many complaints nobody has acknowledged, and by when the first must be."""
    if waiting:
        wait = "1 complaint waits" if len(waiting) == 1 else f"{len(waiting):,} complaints wait"
        by = door.day(min(one.due for one in waiting))
        door.say(f"{wait} for an acknowledgement, due by {by}: see “publisher complaint list”.")
