"""RSS 2.0 with the Best Practices Profile of the RSS Advisory Board, as the W3C validator reads both."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from lxml import etree

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
    Node,
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

_EMAIL = re.compile(r"[^\s@<>(),;]+@[^\s@<>(),;]+( \([^()]+\))?")
# The elements that say one thing, in RSS and in Dublin Core: readers take the one or the other.
_SAME = (("author", f"{DC}creator"), ("pubDate", f"{DC}date"))


def check_rss(root: etree._Element, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with an RSS document."""
    if root.get("version") != "2.0":
        yield Node(root).finding("version", f"<rss> has the version {shown(root.get('version', ''))}; write 2.0.")
    channels = Node(root).all("channel")
    if len(channels) != 1:
        yield Node(root).finding("required-element", f"there must be exactly one <channel>; there are {len(channels)}.")
        return
    channel, nodes = Node(channels[0]), _nodes(root)
    yield from _check_channel(channel, now)
    yield from check_archive(channel)
    for node in nodes:
        yield from _check_item(node, now)
    yield from check_twins(nodes, rss_entries(root))
    yield from _check_moments(nodes)


def rss_entries(root: etree._Element) -> list[SeenEntry]:
    return [
        SeenEntry(node.entry, node.text("title"), node.text("link"), _updated(node), line_of(node.element))
        for node in _nodes(root)
    ]


def channel_links(root: etree._Element) -> dict[str, str]:
    return next((links_of(Node(channel)) for channel in root if channel.tag == "channel"), {})


def _nodes(root: etree._Element) -> list[Node]:
    items = [item for channel in root if channel.tag == "channel" for item in channel if item.tag == "item"]
    return [Node(item, Node(item).text("guid")) for item in items]


def _updated(node: Node) -> datetime | None:
    return parse_rfc3339(node.text(f"{ATOM}updated")) or parse_rfc822(node.text("pubDate"))


def _check_channel(channel: Node, now: datetime) -> Iterator[Finding]:
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


def _check_last_items(channel: Node) -> Iterator[Finding]:
    tags = [str(child.tag) for child in channel.element]
    if "item" in tags and any(tag != "item" for tag in tags[tags.index("item") :]):
        words = "elements of the channel stand behind its first item; write them all before the items."
        yield channel.finding("misplaced-item", words, channel.all("item")[0])


def _check_shared(node: Node, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with what the channel and its items have both."""
    for name in ("pubDate", "lastBuildDate"):
        for date in node.all(name):
            yield from node.wrong(wrong_rfc822(text_of(date), now), date)
    for name in ("author", "managingEditor", "webMaster"):
        for person in node.all(name):
            if not _EMAIL.fullmatch(text_of(person)):
                words = f"<{name}> must be like user@host (Name); name people without an address in dc:creator."
                yield node.finding("email-form", words, person)
    yield from check_links(node)
    yield from check_dublin_core(node, now)


def _check_item(node: Node, now: datetime) -> Iterator[Finding]:
    yield from _check_guid(node)
    if not (node.text("title") or node.text("description")):
        yield node.finding("required-element", "an item must have a <title> or a <description>.")
    for link in node.all("link"):
        if not is_address(text_of(link)):
            words = f"<link> leads to {shown(text_of(link))}, which is no whole web address; give it."
            yield node.finding("relative-address", words, link)
    for date in node.all(f"{ATOM}updated"):
        yield from node.wrong(wrong_rfc3339(text_of(date), now), date)
    yield from _check_shared(node, now)
    yield from _check_text(node)
    yield from _check_files(node)
    yield from _check_semantics(node)


def _check_guid(node: Node) -> Iterator[Finding]:
    guids = node.all("guid")
    if len(guids) != 1 or not node.entry:
        yield node.finding("required-element", f"an item must have exactly one <guid>; there are {len(guids)}.")
    for guid in guids:
        if guid.get("isPermaLink", "true") != "false" and not is_address(text_of(guid)):
            words = 'the guid is no web address; mark it with isPermaLink="false", or readers follow it to nowhere.'
            yield node.finding("guid-permalink", words, guid)
        elif text_of(guid) and not is_iri(text_of(guid)):
            yield node.finding("id-form", f"the guid {shown(text_of(guid))} is no IRI; use a tag: address.", guid)


def _check_text(node: Node) -> Iterator[Finding]:
    tags = [str(child.tag) for child in node.element]
    full = f"{CONTENT}encoded"
    if not {"description", full} & set(tags):
        yield node.finding("missing-content", "an item must have its content in <description> or <content:encoded>.")
    if full in tags and "description" in tags and tags.index(full) < tags.index("description"):
        words = "<content:encoded> stands before <description>; write it behind, as some readers keep the last."
        yield node.finding("content-order", words, node.all(full)[0])
    for name in ("description", full):
        for element in node.all(name):
            yield from check_html(node, element)
    for element in node.all("description")[1:]:
        yield node.finding("duplicate-element", "an item has more than one <description>; keep one.", element)


def _check_files(node: Node) -> Iterator[Finding]:
    files = node.all("enclosure")
    for file in files[1:]:
        words = 'a second <enclosure>; give further files as <atom:link rel="enclosure">, as most readers take one.'
        yield node.finding("duplicate-enclosure", words, file)
    for file in files:
        if not is_address(file.get("url", "")):
            words = f"<enclosure> leads to {shown(file.get('url', ''))}, which is no whole web address; give it."
            yield node.finding("relative-address", words, file)
        if not (file.get("length", "").isdecimal() and file.get("type")):
            words = "<enclosure> must have the file's length in bytes (0 where nobody knows it) and its media type."
            yield node.finding("enclosure", words, file)


def _check_semantics(node: Node) -> Iterator[Finding]:
    for one, other in _SAME:
        if node.all(one) and node.all(other):
            words = f"<{one}> and <dc:{local(node.all(other)[0])}> say one thing twice; keep one of the two."
            yield node.finding("duplicate-semantics", words, node.all(other)[0])
    if creators := node.all(f"{DC}creator")[1:]:
        words = "several <dc:creator>, of which most readers show one; write all names into one, with commas."
        yield node.finding("several-creators", words, creators[0], is_note=True)


def _check_moments(nodes: list[Node]) -> Iterator[Finding]:
    """Yield a note on items of one second: validators let it pass, and readers cannot tell which is newer."""
    seen: set[str] = set()
    for node in nodes:
        moment = node.text("pubDate")
        if moment and moment in seen:
            words = "it shares its pubDate with another item, as may be where only the day is known."
            yield node.finding("duplicate-pubdate", words, is_note=True)
            return
        seen.add(moment)
