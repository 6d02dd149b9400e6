"""From a feed back through all its archives, as a harvester goes."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from pressroom.errors import UnreadableFileError
from pressroom.operations.reading import Documents
from pressroom.syndication.checks import Checked, Finding
from pressroom.syndication.checks.chain import check_chain
from pressroom.syndication.checks.values import is_address

MOST_DOCUMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Crawl:
    """The live document and its archives, newest first, and what is wrong between them."""

    documents: tuple[Checked, ...]
    findings: tuple[Finding, ...]


def crawl(documents: Documents, live: Checked) -> Crawl:
    """Follow `prev-archive`, or JSON Feed's `next_url`, to the end: each once, and all on one host."""
    found, seen = [live], {live.place, live.links.get("self", "")}
    broken: Finding | None = None
    while (address := found[-1].links.get("prev-archive", "")) and is_address(address):
        broken = _refusal(found, seen, address)
        if broken:
            break
        seen.add(address)
        try:
            found.append(documents.check(documents.place_of(address, live.place)))
        except UnreadableFileError as error:
            broken = Finding("lost-archive", f"the archive before it cannot be read: {error}", place=found[-1].place)
            break
    return Crawl(tuple(found), (*([broken] if broken else []), *check_chain(found)))


def _refusal(found: list[Checked], seen: set[str], address: str) -> Finding | None:
    last = found[-1].place
    if address in seen:
        words = f"the archives go round: {address} was there already; the oldest must lead no further."
        return Finding("archive-loop", words, place=last)
    start = found[0].links.get("self") or found[0].place
    if urlsplit(start).netloc != urlsplit(address).netloc:
        words = f"the archive {address} lies on another host than its feed; publish both on one."
        return Finding("other-host", words, place=last)
    if len(found) >= MOST_DOCUMENTS:
        words = f"there are more than {MOST_DOCUMENTS:,} archives; put more entries into each."
        return Finding("too-many-archives", words, place=last)
    return None
