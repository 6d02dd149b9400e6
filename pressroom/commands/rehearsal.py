"""A rehearsal in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, table

if TYPE_CHECKING:
    from pressroom.models.rehearsal import Rehearsal, Size


def tell_rehearsal(door: Door, rehearsal: Rehearsal) -> None:
    """Say what the next run would do: when, how many, to whom, who is left out, how large, and the rarest mail."""
    names = ", ".join(rehearsal.frequencies) or "urgent"
    when = "now" if rehearsal.at <= door.now else door.local(rehearsal.at)
    if rehearsal.live:
        door.say(f"Goes live before: {'; '.join(rehearsal.live)}.")
    if not rehearsal.mails:
        door.say("Nobody is owed anything, and nothing is scheduled that would change it: no mail would leave.")
    else:
        door.say(f"The next run ({names}, {when}) would send {rehearsal.mails:,} mail(s), {_size(rehearsal.octets)}.")
        door.say(f"Making them takes about {_time(rehearsal.seconds)} here; what the mail server takes comes on top.")
        _tell_whom(door, rehearsal)
    for why, number in rehearsal.left_out.items():
        door.say(f"Left out: {number:,} ({why}).")
    for what, size in (("Largest", rehearsal.largest), ("Smallest", rehearsal.smallest)):
        if size:
            door.say(f"{what}: {_weight(size)}.")
    for name, words, is_warning in rehearsal.findings:
        remedy = f" Send despite it with --despite {name}." if is_warning else ""
        door.warn(f"{'Warning' if is_warning else 'This stops it'} ({name}): {words}{remedy}")
    if rehearsal.rarest:
        door.say(f"The rarest set of items goes to {rehearsal.sharing:,}, among them {rehearsal.rarest.recipient}:\n")
        click.echo(rehearsal.rarest.text, err=door.as_json)


def _tell_whom(door: Door, rehearsal: Rehearsal) -> None:
    paces = list(dict.fromkeys(frequency for _, frequency in rehearsal.by_choice))
    followed = dict.fromkeys(what for what, _ in rehearsal.by_choice)
    rows = [
        (what, *(f"{rehearsal.by_choice.get((what, pace), 0) or '':>{len(pace)}}" for pace in paces))
        for what in followed
    ]
    door.say("\n" + table(rows, ("who follow", *paces)) + "\n")


def _weight(size: Size) -> str:
    return f"{_size(size.octets)}, {size.items} item(s), to {size.address}"


def _size(octets: int) -> str:
    from pressroom.models.words import ENGLISH

    return ENGLISH.size(octets)


def _time(seconds: float) -> str:
    if seconds < 1:
        return "a second"
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes"
