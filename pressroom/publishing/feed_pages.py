"""What stands beside the feeds: the page that lists them, the list as OPML, and how a feed looks in a browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pressroom.models.feeds import FeedDocument, Shelf, ShelfKind, etag_of
from pressroom.syndication.facts import STYLESHEET
from pressroom.syndication.feed_list import list_feeds
from pressroom.syndication.opml import MEDIA_TYPE, PATH, compose_opml
from pressroom.tools import Tools


def pages_of_feeds(shelves: Mapping[ShelfKind, Iterable[Shelf]], tools: Tools) -> Iterator[FeedDocument]:
    """Yield the files beside the feeds, of which only the list changes from release to release."""
    site, brand, words = tools.settings.site, tools.settings.brand, tools.words()
    feeds = list_feeds(shelves, tools.links, site, words)
    page = tools.templates.render(
        "web/feeds-index.html", words, feeds=feeds, site=site, language=words.language, direction=words.direction
    )
    told = words.gettext("This is a feed. Copy its address into a feed reader, and what is released appears there.")
    in_css = told.replace("\\", "").replace('"', "\\22 ")
    yield _document("index.html", page.encode(), "text/html")
    yield _document(PATH, compose_opml(feeds, site), MEDIA_TYPE)
    yield _document("site.css", tools.templates.render("web/site.css", brand=brand).encode(), "text/css")
    yield _document(STYLESHEET, tools.templates.render("web/feed.css", brand=brand, said=in_css).encode(), "text/css")


def _document(path: str, content: bytes, media_type: str) -> FeedDocument:
    return FeedDocument(path, content, media_type, etag_of(content))
