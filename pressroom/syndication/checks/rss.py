"""RSS 2.0 with the Best Practices Profile of the RSS Advisory Board, as the W3C validator reads both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from html.entities import html5

from lxml import etree
from lxml.html import defs

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Finding, SeenEntry
from pressroom.syndication.checks.values import (
    is_address,
    is_iri,
    is_language,
    parse_rfc822,
    parse_rfc3339,
    wrong_rfc822,
    wrong_rfc3339,
)
from pressroom.syndication.checks.xml import (
    ATOM,
    CONTENT,
    DC,
    Part,
    check_archive,
    check_dublin_core,
    check_html,
    check_links,
    check_twins,
    line_of,
    links_of,
    local,
    text_of,
)

_MARKUP = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)[^<>]*>|&(#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);")
_EMAIL = re.compile(r"[^\s@<>(),;]+@[^\s@<>(),;]+( \([^()]+\))?")
# The elements that say one thing, in RSS and in Dublin Core: readers take the one or the other.
_SAME = (("author", f"{DC}creator"), ("pubDate", f"{DC}date"))


def check_rss(root: etree._Element, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with an RSS document."""
    if root.get("version") != "2.0":
        yield Part(root).finding("version", f"<rss> has the version {shown(root.get('version', ''))}; write 2.0.")
    channels = Part(root).all("channel")
    if len(channels) != 1:
        yield Part(root).finding("required-element", f"there must be exactly one <channel>; there are {len(channels)}.")
        return
    channel, parts = Part(channels[0]), _parts(root)
    yield from _check_channel(channel, now)
    yield from check_archive(channel)
    for part in parts:
        yield from _check_item(part, now)
    yield from check_twins(parts, rss_entries(root))
    yield from _check_moments(parts)


def rss_entries(root: etree._Element) -> list[SeenEntry]:
    return [
        SeenEntry(part.entry, part.text("title"), part.text("link"), _updated(part), line_of(part.element))
        for part in _parts(root)
    ]


def channel_links(root: etree._Element) -> dict[str, str]:
    return next((links_of(Part(channel)) for channel in root if channel.tag == "channel"), {})


def _parts(root: etree._Element) -> list[Part]:
    items = [item for channel in root if channel.tag == "channel" for item in channel if item.tag == "item"]
    return [Part(item, Part(item).text("guid")) for item in items]


def _updated(part: Part) -> datetime | None:
    return parse_rfc3339(part.text(f"{ATOM}updated")) or parse_rfc822(part.text("pubDate"))


def _check_channel(channel: Part, now: datetime) -> Iterator[Finding]:
    for name in ("title", "link", "description"):
        if len(channel.all(name)) != 1 or not channel.text(name):
            words = f"the channel must have exactly one <{name}>, and it must say something."
            yield channel.finding("required-element", words)
    own = links_of(channel).get("self", "")
    if not own:
        words = 'the channel lacks its own address; give it <atom:link rel="self">, or a moved file is lost.'
        yield channel.finding("missing-self", words)
    if channel.text("link") and (channel.text("link") == own or not is_address(channel.text("link"))):
        words = f"<link> is {shown(channel.text('link'))}; give the whole address of the site's page, not of the feed."
        yield channel.finding("channel-link", words, channel.all("link")[0])
    if not is_language(channel.text("language")):
        yield channel.finding("language", "the channel lacks its language; give it <language>, like en.")
    yield from _check_last_items(channel)
    yield from _check_shared(channel, now)


def _check_last_items(channel: Part) -> Iterator[Finding]:
    tags = [str(child.tag) for child in channel.element]
    if "item" in tags and any(tag != "item" for tag in tags[tags.index("item") :]):
        words = "elements of the channel stand behind its first item; write them all before the items."
        yield channel.finding("misplaced-item", words, channel.all("item")[0])


def _check_shared(part: Part, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with what the channel and its items have both."""
    for name in ("pubDate", "lastBuildDate"):
        for date in part.all(name):
            yield from part.wrong(wrong_rfc822(text_of(date), now), date)
    for title in part.all("title"):
        if markup := _markup_in(text_of(title)):
            words = f"the title holds {shown(markup)}, which readers show as it is; write plain text."
            yield part.finding("html-in-title", words, title)
    for name in ("author", "managingEditor", "webMaster"):
        for person in part.all(name):
            if not _EMAIL.fullmatch(text_of(person)):
                words = f"<{name}> must be like user@host (Name); name people without an address in dc:creator."
                yield part.finding("email-form", words, person)
    yield from check_links(part)
    yield from check_dublin_core(part, now)


def _markup_in(title: str) -> str:
    for found in _MARKUP.finditer(title):
        if (found[1] or "").lower() in defs.tags or (found[2] and (found[2][0] == "#" or f"{found[2]};" in html5)):
            return found[0]
    return ""


def _check_item(part: Part, now: datetime) -> Iterator[Finding]:
    yield from _check_guid(part)
    if not (part.text("title") or part.text("description")):
        yield part.finding("required-element", "an item must have a <title> or a <description>.")
    for link in part.all("link"):
        if not is_address(text_of(link)):
            words = f"<link> leads to {shown(text_of(link))}, which is no whole web address; give it."
            yield part.finding("relative-address", words, link)
    for date in part.all(f"{ATOM}updated"):
        yield from part.wrong(wrong_rfc3339(text_of(date), now), date)
    yield from _check_shared(part, now)
    yield from _check_text(part)
    yield from _check_files(part)
    yield from _check_semantics(part)


def _check_guid(part: Part) -> Iterator[Finding]:
    guids = part.all("guid")
    if len(guids) != 1 or not part.entry:
        yield part.finding("required-element", f"an item must have exactly one <guid>; there are {len(guids)}.")
    for guid in guids:
        if guid.get("isPermaLink", "true") != "false" and not is_address(text_of(guid)):
            words = 'the guid is no web address; mark it with isPermaLink="false", or readers follow it to nowhere.'
            yield part.finding("guid-permalink", words, guid)
        elif text_of(guid) and not is_iri(text_of(guid)):
            yield part.finding("id-form", f"the guid {shown(text_of(guid))} is no IRI; use a tag: address.", guid)


def _check_text(part: Part) -> Iterator[Finding]:
    tags = [str(child.tag) for child in part.element]
    full = f"{CONTENT}encoded"
    if not {"description", full} & set(tags):
        yield part.finding("missing-content", "an item must have its content in <description> or <content:encoded>.")
    if full in tags and "description" in tags and tags.index(full) < tags.index("description"):
        words = "<content:encoded> stands before <description>; write it behind, as some readers keep the last."
        yield part.finding("content-order", words, part.all(full)[0])
    for name in ("description", full):
        for element in part.all(name):
            yield from check_html(part, element)
    for element in part.all("description")[1:]:
        yield part.finding("duplicate-element", "an item has more than one <description>; keep one.", element)


def _check_files(part: Part) -> Iterator[Finding]:
    files = part.all("enclosure")
    for file in files[1:]:
        words = 'a second <enclosure>; give further files as <atom:link rel="enclosure">, as most readers take one.'
        yield part.finding("duplicate-enclosure", words, file)
    for file in files:
        if not is_address(file.get("url", "")):
            words = f"<enclosure> leads to {shown(file.get('url', ''))}, which is no whole web address; give it."
            yield part.finding("relative-address", words, file)
        if not (file.get("length", "").isdecimal() and file.get("type")):
            words = "<enclosure> must have the file's length in bytes (0 where nobody knows it) and its media type."
            yield part.finding("enclosure", words, file)


def _check_semantics(part: Part) -> Iterator[Finding]:
    for one, other in _SAME:
        if part.all(one) and part.all(other):
            words = f"<{one}> and <dc:{local(part.all(other)[0])}> say one thing twice; keep one of the two."
            yield part.finding("duplicate-semantics", words, part.all(other)[0])
    if creators := part.all(f"{DC}creator")[1:]:
        words = "several <dc:creator>, of which most readers show one; write all names into one, with commas."
        yield part.finding("several-creators", words, creators[0], is_note=True)


def _check_moments(parts: list[Part]) -> Iterator[Finding]:
    """Yield a note on items of one second: validators let it pass, and readers cannot tell which is newer."""
    seen: set[str] = set()
    for part in parts:
        moment = part.text("pubDate")
        if moment and moment in seen:
            words = "it shares its pubDate with another item, as may be where only the day is known."
            yield part.finding("duplicate-pubdate", words, is_note=True)
            return
        seen.add(moment)
