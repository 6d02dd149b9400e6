"""The feeds that a reader may choose from: finished facts for pages, and as OPML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pressroom.links import Links
from pressroom.models.dates import in_zone
from pressroom.models.feeds import Feed, Format, Shelf, ShelfKind
from pressroom.models.words import Words, marked
from pressroom.settings import Site
from pressroom.syndication.naming import page_of, shelf_name

FORMATS = {Format.ATOM: "Atom", Format.RSS: "RSS", Format.JSON: "JSON"}

_HEADINGS = {
    ShelfKind.TOPICS: marked("Topics"),
    ShelfKind.KINDS: marked("Kinds"),
    ShelfKind.SERIES: marked("Series of releases"),
    ShelfKind.PUBLISHERS: marked("Publishers and partners"),
    ShelfKind.LANGUAGES: marked("Languages"),
    ShelfKind.CORRECTIONS: marked("Corrections"),
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


def list_feeds(shelves: Mapping[ShelfKind, Iterable[Shelf]], links: Links, site: Site, words: Words) -> FeedList:
    """Return the feeds of what is public: everything, and the `shelves` of each kind in their order.

    Those on which nothing stands are left out. Where all is in one language, that is no choice.
    """
    filled = {kind: [shelf for shelf in some if shelf.releases] for kind, some in shelves.items()}
    if len(filled.get(ShelfKind.LANGUAGES, ())) == 1:
        del filled[ShelfKind.LANGUAGES]
    groups = (
        FeedGroup(
            kind, words.gettext(heading), tuple(_offered(one, links, site, words) for one in filled.get(kind, ()))
        )
        for kind, heading in _HEADINGS.items()
    )
    everything = next(iter(shelves.get(ShelfKind.ALL, ())), Shelf(ShelfKind.ALL))
    return FeedList(
        _offered(everything, links, site, words),
        tuple(group for group in groups if group.feeds),
        _of_two(filled.get(ShelfKind.TOPICS, []), links),
    )


def feed_links(path: str, title: str, links: Links) -> tuple[FeedLink, ...]:
    """Return the feed `path` in each format; without a `title` it is known by the format alone."""
    feed = Feed(path, title, "")
    return tuple(
        FeedLink(name, f"{title} ({name})".strip(), links.feed(feed, form), form.media_type)
        for form, name in FORMATS.items()
    )


def _offered(shelf: Shelf, links: Links, site: Site, words: Words) -> OfferedFeed:
    name = shelf_name(shelf, site, words)
    formats = feed_links(shelf.path, name, links)
    return OfferedFeed(name, formats[0].url, page_of(shelf), tuple(_facts(shelf, site, words)), formats)


def _of_two(topics: Sequence[Shelf], links: Links) -> str:
    slugs = sorted(topic.slug for topic in topics[:2])
    return links.feed(Feed(f"topics/{'+'.join(slugs)}", "", ""), Format.ATOM) if slugs[1:] else ""


def _facts(shelf: Shelf, site: Site, words: Words) -> Iterator[str]:
    number = {"number": words.number(shelf.releases)}
    if shelf.kind is ShelfKind.CORRECTIONS:
        yield words.ngettext("%(number)s correction", "%(number)s corrections", shelf.releases) % number
    else:
        yield words.ngettext("%(number)s release", "%(number)s releases", shelf.releases) % number
    if isinstance(shelf.latest, datetime):
        yield words.gettext("latest: %(date)s") % {"date": words.day(in_zone(shelf.latest, site.zone).date())}
    elif shelf.latest:
        yield words.gettext("latest: %(date)s") % {"date": words.own_date(shelf.latest)}
