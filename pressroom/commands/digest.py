"""`publisher digest`: runs by hand, and runs so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, confirm, table
from pressroom.commands.publish import as_document, exit_code, tell_tally

if TYPE_CHECKING:
    from pressroom.models.runs import DigestRun


@click.group("digest")
def command() -> None:
    """Send digests, and list, pause, resume and cancel their runs."""


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


@command.command("status")
@click.argument("run", type=int, required=False)
@click.pass_obj
def status(door: Door, run: int | None) -> None:
    """Say how a run stands (the newest, if none is named): what was sent, what waits, what went wrong."""
    with door.store() as store:
        runs = [store.runs.get(run)] if run else store.runs.all()[-1:]
    if not runs:
        door.answer(None, lambda: click.echo("There has been no digest yet."))
        return
    _answer(door, runs[0], "")


@command.command("pause")
@click.argument("run", type=int)
@click.pass_obj
def pause(door: Door, run: int) -> None:
    """Let nothing more of a run leave until “digest resume”."""
    from pressroom.publishing.digests import pause_run

    with door.store() as store:
        paused = pause_run(store, run)
    _answer(door, paused, f"Nothing more of run {run} leaves until “digest resume {run}”.")


@command.command("resume")
@click.argument("run", type=int)
@click.pass_obj
def resume(door: Door, run: int) -> None:
    """Let a paused run go on."""
    from pressroom.publishing.digests import resume_run

    with door.store() as store:
        resumed = resume_run(store, run)
    _answer(door, resumed, f"Run {run} goes on. Next: publisher deliver.")


@command.command("cancel")
@click.argument("run", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def cancel(door: Door, run: int, yes: bool) -> None:
    """Cancel what waits in a run. What it told of is owed again and comes with the next digest."""
    from pressroom.publishing.digests import cancel_run

    with door.store() as store:
        waiting = store.runs.get(run).counts.waiting
        confirm(f"Cancel the {waiting:,} message(s) that wait in run {run}?", yes)
        cancelled = cancel_run(store, run, door.now)
    _answer(door, cancelled, "What they told of is owed again; withdraw a release that shall not go out at all.")


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


def _answer(door: Door, run: DigestRun, words: str) -> None:
    door.answer(run.as_dict(), lambda: door.say(" ".join(filter(None, [_in_words(door, run), words]))))


def _in_words(door: Door, run: DigestRun) -> str:
    """Return the accounting of R6 as a sentence: “Run 7 (weekly, due …) is closed: 12 enlisted = 12 sent.”"""
    names = ", ".join(run.frequencies) or "urgent"
    due = f", due {door.local(run.due)}" if run.due else ""
    counts = run.counts.as_dict()
    enlisted = counts.pop("enlisted")
    parts = " + ".join(f"{number:,} {name}" for name, number in counts.items() if number) or "0 sent"
    return f"Run {run.pk} ({names}{due}) is {run.state}: {enlisted:,} enlisted = {parts}."
