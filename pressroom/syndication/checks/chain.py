"""A feed with its archives (RFC 5005 §4, JSON Feed's `next_url`): do they lead to one another, and back?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Checked, DocumentKind, Finding, SeenEntry

_NUMBER = re.compile(r"/([0-9]+)\.[a-z]+\Z")


def check_chain(documents: Sequence[Checked]) -> Iterator[Finding]:
    """Yield what is wrong between documents, the live one first and then each archive, newest first."""
    if not documents:
        return
    live, *archives = documents
    yield from _check_archives(
        live, [archive for archive in archives if archive.kind in (DocumentKind.ATOM, DocumentKind.RSS)]
    )
    for newer, older in pairwise(archives):
        yield from _check_pair(newer, older)
    numbers = [int(found[1]) for archive in archives if (found := _NUMBER.search(archive.place))]
    if len(numbers) == len(archives) > 0 and numbers[-1] != 1:
        words = f"the oldest archive has the number {numbers[-1]}, and none leads to number 1; write that one again."
        yield Finding("archive-number", words, 1, place=archives[-1].place)
    for document in documents:
        if document.kind is not live.kind:
            words = f"it is {document.kind} in a chain of {live.kind}; every archive has the format of its feed."
            yield Finding("archive-format", words, 1, place=document.place)


def newest_states(documents: Iterable[Checked]) -> dict[str, SeenEntry]:
    """Return the entries of all documents by id, each in its newest state (RFC 5005 §4.2)."""
    found: dict[str, SeenEntry] = {}
    for entry in (entry for document in documents for entry in document.entries):
        known = found.get(entry.id)
        if known is None or (entry.updated and (known.updated is None or entry.updated > known.updated)):
            found[entry.id] = entry
    return found


def _check_archives(live: Checked, archives: Iterable[Checked]) -> Iterator[Finding]:
    start = live.links.get("self") or live.place
    for archive in archives:
        if not archive.is_archive:
            words = "an older document is not marked as an archive; write <fh:archive/> into it (RFC 5005 §4)."
            yield Finding("not-an-archive", words, 1, place=archive.place)
        current = archive.links.get("current")
        if current and current != start:
            words = f"“current” leads to {shown(current)}; it must lead to the feed, {shown(start)}."
            yield Finding("wrong-current", words, 1, place=archive.place)


def _check_pair(newer: Checked, older: Checked) -> Iterator[Finding]:
    onward = older.links.get("next-archive")
    own = newer.links.get("self") or newer.place
    if older.kind in (DocumentKind.ATOM, DocumentKind.RSS) and onward != own:
        words = f"“next-archive” leads to {shown(onward or 'nothing')}; it must lead to {shown(own)}."
        yield Finding("wrong-next-archive", words, 1, place=older.place)
    numbers = [_NUMBER.search(document.place) for document in (newer, older)]
    if all(numbers):
        first, second = (int(found[1]) for found in numbers if found)
        if first != second + 1:
            words = f"archive number {first} leads to number {second}; it must lead to number {first - 1}."
            yield Finding("archive-number", words, 1, place=newer.place)
