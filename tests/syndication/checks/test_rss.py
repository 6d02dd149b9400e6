"""RSS 2.0 that somebody could fault, each sample by one thing (the specification, and the Best Practices Profile)."""

from __future__ import annotations

import pytest

from tests.syndication.checks.samples import RSS, broken, checked, notes, rules

SELF = '<atom:link rel="self" type="application/rss+xml" href="https://example.org/feeds/rivers.rss"/>'
FULL = "<content:encoded>&lt;p&gt;Where water will stand.&lt;/p&gt;</content:encoded>"
SHORT = "<description>Where water will stand.</description>"
FILE = '<enclosure url="https://example.org/floods.pdf" length="1234" type="application/pdf"/>'
GUID = '<guid isPermaLink="false">tag:example.org,2026:release/floods</guid>'

BROKEN = {
    "of another version": ("version", '<rss version="2.0"', '<rss version="0.91"'),
    "without a title": ("required-element", "<title>Rivers</title>", ""),
    "without a description": ("required-element", "<description>What is released on rivers</description>", ""),
    "without its own address": ("missing-self", SELF, ""),
    "whose page is the feed": (
        "channel-link", "<link>https://example.org/topics/rivers<", "<link>https://example.org/feeds/rivers.rss<",
    ),
    "whose page is no address": ("channel-link", "<link>https://example.org/topics/rivers<", "<link>topics/rivers<"),
    "without a language": ("language", "<language>en</language>", ""),
    "with a title behind the items": ("misplaced-item", "</channel>", "<ttl>60</ttl></channel>"),
    "with an item without a guid": ("required-element", GUID, ""),
    "with a guid that is no address and not marked so": ("guid-permalink", ' isPermaLink="false"', ""),
    "with a guid that is no IRI": ("id-form", "tag:example.org,2026:release/floods", "release 17"),
    "with an item that says nothing": (
        "missing-content", "<description>High enough?</description>", "",
    ),
    "with the full text before the summary": ("content-order", SHORT + "\n" + FULL, FULL + SHORT),
    "with two summaries": ("duplicate-element", SHORT, SHORT * 2),
    "with a file without a length": ("enclosure", ' length="1234"', ""),
    "with a file without a type": ("enclosure", ' type="application/pdf"/>', "/>"),
    "with a file that has a relative address": ("relative-address", "https://example.org/floods.pdf", "floods.pdf"),
    "with an item that leads nowhere": ("relative-address", "https://example.org/releases/floods", "floods"),
    "with a year of two digits": ("date-form", "28 Jan 2026 10:00:00", "28 Jan 26 10:00:00"),
    "with a date as Atom has it": ("date-form", "Wed, 28 Jan 2026 10:00:00 GMT", "2026-01-28T10:00:00Z"),
    "with a day that there is not": ("date-form", "Wed, 28 Jan 2026 10:00:00 GMT", "30 Feb 2026 10:00:00 GMT"),
    "with a month in another language": ("date-form", "28 Jan 2026 10:00:00", "28 janv. 2026 10:00:00"),
    "with a date without a zone": ("date-form", "10:00:00 GMT", "10:00:00"),
    "with another day of the week": ("wrong-weekday", "Wed, 28 Jan 2026 10:00", "Mon, 28 Jan 2026 10:00"),
    "with an editor without an address": (
        "email-form", "<language>", "<managingEditor>The editor</managingEditor><language>",
    ),
    "with an address in the wrong form": (
        "email-form", "<language>", "<webMaster>Ada &lt;ada@example.org&gt;</webMaster><language>",
    ),
    "with two items of one guid": (
        "duplicate-id", "<guid>https://old.example.org/?p=1931</guid>", GUID,
    ),
    "with a link that is not registered": ("unregistered-relation", SELF, SELF + SELF.replace("self", "amphtml")),
    "with a moment of Atom that is none": ("date-form", "<atom:updated>2026-02-03T09:30:01Z", "<atom:updated>Tuesday"),
    "with a script in the summary": ("unsafe-content", "High enough?", "&lt;script&gt;x()&lt;/script&gt;"),
    "with an archive that leads nowhere": ("missing-current", "<item", "<fh:archive/><item"),
}  # fmt: skip


def test_good_rss_has_no_finding() -> None:
    assert not checked(RSS).findings


@pytest.mark.parametrize("sample", BROKEN)
def test_rss_is_not_let_pass(sample: str) -> None:
    rule, old, new = BROKEN[sample]
    assert rules(broken(RSS, old, new)) == {rule}


def test_a_document_without_its_channel_is_said_so() -> None:
    assert rules('<rss version="2.0"/>') == {"required-element"}


@pytest.mark.parametrize(
    "title", ["Fish &amp; chips", "1 &lt; 2", "AT&amp;T; and others", "&lt;3 for rivers", "R &amp;c;"]
)
def test_signs_in_a_title_that_are_no_html_are_let_pass(title: str) -> None:
    assert not rules(broken(RSS, "<title>Dykes<", f"<title>{title}<"))


@pytest.mark.parametrize(
    "person", ["ada@example.org", "ada@example.org (Ada Lovelace)", "a.b+c@example.org (Ada, of the Institute)"]
)
def test_a_person_with_an_address_is_let_pass(person: str) -> None:
    assert not rules(broken(RSS, "<language>", f"<managingEditor>{person}</managingEditor><language>"))


def test_a_date_without_its_day_of_the_week_or_its_seconds_is_let_pass() -> None:
    assert not rules(broken(RSS, "Wed, 28 Jan 2026 10:00:00 GMT", "28 Jan 2026 10:00 +0000"))


def test_several_creators_are_noted_and_no_fault() -> None:
    document = broken(RSS, "<dc:creator>", "<dc:creator>C. Writer</dc:creator><dc:creator>")
    assert not rules(document)
    assert notes(document) == {"several-creators"}


def test_items_of_one_second_are_noted_once_and_no_fault() -> None:
    document = RSS.replace("28 Jan 2026 09:59:59", "28 Jan 2026 10:00:00")
    assert not rules(document)
    assert notes(document) == {"duplicate-pubdate"}


def test_an_entry_is_as_new_as_its_update_or_else_its_date() -> None:
    updated = [entry.updated.isoformat() for entry in checked(RSS).entries if entry.updated]
    assert updated == ["2026-02-03T09:30:01+00:00", "2026-01-28T09:59:59+00:00"]
