"""`publisher import`: releases from a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, progress, stopped_by_sigterm

if TYPE_CHECKING:
    from pressroom.membership.importing import PeopleReport
    from pressroom.publishing.importing import ImportOrder, ImportReport
    from pressroom.tables import Refusal

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
    """Import releases from FILE: .jsonl or .csv, also .gz; “-” reads standard input.

    Rows that are in the catalogue already are left alone. Bad rows are named and left out; the good ones go in. With
    --update a row changes what it names: a blank field takes a fact away, a missing one leaves it.
    """
    from pressroom.publishing.importing import Announce, ImportOrder
    from pressroom.tables import name_of

    if note and not update:
        raise click.UsageError("--note tells readers of a change; give --update with it.")
    order = ImportOrder(Announce(announce).covers, update, note, strict_topics, dry_run)
    report, name = _import(door, file, order), name_of(file)
    door.answer(asdict(report) | {"dry_run": dry_run}, lambda: tell(door, report, name, dry_run=dry_run))
    _name(door, name, report.held)
    return tell_refused(door, report, name, dry_run=dry_run) or (3 if report.held else 0)


def _import(door: Door, file: Path, order: ImportOrder) -> ImportReport:
    """Import the file; of one that is stopped or fails on its way, say how much is in."""
    from pressroom.publishing.importing import import_releases

    rows_in = 0
    try:
        with stopped_by_sigterm(), door.store() as store, progress(door, f"Importing {file.name}") as bar:

            def note(rows: int, done: int, size: int) -> None:
                nonlocal rows_in
                rows_in = rows
                bar(done, size)

            return import_releases(store, door.tools, file, order, door.now, progress=note)
    except BaseException:
        if rows_in and not order.dry_run:
            door.warn(f"Stopped after {rows_in:,} rows, which are in; the same command brings the rest.")
        raise


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
        lines = _first(list(map(str, report.differing)))
        door.say(f"{len(report.differing):,} of them differ (line {lines}); --update takes over what the file says.")
    if report.new_topics:
        door.say(f"New topics: {_first(report.new_topics)}.")
    if report.kept:
        names = [f"{name[:60]} ({rows:,} row{'s' * (rows > 1)})" for name, rows in sorted(report.kept.items())]
        door.say(f"Kept without a place of their own: {_first(names)}.")
    if report.scheduled and not dry_run:
        door.say("Next: publisher publish.")


def tell_refused(door: Door, report: ImportReport | PeopleReport, file: str, *, dry_run: bool = False) -> int:
    """Name the rows refused, say why the file could not be read to its end, and return what the import ends with."""
    _name(door, file, report.refused)
    if report.broken_off:
        door.warn(report.broken_off)
    if not any(isinstance(count := getattr(report, one.name), int) and count for one in fields(report)):
        door.warn("No row could be used.")
        return 1
    if report.refused:
        door.warn(f"{len(report.refused):,} row(s) refused; the others {'would go' if dry_run else 'went'} in.")
    return 1 if report.broken_off else 3 if report.refused else 0


def _name(door: Door, file: str, rows: Sequence[Refusal]) -> None:
    for row in rows[:SHOWN]:
        door.warn(f"{file}, line {row.line}: {row.sentence}")
    if len(rows) > SHOWN:
        door.warn(f"… and {len(rows) - SHOWN:,} more; --json lists them all.")


def _first(names: Sequence[str]) -> str:
    """Return the first names of a list that may be very long, and how many more there are."""
    more = f" … and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
