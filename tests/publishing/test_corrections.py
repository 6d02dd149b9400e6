"""The feed of corrections: each revision and withdrawal is an entry of its own, linked to what it corrects."""

from __future__ import annotations

from typing import Any

import feedparser
import pytest
from lxml import etree

from pressroom.storage import Store
from tests.conftest import CommandLine, Press
from tests.publishing.rows import write
from tests.publishing.test_feeds import add
from tests.syndication.reading import DCTERMS

SITE = "http://localhost:8000"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    add(fresh, "Floods", "--url", "https://example.org/floods")
    add(fresh, "Bridges")
    fresh("publish")
    return fresh


def corrections(press: CommandLine) -> list[Any]:
    press("publish")
    items: list[Any] = press.feed("corrections")["items"]
    return items


def test_there_is_none_before_anything_is_corrected(press: CommandLine) -> None:
    assert corrections(press) == []


def test_a_revision_and_a_withdrawal_are_entries_newest_first(press: CommandLine) -> None:
    press.wait(hours=1)
    press("release", "revise", "floods", "--note", "Two figures.")
    press.wait(hours=1)
    press("release", "withdraw", "bridges", "--reason", "Out of date.", "--replacement", "floods")
    withdrawal, revision = corrections(press)
    assert (revision["title"], revision["date_published"]) == ("Revised: Floods", "2026-01-26T10:00:00Z")
    assert (withdrawal["title"], withdrawal["date_published"]) == ("Withdrawn: Bridges", "2026-01-26T11:00:00Z")
    assert "Two figures." in revision["content_html"]
    assert "Out of date." in withdrawal["content_html"]
    assert 'href="https://example.org/floods">Floods</a>' in withdrawal["content_html"]
    for item in (withdrawal, revision):
        assert item["authors"] == [{"name": "Example Association"}]
        assert item["content_html"].endswith("<p>Published by Example Association</p>")  # as some show no author


def test_an_entry_is_linked_to_what_it_corrects_in_every_format(press: CommandLine) -> None:
    press("release", "revise", "floods", "--note", "Two figures.")
    [revision] = corrections(press)
    floods = next(item for item in press.feed("all")["items"] if item["title"] == "Floods")
    assert revision["_pressroom"]["corrects"] == floods["id"]
    assert revision["url"] == f"{SITE}/releases/floods"
    for form in ("atom", "rss"):
        parsed = feedparser.parse((press.site / "feeds" / f"corrections.{form}").read_bytes())
        [entry] = parsed.entries
        assert entry.id == revision["id"] != floods["id"]
        assert entry.link == f"{SITE}/releases/floods"
        assert [link.href for link in entry.links if link.rel == "related"] == ["https://example.org/floods"]
        assert entry.dc_relation == floods["id"]


def test_every_revision_stays_an_entry_with_its_own_note_and_moment(press: CommandLine) -> None:
    for note in ("First.", "Second."):
        press.wait(days=1)
        press("release", "revise", "floods", "--note", note)
    second, first = corrections(press)
    assert (first["date_modified"], second["date_modified"]) == ("2026-01-27T09:00:00Z", "2026-01-28T09:00:00Z")
    assert "Second." not in first["content_html"]
    press("release", "edit", "floods", "--title", "Floods of 2026")
    renamed, _ = corrections(press)
    assert renamed["title"] == "Revised: Floods of 2026"
    assert (renamed["id"], renamed["date_modified"]) == (second["id"], second["date_modified"])


def test_what_is_edited_silently_or_was_never_announced_is_no_correction(press: CommandLine) -> None:
    press("release", "edit", "floods", "--title", "Floods!")
    assert corrections(press) == []


@pytest.mark.R9
def test_a_replacement_that_is_not_out_yet_is_not_named(press: CommandLine) -> None:
    add(press, "Secret", "--draft")
    press("release", "withdraw", "bridges", "--reason", "Wrong.", "--replacement", "secret")
    assert "Secret" not in str(corrections(press))


def test_feeds_link_a_release_with_what_it_replaces_and_what_replaces_it_once_that_is_public(
    press: CommandLine,
) -> None:
    add(press, "Fords")
    add(press, "Tunnels", "--draft", "--relation", "replaces=floods")
    press("release", "withdraw", "bridges", "--reason", "Old.", "--replacement", "fords")
    press("release", "edit", "fords", "--relation", "replaces=floods")
    press("publish")
    ids = {item["title"]: item["id"] for item in press.feed("all")["items"]}
    said = {item["title"]: item["_pressroom"] for item in press.feed("all")["items"]}
    bridges, floods, fords = ids["[Withdrawn] Bridges"], ids["Floods"], ids["Fords"]
    assert said["[Withdrawn] Bridges"]["replaced_by"] == fords
    assert said["Fords"]["replaces"] == sorted([bridges, floods])
    assert "replaced_by" not in said["Floods"]
    for form in ("atom", "rss"):
        document = etree.fromstring((press.site / "feeds" / f"all.{form}").read_bytes())
        assert sorted(one.text or "" for one in document.iter(f"{DCTERMS}replaces")) == sorted([bridges, floods])
        assert [one.text for one in document.iter(f"{DCTERMS}isReplacedBy")] == [fords]


def test_what_took_a_place_says_so_from_the_withdrawal_on_and_not_before(press: CommandLine, store: Store) -> None:
    """Whichever program says what took the place."""

    def replaced() -> list[str]:
        press("publish")
        [floods] = [item for item in press.feed("all")["items"] if item["title"] == "Floods"]
        return list(floods["_pressroom"].get("replaces", []))

    store.write("UPDATE releases SET replacement = 1 WHERE title = 'Bridges'")
    assert replaced() == []
    press("release", "withdraw", "bridges", "--reason", "Old.", "--replacement", "floods")
    [bridges] = [one["id"] for one in press.ask("release", "list") if one["title"] == "Bridges"]
    assert replaced() == [bridges]
    store.write("UPDATE releases SET replacement = NULL WHERE title = 'Bridges'")
    assert replaced() == []


@pytest.mark.R1
def test_a_correction_of_what_brought_a_guid_with_a_fragment_has_an_id_of_its_own_without_a_finding(
    press: CommandLine,
) -> None:
    """An address has one fragment at most (RFC 3986 §3.5)."""
    row = {"title": "Weirs", "id": "https://old.example.org/#7", "published": "2026-01-20"}
    press("import", str(write(press.site / "rows.jsonl", [row])))
    press("publish")
    press.wait(hours=1)
    press("release", "revise", row["id"], "--note", "Two figures.")
    [revision] = corrections(press)
    assert revision["id"] == "https://old.example.org/#7/correction-4"
    assert revision["_pressroom"]["corrects"] == row["id"]
    press("validate")
