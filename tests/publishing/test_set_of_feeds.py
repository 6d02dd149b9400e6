"""Which feeds there are: everything, corrections, topics, kinds, series, publishers and partners, languages."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree, html

from tests.conftest import CommandLine
from tests.publishing.test_feeds import add, files_of


@pytest.fixture
def site(press: CommandLine) -> CommandLine:
    add(press, "Floods", "--publisher", "Major Cities of Europe", "--language", "nl-BE")
    add(press, "Bridges", "--partner", "LOLA", "--partner", "Major Cities of Europe")
    add(press, "Roads")
    press("publish")
    return press


def titles(press: CommandLine, name: str) -> list[str]:
    return [item["title"] for item in press.feed(name)["items"]]


def test_a_publisher_has_a_feed_of_what_it_publishes_or_has_a_part_in(site: CommandLine) -> None:
    assert titles(site, "publishers/major-cities-of-europe") == ["Bridges", "Floods"]
    assert titles(site, "publishers/lola") == ["Bridges"]
    assert titles(site, "publishers/example-association") == ["Roads", "Bridges"]
    assert site.feed("publishers/lola")["title"] == "Example Association: LOLA"


def test_a_publisher_keeps_its_address_when_its_name_is_spelt_otherwise(site: CommandLine) -> None:
    add(site, "Rivers", "--publisher", "MAJOR CITIES OF EUROPE")
    add(site, "Lakes", "--publisher", "Major Cities, of Europe")
    site("publish")
    assert titles(site, "publishers/major-cities-of-europe") == ["Rivers", "Bridges", "Floods"]
    assert titles(site, "publishers/major-cities-of-europe-2") == ["Lakes"]


def test_a_language_has_a_feed_whatever_the_country(site: CommandLine) -> None:
    assert titles(site, "languages/nl") == ["Floods"]
    assert titles(site, "languages/en") == ["Roads", "Bridges"]
    assert site.feed("languages/nl")["title"] == "Example Association: Dutch"


@pytest.mark.R9
def test_who_publishes_nothing_that_is_out_has_no_feed_and_stands_on_no_list(site: CommandLine) -> None:
    add(site, "Later", "--publisher", "Secret Service", "--language", "fr", "--embargo", "2026-02-01T00:00")
    site("publish")
    assert not [name for name, content in files_of(site).items() if "secret" in name or b"Secret" in content]
    assert not (site.site / "feeds/languages/fr.atom").exists()


def opml_of(press: CommandLine) -> Any:
    return etree.fromstring((press.site / "feeds/feeds.opml").read_bytes())


def test_opml_and_page_list_every_feed_with_something_in_it_and_each_is_there(site: CommandLine) -> None:
    listed = [outline.get("xmlUrl") for outline in opml_of(site).iterfind(".//outline[@xmlUrl]")]
    page = html.fromstring((site.site / "feeds/index.html").read_text())
    linked = {str(link.get("href")) for link in page.iterfind(".//a") if "/feeds/" in str(link.get("href"))}
    for address in listed:
        path = address.removeprefix("http://localhost:8000/feeds/")
        assert (site.site / "feeds" / path).exists()
        assert address in linked
        assert address.removesuffix("atom") + "rss" in linked
    assert [address.rpartition("/")[2] for address in listed] == [
        "all.atom", "report.atom", "example-association.atom", "lola.atom", "major-cities-of-europe.atom", "en.atom",
        "nl.atom",
    ]  # fmt: skip


def test_the_page_explains_counts_and_gives_the_steps_without_script(site: CommandLine) -> None:
    page = html.fromstring((site.site / "feeds/index.html").read_text())
    text = " ".join(page.text_content().split())
    assert "3 releases · latest: 26 January 2026" in text
    for program in ("Microsoft Teams", "Slack", "Zotero"):
        assert program in text
    assert page.find(".//script") is None
    for link in page.iterfind(".//link[@rel='stylesheet']"):
        assert (site.site / "feeds" / str(link.get("href"))).exists()
    assert not [link for link in page.iterfind(".//a") if str(link.get("href")).startswith("/")]


def test_the_page_changes_with_the_releases_and_with_nothing_else(site: CommandLine) -> None:
    before = files_of(site)
    site.wait(days=400)
    site("publish")
    assert files_of(site) == before
    add(site, "Lakes")
    site("publish")
    assert files_of(site)["index.html"] != before["index.html"]


def test_a_feed_names_its_stylesheet_which_is_there(site: CommandLine) -> None:
    for form in ("atom", "rss"):
        lines = (site.site / "feeds" / f"all.{form}").read_text().splitlines()
        assert lines[1] == '<?xml-stylesheet type="text/css" href="/feeds/feed.css"?>'
    assert "display: none" in (site.site / "feeds/feed.css").read_text()
