"""`publisher audit`: what was done at the desk."""

from __future__ import annotations

import json
from typing import Any

import click

from pressroom.commands.door import Door, table


@click.command("audit")
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="How many entries, newest first.")
@click.option("--verify", is_flag=True, help="Check that no entry was changed or taken away.")
@click.pass_obj
def command(door: Door, last: int, verify: bool) -> None:
    """Show what was done at the desk, by whom, and how things were before and after."""
    from pressroom.errors import PublisherError
    from pressroom.staff.log import faults

    with door.store() as store:
        found = faults(store, door.tools) if verify else []
        entries = store.audit.newest(last)
    document: list[dict[str, Any]] = [
        {
            "no": one.no,
            "at": one.at.isoformat(),
            "who": one.who,
            "act": one.act,
            "about": one.about,
            "before": dict(one.before),
            "after": dict(one.after),
            "hash": one.hash,
        }
        for one in entries
    ]
    rows = [(f"{one.no:,}", door.local(one.at), one.who, one.act, one.about, _change(one.before, one.after))
            for one in entries]  # fmt: skip
    heads = ("no.", "when", "who", "act", "about", "before → after")
    door.answer(document, lambda: click.echo(table(rows, heads) if rows else "Nothing was done at the desk yet."))
    if found:
        raise PublisherError(f"The audit log is not whole: {' '.join(found)} Compare it with the newest backup.")
    if verify:
        door.say(f"All {entries[0].no if entries else 0:,} entries are as they were written.")


def _change(before: Any, after: Any) -> str:
    sides = [json.dumps(dict(side), ensure_ascii=False, sort_keys=True) if side else "–" for side in (before, after)]
    return " → ".join(sides) if before or after else ""
