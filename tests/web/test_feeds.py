"""The page that lists the feeds: every feed of what is public, each with one address to copy; nothing early (R9)."""

from __future__ import annotations

import json

import pytest
from lxml import html as lxml_html
from starlette.testclient import TestClient

from tests.conftest import CommandLine
from tests.web.conftest import SITE


def sections(visitor: TestClient) -> dict[str, list[str]]:
    """Return the names of the feeds under each heading, with what is said of them."""
    page = lxml_html.fromstring(visitor.get("/feeds/").text)
    return {
        section.xpath("h2")[0].text_content(): [
            " ".join(one.text_content() for one in feed.xpath("h3|.//p[@class='quiet']"))
            for feed in section.xpath("ul/li")
        ]
        for section in page.xpath("//section")
    }


def test_everything_comes_first_then_all_others_in_groups(press: CommandLine, visitor: TestClient) -> None:
    press("release", "add", "--title", "Waves", "--kind", "podcast", "--series", "Voices", "--language", "nl")
    press("publish")
    page = lxml_html.fromstring(visitor.get("/feeds/").text)
    first = page.xpath("//h2")[0]
    assert first.text_content() == "Everything"
    assert first.xpath("following-sibling::div[1]/p")[0].text_content() == "3 releases · latest: 26 January 2026"
    found = sections(visitor)
    assert list(found) == [
        "Topics", "Kinds", "Series of releases", "Publishers and partners", "Languages", "How to use a feed",
    ]  # fmt: skip
    assert found["Topics"] == [f"{name} 1 release · latest: 26 January 2026" for name in ("Rivers", "Roads")]
    assert [one.split(" 1 ")[0] for one in found["Series of releases"]] == ["Voices"]
    assert len(found["Kinds"]) == 2


def test_every_address_that_is_shown_is_that_of_a_published_feed(press: CommandLine, visitor: TestClient) -> None:
    press("release", "add", "--title", "Waves", "--kind", "case-study", "--series", "Voices & more")
    press("publish")
    page = lxml_html.fromstring(visitor.get("/feeds/").text)
    shown = [one.text_content() for one in page.xpath("//code[@class='address']")]
    assert shown[0] == f"{SITE}/feeds/all.atom"
    links = page.xpath("//ul[@class='links']//a/@href[contains(., '/feeds/')]")
    assert len(links) == 3 * (len(shown) - 1) == 21  # the feed of two topics is shown as an address alone
    for address in {*shown, *links}:
        assert visitor.get(address.removeprefix(SITE)).status_code == 200, address
    for page_of_feed in page.xpath("//li/h3/a/@href"):
        assert visitor.get(page_of_feed).status_code == 200, page_of_feed


@pytest.mark.R9
def test_nothing_that_waits_and_no_merged_topic_is_listed(press: CommandLine, visitor: TestClient) -> None:
    press("topic", "add", "Canals")
    press("topic", "merge", "roads", "rivers", "--yes")
    press("release", "add", "--title", "Whispers", "--series", "Hushed", "--kind", "survey", "--embargo", "2027-01-01")
    press("publish")
    said = visitor.get("/feeds/").text
    assert not [word for word in ("Secret", "secret", "Hushed", "hushed", "Survey", "Roads", "Canals") if word in said]
    assert sections(visitor)["Topics"] == ["Rivers 2 releases · latest: 26 January 2026"]


def test_a_feed_of_old_releases_has_the_date_that_is_known_of_the_newest(
    press: CommandLine, visitor: TestClient
) -> None:
    rows = [{"title": "Old", "published": "2019-05", "topics": ["Lakes"]}, {"title": "Undated", "topics": ["Ponds"]}]
    file = press.site / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    press("import", str(file), "--announce", "none")
    press("publish")
    assert {"Lakes 1 release · latest: May 2019", "Ponds 1 release"} <= set(sections(visitor)["Topics"])


def test_the_address_without_a_slash_leads_there_and_a_page_that_is_known_is_not_sent_again(
    press: CommandLine, visitor: TestClient
) -> None:
    answer = visitor.get("/feeds", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (301, "/feeds/")
    first = visitor.get("/feeds/")
    assert first.headers["cache-control"] == "max-age=300"
    again = visitor.get("/feeds/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_page_says_how_to_use_a_feed_and_works_without_script(press: CommandLine, visitor: TestClient) -> None:
    page = lxml_html.fromstring(visitor.get("/feeds/").text)
    assert page.xpath("//section[@id='steps']/h3/text()") == ["Microsoft Teams", "Slack", "Zotero"]
    assert not page.xpath("//script")
    names = {one.get("id") for one in page.xpath("//*[@id]")}
    assert {str(link)[1:] for link in page.xpath("//a/@href[starts-with(., '#')]")} <= names
