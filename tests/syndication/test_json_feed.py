"""JSON Feed 1.1 by its rules (https://www.jsonfeed.org/version/1.1/), and Pressroom's extension of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from pressroom.models.dates import PartialDate
from pressroom.models.feeds import Format
from pressroom.models.release import Access, Author, File, Series
from tests.builders import a_topic, an_entry
from tests.syndication.reading import build, parse_json
from tests.syndication.samples import ENTRIES

FEED_MEMBERS = {
    "version", "title", "home_page_url", "feed_url", "description", "user_comment", "next_url", "icon",
    "favicon", "authors", "language", "expired", "hubs", "items",
}  # fmt: skip
ITEM_MEMBERS = {
    "id", "url", "external_url", "title", "content_html", "content_text", "summary", "image", "banner_image",
    "date_published", "date_modified", "authors", "tags", "language", "attachments",
}  # fmt: skip


def check_feed(feed: dict[str, Any]) -> None:
    """Fail where a document breaks a rule of JSON Feed 1.1."""
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert isinstance(feed["title"], str)
    assert {name for name in feed if not name.startswith("_")} <= FEED_MEMBERS
    assert all(feed[name].startswith("https://") for name in ("home_page_url", "feed_url"))
    check_authors(feed["authors"])
    for item in feed["items"]:
        check_item(item)


def check_item(item: dict[str, Any]) -> None:
    assert {name for name in item if not name.startswith("_")} <= ITEM_MEMBERS
    assert all(value not in ("", [], {}, None) for value in item.values()), "empty members are left out"
    assert isinstance(item["id"], str)
    assert "content_html" in item or "content_text" in item
    for name in {"date_published", "date_modified"} & item.keys():
        assert datetime.fromisoformat(item[name]).tzinfo is not None
    check_authors(item["authors"])
    assert all(isinstance(tag, str) for tag in item.get("tags", []))
    for attachment in item.get("attachments", []):
        assert attachment["url"].startswith("https://")
        assert "/" in attachment["mime_type"]
        assert isinstance(attachment.get("size_in_bytes", 0), int)
        assert isinstance(attachment.get("duration_in_seconds", 0), int)
    for extension in (value for name, value in item.items() if name.startswith("_")):
        assert extension["about"].startswith("https://")


def check_authors(authors: list[dict[str, str]]) -> None:
    assert authors
    assert all(author.keys() & {"name", "url", "avatar"} for author in authors)


def parse_item(**facts: Any) -> Any:
    [item] = parse_json(an_entry(**facts))["items"]
    return item


@pytest.mark.parametrize("entries", [(), (an_entry(),), ENTRIES], ids=["empty", "bare", "full"])
def test_a_feed_keeps_every_rule(entries: tuple[Any, ...]) -> None:
    check_feed(parse_json(*entries))


def test_a_feed_names_its_page_itself_and_its_author() -> None:
    feed = parse_json(an_entry())
    assert feed["home_page_url"] == "https://reports.example.org/topics/rivers"
    assert feed["feed_url"] == "https://reports.example.org/feeds/topics/rivers.json"
    assert feed["authors"] == [{"name": "Rivers Institute"}]
    assert (feed["title"], feed["description"]) == ("Rivers", "What the Rivers Institute releases on rivers")


def test_letters_of_every_script_stand_as_they_are_an_item_a_line() -> None:
    content = build(Format.JSON, an_entry(title="Ríos, 川, 🌊"), an_entry()).content
    assert "Ríos, 川, 🌊".encode() in content
    assert len(content.splitlines()) == 4


def test_an_author_with_an_orcid_has_an_address() -> None:
    item = parse_item(authors=(Author("A", orcid="0000-0002-1825-009X"), Author("B", orcid="unknown")))
    assert item["authors"] == [{"name": "A", "url": "https://orcid.org/0000-0002-1825-009X"}, {"name": "B"}]


def test_attachments_of_one_title_are_one_thing_in_several_formats() -> None:
    files = (
        File("pdf", "https://example.org/a.pdf", 1200),
        File("mp3", "https://example.org/a.mp3", duration=90),
    )
    assert parse_item(title="Rivers", files=files)["attachments"] == [
        {
            "url": "https://example.org/a.pdf",
            "mime_type": "application/pdf",
            "title": "Rivers",
            "size_in_bytes": 1200,
        },
        {
            "url": "https://example.org/a.mp3",
            "mime_type": "audio/mpeg",
            "title": "Rivers",
            "duration_in_seconds": 90,
        },
    ]


def test_the_extension_holds_the_record_without_empty_members() -> None:
    item = parse_item(
        id="tag:example.org,2026:release/1",
        doi="10.1234/x",
        series=Series.named("Smart places"),
        edition="2013/14",
        collection="Rivers",
        part=2,
        part_count=5,
        access=Access.MEMBERS,
        own_date=PartialDate(2014, 9),
        topics=(a_topic(),),
    )
    assert item["_pressroom"] == {
        "about": "https://reports.example.org/feeds/",
        "id": "tag:example.org,2026:release/1",
        "state": "live",
        "kind": "report",
        "publisher": "Rivers Institute",
        "series": "Smart places",
        "edition": "2013/14",
        "collection": "Rivers",
        "date": "2014-09",
        "precision": "month",
        "access": "members",
        "doi": "10.1234/x",
        "part": 2,
        "part_count": 5,
    }
