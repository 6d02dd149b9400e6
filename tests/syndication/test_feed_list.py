"""The list of feeds: what is said of each, in which order, and which are left out."""

from __future__ import annotations

from datetime import UTC, datetime

from lxml import etree

from pressroom.links import Links
from pressroom.models.dates import PartialDate
from pressroom.models.feeds import Shelf, ShelfKind
from pressroom.models.words import ENGLISH
from pressroom.settings import Site
from pressroom.syndication.feed_list import FeedList, list_feeds
from pressroom.syndication.opml import compose_opml

LINKS = Links("https://a.example")
SITE = Site(name="Rivers & Roads", url=LINKS.site)
VOICES = Shelf(ShelfKind.SERIES, "7", "voices", "Voices", releases=1)
RIVERS = Shelf(ShelfKind.TOPICS, "3", "rivers", "Rivers", releases=1)
CASES = Shelf(ShelfKind.KINDS, "case-study", "case-study", "case-study", releases=1)


def listed(*shelves: Shelf) -> FeedList:
    return list_feeds({kind: [one for one in shelves if one.kind is kind] for kind in ShelfKind}, LINKS, SITE, ENGLISH)


def test_topics_come_before_kinds_and_series_each_with_its_page() -> None:
    found = listed(VOICES, CASES, RIVERS)
    assert [(group.heading, group.feeds[0].name, group.feeds[0].page) for group in found.groups] == [
        ("Topics", "Rivers", "/topics/rivers"),
        ("Kinds", "Case study", "/releases/?kind=case-study"),
        ("Series of releases", "Voices", "/releases/?series=voices"),
    ]


def test_publishers_have_a_name_and_the_site_itself_its_own() -> None:
    own = Shelf(ShelfKind.PUBLISHERS, "", "rivers-and-roads", "", releases=4)
    other = Shelf(ShelfKind.PUBLISHERS, "lola", "lola", "LOLA", releases=2)
    [group] = listed(own, other).groups
    assert [(feed.name, feed.page) for feed in group.feeds] == [
        ("Rivers & Roads", "/releases/"),
        ("LOLA", "/releases/?q=LOLA"),
    ]


def test_languages_are_listed_where_there_is_a_choice() -> None:
    dutch, english = (Shelf(ShelfKind.LANGUAGES, tag, tag, tag, releases=1) for tag in ("nl", "en"))
    assert listed(english).groups == ()
    assert [feed.name for feed in listed(dutch, english).groups[0].feeds] == ["Dutch", "English"]


def test_two_topics_are_shown_as_one_feed_at_the_address_that_it_has() -> None:
    slugs = ("roads", "canals", "rivers")
    topics = [Shelf(ShelfKind.TOPICS, slug, slug, slug, releases=1) for slug in slugs]
    kinds = [Shelf(ShelfKind.KINDS, slug, slug, slug, releases=1) for slug in slugs]
    assert listed(*topics).of_two == "https://a.example/feeds/topics/canals+roads.atom"
    assert listed(topics[0]).of_two == listed(*kinds).of_two == ""


def test_each_has_one_address_to_copy_and_three_formats() -> None:
    [feed] = listed(RIVERS).groups[0].feeds
    assert feed.address == feed.formats[0].url == "https://a.example/feeds/topics/rivers.atom"
    assert [one.name for one in feed.formats] == ["Atom", "RSS", "JSON"]
    assert feed.formats[1].title == "Rivers (RSS)"


def test_says_how_many_there_are_and_when_the_newest_came_as_far_as_is_known() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # the next day in London
    facts = [
        listed(Shelf(ShelfKind.ALL, releases=number, latest=latest)).everything.facts
        for number, latest in ((1200, late), (2, PartialDate(2019, 5)), (1, PartialDate(2019)), (0, None))
    ]
    assert facts == [
        ("1,200 releases", "latest: 1 July 2026"),
        ("2 releases", "latest: May 2019"),
        ("1 release", "latest: 2019"),
        ("0 releases",),
    ]


def test_a_shelf_on_which_nothing_stands_and_a_group_without_feeds_are_left_out() -> None:
    empty = Shelf(ShelfKind.KINDS, "blog", "blog", "blog")
    assert [[feed.name for feed in group.feeds] for group in listed(CASES, empty).groups] == [["Case study"]]
    assert listed(empty).groups == ()


def test_the_list_as_opml_has_the_same_feeds_in_the_same_groups() -> None:
    opml = etree.fromstring(compose_opml(listed(VOICES, RIVERS), SITE))
    assert opml.get("version") == "2.0"
    assert opml.findtext("head/title") == "Rivers & Roads"
    assert [one.get("text") for one in opml.iterfind("body/outline")] == ["Everything", "Topics", "Series of releases"]
    [rivers] = [one for one in opml.iterfind("body/outline/outline") if one.get("text") == "Rivers"]
    assert {str(name): str(value) for name, value in rivers.attrib.items()} == {
        "type": "rss",
        "text": "Rivers",
        "title": "Rivers",
        "xmlUrl": "https://a.example/feeds/topics/rivers.atom",
        "htmlUrl": "https://a.example/topics/rivers",
    }
