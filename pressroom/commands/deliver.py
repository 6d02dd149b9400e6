"""`publisher deliver`: the mail that waits."""

from __future__ import annotations

from dataclasses import asdict, replace

import click

from pressroom.commands.door import Door, in_good_order
from pressroom.commands.publish import exit_code, tell_tally


@click.command("deliver")
@click.pass_obj
def command(door: Door) -> int:
    """Send the mail that waits and can be sent now, then stop."""
    from pressroom.models.dates import stamp
    from pressroom.publishing.delivering import deliver

    with in_good_order(door), door.store(heeds_stops=False) as store:
        tally = deliver(store, door.tools, door.now)

    def tell() -> None:
        tell_tally(door, tally)
        if not tally.waiting and not tally.trouble:
            door.say("Nothing waits.")

    document = asdict(replace(tally, trouble=[])) | {
        "trouble": [str(error) for error in tally.trouble],
        "next_try": stamp(tally.next_try) if tally.next_try else None,
    }
    door.answer(document, tell)
    return exit_code(door, tally, tally.trouble)
