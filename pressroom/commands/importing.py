"""`publisher import`: releases from a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, progress

if TYPE_CHECKING:
    from pressroom.membership.importing import PeopleReport
    from pressroom.publishing.importing import ImportReport

SHOWN = 20


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--announce",
    type=click.Choice(["none", "recent", "all"]),
    default="recent",
    show_default=True,
    help="Which new releases readers hear of; recent: own date within the last 30 days.",
)
@click.option("--update", is_flag=True, help="Change releases that are known, silently.")
@click.option("--note", default="", help="With --update: announce each change as a revision with this note.")
@click.option("--strict-topics", is_flag=True, help="Refuse rows with topics that are not in the catalogue.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
@click.pass_obj
def command(door: Door, file: Path, announce: str, update: bool, note: str, strict_topics: bool, dry_run: bool) -> int:
    """Import releases from FILE: .jsonl or .csv, also .gz.

    Rows that are in the catalogue already are left alone. Bad rows are named and left out; the good ones go in. With
    --update a row changes what it names: a blank field takes a fact away, a missing one leaves it.
    """
    from pressroom.publishing.importing import Announce, ImportOrder, import_releases

    if note and not update:
        raise click.UsageError("--note tells readers of a change; give --update with it.")
    order = ImportOrder(Announce(announce).covers, update, note, strict_topics, dry_run)
    with door.store() as store, progress(door, f"Importing {file.name}") as bar:
        report = import_releases(
            store, door.tools, file, order, door.now, progress=lambda rows, done, size: bar(done, size)
        )
    door.answer(asdict(report) | {"dry_run": dry_run}, lambda: tell(door, report, file.name, dry_run=dry_run))
    return tell_refused(door, report, file.name, dry_run=dry_run)


def tell(door: Door, report: ImportReport, file: str, *, dry_run: bool = False) -> None:
    """Say what an import did."""
    would = "would be " if dry_run else ""
    door.say(
        f"{report.added:,} release(s) {would}added: {report.scheduled:,} to be announced, {report.silent:,} silently, "
        f"{report.waiting:,} waiting (drafts, expected, embargoed or for a later day)."
    )
    if report.updated or report.revised:
        door.say(f"{report.updated:,} {would}edited silently, {report.revised:,} {would}revised.")
    if report.unchanged:
        door.say(f"{report.unchanged:,} known already and left as they are.")
    if report.differing:
        lines = ", ".join(map(str, report.differing[:SHOWN])) + (", …" if len(report.differing) > SHOWN else "")
        door.say(f"{len(report.differing):,} of them differ (line {lines}); --update takes over what the file says.")
    if report.new_topics:
        door.say(f"New topics: {', '.join(report.new_topics)}.")
    if report.scheduled and not dry_run:
        door.say("Next: publisher publish.")


def tell_refused(door: Door, report: ImportReport | PeopleReport, file: str, *, dry_run: bool = False) -> int:
    """Name the rows refused, say why the file could not be read to its end, and return what the import ends with."""
    for refusal in report.refused[:SHOWN]:
        door.warn(f"{file}, line {refusal.line}: {refusal.sentence}")
    if len(report.refused) > SHOWN:
        door.warn(f"… and {len(report.refused) - SHOWN:,} more; --json lists them all.")
    if report.refused:
        door.warn(f"{len(report.refused):,} row(s) refused; the others {'would go' if dry_run else 'went'} in.")
    if report.broken_off:
        door.warn(report.broken_off)
        return 1
    return 3 if report.refused else 0
