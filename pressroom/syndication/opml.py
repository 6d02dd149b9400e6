"""The list of feeds as OPML 2.0 (http://opml.org/spec2.opml), which feed readers take in as a whole."""

from __future__ import annotations

from lxml.etree import Element, SubElement, tostring

from pressroom.models.text import clean_line
from pressroom.settings import Site
from pressroom.syndication.feed_list import FeedList, OfferedFeed

PATH, MEDIA_TYPE = "feeds.opml", "text/x-opml"


def compose_opml(feeds: FeedList, site: Site) -> bytes:
    """Return every feed, in groups as the page has them; nothing in it depends on the clock (R3)."""
    opml = Element("opml", version="2.0")
    head = SubElement(opml, "head")
    SubElement(head, "title").text = clean_line(site.name)
    SubElement(head, "ownerId").text = site.url
    SubElement(head, "docs").text = "http://opml.org/spec2.opml"
    body = SubElement(opml, "body")
    SubElement(body, "outline", _outline(feeds.everything, site))
    for group in feeds.groups:
        heading = SubElement(body, "outline", {"text": clean_line(group.heading)})
        for feed in group.feeds:
            SubElement(heading, "outline", _outline(feed, site))
    return tostring(opml, pretty_print=True, encoding="UTF-8", xml_declaration=True)


def _outline(feed: OfferedFeed, site: Site) -> dict[str, str]:
    """Return a subscription; its type is "rss" whatever the format (OPML 2.0, Subscription lists)."""
    name = clean_line(feed.name)
    return {"type": "rss", "text": name, "title": name, "xmlUrl": feed.address, "htmlUrl": f"{site.url}{feed.page}"}
