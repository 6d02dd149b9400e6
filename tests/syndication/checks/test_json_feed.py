"""JSON Feeds that somebody could fault, each sample by one thing (JSON Feed 1.1)."""

from __future__ import annotations

import pytest

from tests.syndication.checks.samples import JSON, broken, checked, rules

HUBS = '"hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}],'
FILE = '"size_in_bytes": 1234'

BROKEN = {
    "whose version is not first": ("version", '{"version"', '{"_a": 1, "version"'),
    "of the first version": ("version", "version/1.1", "version/1"),
    "without a title": ("required-member", '"title": "Rivers",', ""),
    "without its own address": ("required-member", '"feed_url": "https://example.org/feeds/rivers.json",', ""),
    "without a page": ("required-member", '"home_page_url": "https://example.org/topics/rivers",', ""),
    "without items": ("required-member", '"items": [', '"_items": ['),
    "whose page is the feed": ("channel-link", "https://example.org/topics/rivers", "https://example.org/feeds/rivers.json"),
    "that goes on with itself": ("next-url", "archive/rivers/0001.json", "rivers.json"),
    "with a relative page": ("relative-address", "https://example.org/topics/rivers", "/topics/rivers"),
    "with a hub without a type": ("hub", '"type": "WebSub", ', ""),
    "with hubs that are no list": ("hub", HUBS, '"hubs": "https://hub.example.org/",'),
    "with the author of JSON Feed 1.0": (
        "author", '"authors": [{"name": "Rivers Institute"}]', '"author": {"name": "R"}',
    ),
    "with an author who is nobody": ("author", '{"name": "Rivers Institute"}', '{"_name": "R"}'),
    "with a language that is none": ("language", '"language": "en"', '"language": "English please"'),
    "with a member that is not known": ("unknown-member", '"language": "en"', '"lang": "en"'),
    "with an extension with a dot": ("unknown-member", '"_pressroom"', '"_press.room"'),
    "with an item without an id": ("required-member", '"id": "https://old.example.org/?p=1931", ', ""),
    "with a number as an id": ("required-member", '"https://old.example.org/?p=1931"', "1931"),
    "with an id that is no IRI": ("id-form", '"https://old.example.org/?p=1931"', '"1931"'),
    "with an item without content": ("missing-content", '"content_text": "High enough?"', '"summary": "High"'),
    "with an item that is none": ("item", '{"id": "https://old', '17, {"id": "https://old'),
    "with a date that is none": ("date-form", "2026-01-28T10:00:00Z", "28 January 2026"),
    "with a relative link": ("relative-address", "https://example.org/releases/floods", "floods"),
    "with a title that is a number": ("member-type", '"title": "Dykes"', '"title": 17'),
    "with tags that are no list": ("member-type", '["Rivers"]', '"Rivers"'),
    "with a file without a type": ("enclosure", '"mime_type": "application/pdf", ', ""),
    "with a file that has a relative address": ("enclosure", "https://example.org/floods.pdf", "floods.pdf"),
    "with a file of no size": ("enclosure", FILE, '"size_in_bytes": "1 MB"'),
    "with files that are no list": ("enclosure", '"tags": ["Rivers"]', '"attachments": "floods.pdf"'),
    "with an empty text": ("empty-member", '"tags": ["Rivers"]', '"summary": ""'),
    "with an empty list": ("empty-member", '["Rivers"]', "[]"),
    "with nothing": ("empty-member", FILE, '"title": null'),
    "with something empty in an extension": ("empty-member", '"10.1234/floods"', '[{"doi": ""}]'),
    "with a script": ("unsafe-content", "<p>Where", "<script>x()</script><p>Where"),
    "with a script that is an attribute": ("unsafe-content", "<p>Where", "<p onload=x()>Where"),
    "with two items of one id": (
        "duplicate-id", "https://old.example.org/?p=1931", "tag:example.org,2026:release/floods",
    ),
}  # fmt: skip


def test_a_good_json_feed_has_no_finding() -> None:
    assert not checked(JSON).findings


@pytest.mark.parametrize("sample", BROKEN)
def test_a_json_feed_is_not_let_pass(sample: str) -> None:
    rule, old, new = BROKEN[sample]
    assert rules(broken(JSON, old, new)) == {rule}


def test_what_follows_a_nul_is_looked_at_too() -> None:
    hidden = broken(JSON, "<p>Where", "\\u0000<script>x()</script><p>Where")
    assert rules(hidden) == {"bad-character", "unsafe-content"}


def test_a_feed_without_entries_is_let_pass() -> None:
    head, items = JSON.split('"items": [')
    assert items
    assert not rules(head + '"items": []}')


@pytest.mark.parametrize("text", ["[1, 2]", '["items"]'])
def test_json_that_is_no_object_is_said_so(text: str) -> None:
    assert rules(text) == {"required-member"}


@pytest.mark.parametrize(
    "text", ['{"version": NaN}', '{"version": ' + "9" * 5_000 + "}", '{"a": "\x01"}', '{"a": 1', "[" * 100_000]
)
def test_what_is_no_json_is_said_on_its_line(text: str) -> None:
    assert rules(text) == {"not-well-formed"}


def test_findings_name_the_line_on_which_an_item_begins() -> None:
    lines = JSON.replace('"items": [', '"items":\n\n  [').splitlines()
    items = [number for number, line in enumerate(lines, start=1) if line.startswith('{"id"')]
    document = broken("\n".join(lines), "<p>Where", "<math>Where")
    assert [entry.line for entry in checked(document).entries] == items
    assert [finding.line for finding in checked(document).findings] == items[:1]
