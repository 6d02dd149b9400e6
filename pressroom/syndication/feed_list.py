"""The feeds that a reader may choose from: finished facts for `templates/web/feeds.html`. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pressroom.links import Links
from pressroom.models.feeds import Feed, Format
from pressroom.models.release import Kind
from pressroom.models.search import ShelfKind, Stock
from pressroom.models.words import Words, marked
from pressroom.settings import Site

FORMATS = {Format.ATOM: "Atom", Format.RSS: "RSS", Format.JSON: "JSON"}

_HEADINGS = {
    ShelfKind.TOPICS: marked("Topics"),
    ShelfKind.KINDS: marked("Kinds"),
    ShelfKind.SERIES: marked("Series of releases"),
}


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed in the format `name`, as a program finds it by itself."""

    name: str
    title: str
    url: str
    media_type: str


@dataclass(frozen=True, slots=True)
class OfferedFeed:
    """A feed with the one address that is shown to be copied; `page` is the page of its releases, as a path.

    `facts` say how many releases are in it and when the newest came.
    """

    name: str
    address: str
    page: str
    facts: tuple[str, ...]
    formats: tuple[FeedLink, ...]


@dataclass(frozen=True, slots=True)
class FeedGroup:
    """Feeds under one heading; `name` is that of the group in an address, within the page."""

    name: str
    heading: str
    feeds: tuple[OfferedFeed, ...]


@dataclass(frozen=True, slots=True)
class FeedList:
    """The feed of everything, then all others; a group without feeds is left out.

    `of_two` is the address of a feed of two topics, "" where there are no two.
    """

    everything: OfferedFeed
    groups: tuple[FeedGroup, ...]
    of_two: str = ""


def list_feeds(
    everything: Stock, shelves: Mapping[ShelfKind, Sequence[Stock]], links: Links, site: Site, words: Words
) -> FeedList:
    """Return the feeds of what is public: everything, and the `shelves` of each kind in their order."""
    groups = (
        FeedGroup(shelf, words.gettext(heading), tuple(_feeds(shelf, shelves.get(shelf, ()), links, site, words)))
        for shelf, heading in _HEADINGS.items()
    )
    name = words.gettext("Everything")
    return FeedList(
        _offered(name, "all", "/releases/", everything, links, site, words),
        tuple(group for group in groups if group.feeds),
        _of_two(shelves.get(ShelfKind.TOPICS, ()), links),
    )


def feed_links(path: str, title: str, links: Links) -> tuple[FeedLink, ...]:
    """Return the feed `path` in each format; without a `title` it is known by the format alone."""
    feed = Feed(path, title, "")
    return tuple(
        FeedLink(name, f"{title} ({name})".strip(), links.feed(feed, form), form.media_type)
        for form, name in FORMATS.items()
    )


def _feeds(shelf: ShelfKind, stocks: Iterable[Stock], links: Links, site: Site, words: Words) -> Iterator[OfferedFeed]:
    for stock in stocks:
        if shelf is ShelfKind.KINDS and stock.slug not in list(Kind):
            continue  # a kind that another program made up has no feed
        name = words.kind(stock.name) if shelf is ShelfKind.KINDS else stock.name
        pages = {
            ShelfKind.TOPICS: f"/topics/{stock.slug}",
            ShelfKind.KINDS: f"/releases/?kind={stock.slug}",
            ShelfKind.SERIES: f"/releases/?series={stock.slug}",
        }
        yield _offered(name, f"{shelf}/{stock.slug}", pages[shelf], stock, links, site, words)


def _offered(name: str, path: str, page: str, stock: Stock, links: Links, site: Site, words: Words) -> OfferedFeed:
    formats = feed_links(path, name, links)
    return OfferedFeed(name, formats[0].url, page, tuple(_facts(stock, site, words)), formats)


def _of_two(topics: Sequence[Stock], links: Links) -> str:
    slugs = sorted(topic.slug for topic in topics[:2])
    return links.feed(Feed(f"topics/{'+'.join(slugs)}", "", ""), Format.ATOM) if slugs[1:] else ""


def _facts(stock: Stock, site: Site, words: Words) -> Iterator[str]:
    number = {"number": words.number(stock.releases)}
    yield words.ngettext("%(number)s release", "%(number)s releases", stock.releases) % number
    if isinstance(stock.latest, datetime):
        yield words.gettext("latest: %(date)s") % {"date": words.day(stock.latest.astimezone(site.zone).date())}
    elif stock.latest:
        yield words.gettext("latest: %(date)s") % {"date": words.own_date(stock.latest)}
