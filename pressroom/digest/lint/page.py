"""The HTML of a mail, parsed once: texts with the look that they have, links, attributes and elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from lxml import etree

from pressroom.digest.lint.css import Sheet, holds, knows_dark
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

    `texts` are those of the body that show anything, `dark_texts` the same on a dark screen, where the mail has
    colours for that; `is_whole` says that their colours are known for sure. `elsewhere` are those of the title.
    `links` are the addresses of links and what is seen first of each, words before signs, empty where nothing is.
    """

    texts: list[Text] = field(default_factory=list)
    dark_texts: list[Text] = field(default_factory=list)
    is_whole: bool = True
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
    elements = list(_elements(html))
    for element in elements:
        if isinstance(element, etree._Comment):
            page.comments.append(element.text or "")
        elif isinstance(element.tag, str):
            page.elements.append(element)
            page.attributes += [Attribute(element, str(name), str(value)) for name, value in element.attrib.items()]
    light = _sheet(elements, is_dark=False)
    for element, text, around in _said(elements, light):
        _add_text(page, element, text, around)
    if any(map(knows_dark, [*page.styles, *(value for _, name, value in page.attributes if name == "media")])):
        dark = _sheet(elements, is_dark=True)
        page.dark_texts = [
            Text(text, look)
            for element, text, (look, _) in _said(elements, dark)
            if element.tag not in _NOT_SHOWN and is_visible(text)
        ]
        page.is_whole = dark.is_whole
    return page


def _sheet(elements: Iterable[Element], *, is_dark: bool) -> Sheet:
    styles = (one for one in elements if one.tag == "style")
    held = [str(one.text or "") for one in styles if holds(str(one.attrib.get("media", "")), is_dark=is_dark)]
    return Sheet(held, PROPERTIES, is_dark=is_dark)


def _said(elements: Iterable[Element], sheet: Sheet) -> Iterator[tuple[Element, str, tuple[Look, str]]]:
    """Yield each piece of text with the element it stands in, its look, and the address of the link around it."""
    around: dict[Element, tuple[Look, str]] = {}
    for element in elements:
        parent = element.getparent()
        outer = around[parent] if parent is not None else (Look(), "")
        if not isinstance(element, etree._Comment) and isinstance(element.tag, str):
            around[element] = inner = _inner(element, outer, sheet)
            yield element, str(element.text or ""), inner
        if element.tail and parent is not None:
            yield parent, str(element.tail), outer


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
