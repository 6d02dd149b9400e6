"""`publisher validate`: feeds, lists of feeds and mails against the rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door, short

if TYPE_CHECKING:
    from pressroom.operations.validating import Validation
    from pressroom.syndication.checks import Finding


@click.command("validate")
@click.argument("places", nargs=-1, metavar="[FILE|URL]...")
@click.option("--crawl", "crawls", is_flag=True, help="Follow each feed back through all its archives, as they lead.")
@click.option("--against", metavar="OLD", help="Find ids of this earlier file or address that are not there any more.")
@click.pass_obj
def command(door: Door, places: tuple[str, ...], crawls: bool, against: str | None) -> int:
    """Check files and addresses against the rules; without any, all that the site has published.

    Feeds of the site are also compared with the catalogue. Each finding is a line; notes are no findings.
    """
    from pressroom.operations.validating import validate, validate_against

    if against is not None and len(places) != 1:
        raise click.UsageError("--against OLD compares one document; name just one FILE or URL.")
    if crawls and not places:
        raise click.UsageError("--crawl begins at a feed; name its FILE or URL.")
    if against is None:
        found = validate(door.tools, door.now, places, crawls=crawls)
    else:
        found = validate_against(door.tools, door.now, against, places[0], crawls=crawls)
    door.answer(_document(found), lambda: _tell(door, found))
    for sentence in found.unread:
        door.warn(sentence)
    if found.unread and not found.documents:
        return 1
    return 3 if found.findings or found.unread else 0


def _tell(door: Door, found: Validation) -> None:
    for finding in map(_shortened, found.findings):
        click.echo(str(finding))
    more = Counter(note.rule for note in found.notes)
    for note in {note.rule: _shortened(note) for note in reversed(found.notes)}.values():
        door.say(f"{note}{f' ({more[note.rule] - 1:,} more like it.)' if more[note.rule] > 1 else ''}")
    if found.documents:
        number = f"{len(found.findings):,} finding(s)" if found.findings else "No findings"
        door.say(f"{number} in {found.documents:,} document(s), {found.entries:,} entries.")


def _shortened(finding: Finding) -> Finding:
    """Return the finding with its file as it is written from here."""
    return finding if "://" in finding.place else replace(finding, place=short(finding.place))


def _document(found: Validation) -> dict[str, Any]:
    return {
        "documents": found.documents,
        "entries": found.entries,
        "findings": [_as_document(finding) for finding in found.findings],
        "notes": [_as_document(note) for note in found.notes],
        "failed": list(found.unread),
    }


def _as_document(finding: Finding) -> dict[str, Any]:
    return {
        "place": finding.place,
        "line": finding.line or None,
        "rule": finding.rule,
        "entry": finding.entry or None,
        "words": finding.words,
    }
