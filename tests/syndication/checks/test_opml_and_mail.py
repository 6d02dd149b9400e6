"""Lists of feeds and finished mails that somebody could fault, each sample by one thing."""

from __future__ import annotations

import pytest

from tests.syndication.checks.samples import MAIL, OPML, broken, checked, notes, rules

BROKEN_LISTS = {
    "of another version": ("version", 'version="2.0"', 'version="1.0"'),
    "without a title": ("required-element", "<title>Feeds of the Rivers Institute</title>", ""),
    "with a date that is none": ("date-form", "Wed, 28 Jan 2026 10:00:00 GMT", "2026-01-28"),
    "without outlines": ("required-element", OPML.partition("<body>")[2].partition("</body>")[0], ""),
    "with an outline without a name": ("required-attribute", '<outline text="Rivers" ', "<outline "),
    "with a feed of another type": ("outline-type", 'type="rss"', 'type="atom"'),
    "with a relative feed": ("relative-address", 'xmlUrl="https://example.org/feeds/', 'xmlUrl="/feeds/'),
    "without the page of a feed": ("relative-address", 'htmlUrl="https://example.org/rivers"', ""),
}

BROKEN_MAILS = {
    "without a sender": ("required-header", "From: Rivers Institute <digest@example.org>\n", ""),
    "with two subjects": ("required-header", "Subject: Floods\n", "Subject: Floods\nSubject: Dykes\n"),
    "without a Message-ID": ("required-header", "Message-ID: <1@example.org>\n", ""),
    "without a way out by the web": ("list-unsubscribe", ", <https://example.org/unsubscribe/abc>", ""),
    "without one click": ("list-unsubscribe", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", ""),
    "with another word for one click": ("list-unsubscribe", "=One-Click", "=one-click"),
    "with a way out that is not https": ("insecure-link", "<https://example.org/uns", "<http://example.org/uns"),
    "with a personal link that is not https": ("insecure-link", "https://example.org/pref", "http://example.org/pref"),
    "without plain text": ("missing-part", "Content-Type: text/plain", "Content-Type: text/enriched"),
    "without HTML": ("missing-part", "Content-Type: text/html", "Content-Type: application/octet-stream"),
    "with a quoted line that is too long": ("long-quoted-line", "Where water", "Where " + "water " * 20),
    "with a line that is too long": ("long-line", "Subject: Floods", "Subject: " + "Floods " * 200),
}


@pytest.mark.parametrize("good", [OPML, MAIL], ids=["list", "mail"])
def test_a_good_one_has_no_finding(good: str) -> None:
    assert not checked(good).findings


@pytest.mark.parametrize("sample", BROKEN_LISTS)
def test_a_list_of_feeds_is_not_let_pass(sample: str) -> None:
    rule, old, new = BROKEN_LISTS[sample]
    assert rules(broken(OPML, old, new)) == {rule}


@pytest.mark.parametrize("sample", BROKEN_MAILS)
def test_a_mail_is_not_let_pass(sample: str) -> None:
    rule, old, new = BROKEN_MAILS[sample]
    assert rules(broken(MAIL, old, new)) == {rule}


def test_a_mail_with_a_way_out_by_the_web_alone_is_noted_and_let_pass() -> None:
    document = broken(MAIL, "<mailto:stop@example.org>, ", "")
    assert not rules(document)
    assert notes(document) == {"list-unsubscribe-mail"}


def test_links_to_the_own_machine_need_no_https() -> None:
    assert not rules(MAIL.replace("https://example.org", "http://localhost:8000"))
