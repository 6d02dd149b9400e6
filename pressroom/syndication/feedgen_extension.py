"""The one feedgen extension: mends feedgen 1.0 and adds what it lacks.

What it mends: entry links lose all but their address in Atom; RSS keeps one feed link of many, takes the last
as the channel's page and knows one enclosure; an RSS author needs an e-mail address; an item's date goes
through the process's locale. So feedgen is given one link to write, the page, and the rest is written here.
What it adds: Dublin Core, the language of an Atom entry, the moment an RSS item was updated.

feedgen asks for no base class, only for `extend_ns`, `extend_atom` and `extend_rss`. The elements it hands
over have no namespace: it writes Atom's as a plain attribute of the root.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from functools import cache

from lxml.etree import SubElement, _Element

from pressroom.models.dates import in_utc, stamp

ATOM = {"atom": "http://www.w3.org/2005/Atom"}
DUBLIN_CORE = {"dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/"}
ATOM_LINK, ATOM_UPDATED = (f"{{{ATOM['atom']}}}{tag}" for tag in ("link", "updated"))
FEED_HISTORY = {"fh": "http://purl.org/syndication/history/1.0"}
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a feed or an entry; `length` in bytes."""

    href: str
    rel: str
    type: str = ""
    length: int | None = None
    hreflang: str = ""
    title: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        known = {
            "rel": self.rel,
            "type": self.type,
            "hreflang": self.hreflang,
            "title": self.title,
            "href": self.href,
        }
        length = {} if self.length is None else {"length": str(self.length)}
        return {name: value for name, value in known.items() if value} | length


@dataclass(slots=True)
class FeedExtension:
    """Declares Dublin Core, writes the feed's links, and marks an archive as one (RFC 5005 §4).

    The link to its page is feedgen's, since RSS has it as an element of its own.
    """

    links: tuple[Link, ...] = ()
    is_archive: bool = False

    def extend_ns(self) -> dict[str, str]:
        return DUBLIN_CORE | (FEED_HISTORY if self.is_archive else {})

    def extend_atom(self, feed: _Element) -> None:
        self._add_to(feed, "link")

    def extend_rss(self, rss: _Element) -> None:
        self._add_to(rss[0], ATOM_LINK)

    def _add_to(self, head: _Element, tag: str) -> None:
        if self.is_archive:
            SubElement(head, f"{{{FEED_HISTORY['fh']}}}archive")
        _add_links(head, tag, self.links)


@dataclass(slots=True)
class EntryExtension:
    """Writes links and Dublin Core of an entry, and in RSS its dates and `creators`."""

    links: tuple[Link, ...] = ()
    language: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    creators: str = ""
    dublin_core: tuple[tuple[str, str], ...] = ()

    def extend_atom(self, entry: _Element) -> None:
        _add_links(entry, "link", self.links)
        entry.set(XML_LANGUAGE, self.language)
        _add_dublin_core(entry, self.dublin_core)

    def extend_rss(self, item: _Element) -> None:
        if self.published:
            SubElement(item, "pubDate").text = format_datetime(in_utc(self.published), usegmt=True)
        if self.updated:
            SubElement(item, ATOM_UPDATED).text = stamp(self.updated)
        _add_enclosures(item, [link for link in self.links if link.rel == "enclosure"])
        _add_links(item, ATOM_LINK, [link for link in self.links if link.rel == "related"])
        _add_dublin_core(item, (("dc:creator", self.creators), *self.dublin_core))


def _add_links(parent: _Element, tag: str, links: Iterable[Link]) -> None:
    for link in links:
        SubElement(parent, tag, link.attributes)


# What the W3C validator takes for the address of an enclosure: a host of several names, on http or https.
_PUBLIC = re.compile(r"https?://([a-z0-9-]+\.)+[a-z0-9][a-z0-9-]*(:[0-9]+)?(/|$)", re.IGNORECASE)


def _add_enclosures(item: _Element, links: list[Link]) -> None:
    """RSS readers take one enclosure and validators warn of a second; further files stand as Atom links."""
    first = next((link for link in links if _PUBLIC.match(link.href)), None)
    if first:
        SubElement(item, "enclosure", {"url": first.href, "length": str(first.length or 0), "type": first.type})
    _add_links(item, ATOM_LINK, [link for link in links if link is not first])


def _add_dublin_core(parent: _Element, terms: Iterable[tuple[str, str]]) -> None:
    # No nsmap: it doubles the time, and lxml takes the root's prefixes when feedgen appends the entry to it.
    for name, text in terms:
        SubElement(parent, _qualified(name)).text = text


@cache
def _qualified(name: str) -> str:
    prefix, _, tag = name.partition(":")
    return f"{{{DUBLIN_CORE[prefix]}}}{tag}"
