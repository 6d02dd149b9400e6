"""The HTML of a mail, parsed once: texts with the look that they have, links, attributes and elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from lxml import etree

from pressroom.digest.lint.css import Sheet, is_for_everybody
from pressroom.digest.lint.look import PROPERTIES, Look, styled
from pressroom.models.colours import colour
from pressroom.models.text import clean_line, is_visible, shown

Element = etree._Element

_NOT_SHOWN = frozenset({"head", "style", "script", "template", "title"})
# What stands in a line of text: no blank is seen before and behind it.
_IN_LINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q", "s",
     "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"}
)  # fmt: skip


class Text(NamedTuple):
    words: str
    look: Look


class Attribute(NamedTuple):
    element: Element
    name: str
    value: str


@dataclass(slots=True)
class Page:
    """What a mail's HTML holds, in reading order.

    `texts` are those of the body that show anything, `elsewhere` those of the title. `links` are the addresses of
    links and what is seen first of each, words before signs, empty where nothing is.
    """

    texts: list[Text] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    attributes: list[Attribute] = field(default_factory=list)
    elements: list[Element] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    styles: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def named(self, *tags: str) -> Iterator[Element]:
        return (element for element in self.elements if element.tag in tags)

    def running_text(self) -> str:
        """Return all that the body says as it is seen: a word is one word, whatever tags stand within it."""
        return "".join(_running(self.elements[0])) if self.elements else ""


def read(html: str) -> Page:
    """Return what stands in `html`, also where it is no good HTML."""
    page = Page()
    around: dict[Element, tuple[Look, str]] = {}
    elements = list(_elements(html))
    styles = [str(one.text or "") for one in elements if one.tag == "style" and _is_for_everybody(one)]
    sheet = Sheet(styles, PROPERTIES)
    for element in elements:
        parent = element.getparent()
        outer = around[parent] if parent is not None else (Look(), "")
        if isinstance(element, etree._Comment):
            page.comments.append(element.text or "")
        elif isinstance(element.tag, str):
            around[element] = inner = _inner(element, outer, sheet)
            page.elements.append(element)
            page.attributes += [Attribute(element, str(name), str(value)) for name, value in element.attrib.items()]
            _add_text(page, element, str(element.text or ""), inner)
        if element.tail and parent is not None:
            _add_text(page, parent, str(element.tail), outer)
    return page


def without_controls(text: str) -> str:
    """Return `text` without the signs at which a parser of HTML stops: NUL and its like."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", lambda sign: " " if sign[0] in "\x0b\x0c" else "", text)


def start_tag(element: Element) -> str:
    """Return an element as a sentence quotes it: its start tag, shortened."""
    attributes = "".join(f" {name}='{value}'" for name, value in element.attrib.items())
    return shown(f"<{tag_of(element)}{attributes}>")


def tag_of(element: Element) -> str:
    return str(element.tag)


def _elements(html: str) -> Iterator[Element]:
    """Yield the elements and comments in reading order."""
    octets = without_controls(html).encode(errors="ignore")
    with suppress(etree.XMLSyntaxError):  # there is nothing at all; or else the parser answers with None
        root = cast("Element | None", etree.fromstring(octets, etree.HTMLParser(encoding="utf-8")))
        yield from [] if root is None else root.iter()


def _is_for_everybody(style: Element) -> bool:
    return is_for_everybody(str(style.attrib.get("media", "")))


def _running(root: Element) -> Iterator[str]:
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        yield "" if event in ("comment", "pi") or element.tag in _IN_LINE else "\n"
        if event != "start":
            yield element.tail or ""
        elif element.tag not in _NOT_SHOWN:
            yield element.text or ""


def _inner(element: Element, outer: tuple[Look, str], sheet: Sheet) -> tuple[Look, str]:
    """Return how text looks in `element`, and the address of the link that it is in."""
    look, address = outer
    attributes = element.attrib
    if element.tag == "a":
        # Without a colour of its own a link has that of the style sheet or of the mail program, which is not known.
        look = look._replace(ink=None, clear_by="")
        address = str(attributes.get("href", "")).strip()
    if "bgcolor" in attributes:
        look = look._replace(paper=colour(str(attributes["bgcolor"])))
    if element.tag == "font" and "color" in attributes:
        look = look._replace(ink=colour(str(attributes["color"])), clear_by="")
    if "hidden" in attributes:
        look = look._replace(hidden_by="hidden")
    style = sheet.style_of(element)
    return (styled(look, style) if style else look), address


def _add_text(page: Page, element: Element, text: str, around: tuple[Look, str]) -> None:
    look, address = around
    if element.tag == "a" and address:
        page.links.setdefault(address, "")
    if element.tag == "style":
        page.styles.append(text)
    elif element.tag in _NOT_SHOWN:
        page.elsewhere.append(text)
    elif is_visible(text):
        page.texts.append(Text(text, look))
        seen = page.links.get(address, "")
        if address and not look.unseen_by and not (seen and (has_words(seen) or not has_words(text))):
            page.links[address] = clean_line(text)


def has_words(text: str) -> bool:
    """Whether a text says something: two letters at least, whatever the script."""
    return sum(map(str.isalpha, text)) > 1
