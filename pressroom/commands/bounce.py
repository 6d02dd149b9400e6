"""`publisher bounce`: mail that came back, and what follows from it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, table

if TYPE_CHECKING:
    from pressroom.membership.bounces import Taken
    from pressroom.models.bounces import Bounce
    from pressroom.storage import Store

STANDARD_INPUT = "-"


@click.group("bounce")
def command() -> None:
    """Take in mail that came back, list what came back, and clear an address."""


@command.command("ingest")
@click.argument("path", default=STANDARD_INPUT)
@click.pass_obj
def ingest(door: Door, path: str) -> int:
    """Take in mail that came back: all that is new in a Maildir, the mail in a file, or one on standard input (-)."""
    from pressroom.errors import UnreadableFileError

    taken: list[tuple[str, Taken]] = []
    failed: list[str] = []
    with door.store() as store:
        for name, one in _taken(door, store, path):
            if isinstance(one, UnreadableFileError):
                failed.append(str(one))
            else:
                taken.append((name, one))
    documents = [_taken_document(name, one) for name, one in taken]
    door.answer({"mails": documents, "failed": failed}, lambda: _tell(door, [one for _, one in taken]))
    for sentence in failed:
        door.warn(sentence)
    return 3 if failed else 0


def _taken(door: Door, store: Store, path: str) -> Iterator[tuple[str, Any]]:
    """Take in each mail; yield its name and what became of it, or the error of one that cannot be read."""
    from pressroom.delivery.incoming import IncomingMaildir, content_of
    from pressroom.delivery.reports import MOST_READ
    from pressroom.errors import UnreadableFileError
    from pressroom.membership.bounces import Outcome

    if path == STANDARD_INPUT:
        yield path, _take(door, store, sys.stdin.buffer.read(MOST_READ))
    elif not Path(path).is_dir():
        yield path, _take(door, store, content_of(Path(path)))
    else:
        maildir = IncomingMaildir(Path(path))
        for file in maildir.waiting():
            try:
                one = _take(door, store, content_of(file))
            except UnreadableFileError as error:
                if not maildir.is_gone(file):
                    yield file.name, error
                continue
            maildir.move(file, is_read=one.outcome is not Outcome.REPLY)
            yield file.name, one


def _take(door: Door, store: Store, content: bytes) -> Taken:
    from pressroom.delivery.reports import parse_report
    from pressroom.membership.bounces import record

    return record(store, door.tools, door.now, parse_report(content))


def _tell(door: Door, taken: list[Taken]) -> None:
    for one in taken:
        if one.address:
            door.say(f"{one.address}: {one.bounce_class or 'wants to leave'}, {one.outcome}.")
    counts = Counter(str(one.outcome) for one in taken)
    door.say(", ".join(f"{number:,} {outcome}" for outcome, number in counts.items()) or "There is no new mail.")


@command.command("list")
@click.argument("address", required=False)
@click.pass_obj
def list_bounces(door: Door, address: str | None) -> None:
    """List what came back, oldest first: all of it, or of one address; “counts” is what is held against it."""
    with door.store() as store:
        if address is None:
            found = store.bounces.all()
        else:
            subscriber = store.subscribers.get(address)
            found = [(subscriber.address, one) for one in store.bounces.of(subscriber.pk)]
    heads = ("came back", "address", "class", "status", "counts", "text")
    rows = [
        (door.day(one.at), whose, one.bounce_class, one.status, "counts" if one.counts else "", one.text)
        for whose, one in found
    ]
    documents = [{"address": whose} | bounce_document(one) for whose, one in found]
    door.answer(documents, lambda: click.echo(table(rows, heads) if rows else "Nothing came back."))


@command.command("clear")
@click.argument("address")
@click.option("--reason", required=True, metavar="TEXT", help="Why, in words; the person's records keep it.")
@click.option("--asked", is_flag=True, help="The person wants mail again who had reported it as spam.")
@click.pass_obj
def clear(door: Door, address: str, reason: str, asked: bool) -> None:
    """Hold nothing against an address that came back so far, and mail it again if that had ended."""
    from pressroom.membership.bounces import clear as clear_one

    with door.store() as store:
        subscriber = clear_one(store, door.tools, address, reason, door.now, has_asked=asked)
    whose = subscriber.address if subscriber else address
    document = {"address": whose, "state": subscriber.state if subscriber else None}
    state = subscriber.state if subscriber else "nobody's"
    door.answer(document, lambda: door.say(f"{whose} is {state}; nothing is held against it."))


def bounce_document(bounce: Bounce) -> dict[str, Any]:
    """Return what came back as a document says it."""
    from pressroom.models.dates import stamp

    return {
        "at": stamp(bounce.at),
        "sent_at": stamp(bounce.sent_at),
        "run": bounce.run,
        "class": bounce.bounce_class,
        "status": bounce.status,
        "text": bounce.text,
        "counts": bounce.counts,
    }


def _taken_document(name: str, taken: Taken) -> dict[str, Any]:
    return {"mail": name, "outcome": taken.outcome, "address": taken.address, "class": taken.bounce_class}
