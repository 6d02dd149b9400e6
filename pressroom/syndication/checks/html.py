"""What the HTML of an entry must not hold, whatever format carries it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from pressroom.models.text import shown
from pressroom.syndication.checks.values import Wrong, is_iri

# The W3C validator's SecurityRisk and NotHtml; readers drop these, or refuse the entry.
_UNSAFE = frozenset(
    {"script", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "meta", "base", "link", "style"}
)
_ODD = frozenset({"math", "details", "summary", "svg"})
_ADDRESSES = frozenset({"href", "src", "action", "poster", "cite", "data"})
_NOT_READ = Wrong("odd-content", "the content is nested too deep, or too long, to be read to its end; write it flat.")
_RUNS = ("javascript:", "vbscript:", "data:text/html")


@lru_cache(maxsize=4_096)  # an entry stands in many feeds, and is looked at once
def wrong_in_html(html: str) -> tuple[Wrong, ...]:
    """Return what is wrong with the content of an entry, each thing once."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True)
    # A NUL would end the document for libxml2, and hide what follows.
    content = html.replace("\0", "").encode(errors="replace")
    tree = etree.fromstring(b"<div>" + content + b"</div>", parser)
    return (*wrong_in_tree(tree), *([_NOT_READ] if parser.error_log.filter_from_fatals() else []))


def wrong_in_tree(tree: etree._Element) -> tuple[Wrong, ...]:
    """Return what is wrong with content that is XHTML, each thing once."""
    return tuple(dict.fromkeys(_wrong_in(tree)))


def _wrong_in(tree: etree._Element) -> Iterator[Wrong]:
    for element in tree.iter("*"):
        tag = str(element.tag).rpartition("}")[2].lower()  # QName refuses some names that HTML may have
        if tag in _UNSAFE:
            yield Wrong("unsafe-content", f"the content holds <{tag}>, which readers remove or refuse; leave it out.")
        if tag in _ODD:
            yield Wrong("odd-content", f"the content holds <{tag}>, which readers do not know; write it in plain HTML.")
        for name, value in element.attrib.items():
            yield from _wrong_attribute(str(name).lower(), str(value).strip())


def _wrong_attribute(name: str, value: str) -> Iterator[Wrong]:
    if name.startswith("on"):
        yield Wrong("unsafe-content", f"the content holds the script {shown(name)}; leave the attribute out.")
    elif name in _ADDRESSES:
        if value.lower().startswith(_RUNS):
            yield Wrong("unsafe-content", f"the content links to {shown(value)}, which runs a script; leave it out.")
        elif not is_iri(value):
            yield Wrong("relative-address", f"the content leads to {shown(value)}, which is no whole address; give it.")
