"""The whole history of a feed: documents of five hundred, numbered upward, each release at a place for ever."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from tests.conftest import CommandLine, Press
from tests.publishing.rows import write
from tests.publishing.test_feeds import add, files_of

SITE = "http://localhost:8000/feeds/"
FIRST, MANY = 498, 1_003
"""How many releases of the site are about rivers, and how many there are."""
FH = "{http://purl.org/syndication/history/1.0}"


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Rivers")
    rows = [
        {
            "title": f"Report {number:04}",
            "published": str(date(2000, 1, 1) + timedelta(days=number)),
            "topics": ["Rivers"] if number < FIRST else [],
        }
        for number in range(MANY)
    ]
    fresh("import", str(write(fresh.site / "rows.jsonl", rows)), "--announce", "none")
    fresh("publish")
    return fresh


def item_of(press: CommandLine, name: str, title: str) -> Any:
    return next(item for item in press.feed(name)["items"] if item["title"] == title)


def crawl(press: CommandLine, address: str) -> dict[str, Any]:
    """Return the newest state of each entry by id, as a harvester finds it from a live document."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    while address:
        assert address not in seen
        seen.add(address)
        content = (press.site / "feeds" / address.removeprefix(SITE)).read_bytes()
        if address.endswith(".json"):
            document = json.loads(content)
            entries = [(item["id"], item["date_modified"], item["title"]) for item in document["items"]]
            address = document.get("next_url", "")
        else:
            parsed = feedparser.parse(content)
            assert not parsed.bozo
            entries = [(entry.id, entry.updated, entry.title) for entry in parsed.entries]
            address = next((link.href for link in parsed.feed.links if link.rel == "prev-archive"), "")
        for name, updated, title in entries:
            moment = datetime.fromisoformat(updated)
            if name not in found or moment > found[name][0]:
                found[name] = moment, title
    return {name: title for name, (_, title) in found.items()}


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_a_crawl_from_the_live_document_finds_every_release_in_its_newest_state(press: CommandLine, form: str) -> None:
    press("release", "revise", "report-0003", "--note", "Corrected.")
    press("release", "edit", "report-0700", "--title", "Report 0700, renamed")
    press("release", "withdraw", "report-0900", "--reason", "Wrong.")
    add(press, "The newest")
    press("publish")
    known = {one["id"]: one["title"] for one in press.ask("release", "list")}
    withdrawn = next(name for name, title in known.items() if title == "Report 0900")
    known[withdrawn] = "[Withdrawn] Report 0900"
    assert crawl(press, f"{SITE}all.{form}") == known
    assert len(known) == MANY + 1


def test_archives_hold_five_hundred_each_in_the_order_in_which_they_came(press: CommandLine) -> None:
    counts = [len(press.feed(f"archive/all/{number:04}")["items"]) for number in (1, 2, 3)]
    assert counts == [500, 500, 3]
    dates = [
        item["_pressroom"]["date"] for number in (3, 2, 1) for item in press.feed(f"archive/all/{number:04}")["items"]
    ]
    assert dates == sorted(dates, reverse=True)
    assert len(press.feed("all")["items"]) == 50
    assert press.feed("all")["_pressroom"]["total"] == MANY
    assert "total" not in press.feed("archive/all/0001")["_pressroom"]


@pytest.mark.parametrize("form", ["atom", "rss"])
def test_documents_lead_to_each_other(press: CommandLine, form: str) -> None:
    def links(path: str) -> dict[str, str]:
        root = etree.fromstring((press.site / "feeds" / f"{path}.{form}").read_bytes())
        head = root if form == "atom" else root[0]
        found = {
            str(one.get("rel")): str(one.get("href")) for one in head.iterfind("{http://www.w3.org/2005/Atom}link")
        }
        assert (head.find(f"{FH}archive") is not None) == path.startswith("archive/")
        return {rel: urlsplit(href).path for rel, href in found.items() if rel != "alternate"}

    assert links("all") == {"self": f"/feeds/all.{form}", "prev-archive": f"/feeds/archive/all/0003.{form}"}
    assert links("archive/all/0003") == {
        "self": f"/feeds/archive/all/0003.{form}",
        "current": f"/feeds/all.{form}",
        "prev-archive": f"/feeds/archive/all/0002.{form}",
    }
    assert links("archive/all/0001") == {
        "self": f"/feeds/archive/all/0001.{form}",
        "current": f"/feeds/all.{form}",
        "next-archive": f"/feeds/archive/all/0002.{form}",
    }


def test_a_json_feed_leads_back_by_next_url(press: CommandLine) -> None:
    chain = [
        press.feed(name).get("next_url") for name in ("all", "archive/all/0003", "archive/all/0002", "archive/all/0001")
    ]
    assert chain == [f"{SITE}archive/all/000{number}.json" for number in (3, 2, 1)] + [None]


@pytest.mark.R3
def test_a_full_archive_changes_only_when_one_of_its_releases_does(press: CommandLine) -> None:
    def changed_by(*words: str) -> set[str]:
        before = files_of(press)
        press.wait(hours=1)
        press(*words)
        press("publish")
        after = files_of(press)
        return {name for name in after if name.startswith("archive/all/") and after[name] != before.get(name)}

    def documents(number: int) -> set[str]:
        return {
            f"archive/all/{number:04}.{form}{twin}" for form in ("atom", "rss", "json") for twin in ("", ".gz", ".br")
        }

    assert changed_by("release", "add", "--title", "One more") == documents(3)
    assert changed_by("release", "revise", "report-0003", "--note", "Corrected.") == documents(1)
    assert changed_by("release", "edit", "report-0700", "--title", "Renamed") == documents(2)


@pytest.mark.R3
def test_a_topic_that_fills_its_first_archive_begins_the_next_at_once(press: CommandLine) -> None:
    """So that the full one need not be touched when the next release comes."""
    add(press, "Floods", "--topic", "rivers")
    press("publish")
    assert len(press.feed("archive/topics/rivers/0001")["items"]) == 499
    assert "/0002." not in (press.site / "feeds/archive/topics/rivers/0001.atom").read_text()
    add(press, "Dams", "--topic", "rivers")
    press("publish")
    assert press.feed("archive/topics/rivers/0002")["items"] == []
    full = {name: content for name, content in files_of(press).items() if "topics/rivers/0001" in name}
    assert b"next-archive" in full["archive/topics/rivers/0001.atom"]
    add(press, "Weirs", "--topic", "rivers")
    press("publish")
    assert [item["title"] for item in press.feed("archive/topics/rivers/0002")["items"]] == ["Weirs"]
    assert {name: files_of(press)[name] for name in full} == full


@pytest.mark.R3
def test_what_leaves_a_topic_keeps_its_place_in_the_archive(press: CommandLine) -> None:
    press("topic", "add", "Roads")
    press("release", "edit", "report-0497", "--topic", "roads")
    press("publish")
    assert "Report 0497" not in [item["title"] for item in press.feed("topics/rivers")["items"]]
    assert item_of(press, "archive/topics/rivers/0001", "Report 0497")["tags"] == ["Roads"]
    assert item_of(press, "topics/roads", "Report 0497")
    assert press.feed("topics/rivers")["_pressroom"]["total"] == FIRST - 1


@pytest.mark.R3
def test_a_full_rebuild_has_the_same_bytes_twins_and_moments(press: CommandLine) -> None:
    press("release", "revise", "report-0003", "--note", "Corrected.")
    add(press, "Floods", "--topic", "rivers")
    press.wait(hours=3)
    press("publish")

    def moments() -> dict[str, float]:
        return {str(path): path.stat().st_mtime for path in (press.site / "feeds").rglob("*.*")}

    grown, known = files_of(press), moments()
    shutil.rmtree(press.site / "feeds")
    press.wait(days=3)
    press("publish")
    assert files_of(press) == grown
    assert moments() == known


@pytest.mark.R12
def test_a_file_that_somebody_has_changed_is_not_taken_for_what_was_written(press: CommandLine) -> None:
    """Though entries of an earlier document serve again."""
    whole = files_of(press)["archive/all/0003.atom"]
    path = press.site / "feeds/archive/all/0003.atom"
    path.write_bytes(whole.replace(b"Report 1002", b"Retort 1002"))
    add(press, "Floods")
    press("publish")
    assert b"Retort" not in path.read_bytes()


@pytest.mark.R10
def test_a_publish_that_was_cut_short_is_made_good(press: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    add(press, "Floods", "--topic", "rivers")
    with monkeypatch.context() as patched:
        written: list[object] = []

        def break_off(_: object, path: str, file: object) -> None:
            written.append(path)
            if len(written) > 4:
                raise KeyboardInterrupt

        patched.setattr("pressroom.storage.feed_files.FeedFiles.mark_written", break_off)
        press("publish", ok=False)
    press("publish")
    grown = files_of(press)
    shutil.rmtree(press.site / "feeds")
    press("publish")
    assert files_of(press) == grown
    assert "Floods" in [item["title"] for item in press.feed("archive/all/0003")["items"]]
