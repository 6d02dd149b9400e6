"""What only Atom has (RFC 4287), read with lxml so that feedparser's kindness hides nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml.etree import _Element

from pressroom.models.dates import PartialDate
from pressroom.models.feeds import Entry, Format
from pressroom.models.release import Author, File, Series, State
from tests.builders import A_MOMENT, a_release, a_topic, an_entry
from tests.syndication.reading import ATOM, DC, DCTERMS, RIVERS, attributes, build, parse_xml, texts

LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


def parse_feed(*entries: Entry) -> _Element:
    return parse_xml(build(Format.ATOM, *entries))


def parse_entry(**facts: Any) -> _Element:
    entry = parse_feed(an_entry(**facts)).find(f"{ATOM}entry")
    assert entry is not None
    return entry


def links(parent: _Element, rel: str) -> list[dict[str, str]]:
    found = (attributes(link) for link in parent.iterfind(f"{ATOM}link"))
    return [link for link in found if link["rel"] == rel]


@pytest.mark.R1
def test_the_id_of_a_feed_stays_when_its_title_changes() -> None:
    for title in ("Rivers", "Rivers and lakes"):
        feed = parse_xml(build(Format.ATOM, feed=replace(RIVERS, title=title)))
        assert texts(feed, f"{ATOM}id") == ["https://reports.example.org/feeds/topics/rivers"]


def test_a_feed_was_updated_when_its_newest_entry_was() -> None:
    newest = datetime(2026, 3, 1, 12, tzinfo=UTC)
    feed = parse_feed(an_entry(), an_entry(updated=newest), an_entry())
    assert texts(feed, f"{ATOM}updated") == ["2026-03-01T12:00:00+00:00"]


@pytest.mark.R3
def test_a_feed_without_entries_has_a_fixed_moment() -> None:
    assert texts(parse_feed(), f"{ATOM}updated") == ["2000-01-01T00:00:00+00:00"]


def test_each_author_has_an_element_and_a_known_person_an_address() -> None:
    known = Author("A. Writer", orcid="https://orcid.org/0000-0002-1825-0097")
    entry = parse_entry(authors=(known, Author("B")))
    assert texts(entry, f"{ATOM}author/{ATOM}name") == ["A. Writer", "B"]
    assert texts(entry, f"{ATOM}author/{ATOM}uri") == ["https://orcid.org/0000-0002-1825-0097"]
    assert texts(entry, f"{ATOM}author/{ATOM}email") == []


def test_the_site_is_the_author_of_a_feed_even_of_an_empty_one() -> None:
    for feed in (parse_feed(), parse_feed(an_entry())):
        assert texts(feed, f"{ATOM}author/{ATOM}name") == ["Rivers Institute"]


def test_a_feed_links_to_itself_and_to_its_page() -> None:
    feed = parse_feed(an_entry())
    assert links(feed, "self") == [
        {
            "rel": "self",
            "type": "application/atom+xml",
            "href": "https://reports.example.org/feeds/topics/rivers.atom",
        }
    ]
    [page] = links(feed, "alternate")
    assert page["href"] == "https://reports.example.org/topics/rivers"


def test_an_entry_has_one_alternate_link_that_promises_no_type_since_it_may_lead_to_a_file() -> None:
    assert links(parse_entry(url="https://example.org/a.pdf"), "alternate") == [
        {"rel": "alternate", "href": "https://example.org/a.pdf"}
    ]


def test_enclosures_have_type_length_language_and_title() -> None:
    files = (File("pdf", "https://example.org/a.pdf", 1200), File("epub", "https://example.org/a.epub"))
    pdf, epub = links(parse_entry(title="Rivers", language="nl", files=files), "enclosure")
    assert pdf == {
        "rel": "enclosure",
        "type": "application/pdf",
        "length": "1200",
        "hreflang": "nl",
        "title": "Rivers (PDF)",
        "href": "https://example.org/a.pdf",
    }
    assert "length" not in epub


def test_feed_and_entries_say_their_language() -> None:
    feed = parse_feed(an_entry(language="nl"))
    assert feed.get(LANGUAGE) == "en"
    assert [entry.get(LANGUAGE) for entry in feed.iterfind(f"{ATOM}entry")] == ["nl"]


def test_a_topic_is_a_category_with_its_slug_and_its_name() -> None:
    category = parse_entry(topics=(a_topic("Cyber security"),)).find(f"{ATOM}category")
    assert category is not None
    assert attributes(category) == {"term": "cyber-security", "label": "Cyber security"}


def test_the_summary_is_plain_text_and_the_content_html() -> None:
    entry = parse_entry(summary="1 < 2 & <b>3</b>")
    summary, content = entry.find(f"{ATOM}summary"), entry.find(f"{ATOM}content")
    assert summary is not None
    assert summary.text == "1 < 2 & <b>3</b>"
    assert summary.get("type") is None
    assert content is not None
    assert content.get("type") == "html"
    assert "<p>1 &lt; 2 &amp; &lt;b&gt;3&lt;/b&gt;</p>" in (content.text or "")


def test_dublin_core_says_what_atom_cannot() -> None:
    entry = parse_entry(
        publisher="techUK",
        doi="10.1234/x",
        isbn="9780306406157",
        series=Series.named("Smart places"),
        collection="Rivers of Europe",
        licence="https://creativecommons.org/licenses/by/4.0/",
        own_date=PartialDate(2026, 1),
        language="nl",
    )
    said = {child.tag: child.text for child in entry if str(child.tag).startswith((DC, DCTERMS))}
    assert said == {
        f"{DC}publisher": "techUK",
        f"{DC}type": "report",
        f"{DC}language": "nl",
        f"{DC}identifier": "doi:10.1234/x",
        f"{DCTERMS}issued": "2026-01",
        f"{DCTERMS}isPartOf": "Rivers of Europe",  # the second of two
        f"{DCTERMS}license": "https://creativecommons.org/licenses/by/4.0/",
    }
    assert texts(entry, f"{DCTERMS}isPartOf") == ["Smart places", "Rivers of Europe"]


def test_dublin_core_says_what_has_changed_and_what_took_the_place_of_what() -> None:
    changed = parse_feed(
        Entry(a_release(updated=A_MOMENT + timedelta(days=1)), "Table 3.", replaces=("tag:a", "tag:b"))
    )
    assert texts(changed, f"{ATOM}entry/{DCTERMS}modified") == ["2026-01-29T10:00:00Z"]
    assert texts(changed, f"{ATOM}entry/{DCTERMS}replaces") == ["tag:a", "tag:b"]
    withdrawn = a_release(state=State.WITHDRAWN, withdrawn_reason="Wrong.")
    newer = a_release(id="tag:new")
    replaced = parse_feed(Entry(withdrawn, replacement=newer))
    assert texts(replaced, f"{ATOM}entry/{DCTERMS}isReplacedBy") == ["tag:new"]
    waiting = replace(newer, state=State.SCHEDULED)
    for entry in (Entry(withdrawn), Entry(withdrawn, replacement=waiting), Entry(newer)):
        feed = parse_feed(entry)
        for term in ("modified", "replaces", "isReplacedBy"):
            assert texts(feed, f"{ATOM}entry/{DCTERMS}{term}") == []


def test_an_isbn_identifies_where_there_is_no_doi() -> None:
    assert texts(parse_entry(isbn="9780306406157"), f"{DC}identifier") == ["urn:isbn:9780306406157"]


def test_a_licence_in_words_is_a_statement_of_rights() -> None:
    entry = parse_entry(licence="© Rivers Institute")
    assert (texts(entry, f"{DC}rights"), texts(entry, f"{DCTERMS}license")) == (["© Rivers Institute"], [])


@pytest.mark.parametrize(
    ("date", "issued", "coverage"),
    [
        (PartialDate(1931), [], ["1931"]),
        (PartialDate(1990, 12, 31), [], ["1990-12-31"]),
        (PartialDate(1991), ["1991"], []),
        (None, [], []),
    ],
)
def test_a_date_before_feeds_is_the_time_a_work_is_about(
    date: PartialDate | None, issued: list[str], coverage: list[str]
) -> None:
    entry = parse_entry(own_date=date)
    assert (texts(entry, f"{DCTERMS}issued"), texts(entry, f"{DC}coverage")) == (issued, coverage)
