"""Atom 1.0 (RFC 4287) and RSS 2.0 by feedgen: entries, and documents around them.

An entry's XML is made once and stands in every feed as the same bytes. So a document can be put together from entries
of an earlier one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml.etree import Element, SubElement, _Element, tostring

from pressroom.models.dates import stamp
from pressroom.syndication.facts import FIRST_PLAUSIBLE, EntryFacts, FeedFacts
from pressroom.syndication.feedgen_extension import ATOM, DUBLIN_CORE, EntryExtension, FeedExtension, Link

GENERATOR = "Pressroom"
CONTENT = {"content": "http://purl.org/rss/1.0/modules/content/"}
DECLARATION = b"<?xml version='1.0' encoding='UTF-8'?>\n"


def compose_atom(feed: FeedFacts, entries: Sequence[bytes]) -> bytes:
    """Return an Atom document; the site is the feed's own author."""
    generator = _compose_head(feed)
    generator.id(feed.id)
    generator.author(name=feed.publisher)
    return _with_entries(feed, bytes(generator.atom_str(pretty=True)), b"</feed>", entries)


def compose_rss(feed: FeedFacts, items: Sequence[bytes]) -> bytes:
    """Return an RSS document."""
    return _with_entries(feed, bytes(_compose_head(feed).rss_str(pretty=True)), b"  </channel>", items)


def compose_atom_entry(facts: EntryFacts) -> bytes:
    """Return an Atom entry with an author element for each author."""
    entry = _compose_entry(facts)
    entry.id(facts.id)
    entry.updated(facts.updated)
    entry.published(facts.published)
    entry.author([_person(author.name, author.url) for author in facts.authors])
    entry.category([{"term": topic.slug, "label": topic.name} for topic in facts.topics])
    if facts.summary:
        entry.summary(facts.summary)
    feed = Element("feed", nsmap=DUBLIN_CORE)
    feed.append(entry.atom_entry())
    return _cut_out(feed, b">\n", b"</feed>")


def compose_rss_item(facts: EntryFacts) -> bytes:
    """Return an RSS item; authors stand in one `dc:creator`, since most readers show only one of several."""
    entry = _compose_entry(facts)
    entry.guid(facts.id, permalink=False)
    entry.link(href=facts.url)
    entry.category([{"term": topic.name} for topic in facts.topics])
    if facts.summary:
        # Readers take an RSS description for HTML, so that plain text has to be escaped once more.
        entry.description(escape(facts.summary, quote=False), isSummary=True)
    rss = Element("rss", nsmap=DUBLIN_CORE | ATOM | CONTENT)
    SubElement(rss, "channel").append(entry.rss_entry())
    return _cut_out(rss, b"<channel>\n", b"  </channel>")


def _cut_out(document: _Element, before: bytes, after: bytes) -> bytes:
    """Return the lines of the one entry of a document that declares the same namespaces as a feed."""
    content = tostring(document, pretty_print=True, encoding="UTF-8", xml_declaration=False)
    return _with_plain_signs(content[content.index(before) + len(before) : content.rindex(after)])


# Plain texts: elements of a line each, the summary, and the titles of links. Content may hold whole documents, and is
# not touched; addresses stay as the simplest of readers know them.
_PLAIN_TEXTS = re.compile(
    rb"^ *<(?:title|subtitle|name|category|description|dc:\w+|dcterms:\w+)[ >][^\n]*$"
    rb"|^ *<summary>.*?</summary>$"
    rb'|^ *<(?:atom:)?link [^>\n]*? title="[^"\n]*"',
    re.MULTILINE | re.DOTALL,
)


def _with_plain_signs(content: bytes) -> bytes:
    """Return XML in which & and < of plain texts are written by number.

    That is how RSS's Best Practices Profile (Character Data) tells readers that a text is no HTML, and the W3C
    validator takes it so in Atom as well. A parser of XML sees no difference.
    """
    return _PLAIN_TEXTS.sub(lambda text: text[0].replace(b"&amp;", b"&#x26;").replace(b"&lt;", b"&#x3C;"), content)


def _with_entries(feed: FeedFacts, head: bytes, end: bytes, entries: Sequence[bytes]) -> bytes:
    place = head.rindex(end)
    style = f'<?xml-stylesheet type="text/css" href="{escape(feed.stylesheet)}"?>\n'.encode()
    return b"".join((DECLARATION, style, _with_plain_signs(head[len(DECLARATION) : place]), *entries, head[place:]))


def _compose_head(feed: FeedFacts) -> FeedGenerator:
    generator = FeedGenerator()
    generator.register_extension("pressroom", FeedExtension, EntryExtension)
    generator.title(feed.title)
    generator.subtitle(feed.description)
    generator.language(feed.language)
    generator.updated(feed.updated)
    generator.generator(GENERATOR)
    generator.link(href=feed.page, rel="alternate", type="text/html")
    generator.pressroom.links = tuple(_feed_links(feed))
    generator.pressroom.is_archive = feed.is_archive
    return generator


def _feed_links(feed: FeedFacts) -> Iterator[Link]:
    """Yield the links of a document to itself, to the others of its feed (RFC 5005 §4) and to hubs (WebSub §4)."""
    for rel, address in (
        ("self", feed.address),
        ("current", feed.live if feed.is_archive else ""),
        ("prev-archive", feed.earlier),
        ("next-archive", feed.later),
    ):
        if address:
            yield Link(address, rel, feed.media_type)
    for hub in feed.hubs:
        yield Link(hub, "hub")


def _compose_entry(facts: EntryFacts) -> FeedEntry:
    entry = FeedEntry()
    entry.title(facts.title)
    entry.content(facts.html, type="html")
    entry.register_extension("pressroom", EntryExtension)
    extension: EntryExtension = entry.pressroom
    related = (Link(facts.related, "related"),) if facts.related else ()
    extension.links = (Link(facts.url, "alternate"), *related, *_enclosures(facts))
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
    for term, name in (("dc:publisher", "publisher"), ("dc:type", "kind"), ("dc:relation", "corrects")):
        if name in card:
            yield term, card[name]
    yield "dc:language", facts.language
    if "doi" in card:
        yield "dc:identifier", f"doi:{card['doi']}"
    elif "isbn" in card:
        yield "dc:identifier", f"urn:isbn:{card['isbn']}"
    if "date" in card:
        # Validators take an `issued` long ago or to come for a mistake, so it says what time the work is about.
        is_plausible = str(FIRST_PLAUSIBLE.year) <= card["date"] <= stamp(facts.updated)
        yield "dcterms:issued" if is_plausible else "dc:coverage", card["date"]
    if facts.published and facts.updated > facts.published:
        yield "dcterms:modified", stamp(facts.updated)
    for whole in ("series", "collection"):
        if whole in card:
            yield "dcterms:isPartOf", card[whole]
    for replaced in facts.replaces:
        yield "dcterms:replaces", replaced
    if "replaced_by" in card:
        yield "dcterms:isReplacedBy", card["replaced_by"]
    if "licence" in card:
        is_address = card["licence"].startswith(("https://", "http://"))
        yield "dcterms:license" if is_address else "dc:rights", card["licence"]
