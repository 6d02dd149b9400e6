"""XML from anywhere, read without harm, and what must hold of it in every format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Finding, SeenEntry
from pressroom.syndication.checks.html import wrong_in_html, wrong_in_tree
from pressroom.syndication.checks.values import BAD_CHARACTERS, Wrong, is_address, is_iri, is_language, wrong_w3cdtf

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
DCTERMS = "{http://purl.org/dc/terms/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
HISTORY = "{http://purl.org/syndication/history/1.0}"
XHTML = "{http://www.w3.org/1999/xhtml}"
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

_KNOWN = {name[1:-1] for name in (ATOM, DC, DCTERMS, CONTENT, HISTORY, XHTML)} | {
    "http://purl.org/syndication/thread/1.0",
    "http://search.yahoo.com/mrss/",
    "http://purl.org/rss/1.0/modules/syndication/",
    "http://www.w3.org/XML/1998/namespace",
}
# The registry of RFC 4287 §7.1, as far as feeds use it and the W3C validator knows it.
_RELATIONS = frozenset(
    {"alternate", "author", "current", "describedby", "edit", "edit-media", "enclosure", "first", "help", "hub", "last",
     "license", "monitor", "next", "next-archive", "payment", "prev", "prev-archive", "previous", "related", "replies",
     "search", "self", "service", "start", "up", "via", "working-copy"}
)  # fmt: skip
_DATES = {
    f"{space}{name}" for space in (DC, DCTERMS) for name in ("date", "issued", "modified", "created", "available")
}
_HOLDS_XHTML = {f"{ATOM}{name}" for name in ("content", "title", "summary", "subtitle", "rights")}
# Atomic groups: comments that stand in a row would otherwise be taken apart in every possible way.
_DOCTYPE = re.compile(rb"(?>\xef\xbb\xbf|\xff\xfe|\xfe\xff|\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
_NO_DTD = "a document type is declared, by which a reader can be made to read or send anything; leave it out."


@dataclass(frozen=True, slots=True)
class Node:
    """A feed, or one of its entries with the `entry` id by which findings call it."""

    element: etree._Element
    entry: str = ""

    def all(self, tag: str) -> list[etree._Element]:
        """Return the children of this name."""
        return [child for child in self.element if child.tag == tag]

    def text(self, tag: str) -> str:
        """Return the text of the first child of this name, "" for none."""
        return next((text_of(child) for child in self.all(tag)), "")

    def finding(self, rule: str, words: str, at: etree._Element | None = None, *, is_note: bool = False) -> Finding:
        """Return a finding about this node, on the line of `at` or its own."""
        return Finding(rule, words, line_of(self.element if at is None else at), self.entry, is_note=is_note)

    def wrong(self, wrong: Wrong | None, at: etree._Element) -> Iterator[Finding]:
        """Yield the finding about a value that is wrong, nothing for a good one."""
        if wrong:
            yield self.finding(wrong.rule, f"<{local(at)}> {wrong.words}", at)


def parse_xml(content: bytes) -> etree._Element | Finding:
    """Return the root, or why there is none: it is not well-formed, or declares a document type.

    No entity is resolved and nothing is fetched.
    """
    if _DOCTYPE.match(content.replace(b"\0", b"")):
        return Finding("document-type", _NO_DTD, 1)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        words = f"it is not well-formed: {shown(error.msg or 'nothing can be read')}; mend it there."
        return Finding("not-well-formed", words, error.lineno or 1)
    return Finding("document-type", _NO_DTD, 1) if root.getroottree().docinfo.doctype else root


def text_of(element: etree._Element) -> str:
    return (element.text or "").strip()


def line_of(element: etree._Element) -> int:
    return int(element.sourceline or 0)


def local(element: etree._Element) -> str:
    """Return the name of an element without its namespace."""
    return str(element.tag).rpartition("}")[2]


def check_xml(root: etree._Element) -> Iterator[Finding]:
    """Yield what is wrong with any feed in XML: bad characters, namespaces that readers do not know, stray XHTML."""
    unknown: set[str] = set()
    for element in root.iter("*"):
        node = Node(element)
        said = [element.text or "", element.tail or "", *(str(value) for value in element.attrib.values())]
        if found := next(filter(None, map(BAD_CHARACTERS.search, said)), None):
            words = f"<{local(element)}> holds the character U+{ord(found[0]):04X}, which means nothing; leave it out."
            yield node.finding("bad-character", words)
        for space in (str(name)[1:].rpartition("}")[0] for name in (element.tag, *element.attrib)):
            if space and space not in _KNOWN and space not in unknown:
                unknown.add(space)
                words = f"the namespace {shown(space)} is one that readers and validators do not know; leave it out."
                yield node.finding("unknown-namespace", words)
        if _is_stray(element):
            words = f"<{local(element)}> of XHTML stands outside content, where readers stumble over it; leave it out."
            yield node.finding("misplaced-xhtml", words)


def _is_stray(element: etree._Element) -> bool:
    above = element.getparent()
    if not str(element.tag).startswith(XHTML) or (above is not None and str(above.tag).startswith(XHTML)):
        return False
    return above is None or above.tag not in _HOLDS_XHTML


def check_links(node: Node) -> Iterator[Finding]:
    """Yield what is wrong with Atom links, in Atom and in RSS (RFC 4287 §4.2.7)."""
    for link in node.all(f"{ATOM}link"):
        relation = link.get("rel", "alternate")
        if relation not in _RELATIONS and not is_iri(relation):
            words = f"the relation {shown(relation)} is not registered for feeds; use “related”, or leave the link out."
            yield node.finding("unregistered-relation", words, link)
        if not is_address(link.get("href", "")):
            words = f"the link “{relation}” leads to {shown(link.get('href', ''))}, which is no whole web address."
            yield node.finding("relative-address", words, link)
        if relation == "enclosure" and not link.get("type"):
            yield node.finding("enclosure", "a file has no media type; give the link a “type”.", link)
        if not (link.get("length") or "0").isdecimal():
            words = f"the length {shown(link.get('length', ''))} is no number of bytes; write digits, or nothing."
            yield node.finding("enclosure", words, link)


def check_dublin_core(node: Node, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with Dublin Core: elements that say nothing, dates that are none."""
    for element in node.element:
        if not str(element.tag).startswith((DC, DCTERMS)):
            continue
        if not text_of(element):
            yield node.finding("empty-element", f"<{local(element)}> says nothing; leave it out.", element)
        elif element.tag in _DATES:
            yield from node.wrong(wrong_w3cdtf(text_of(element), now), element)
        elif element.tag == f"{DC}language" and not is_language(text_of(element)):
            words = f"{shown(text_of(element))} is no language code; write it like en or pt-BR."
            yield node.finding("language", words, element)


def check_html(node: Node, at: etree._Element) -> Iterator[Finding]:
    """Yield what is wrong with HTML in an element, escaped or as XHTML."""
    is_xhtml = at.get("type") == "xhtml"
    for wrong in wrong_in_tree(at) if is_xhtml else wrong_in_html(at.text or ""):
        yield node.finding(wrong.rule, wrong.words, at)


def links_of(node: Node) -> dict[str, str]:
    """Return the addresses by which a document leads to itself and to its archives."""
    wanted = ("current", "next-archive", "prev-archive", "self")
    links = {link.get("rel", "alternate"): link.get("href", "") for link in node.all(f"{ATOM}link")}
    return {name: links[name] for name in wanted if name in links}


def check_archive(node: Node) -> Iterator[Finding]:
    """Yield what an archive document lacks (RFC 5005 §4)."""
    links = links_of(node)
    if not node.all(f"{HISTORY}archive"):
        return
    if "current" not in links:
        words = "an archive does not say where its feed is; give it a link “current” (RFC 5005 §4)."
        yield node.finding("missing-current", words)
    if not {"prev-archive", "next-archive"} & set(links):
        words = "an archive names none before and none after it, which only a lone one may."
        yield node.finding("lone-archive", words, is_note=True)


def check_twins(nodes: list[Node], entries: list[SeenEntry]) -> Iterator[Finding]:
    """Yield entries of one id: readers show one of them only."""
    first: dict[str, int] = {}
    for node, entry in zip(nodes, entries, strict=True):
        if entry.id and entry.id in first:
            words = f"the entry on line {first[entry.id]} has the same id; give each its own, for ever."
            yield node.finding("duplicate-id", words)
        first.setdefault(entry.id, entry.line)
