"""Atom 1.0 (RFC 4287) and RSS 2.0 by feedgen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from html import escape

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml.etree import _Element

from pressroom.syndication.facts import FIRST_PLAUSIBLE, EntryFacts, FeedFacts
from pressroom.syndication.feedgen_extension import EntryExtension, FeedExtension, Link

GENERATOR = "Pressroom"


def compose_atom(feed: FeedFacts, entries: Sequence[Piece]) -> bytes:
    """Return an Atom document; the site is the feed's own author."""
    generator = _compose_head(feed, entries)
    generator.id(feed.id)
    generator.author(name=feed.publisher)
    return bytes(generator.atom_str(pretty=True))


def compose_rss(feed: FeedFacts, items: Sequence[Piece]) -> bytes:
    """Return an RSS document."""
    return bytes(_compose_head(feed, items).rss_str(pretty=True))


def compose_atom_entry(facts: EntryFacts) -> Piece:
    """Return an Atom entry with an author element for each author."""
    entry = _compose_entry(facts)
    entry.id(facts.id)
    entry.updated(facts.updated)
    entry.published(facts.published)
    entry.author([_person(author.name, author.url) for author in facts.authors])
    entry.category([{"term": topic.slug, "label": topic.name} for topic in facts.topics])
    if facts.summary:
        entry.summary(facts.summary)
    return Piece(entry.atom_entry())


def compose_rss_item(facts: EntryFacts) -> Piece:
    """Return an RSS item; authors stand in one `dc:creator`, since most readers show only one of several."""
    entry = _compose_entry(facts)
    entry.guid(facts.id, permalink=False)
    entry.link(href=facts.url)
    entry.category([{"term": topic.name} for topic in facts.topics])
    if facts.summary:
        # Readers take an RSS description for HTML, so that plain text has to be escaped once more.
        entry.description(escape(facts.summary, quote=False), isSummary=True)
    return Piece(entry.rss_entry())


class Piece:
    """A finished entry in feedgen's eyes: its XML is made once and copied into each feed it stands in."""

    def __init__(self, element: _Element) -> None:
        self._element = element

    def register_extension(self, *_: object) -> None:
        """Let feedgen offer the feed's extension: the entry was made with it."""

    def atom_entry(self) -> _Element:
        return deepcopy(self._element)

    rss_entry = atom_entry


def _compose_head(feed: FeedFacts, entries: Sequence[Piece]) -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("pressroom", FeedExtension, EntryExtension)
    generator.title(feed.title)
    generator.subtitle(feed.description)
    generator.language(feed.language)
    generator.updated(feed.updated)
    generator.generator(GENERATOR)
    generator.link(href=feed.page, rel="alternate", type="text/html")
    generator.pressroom.links = (Link(feed.address, "self", feed.media_type),)
    for entry in entries:
        generator.add_entry(entry, order="append")  # feedgen would put each before the others
    return generator


def _compose_entry(facts: EntryFacts) -> FeedEntry:
    entry = FeedEntry()
    entry.title(facts.title)
    entry.content(facts.html, type="html")
    entry.register_extension("pressroom", EntryExtension)
    extension: EntryExtension = entry.pressroom
    extension.links = (Link(facts.url, "alternate"), *_enclosures(facts))
    extension.language = facts.language
    extension.published, extension.updated = facts.published, facts.updated
    extension.creators = ", ".join(author.name for author in facts.authors)
    extension.dublin_core = tuple(_dublin_core(facts))
    return entry


def _person(name: str, url: str) -> dict[str, str]:
    return {"name": name, "uri": url} if url else {"name": name}


def _enclosures(facts: EntryFacts) -> Iterator[Link]:
    for file in facts.attachments:
        title = f"{facts.title} ({file.format.upper()})"
        yield Link(file.url, "enclosure", file.media_type, file.size, facts.language, title)


def _dublin_core(facts: EntryFacts) -> Iterator[tuple[str, str]]:
    """Yield what no element of the formats can say, as ("dc:type", "report").

    There is one `dc:identifier`, since Zotero reads a single one: the DOI, else the ISBN.
    """
    card = {name: str(value) for name, value in facts.record.items()}
    yield "dc:publisher", card["publisher"]
    yield "dc:type", card["kind"]
    yield "dc:language", facts.language
    if "doi" in card:
        yield "dc:identifier", f"doi:{card['doi']}"
    elif "isbn" in card:
        yield "dc:identifier", f"urn:isbn:{card['isbn']}"
    if "date" in card:
        # Validators take an older `issued` for a mistake, so such a date says what time the work is about.
        is_plausible = card["date"] >= str(FIRST_PLAUSIBLE.year)
        yield "dcterms:issued" if is_plausible else "dc:coverage", card["date"]
    for whole in ("series", "collection"):
        if whole in card:
            yield "dcterms:isPartOf", card[whole]
    if "licence" in card:
        is_address = card["licence"].startswith(("https://", "http://"))
        yield "dcterms:license" if is_address else "dc:rights", card["licence"]
