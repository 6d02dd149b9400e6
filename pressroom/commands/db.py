"""`publisher db`: the catalogue file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, confirm, short, stopped_by_sigterm

if TYPE_CHECKING:
    from pressroom.operations.restoring import Restored


@click.group("db")
def command() -> None:
    """Back up, restore, arm, check and migrate the catalogue."""


@command.command("check")
@click.pass_obj
def check(door: Door) -> None:
    """Look for damage: SQLite's own checks, references, and the accounting of every run."""
    from pressroom.errors import PublisherError

    with door.store() as store:
        faults = store.faults()
        document = {"catalogue": str(store.path), "sound": not faults, "faults": faults}
        counts = store.releases.counts() | {"subscribers": sum(store.subscribers.counts().values())}
    door.answer(document, lambda: _tell(door, faults, counts))
    if faults:
        raise PublisherError(
            f"{len(faults)} fault(s) found; restore the newest backup, or ask for help with this list."
        )


@command.command("migrate")
@click.pass_obj
def migrate(door: Door) -> None:
    """Bring the catalogue to the schema of this program, as every other command does by itself."""
    applied = door.tools.migrate()
    words = f"Applied: {', '.join(applied)}." if applied else "Nothing to do: the catalogue is of this version."
    door.answer({"applied": applied}, lambda: door.say(words))


def _tell_restored(door: Door, restored: Restored) -> None:
    door.say(f"Restored the catalogue of {door.site}.")
    if restored.replaced:
        door.say(f"The one before is {short(restored.replaced)}.")
    if taken := restored.taken:
        door.say(
            f"Taken over from it: {taken.people:,} subscriber(s) who have left or changed since, {taken.messages:,} "
            f"message(s) that have ended, {taken.runs:,} later digest run(s)."
        )
        if taken.runs_left:
            door.warn(
                f"{taken.runs_left:,} digest run(s) there are of another history: what they sent is not known here."
            )
    if restored.files:
        door.say(f"Put back from the backup: {', '.join(restored.files)}.")
    if restored.differ:
        door.warn(f"Other than in the backup, and left as they are: {', '.join(restored.differ)}.")
    if restored.why_not:
        door.warn(
            f"Who has left since the backup and what was sent since is not known: {restored.why_not}. "
            "Look there before you arm."
        )
    door.say("No mail leaves until “publisher db arm”; “publisher digest rehearse” shows what would go.")


def _tell(door: Door, faults: list[str], counts: dict[str, int]) -> None:
    for fault in faults:
        door.say(fault)
    if not faults:
        held = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
        door.say(f"The catalogue is sound. It holds: {held}.")


@command.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(door: Door, file: Path) -> None:
    """Write the catalogue with settings, keys and templates into FILE; whoever sends meanwhile goes on."""
    from pressroom.storage.backups import write_backup

    with stopped_by_sigterm():
        write_backup(door.tools.catalogue, file, door.tools.files_to_keep())
    size = file.stat().st_size
    words = f"{short(file)} holds the site, checked: {size:,} bytes. It holds addresses and keys: keep it as private."
    door.answer({"backup": str(file), "bytes": size}, lambda: door.say(words))


@command.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore(door: Door, file: Path, yes: bool) -> None:
    """Put the backup FILE in the place of the catalogue, which is kept beside it. Nothing is mailed until “db arm”."""
    from dataclasses import asdict

    from pressroom.operations.restoring import restore as restore_one

    confirm(f"Put {file} in the place of the catalogue of {door.site} now?", yes)
    restored = restore_one(door.site, file, door.now)
    document = {
        "replaced": str(restored.replaced) if restored.replaced else None,
        "taken_over": asdict(restored.taken) if restored.taken else None,
        "why_not": restored.why_not,
        "files": restored.files,
        "differ": restored.differ,
    }
    door.answer(document, lambda: _tell_restored(door, restored))


@command.command("arm")
@click.option("--overdue", "choice", type=click.Choice(["skip", "send"]), help="What becomes of overdue mail.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def arm(door: Door, choice: str | None, yes: bool) -> None:
    """Let mail leave from a restored or copied catalogue."""
    from pressroom.errors import OverdueError
    from pressroom.publishing.arming import Choice, overdue
    from pressroom.publishing.arming import arm as arm_one

    with door.store() as store:
        is_armed = door.tools.is_armed(store)
        found, skipped = overdue(store, door.tools, door.now), 0
        if not is_armed:
            if found and choice is None:
                raise OverdueError(str(found))
            confirm(f"{found} Let mail leave from {store.path} now?".strip(), yes)
            skipped = arm_one(store, door.tools, door.now, Choice(choice or Choice.SEND))
    words = f"Armed: mail leaves from here. {skipped:,} message(s) were skipped." if skipped else (
        "Mail leaves from here already: nothing was done." if is_armed else "Armed: mail leaves from here."
    )  # fmt: skip
    door.answer({"was_armed": is_armed, "skipped": skipped}, lambda: door.say(words))
