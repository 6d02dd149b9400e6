"""The list of feeds: what is said of each, in which order, and which are left out."""

from __future__ import annotations

from datetime import UTC, datetime

from pressroom.links import Links
from pressroom.models.dates import PartialDate
from pressroom.models.search import ShelfKind, Stock
from pressroom.models.words import ENGLISH
from pressroom.settings import Site
from pressroom.syndication.feed_list import FeedList, list_feeds

LINKS = Links("https://a.example")
NOTHING = Stock("", "", 0, None)


def listed(everything: Stock = NOTHING, **shelves: list[Stock]) -> FeedList:
    return list_feeds(everything, {ShelfKind(name): stocks for name, stocks in shelves.items()}, LINKS, Site(), ENGLISH)


def test_topics_come_before_kinds_and_series_each_with_its_page() -> None:
    found = listed(
        series=[Stock("voices", "Voices", 1, None)],
        kinds=[Stock("case-study", "case-study", 1, None)],
        topics=[Stock("rivers", "Rivers", 1, None)],
    )
    assert [(group.heading, group.feeds[0].name, group.feeds[0].page) for group in found.groups] == [
        ("Topics", "Rivers", "/topics/rivers"),
        ("Kinds", "Case study", "/releases/?kind=case-study"),
        ("Series of releases", "Voices", "/releases/?series=voices"),
    ]


def test_two_topics_are_shown_as_one_feed_at_the_address_that_it_has() -> None:
    rivers, roads, canals = (Stock(slug, slug, 1, None) for slug in ("rivers", "roads", "canals"))
    assert listed(topics=[roads, canals, rivers]).of_two == "https://a.example/feeds/topics/canals+roads.atom"
    assert listed(topics=[rivers]).of_two == ""
    assert listed(kinds=[rivers, roads]).of_two == ""


def test_each_has_one_address_to_copy_and_three_formats() -> None:
    [feed] = listed(topics=[Stock("rivers", "Rivers", 1, None)]).groups[0].feeds
    assert feed.address == feed.formats[0].url == "https://a.example/feeds/topics/rivers.atom"
    assert [one.name for one in feed.formats] == ["Atom", "RSS", "JSON"]
    assert feed.formats[1].title == "Rivers (RSS)"


def test_says_how_many_there_are_and_when_the_newest_came_as_far_as_is_known() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # the next day in London
    facts = [
        listed(Stock("", "", number, latest)).everything.facts
        for number, latest in ((1200, late), (2, PartialDate(2019, 5)), (1, PartialDate(2019)), (0, None))
    ]
    assert facts == [
        ("1,200 releases", "latest: 1 July 2026"),
        ("2 releases", "latest: May 2019"),
        ("1 release", "latest: 2019"),
        ("0 releases",),
    ]


def test_a_kind_that_another_program_made_up_has_no_feed_and_an_empty_group_is_left_out() -> None:
    found = listed(kinds=[Stock("leaflet", "leaflet", 2, None), Stock("blog", "blog", 1, None)], topics=[])
    assert [(group.name, [feed.name for feed in group.feeds]) for group in found.groups] == [("kinds", ["Blog post"])]
    assert listed(kinds=[Stock("leaflet", "leaflet", 2, None)]).groups == ()
