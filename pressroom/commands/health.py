"""`publisher health`: whether the site is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door

if TYPE_CHECKING:
    from pressroom.storage import Store


@click.command("health")
@click.pass_obj
def command(door: Door) -> int:
    """Say whether the site is well, and if not, what is wrong, each thing in a sentence."""
    from pressroom.operations.health import problems
    from pressroom.publishing.overdue import overdue, unusable

    def further(store: Store) -> list[str]:
        return [*unusable(store, door.now), *overdue(store, door.tools, door.now)]

    found = problems(door.tools, door.now, further)

    def tell() -> None:
        for sentence in found:
            click.echo(sentence)
        if not found:
            door.say("All is well.")

    door.answer({"is_well": not found, "problems": found}, tell)
    return 1 if found else 0
