"""Feeds as published: identity, order, the newest fifty, and only what has changed is written (R1, R3)."""

from __future__ import annotations

import json
import shutil
from calendar import timegm
from itertools import pairwise
from typing import Any

import feedparser
import pytest

from pressroom.publishing.journey import publish_due
from pressroom.storage import Store
from pressroom.syndication import cleaning, facts
from pressroom.tools import Tools
from tests.conftest import CommandLine, Press
from tests.publishing.rows import write


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Rivers")
    fresh("topic", "add", "Roads")
    return fresh


def files_of(run: CommandLine) -> dict[str, bytes]:
    folder = run.site / "feeds"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def add(run: CommandLine, title: str, *words: str) -> str:
    return str(run.ask("release", "add", "--title", title, *words)["slug"])


def test_a_release_stands_in_every_feed_it_belongs_to_in_every_format(press: CommandLine) -> None:
    add(press, "Floods", "--topic", "rivers", "--kind", "guide", "--series", "Water & us")
    press("publish")
    for shelf in ("all", "topics/rivers", "kinds/guide", "series/water-us"):
        for form in ("atom", "rss"):
            parsed = feedparser.parse((press.site / "feeds" / f"{shelf}.{form}").read_bytes())
            assert not parsed.bozo
            assert [entry.title for entry in parsed.entries] == ["Floods"]
        assert [item["title"] for item in press.feed(shelf)["items"]] == ["Floods"]
    assert press.feed("topics/roads")["items"] == []


@pytest.mark.R1
def test_an_id_survives_every_change(press: CommandLine) -> None:
    slug = add(press, "Floods", "--topic", "rivers", "--edition", "1")
    press("publish")
    before = press.feed("all")["items"][0]["id"]
    press("release", "edit", slug, "--title", "Floods of 2026", "--url", "https://example.org/new", "--topic", "roads",
          "--edition", "2")  # fmt: skip
    press("release", "revise", slug, "--note", "New figures.")
    press("publish")
    assert {item["id"] for shelf in ("all", "topics/roads") for item in press.feed(shelf)["items"]} == {before}
    for form in ("atom", "rss"):
        assert feedparser.parse((press.site / "feeds" / f"all.{form}").read_bytes()).entries[0].id == before


@pytest.mark.R1
def test_a_guid_brought_along_is_kept(press: CommandLine) -> None:
    add(press, "Floods", "--id", "https://old.example.org/?p=17")
    press("publish")
    assert press.feed("all")["items"][0]["id"] == "https://old.example.org/?p=17"


@pytest.mark.R3
def test_a_full_rebuild_equals_what_grew_step_by_step(press: CommandLine) -> None:
    slugs = []
    for number in range(8):
        slugs.append(add(press, f"Report {number}", "--topic", "rivers", "--published", f"20{number:02}-01"))
        press.wait(minutes=7)
        press("publish")
    press("release", "revise", slugs[2], "--note", "Corrected.")
    press("publish")
    press("release", "withdraw", slugs[3], "--reason", "Wrong.", "--replacement", slugs[4])
    press("publish")
    press("release", "edit", slugs[4], "--title", "The replacement, renamed")
    press("topic", "rename", "rivers", "Streams")
    press("publish")
    grown = files_of(press)
    shutil.rmtree(press.site / "feeds")
    press("publish")
    assert files_of(press) == grown


@pytest.mark.R3
def test_a_publish_writes_only_files_that_change(press: CommandLine) -> None:
    add(press, "Floods", "--topic", "rivers")
    press("publish")
    inodes = {path: path.stat().st_ino for path in (press.site / "feeds").rglob("*.*")}
    add(press, "Bridges", "--topic", "roads")
    report = press.ask("publish")
    changed = {path for path, inode in inodes.items() if path.stat().st_ino != inode}
    feeds = {"all", "roads", "report", "example-association", "en"}
    assert {path.name.partition(".")[0] for path in changed} == {*feeds, "index", "feeds"}
    documents = [path for path in inodes if path.suffix in (".atom", ".rss", ".json")]
    assert report["feeds"] == {"written": len(feeds) * 3, "unchanged": len(documents) - len(feeds) * 3}
    assert press.ask("publish")["feeds"]["written"] == 0


def test_a_feed_file_that_was_lost_or_cut_is_mended(press: CommandLine) -> None:
    add(press, "Floods")
    press("publish")
    whole = files_of(press)
    (press.site / "feeds" / "all.atom").unlink()
    (press.site / "feeds" / "all.json").write_bytes(b"{")
    assert press.ask("publish")["feeds"]["written"] == 2
    assert files_of(press) == whole


@pytest.mark.R2
def test_newest_first_and_a_revision_returns_to_the_top(press: CommandLine) -> None:
    slugs = [add(press, title) for title in ("One", "Two", "Three")]
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["Three", "Two", "One"]
    press.wait(hours=1)
    press("release", "revise", slugs[0], "--note", "More.")
    press("publish")
    newest = press.feed("all")["items"][0]
    assert newest["title"] == "One"
    assert newest["date_modified"] > newest["date_published"]
    assert "More." in newest["content_html"]


def test_a_feed_holds_the_newest_fifty(press: CommandLine) -> None:
    rows = [
        json.dumps({"title": f"Report {number:03}", "published": f"2020-{number % 12 + 1:02}"}) for number in range(60)
    ]
    file = press.site / "rows.jsonl"
    file.write_text("\n".join(rows))
    press("import", str(file), "--announce", "none")
    press("publish")
    dates = [item["_pressroom"]["date"] for item in press.feed("all")["items"]]
    assert len(dates) == 50
    assert dates == sorted(dates, reverse=True)


def test_what_is_revised_returns_from_the_archives_to_the_newest_fifty(press: CommandLine) -> None:
    rows: list[Any] = [{"title": f"Report {number:03}", "published": f"{1960 + number}"} for number in range(60)]
    press("import", str(write(press.site / "rows.jsonl", rows)), "--announce", "none")
    press("publish")
    before = {item["title"]: item for item in press.feed("archive/all/0001")["items"]}
    assert "Report 000" not in [item["title"] for item in press.feed("all")["items"]]
    press("release", "revise", "report-000", "--note", "Corrected.")
    press("publish")
    first, *others = press.feed("all")["items"]
    assert (first["title"], first["id"]) == ("Report 000", before["Report 000"]["id"])
    assert first["date_modified"] > before["Report 000"]["date_modified"]
    assert len(others) == 49


@pytest.mark.R2
def test_what_is_announced_later_is_later_by_a_whole_second_in_rss_however_much_at_once(press: CommandLine) -> None:
    """Microsoft's RSS trigger drops an item whose pubDate is not later than that of the last it has seen."""
    for number in range(4):
        add(press, f"Report {number}")
    press("publish")
    add(press, "Report 4")
    press("publish")
    parsed = feedparser.parse((press.site / "feeds" / "all.rss").read_bytes())
    moments = [timegm(entry.published_parsed) for entry in parsed.entries]
    assert len(moments) == 5
    assert all(later - earlier >= 1 for later, earlier in pairwise(moments))


def test_the_back_catalogue_sorts_by_its_own_date_and_undated_last(press: CommandLine) -> None:
    file = press.site / "rows.jsonl"
    dated = (("Old", "1975"), ("New", "2025-06-01"), ("Undated", None), ("Middle", "2010-03"))
    file.write_text("\n".join(json.dumps({"title": title, "published": date}) for title, date in dated))
    press("import", str(file), "--announce", "none")
    press("publish")
    items = press.feed("all")["items"]
    assert [item["title"] for item in items] == ["New", "Middle", "Old", "Undated"]
    assert [item.get("date_published", "")[:10] for item in items] == ["2025-06-01", "2010-03-01", "", ""]
    assert len({item["date_modified"] for item in items}) == 4


@pytest.mark.R9
def test_no_feed_knows_of_drafts_or_of_the_address_of_a_members_file(press: CommandLine) -> None:
    add(press, "Draft secret", "--draft")
    add(press, "Later secret", "--at", "2026-05-01")
    add(press, "Members paper", "--access", "members", "--download-url", "https://example.org/private.pdf")
    press("publish")
    everything = b"".join(files_of(press).values())
    assert b"secret" not in everything
    assert b"private.pdf" not in everything
    assert b"Members only" in everything


def test_the_feed_of_a_topic_that_ends_says_so_last_and_names_its_successor(press: CommandLine) -> None:
    add(press, "Floods", "--topic", "rivers")
    press("publish")
    press.wait(days=1)
    press("topic", "merge", "rivers", "roads", "--yes")
    add(press, "Bridges", "--topic", "rivers")
    press("publish")
    assert [item["title"] for item in press.feed("topics/roads")["items"]] == ["Bridges", "Floods"]
    last, before = press.feed("topics/rivers")["items"]
    assert (last["title"], before["title"]) == ("Rivers has ended, and goes on as Roads", "Floods")
    assert 'href="http://localhost:8000/feeds/topics/roads.atom"' in last["content_html"]
    assert last["content_html"].endswith("<p>Published by Example Association</p>")
    assert last["id"] == "http://localhost:8000/feeds/topics/rivers#ended"
    assert last["date_published"] == last["date_modified"] == "2026-01-27T09:00:00Z"
    ended = files_of(press)
    add(press, "Tunnels", "--topic", "rivers")
    press("publish")
    assert {name: content for name, content in files_of(press).items() if "/rivers." in name} == {
        name: content for name, content in ended.items() if "/rivers." in name
    }


def test_a_broken_template_of_the_site_is_named_with_its_line_and_stops_before_anything_is_written(
    press: CommandLine,
) -> None:
    press("publish")
    before = files_of(press)
    own = press.site / "templates" / "feeds"
    own.mkdir(parents=True)
    (own / "entry.html").write_text("<p>\n{{ entry.nonsense }}\n")
    add(press, "Floods")
    answer = press("publish", ok=False)
    assert answer.code == 2
    assert "entry.html" in answer.err
    assert "line 2" in answer.err
    assert files_of(press) == before


@pytest.mark.R9
def test_a_shelf_that_holds_only_what_waits_has_no_feed_until_something_is_out(press: CommandLine) -> None:
    press("topic", "add", "Takeover")
    words = ("--series", "Merger of A and B", "--topic", "takeover")
    add(press, "Secret", *words, "--embargo", "2026-02-01T00:00")
    press("publish")
    assert not [name for name in files_of(press) if "merger" in name or "takeover" in name]
    assert press.feed("topics/roads")["items"] == []
    press.wait(days=10)
    press("publish")
    for shelf in ("series/merger-of-a-and-b", "topics/takeover"):
        assert [item["title"] for item in press.feed(shelf)["items"]] == ["Secret"]


@pytest.mark.R3
def test_a_feed_that_was_published_empty_stays_when_something_is_filed_that_waits(press: CommandLine) -> None:
    press("publish")
    add(press, "Secret", "--topic", "rivers", "--embargo", "2026-02-01T00:00")
    shutil.rmtree(press.site / "feeds")
    press("publish")
    assert press.feed("topics/rivers")["items"] == []


@pytest.mark.R9
@pytest.mark.parametrize(
    "spelling",
    [
        "https://EXAMPLE.org/Private.pdf",
        "https://example.org/Private.pdf#page=2",
        "http://example.org:443/Private.pdf",
        "https://example.org./%50rivate.pdf",
        "https://example.org//x/../Private.pdf/",
        "https://example.org/Private.pdf?utm_source=x",
    ],
)
def test_a_members_only_file_is_not_linked_in_another_spelling(press: CommandLine, spelling: str) -> None:
    add(press, "Floods", "--access", "members", "--url", spelling, "--download-url", "https://example.org/Private.pdf")
    press("publish")
    assert not [name for name, content in files_of(press).items() if b"rivate.pdf" in content]


def test_a_silent_release_goes_where_its_new_own_date_belongs(press: CommandLine) -> None:
    rows = [{"title": title, "published": date} for title, date in (("One", "2001-05-05"), ("Two", "2010-01-01"))]
    path = press.site / "old.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    press("import", str(path), "--announce", "none")
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["Two", "One"]
    press("release", "edit", "one", "--published", "2020-02-02")
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["One", "Two"]
    assert press.ask("release", "show", "one")["published"] == "2020-02-02T00:00:00Z"


@pytest.mark.R3
def test_a_withdrawn_release_follows_what_replaces_it_whichever_program_changes_that(
    press: CommandLine, store: Store
) -> None:
    old = add(press, "Old", "--topic", "rivers")
    press("publish")
    new = add(press, "New", "--draft")
    press("release", "withdraw", old, "--reason", "Out of date.", "--replacement", new)

    def shown() -> str:
        press("publish")
        return str(press.feed("topics/rivers")["items"][0]["content_html"])

    assert "New" not in shown()
    press("release", "publish", new)
    assert "New" in shown()
    store.write("UPDATE releases SET title = 'Newer' WHERE title = 'New'")
    assert "Newer" in shown()
    store.write("UPDATE releases SET url = 'https://example.org/newer' WHERE title = 'Newer'")
    assert "https://example.org/newer" in shown()


@pytest.mark.R12
def test_a_release_of_which_no_entry_can_be_made_is_named_and_keeps_no_other_back(
    press: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands as it stood before, and is tried again each time."""
    slug = add(press, "Floods")
    press("publish")
    press("release", "edit", slug, "--title", "Unspeakable")
    add(press, "Bridges")
    with monkeypatch.context() as patched:
        whole = cleaning.as_line

        def refuse(text: str) -> str:
            if "Unspeakable" in text:
                raise ValueError("no words for it.")
            return whole(text)

        patched.setattr(facts, "as_line", refuse)
        for _ in range(2):
            answer = press("publish", ok=False)
            assert answer.code == 3
            assert (
                "Row 1 of the table releases cannot be shown as it is now: ValueError: no words for it; mend it there."
                in answer.err
            )
            assert [item["title"] for item in press.feed("all")["items"]] == ["Bridges", "Floods"]
    press("publish")
    assert [item["title"] for item in press.feed("all")["items"]] == ["Bridges", "Unspeakable"]


@pytest.mark.R12
def test_whatever_another_program_writes_the_feeds_are_well_formed(press: CommandLine, store: Store) -> None:
    bad = ']]>&<\x1b\x85\ufffd\ufffe\u202e"{{ 7 }}\r\n\\'
    for number in range(3):
        store.write(
            """INSERT INTO releases (id, title, subtitle, summary, body, publisher, edition, collection, reference,
                isbn, doi, licence, url)
            VALUES (:id, :bad, :bad, :bad, :bad, :bad, :bad, :bad, :bad, :bad, :bad, :bad, :url)""",
            {"id": f"tag:{number}", "bad": f"T{number}{bad}", "url": f"https://example.org/{number}{bad}"},
        )
        store.write("INSERT INTO release_authors (release, position, name, orcid) VALUES (?, 0, ?, ?)",
                    (number + 1, bad, bad))  # fmt: skip
        store.write("INSERT INTO release_partners (release, position, name) VALUES (?, 0, ?)", (number + 1, bad))
        store.write("INSERT INTO release_files (release, position, format, url) VALUES (?, 0, ?, ?)",
                    (number + 1, bad, f"https://example.org/{bad}"))  # fmt: skip
    press("publish")
    press("release", "revise", "tag:0", "--note", "More ]]> of <b>it")
    press("release", "withdraw", "tag:1", "--reason", "]]>", "--replacement", "tag:2")
    press("publish")
    assert "No findings" in press("validate").out


def test_it_is_told_when_feeds_have_changed_before_any_mail_leaves(
    press: CommandLine, store: Store, tools: Tools
) -> None:
    press("subscriber", "add", "ada@example.org", "--frequency", "immediate", "--confirmed")
    press("publish", "--feeds-only")
    press("release", "add", "--title", "Floods", "--urgent")
    mails_then: list[int] = []
    publish_due(store, tools, press.now, feeds_written=lambda: mails_then.append(len(press.mails("ada@example.org"))))
    assert (mails_then, len(press.mails("ada@example.org"))) == ([0], 1)
    publish_due(store, tools, press.now, feeds_written=lambda: mails_then.append(-1))
    assert mails_then == [0]
