"""`publisher digest`: runs by hand, and runs so far."""

from __future__ import annotations

import click

from pressroom.commands.door import Door, confirm, table
from pressroom.commands.publish import as_document, exit_code, tell_tally


@click.group("digest")
def command() -> None:
    """Send digests and list their runs."""


@command.command("send")
@click.option(
    "--frequency",
    multiple=True,
    type=click.Choice(["immediate", "daily", "weekly", "monthly"]),
    help="Whose digest; all frequencies if not given.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def send(door: Door, frequency: tuple[str, ...], yes: bool) -> int:
    """Run a digest now, without waiting for its due time. Nobody gets anything twice by it."""
    from pressroom.models.people import Frequency
    from pressroom.publishing.journey import send_digest

    wanted = [Frequency(name) for name in frequency] or list(Frequency)
    with door.store() as store:
        confirm(f"Send the {', '.join(wanted)} digest now?", yes)
        report = send_digest(store, door.tools, door.now, wanted)

    def tell() -> None:
        for run in report.runs:
            door.say(f"Digest run {run.pk}: {run.counts.enlisted:,} enlisted." if run.counts.enlisted else
                     "Nobody is owed anything: no mail was made.")  # fmt: skip
        tell_tally(door, report.tally)

    door.answer(as_document(report)["digests"], tell)
    return exit_code(door, report.tally, report.trouble)


@command.command("list")
@click.pass_obj
def list_runs(door: Door) -> None:
    """List the runs, oldest first, with what became of their deliveries."""
    with door.store() as store:
        runs = store.runs.all()
    rows = []
    for run in runs:
        counts = run.counts.as_dict()
        due = door.local(run.due) if run.due else "by hand" if run.frequencies else "at once (urgent)"
        rows.append(
            (str(run.pk), due, ", ".join(run.frequencies), run.state.value, *(f"{n:,}" for n in counts.values()))
        )
    heads = (
        "run",
        "due",
        "frequencies",
        "state",
        "enlisted",
        "sent",
        "failed",
        "suppressed",
        "cancelled",
        "unknown",
        "waiting",
    )
    door.answer(
        [run.as_dict() for run in runs],
        lambda: click.echo(table(rows, heads) if rows else "There has been no digest yet."),
    )
