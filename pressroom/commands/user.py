"""`publisher user`: who may work at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, table

if TYPE_CHECKING:
    from pressroom.models.staff import User

ROLES = click.Choice(["editor", "publisher", "admin"])


@click.group("user")
def command() -> None:
    """Add users of the desk, change their roles, reset and disable them."""


@command.command("list")
@click.pass_obj
def list_users(door: Door) -> None:
    """List users with their roles, and when they signed in last."""
    with door.store() as store:
        users = store.staff.all()
    rows = [
        (one.name, str(one.role), one.state, door.local(one.signed_in_at) if one.signed_in_at else "") for one in users
    ]
    heads = ("name", "role", "state", "signed in last")
    empty = "There are no users yet; “publisher user add NAME --role admin” adds the first."
    door.answer([_facts(one) for one in users], lambda: click.echo(table(rows, heads) if rows else empty))


@command.command("add")
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help="What they may do.")
@click.pass_obj
def add(door: Door, name: str, role: str) -> None:
    """Add a user, and print a link by which they set up how they sign in: once, within 15 minutes."""
    from pressroom.models.staff import Role
    from pressroom.staff.log import BY_COMMAND
    from pressroom.staff.users import add_user

    with door.store() as store:
        user, link = add_user(store, door.tools, name, Role(role), door.now, BY_COMMAND)
    _tell_link(door, user, link, f"Added {user.name} as {user.role}.")


@command.command("reset")
@click.argument("name")
@click.pass_obj
def reset(door: Door, name: str) -> None:
    """End how a user signs in and all their sessions, and print a link by which they set it up anew."""
    from pressroom.staff.log import BY_COMMAND
    from pressroom.staff.users import reset_user

    with door.store() as store:
        user, link = reset_user(store, door.tools, name, door.now, BY_COMMAND)
    _tell_link(door, user, link, f"{user.name} signs in as before no more.")


@command.command("role")
@click.argument("name")
@click.argument("role", type=ROLES)
@click.pass_obj
def role(door: Door, name: str, role: str) -> None:
    """Let a user do what ROLE may, from their next click on."""
    from pressroom.models.staff import Role
    from pressroom.staff.log import BY_COMMAND
    from pressroom.staff.users import set_role

    with door.store() as store:
        user = set_role(store, door.tools, name, Role(role), door.now, BY_COMMAND)
    door.answer(_facts(user), lambda: door.say(f"{user.name} is {user.role} now."))


@command.command("disable")
@click.argument("name")
@click.pass_obj
def disable(door: Door, name: str) -> None:
    """Let a user in no more; “user reset” takes that back."""
    from pressroom.staff.log import BY_COMMAND
    from pressroom.staff.users import disable_user

    with door.store() as store:
        user = disable_user(store, door.tools, name, door.now, BY_COMMAND)
    door.answer(_facts(user), lambda: door.say(f"{user.name} is disabled, and signed out everywhere."))


def _tell_link(door: Door, user: User, link: str, words: str) -> None:
    def say() -> None:
        door.say(f"{words} Give them this link; it works once, for 15 minutes:")
        click.echo(link)

    door.answer(_facts(user) | {"link": link}, say)


def _facts(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": str(user.role),
        "state": user.state,
        "signed_in_at": user.signed_in_at.isoformat() if user.signed_in_at else None,
    }
