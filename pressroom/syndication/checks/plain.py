"""Plain texts that may be taken for HTML: titles, names and the like, as the W3C validator looks at them.

RSS's Best Practices Profile (Character Data) has & and < of plain texts written by number, which says that they are
no HTML; a line in which that was done is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import name2codepoint

from lxml import etree
from lxml.html import defs

from pressroom.models.text import shown
from pressroom.syndication.checks.findings import Finding
from pressroom.syndication.checks.xml import ATOM, DC, DCTERMS, Node, line_of, local, text_of

_ATOM_TEXTS = {f"{ATOM}{name}" for name in ("title", "subtitle", "summary", "rights", "name")}
_RSS_TEXTS = {"title", "category"}
_END = re.compile(r"</(\w+)>")
_REFERENCE = re.compile(r"&(#?\w+)")
_BEGIN = re.compile(r"<[/a-zA-Z]")


def coded_lines(content: bytes) -> frozenset[int]:
    """Return the lines, from 1, on which a sign is written by its number."""
    return frozenset(number for number, line in enumerate(content.split(b"\n"), 1) if b"&#x" in line)


def check_plain_texts(root: etree._Element, coded: frozenset[int]) -> Iterator[Finding]:
    """Yield each plain text in which a reader's program sees HTML."""
    is_rss, entry = root.tag == "rss", ""
    for element in root.iter("*"):
        if element.tag in (f"{ATOM}entry", "item"):
            entry = Node(element).text("guid" if is_rss else f"{ATOM}id")
        for text in _plain_texts(element):
            lines = range(line_of(element), line_of(element) + text.count("\n") + 1)
            if found := _taken_for_html(text, is_coded=not coded.isdisjoint(lines), is_rss=is_rss):
                remedy = "leave the tag out" if _END.fullmatch(found) else "write & and < by number"
                words = f"<{local(element)}> holds {shown(found)}, which is taken for HTML; {remedy}."
                yield Finding("html-in-text", words, line_of(element), entry)


def _plain_texts(element: etree._Element) -> Iterator[str]:
    tag, above = str(element.tag), element.getparent()
    is_of_channel = tag == "description" and above is not None and above.tag == "channel"
    is_of_atom = tag in _ATOM_TEXTS and element.get("type", "text") == "text"
    if is_of_atom or is_of_channel or tag in _RSS_TEXTS or tag.startswith((DC, DCTERMS)):
        yield text_of(element)
    for name in ("label", "title"):
        if tag.startswith(ATOM) and name in element.attrib:
            yield str(element.get(name))


def _taken_for_html(text: str, *, is_coded: bool, is_rss: bool) -> str:
    """Return what is taken for HTML in a text, "" for nothing."""
    for found in _END.finditer(text):
        if found[1].lower() in defs.tags:
            return found[0]
    if is_coded:
        return ""
    for found in _REFERENCE.finditer(text):
        if found[1] in name2codepoint or found[1] == "apos" or not found[1].isalpha():
            return found[0]
    begun = _BEGIN.search(text) if is_rss else None
    return begun[0] if begun else ""
