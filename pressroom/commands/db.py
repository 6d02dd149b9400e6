"""`publisher db`: the catalogue file."""

from __future__ import annotations

import click

from pressroom.commands.door import Door


@click.group("db")
def command() -> None:
    """Check and migrate the catalogue."""


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
    """Bring the catalogue to the schema of this program."""
    from pressroom.storage import Store

    applied = Store.migrate(door.tools.catalogue)
    words = f"Applied: {', '.join(applied)}." if applied else "Nothing to do: the catalogue is of this version."
    door.answer({"applied": applied}, lambda: door.say(words))


def _tell(door: Door, faults: list[str], counts: dict[str, int]) -> None:
    for fault in faults:
        door.say(fault)
    if not faults:
        held = ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))
        door.say(f"The catalogue is sound. It holds: {held}.")
