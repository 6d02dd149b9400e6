"""What only RSS 2.0 has, read with lxml so that feedparser's kindness hides nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from lxml.etree import _Element

from pressroom.models.dates import PartialDate
from pressroom.models.feeds import Entry, Format
from pressroom.models.release import Author, File, Series
from tests.builders import a_topic, an_entry
from tests.syndication.reading import ATOM, DC, DCTERMS, attributes, build, parse_xml, texts

CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"

FULL: dict[str, Any] = {
    "id": "tag:example.org,2026:release/full",
    "publisher": "techUK",
    "doi": "10.1234/x",
    "series": Series.named("Smart places"),
    "licence": "https://creativecommons.org/licenses/by/4.0/",
    "own_date": PartialDate(2026, 1),
    "authors": (Author("A. Writer"),),
    "updated": datetime(2026, 2, 3, tzinfo=UTC),
}


def parse_channel(*entries: Entry) -> _Element:
    channel = parse_xml(build(Format.RSS, *entries)).find("channel")
    assert channel is not None
    return channel


def parse_item(**facts: Any) -> _Element:
    item = parse_channel(an_entry(**facts)).find("item")
    assert item is not None
    return item


def test_a_channel_links_to_its_page_and_never_to_a_feed() -> None:
    assert texts(parse_channel(an_entry()), "link") == ["https://reports.example.org/topics/rivers"]


def test_a_channel_has_one_link_to_itself() -> None:
    [link] = parse_channel(an_entry()).iterfind(f"{ATOM}link")
    assert attributes(link) == {
        "rel": "self",
        "type": "application/rss+xml",
        "href": "https://reports.example.org/feeds/topics/rivers.rss",
    }


def test_items_come_after_all_else_in_a_channel() -> None:
    tags = [child.tag for child in parse_channel(an_entry(), an_entry())]
    assert tags[-2:] == ["item", "item"]
    assert "item" not in tags[:-2]


@pytest.mark.R1
def test_the_guid_is_the_id_and_no_address() -> None:
    guid = parse_item(id="https://old.example.org/?p=7").find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == ("https://old.example.org/?p=7", "false")


def test_dates_are_of_rfc_822_with_four_digit_years() -> None:
    item = parse_item(published=datetime(2026, 1, 5, 7, 8, 9, tzinfo=UTC), updated=datetime(2026, 2, 3, tzinfo=UTC))
    assert texts(item, "pubDate") == ["Mon, 05 Jan 2026 07:08:09 GMT"]
    assert texts(item, f"{ATOM}updated") == ["2026-02-03T00:00:00Z"]


def test_a_channel_was_built_when_its_newest_item_was_updated() -> None:
    channel = parse_channel(an_entry(), an_entry(updated=datetime(2026, 2, 3, tzinfo=UTC)))
    assert texts(channel, "lastBuildDate") == ["Tue, 03 Feb 2026 00:00:00 +0000"]


@pytest.mark.R3
def test_a_channel_without_items_has_a_fixed_moment() -> None:
    assert texts(parse_channel(), "lastBuildDate") == ["Sat, 01 Jan 2000 00:00:00 +0000"]


def test_authors_stand_in_one_element_since_many_readers_show_no_second() -> None:
    item = parse_item(authors=(Author("A. Writer"), Author("B. Writer")))
    assert texts(item, f"{DC}creator") == ["A. Writer, B. Writer"]
    assert texts(item, "author") == []


def test_dublin_core_is_that_of_atom_but_for_the_authors() -> None:
    item = parse_item(**FULL)
    entry = parse_xml(build(Format.ATOM, an_entry(**FULL))).find(f"{ATOM}entry")
    assert entry is not None
    said, wanted = (
        [(child.tag, child.text) for child in one if str(child.tag).startswith((DC, DCTERMS))] for one in (item, entry)
    )
    assert said == [(f"{DC}creator", "A. Writer"), *wanted]
    assert len(wanted) > 6


def test_categories_are_names() -> None:
    assert texts(parse_item(topics=(a_topic("Cyber security"),)), "category") == ["Cyber security"]


def test_the_first_file_is_the_enclosure_and_further_ones_are_links() -> None:
    item = parse_item(
        files=(
            File("pdf"),
            File("pdf", "https://example.org/a.pdf"),
            File("mp3", "https://example.org/a.mp3", 1200),
            File("epub", "https://example.org/a.epub", 300),
        )
    )
    assert [attributes(enclosure) for enclosure in item.iterfind("enclosure")] == [
        {"url": "https://example.org/a.pdf", "length": "0", "type": "application/pdf"}
    ]
    further = [link.get("href") for link in item.iterfind(f"{ATOM}link") if link.get("rel") == "enclosure"]
    assert further == ["https://example.org/a.mp3", "https://example.org/a.epub"]


def test_the_description_is_the_summary_as_html_and_the_content_is_encoded() -> None:
    item = parse_item(summary="1 < 2 & <b>3</b>")
    [description] = texts(item, "description")
    assert description == "1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;"
    assert unescape(description) == "1 < 2 & <b>3</b>"
    assert "<p>1 &lt; 2 &amp;" in texts(item, CONTENT)[0]


def test_without_a_summary_the_description_is_the_content() -> None:
    item = parse_item(summary="")
    assert texts(item, "description")[0].startswith("<p>Published by Rivers Institute<br>")
    assert texts(item, CONTENT) == []
