"""Atom (RFC 4287) as the W3C validator and readers want it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Finding, SeenEntry
from pressroom.syndication.checks.values import is_iri, is_language, parse_rfc3339, wrong_rfc3339
from pressroom.syndication.checks.xml import (
    ATOM,
    XML_LANGUAGE,
    Node,
    check_archive,
    check_dublin_core,
    check_html,
    check_links,
    check_twins,
    line_of,
    local,
    text_of,
)

_TEXTS = ("text", "html", "xhtml")


def check_atom(root: etree._Element, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with an Atom document."""
    feed, nodes = Node(root), _nodes(root)
    yield from _check_head(feed, now)
    yield from check_archive(feed)
    has_author = bool(feed.all(f"{ATOM}author"))
    for node in nodes:
        yield from _check_entry(node, now, has_author=has_author)
    if not has_author and not nodes:
        yield feed.finding("author", "the feed has no author; name one with <author><name> (RFC 4287 §4.1.1).")
    yield from check_twins(nodes, atom_entries(root))
    yield from _check_order(nodes)


def atom_entries(root: etree._Element) -> list[SeenEntry]:
    return [
        SeenEntry(
            node.entry,
            node.text(f"{ATOM}title"),
            next((link.get("href", "") for link in _links(node, "alternate")), ""),
            parse_rfc3339(node.text(f"{ATOM}updated")),
            line_of(node.element),
        )
        for node in _nodes(root)
    ]


def _nodes(root: etree._Element) -> list[Node]:
    entries = [child for child in root if child.tag == f"{ATOM}entry"]
    return [Node(entry, Node(entry).text(f"{ATOM}id")) for entry in entries]


def _check_head(feed: Node, now: datetime) -> Iterator[Finding]:
    yield from _check_shared(feed, now)
    if len(_links(feed, "self")) != 1:
        words = 'the feed must link to itself once, with rel="self"; without it a moved file is lost (§4.1.1).'
        yield feed.finding("missing-self", words)
    if not _links(feed, "alternate"):
        words = 'the feed leads to no page; link to the site\'s with rel="alternate" (RFC 4287 §4.1.1).'
        yield feed.finding("missing-alternate", words)


def _check_entry(node: Node, now: datetime, *, has_author: bool) -> Iterator[Finding]:
    yield from _check_shared(node, now)
    source = node.all(f"{ATOM}source")
    if not (has_author or node.all(f"{ATOM}author") or any(Node(one).all(f"{ATOM}author") for one in source)):
        yield node.finding("author", "neither the entry nor the feed has an author; name one (RFC 4287 §4.1.2).")
    yield from _check_content(node)
    files = _links(node, "enclosure")
    if any(not link.get("length") for link in files):
        words = "a file comes without its length, which is right only where nobody knows it (RFC 4287 §4.2.7.6)."
        yield node.finding("unknown-length", words, files[0], is_note=True)


def _check_shared(node: Node, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with what feeds and entries have both (RFC 4287 §4.1.1 and §4.1.2)."""
    for name in ("id", "title", "updated"):
        found = node.all(f"{ATOM}{name}")
        if len(found) != 1 or not (text_of(found[0]) or len(found[0])):
            words = f"there must be exactly one <{name}>, and it must say something; there are {len(found)}."
            yield node.finding("required-element", words)
    identity = node.text(f"{ATOM}id")
    if identity and not is_iri(identity):
        yield node.finding("id-form", f"the id {shown(identity)} is no IRI; use a tag: address or a DOI's (§4.2.6).")
    if not is_language(node.element.get(XML_LANGUAGE, "")):
        yield node.finding("language", f"<{local(node.element)}> lacks its language; give it xml:lang, like en.")
    for date in (*node.all(f"{ATOM}updated"), *node.all(f"{ATOM}published")):
        yield from node.wrong(wrong_rfc3339(text_of(date), now), date)
    for author in (*node.all(f"{ATOM}author"), *node.all(f"{ATOM}contributor")):
        if not Node(author).text(f"{ATOM}name"):
            yield node.finding("author", f"<{local(author)}> has no name; give one (RFC 4287 §3.2.1).", author)
    yield from check_links(node)
    yield from _check_alternates(node)
    yield from check_dublin_core(node, now)
    yield from _check_types(node)


def _check_alternates(node: Node) -> Iterator[Finding]:
    seen = set()
    for link in _links(node, "alternate"):
        kind = link.get("type", ""), link.get("hreflang", "")
        if kind in seen:
            words = "two alternate links have one type and language; leave one out, or call it “related” (§4.1.1)."
            yield node.finding("duplicate-alternate", words, link)
        seen.add(kind)


def _check_types(node: Node) -> Iterator[Finding]:
    for name in ("title", "subtitle", "summary", "rights"):
        for element in node.all(f"{ATOM}{name}"):
            if element.get("type", "text") not in _TEXTS:
                words = f"<{name}> has the type {shown(element.get('type', ''))}; only text, html and xhtml are known."
                yield node.finding("text-type", words, element)


def _check_content(node: Node) -> Iterator[Finding]:
    contents = node.all(f"{ATOM}content")
    if len(contents) != 1:
        words = f"an entry must have its content once, as HTML; there are {len(contents)}."
        yield node.finding("missing-content", words)
    for content in contents:
        kind = content.get("type", "text")
        if content.get("src") and not node.text(f"{ATOM}summary"):
            words = "the content lies elsewhere, and there is no summary; write one (RFC 4287 §4.1.2)."
            yield node.finding("missing-summary", words, content)
        elif kind not in ("html", "xhtml") and not content.get("src"):
            words = f'the content has the type {shown(kind)}; give it as HTML, with type="html".'
            yield node.finding("text-type", words, content)
    for element in (*contents, *node.all(f"{ATOM}summary")):
        if element.get("type") in ("html", "xhtml"):
            yield from check_html(node, element)


def _check_order(nodes: list[Node]) -> Iterator[Finding]:
    """Yield entries of one `updated`, which W3C's validator warns of (DuplicateUpdated): they have no order."""
    first: dict[datetime, int] = {}
    for node in nodes:
        text = node.text(f"{ATOM}updated")
        updated = parse_rfc3339(text)
        if updated and updated in first:
            words = f"the entry on line {first[updated]} has the updated {shown(text)} too; give each its own second."
            yield node.finding("duplicate-updated", words)
        if updated:
            first.setdefault(updated, line_of(node.element))


def _links(node: Node, relation: str) -> list[etree._Element]:
    return [link for link in node.all(f"{ATOM}link") if link.get("rel", "alternate") == relation]
