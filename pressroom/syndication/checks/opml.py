"""OPML 2.0 (http://opml.org/spec2.opml): the list of a site's feeds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Finding
from pressroom.syndication.checks.values import is_address, wrong_rfc822
from pressroom.syndication.checks.xml import Node, text_of


def check_opml(root: etree._Element, now: datetime) -> Iterator[Finding]:
    """Yield what is wrong with a list of feeds."""
    if root.get("version") != "2.0":
        yield Node(root).finding("version", f"<opml> has the version {shown(root.get('version', ''))}; write 2.0.")
    heads, bodies = Node(root).all("head"), Node(root).all("body")
    if len(heads) != 1 or not Node(heads[0]).text("title"):
        yield Node(root).finding("required-element", "there must be one <head>, with a <title>.")
    for head in map(Node, heads):
        for date in (*head.all("dateCreated"), *head.all("dateModified")):
            yield from head.wrong(wrong_rfc822(text_of(date), now), date)
    outlines = [outline for body in bodies for outline in body.iter("outline")]
    if len(bodies) != 1 or not outlines:
        yield Node(root).finding("required-element", "there must be one <body>, with an <outline> at least.")
    for outline in outlines:
        yield from _check_outline(Node(outline))


def _check_outline(node: Node) -> Iterator[Finding]:
    outline = node.element
    if not outline.get("text", "").strip():
        yield node.finding("required-attribute", "an outline has no “text”, by which readers call it; give it one.")
    if "xmlUrl" in outline.attrib and outline.get("type") != "rss":
        yield node.finding("outline-type", "an outline with a feed must have the type “rss”, whatever its format.")
    if outline.get("type") != "rss":
        return
    for name in ("xmlUrl", "htmlUrl"):
        if not is_address(outline.get(name, "")):
            words = f"“{name}” is {shown(outline.get(name, ''))}; give the whole address."
            yield node.finding("relative-address", words)
