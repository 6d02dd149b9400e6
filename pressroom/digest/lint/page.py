"""The HTML of a mail, parsed once: texts with the look that they have, links, attributes and elements."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple, cast

from lxml import etree

from pressroom.models.colours import BLACK, WHITE, Colour, colour
from pressroom.models.text import clean_line, is_visible, shown

Element = etree._Element

_NOT_SHOWN = frozenset({"head", "style", "script", "template", "title"})
_NUMBER = re.compile(r"(\d*\.?\d+)\s*(px|pt|em|rem|%|)")
_PIXELS = {"px": 1.0, "pt": 4 / 3, "rem": 16.0, "": 1.0}
SMALLEST_TEXT = 1.0
"""In pixels: what is no larger is there for machines."""


class Look(NamedTuple):
    """How text is seen: None is a colour that is not known. `hidden_by` is the declaration that hides it."""

    ink: Colour | None = BLACK
    paper: Colour | None = WHITE
    size: float = 16.0
    hidden_by: str = ""


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
    links and the words that are seen of each, empty where there are none.
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


def read(html: str) -> Page:
    """Return what stands in `html`, also where it is no good HTML."""
    page = Page()
    around: dict[Element, tuple[Look, str]] = {}
    for element in _elements(html):
        parent = element.getparent()
        outer = around[parent] if parent is not None else (Look(), "")
        if isinstance(element, etree._Comment):
            page.comments.append(element.text or "")
        elif isinstance(element.tag, str):
            around[element] = inner = _inner(element, outer)
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


def declarations(style: str) -> dict[str, str]:
    """Return what an inline style says, in small letters: {"color": "#1b1f24"}."""
    pairs = (declaration.partition(":") for declaration in style.lower().split(";"))
    return {name.strip(): value.replace("!important", "").strip() for name, colon, value in pairs if colon}


def _elements(html: str) -> Iterator[Element]:
    """Yield the elements and comments in reading order."""
    octets = without_controls(html).encode(errors="ignore")
    with suppress(etree.XMLSyntaxError):  # there is nothing at all; or else the parser answers with None
        root = cast("Element | None", etree.fromstring(octets, etree.HTMLParser(encoding="utf-8")))
        yield from [] if root is None else root.iter()


def _inner(element: Element, outer: tuple[Look, str]) -> tuple[Look, str]:
    """Return how text looks in `element`, and the address of the link that it is in."""
    look, address = outer
    attributes = element.attrib
    if element.tag == "a":
        # Without a colour of its own a link has that of the style sheet or of the mail program, which is not known.
        look = look._replace(ink=None)
        address = str(attributes.get("href", "")).strip()
    if "bgcolor" in attributes:
        look = look._replace(paper=colour(str(attributes["bgcolor"])))
    if element.tag == "font" and "color" in attributes:
        look = look._replace(ink=colour(str(attributes["color"])))
    if "hidden" in attributes:
        look = look._replace(hidden_by="hidden")
    return (_styled(look, str(attributes["style"])) if "style" in attributes else look), address


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
        if address and not look.hidden_by and look.size > SMALLEST_TEXT:
            page.links[address] = page.links.get(address, "") or clean_line(text)


@lru_cache(maxsize=1_024)  # a mail has a handful of styles, and all mails of a run have the same
def _styled(look: Look, style: str) -> Look:
    for name, value in declarations(style).items():
        if value == "inherit":
            continue
        if name == "color":
            look = look._replace(ink=colour(value))
        elif name in ("background", "background-color"):
            look = look._replace(paper=_paper(value, look.paper))
        elif name == "font-size":
            look = look._replace(size=_size(value, look.size))
        elif name == "font":
            look = look._replace(size=_size_of_font(value, look.size))
    return look._replace(hidden_by=look.hidden_by or _hiding(declarations(style)))


def _paper(value: str, below: Colour | None) -> Colour | None:
    if value in ("transparent", "none"):
        return below
    known = [found for found in map(colour, [value, *value.split()]) if found]
    return known[0] if known and "(" not in value.replace("rgb(", "").replace("rgba(", "") else None


def _size(value: str, outer: float) -> float:
    """Return a size in pixels; one in words is a visible one."""
    number = _NUMBER.fullmatch(value)
    if not number:
        return 16.0
    amount, unit = float(number[1]), number[2]
    if unit in ("em", "%"):
        return outer * (amount if unit == "em" else amount / 100)
    return amount * _PIXELS[unit]


def _size_of_font(value: str, outer: float) -> float:
    sizes = [part.partition("/")[0] for part in value.split()]
    known = [size for size in sizes if re.fullmatch(r"\d*\.?\d+(px|pt|em|rem|%)|0", size)]
    return _size(known[0], outer) if known else 16.0


def _hiding(said: Mapping[str, str]) -> str:
    """Return the declaration by which a style hides what is in it."""
    for name, value in said.items():
        if (name, value) in (("display", "none"), ("visibility", "hidden"), ("mso-hide", "all")):
            return f"{name}:{value}"
        number = _NUMBER.fullmatch(value) if name in ("max-height", "opacity") else None
        if number and float(number[1]) == 0:
            return f"{name}:{value}"
    return ""
