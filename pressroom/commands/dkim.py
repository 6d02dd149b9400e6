"""`publisher dkim`: keys that mail is signed with, and what the DNS must say of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door

if TYPE_CHECKING:
    from pressroom.delivery.dkim import DkimKey


@click.group("dkim")
def command() -> None:
    """Make keys that mail is signed with, and show their records for the DNS."""


@command.command("generate")
@click.argument("selector", required=False)
@click.option("--algorithm", type=click.Choice(["rsa", "ed25519"]), default="rsa", show_default=True, help="Its kind.")
@click.pass_obj
def generate(door: Door, selector: str | None, algorithm: str) -> None:
    """Make a key under SELECTOR, by default its kind and the month, and print its record for the DNS."""
    from pressroom.errors import InvalidFieldError
    from pressroom.settings.values import is_selector

    name = selector or f"{algorithm[0]}{door.now:%Y%m}"
    if not is_selector(name):
        raise InvalidFieldError("selector", f"{name} cannot be used", "take small letters, digits and hyphens")
    key = door.tools.dkim_keys.generate(name, algorithm)

    def tell() -> None:
        _tell(door, key)
        used = ", ".join(f'"{one}"' for one in dict.fromkeys((*door.tools.settings.dkim.selectors, name)))
        door.say(f"\nOnce the DNS has it, put this into publisher.toml:\n\n[dkim]\nselectors = [{used}]")

    door.answer(_document(door, key), tell)


@command.command("records")
@click.pass_obj
def records(door: Door) -> None:
    """Print the records of all keys for the DNS, and which of them sign."""
    keys = door.tools.dkim_keys.all()

    def tell() -> None:
        for key in keys:
            _tell(door, key)
        if not keys:
            click.echo("There are no keys; “publisher dkim generate” makes one.")

    door.answer([_document(door, key) for key in keys], tell)


def _document(door: Door, key: DkimKey) -> dict[str, Any]:
    return {
        "selector": key.selector,
        "algorithm": key.algorithm,
        "name": _name(door, key),
        "type": "TXT",
        "value": key.record,
        "signs": key.selector in door.tools.settings.dkim.selectors,
    }


def _name(door: Door, key: DkimKey) -> str:
    from pressroom.delivery.mime import ascii_domain

    return f"{key.selector}._domainkey.{ascii_domain(door.tools.settings.signing_domain)}"


def _tell(door: Door, key: DkimKey) -> None:
    """Print a record as a zone file has it: its strings are limited in length."""
    from pressroom.delivery.dkim import LONGEST_STRING

    strings = " ".join(f'"{part}"' for part in re.findall(f".{{1,{LONGEST_STRING}}}", key.record))
    signs = "" if key.selector in door.tools.settings.dkim.selectors else "  ; does not sign yet"
    click.echo(f"{_name(door, key)}. IN TXT ( {strings} ){signs}")
