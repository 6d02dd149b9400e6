"""`publisher complaint`: the log of complaints about how personal data are used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, table

if TYPE_CHECKING:
    from pressroom.models.complaints import Complaint

NUMBER = click.IntRange(1, 2**63 - 1)


@click.group("complaint")
def command() -> None:
    """List complaints, and record that they were acknowledged and how they ended."""


@command.command("list")
@click.pass_obj
def list_complaints(door: Door) -> None:
    """List complaints, with the day by which each must be acknowledged (in the site's zone)."""
    with door.store() as store:
        found = store.complaints.all()
    documents = [_document(one) for one in found]
    heads = ("number", "came", "state", "acknowledge by")
    rows = [(str(one.number), door.day(one.at), _state(one), door.day(one.due)) for one in found]
    door.answer(documents, lambda: click.echo(table(rows, heads) if rows else "There are no complaints."))


@command.command("show")
@click.argument("number", type=NUMBER)
@click.pass_obj
def show(door: Door, number: int) -> None:
    """Show a complaint whole."""
    from pressroom.membership.complaints import complaint

    with door.store() as store:
        found = complaint(store, number)
    document = _document(found)
    moments = {"at": found.at, "acknowledged_at": found.acknowledged_at, "closed_at": found.closed_at}
    told = document | {name: moment and door.local(moment) for name, moment in moments.items()}
    told["acknowledge_by"] = door.day(found.due)

    def tell() -> None:
        for name, value in told.items():
            if value not in (None, ""):
                click.echo(f"{name:<17}{value}")

    door.answer(document, tell)


@command.command("acknowledge")
@click.argument("number", type=NUMBER)
@click.pass_obj
def acknowledge(door: Door, number: int) -> None:
    """Record that who complained was told that it has come in; the reminders end."""
    from pressroom.membership.complaints import acknowledge as acknowledge_one

    with door.store() as store:
        found = acknowledge_one(store, number, door.now)
    door.answer(_document(found), lambda: door.say(f"Complaint {number} is acknowledged."))


@command.command("close")
@click.argument("number", type=NUMBER)
@click.argument("outcome")
@click.pass_obj
def close(door: Door, number: int, outcome: str) -> None:
    """Record how a complaint ended, in words."""
    from pressroom.membership.complaints import close as close_one

    with door.store() as store:
        found = close_one(store, number, outcome, door.now)
    door.answer(_document(found), lambda: door.say(f"Complaint {number} is closed: {found.outcome}"))


def _state(one: Complaint) -> str:
    return "closed" if one.closed_at else "acknowledged" if one.acknowledged_at else "waits"


def _document(one: Complaint) -> dict[str, Any]:
    from pressroom.models.dates import stamp

    return {
        "number": one.number,
        "at": stamp(one.at),
        "state": _state(one),
        "acknowledge_by": stamp(one.due),
        "acknowledged_at": stamp(one.acknowledged_at) if one.acknowledged_at else None,
        "closed_at": stamp(one.closed_at) if one.closed_at else None,
        "outcome": one.outcome,
        "name": one.name,
        "contact": one.contact,
        "text": one.text,
    }
