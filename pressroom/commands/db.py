"""`publisher db`: the catalogue file."""

from __future__ import annotations

import click

from pressroom.commands.door import Door, confirm


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


def _tell(door: Door, faults: list[str], counts: dict[str, int]) -> None:
    for fault in faults:
        door.say(fault)
    if not faults:
        held = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
        door.say(f"The catalogue is sound. It holds: {held}.")


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
