"""Releases and topics by hand: what editors type, and what they are told."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from tests.conftest import CommandLine, Press


@pytest.fixture(scope="module")
def pattern(fresh: Press) -> Press:
    fresh("topic", "add", "Cyber security", "--alias", "Cyber@Socitm")
    fresh("topic", "add", "Rivers")
    return fresh


def add(run: CommandLine, title: str, *words: str) -> str:
    return str(run.ask("release", "add", "--title", title, *words)["slug"])


def show(run: CommandLine, slug: str) -> dict[str, Any]:
    found: dict[str, Any] = run.ask("release", "show", slug)
    return found


def test_every_fact_that_is_given_is_kept(press: CommandLine) -> None:
    slug = add(
        press, "Locks & dams", "--kind", "case-study", "--topic", "cyber@socitm", "--topic", "Rivers",
        "--url", "https://example.org/locks", "--summary", "What holds.", "--published", "2025-11", "--access", "mixed",
        "--language", "nl", "--publisher", "LOLA", "--author", "Ada", "--author", "Bo", "--partner", "MCE",
        "--series", "Water", "--edition", "2013/14", "--doi", "https://doi.org/10.1234/x", "--reference", "R 1",
    )  # fmt: skip
    kept = show(press, slug)
    expected = {
        "slug": "locks-dams", "kind": "case-study", "topics": ["cyber-security", "rivers"], "own_date": "2025-11",
        "access": "mixed", "language": "nl", "authors": ["Ada", "Bo"], "partners": ["MCE"], "series": "Water",
        "edition": "2013/14", "doi": "10.1234/x", "state": "scheduled", "url": "https://example.org/locks",
    }  # fmt: skip
    assert kept | expected == kept


def test_the_same_title_twice_is_two_releases_unless_all_else_is_the_same_too(press: CommandLine) -> None:
    first = add(press, "Introduction", "--url", "https://example.org/1")
    second = add(press, "Introduction", "--url", "https://example.org/2")
    assert (first, second) == ("introduction", "introduction-2")
    answer = press("release", "add", "--title", "Introduction", "--url", "https://example.org/1", ok=False)
    assert answer.code == 1
    assert "release edit" in answer.err


@pytest.mark.R12
@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        (["--kind", "pamphlet"], "kind: “pamphlet” is unknown; choose one of report, briefing,", 2),
        (["--url", "javascript:alert(1)"], "give one that begins with https://", 2),
        (["--published", "2026-13-01"], "write 2026-01-28, 2026-01 or 2026", 2),
        (["--published", "2126-01-28"], "published: “2126-01-28” is too far ahead; mend the year, or leave it out", 2),
        (["--embargo", "next week"], "embargo: “next week” is no moment in time; write it like 2026-01-28T10:00 or", 2),
        (["--at", "soon"], "at: “soon” is no moment in time; write it like 2026-01-28T10:00 or", 2),
        (["--access", "secret"], "access: “secret” is unknown; choose public, members or mixed.", 2),
        (["--doi", "nonsense"], "doi: “nonsense” is no DOI; write it like 10.1234/abc.", 2),
        (["--isbn", "978-1"], "isbn: “978-1” is no ISBN; write it like 978-3-16-148410-0 and check its digits.", 2),
        (["--part", "third"], "part: “third” is no part; write 3, or 3 of 6.", 2),
        (["--series", "x" * 301], "xxx…” is too long; shorten it.", 2),
        (["--language", "English"], "write it like en, nl or pt-BR", 2),
        (["--relation", "likes=x"], "relation: “likes=x” is unknown; write KIND=ID", 2),
        (["--title", " "], "title: is missing", 2),
        (["--topic", "lakes"], "topic add", 1),
        (["--relation", "replaces=x"], "There is no release “x”", 1),
    ],
)
def test_a_wrong_fact_is_named_with_the_remedy_and_nothing_is_added(
    press: CommandLine, words: list[str], said: str, code: int
) -> None:
    answer = press("release", "add", *(["--title", "Locks"] if "--title" not in words else []), *words, ok=False)
    assert answer.code == code
    assert said in answer.err
    assert press.ask("release", "list") == []


@pytest.mark.R9
@pytest.mark.parametrize("name", ["--embargo", "--at", "--published", "--access"])
def test_nothing_is_added_with_an_empty_value_that_would_let_it_out(press: CommandLine, name: str) -> None:
    answer = press("release", "add", "--title", "Locks", name, " ", ok=False)
    assert answer.code == 2
    assert f"{name} is empty; give a " in answer.err
    assert press.ask("release", "list") == []


@pytest.mark.R9
@pytest.mark.parametrize("words", ["edit --embargo", "edit --access", "schedule --at", "schedule --embargo"])
def test_an_empty_value_opens_nothing(press: CommandLine, words: str) -> None:
    slug = add(press, "Locks", "--embargo", "2026-07-01", "--access", "members", "--at", "2026-07-02")
    before = show(press, slug)
    verb, name = words.split()
    answer = press("release", verb, slug, name, "", ok=False)
    assert answer.code == 2
    assert f"{name} is empty; give a " in answer.err
    assert show(press, slug) == before


@pytest.mark.R9
def test_the_file_of_a_release_that_is_not_open_stays_closed_whatever_is_edited(press: CommandLine) -> None:
    private = "https://example.org/private-"
    add(press, "Mixed", "--access", "mixed", "--download-url", f"{private}1.pdf")
    add(press, "Members", "--access", "members")
    add(press, "Open", "--download-url", f"{private}4.pdf")
    press("release", "edit", "mixed", "--download-url", f"{private}2.pdf")
    press("release", "edit", "members", "--download-url", f"{private}3.pdf")
    press("release", "edit", "members", "--access", "mixed")
    press("release", "edit", "open", "--access", "members")
    press("release", "edit", "open", "--access", "mixed")
    press("publish")
    press("release", "revise", "mixed", "--note", "New file.", "--download-url", f"{private}5.pdf")
    press("publish")
    published = [path.read_text() for path in (press.site / "feeds").rglob("*.*") if path.suffix not in (".gz", ".br")]
    assert published
    assert not [text for text in published if private in text]
    press("release", "edit", "mixed", "--access", "public", "--download-url", "https://example.org/public.pdf")
    press("publish")
    assert "https://example.org/public.pdf" in (press.site / "feeds" / "all.atom").read_text()


@pytest.mark.R9
def test_what_is_out_takes_no_embargo(press: CommandLine) -> None:
    slug = add(press, "Locks")
    press("publish")
    for words in (["edit"], ["revise", "--note", "x"]):
        answer = press("release", *words, slug, "--embargo", "2026-07-01", ok=False)
        assert answer.code == 1
        assert answer.err == "The release “locks” is live; it is out already; use “release withdraw”.\n"
    assert show(press, slug)["embargo"] is None


def test_a_relation_names_another_release_by_id_or_slug(press: CommandLine) -> None:
    old = press.ask("release", "add", "--title", "Locks 2025")
    new = add(press, "Locks 2026", "--relation", f"replaces={old['slug']}")
    assert show(press, new)["relations"] == [f"replaces={old['id']}"]
    press("release", "edit", new, "--relation", f"version-of={old['id']}")
    assert show(press, new)["relations"] == [f"version-of={old['id']}"]
    press("release", "edit", new, "--relation", "")
    assert show(press, new)["relations"] == []
    assert press("release", "edit", new, "--relation", f"replaces={new}", ok=False).code == 2
    assert press("release", "edit", new, "--relation", "replaces=nothing", ok=False).code == 1


def test_an_edit_changes_what_is_given_and_leaves_the_rest(press: CommandLine) -> None:
    slug = add(press, "Locks", "--summary", "Old.", "--topic", "rivers", "--url", "https://example.org/1")
    before = show(press, slug)
    press("release", "edit", slug, "--summary", "New.", "--url", "https://example.org/2")
    after = show(press, slug)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"summary", "url", "old_urls"}


def test_an_empty_value_takes_a_fact_away(press: CommandLine) -> None:
    words = ("--summary", "Old.", "--topic", "rivers", "--doi", "10.1234/x", "--language", "nl", "--published", "2026")
    slug = add(press, "Locks", *words)
    press("release", "edit", slug, *(word if word.startswith("--") else "" for word in words))
    after = show(press, slug)
    facts = [after[name] for name in ("summary", "topics", "doi", "language", "own_date")]
    assert facts == ["", [], "", "en", None]


@pytest.mark.R12
def test_what_another_program_has_put_in_steers_no_terminal(press: CommandLine) -> None:
    with sqlite3.connect(press.site / "data" / "catalogue.db") as catalogue:
        catalogue.execute(
            "INSERT INTO releases (title, summary) VALUES (?, ?)", ("\x1b[2JRed", "One\n\ntwo\x07 \x1b[0m")
        )
    press("release", "edit", add(press, "Locks"), "--title", "Locks")  # gives the row its slug
    (slug,) = [one["slug"] for one in press.ask("release", "list") if one["slug"] != "locks"]
    for words in (("show", slug), ("list",), ("show", "\x1b[2J\r\x07")):
        answer = press("release", *words, ok=False)
        assert not {"\x1b", "\x07", "\r"} & set(answer.out + answer.err)
    assert "summary           One two [0m\n" in press("release", "show", slug).out
    assert show(press, slug)["summary"] == "One\n\ntwo [0m"


def test_an_edit_of_a_live_release_is_silent(press: CommandLine) -> None:
    slug = add(press, "Locks")
    press("publish")
    updated = show(press, slug)["updated"]
    press("release", "edit", slug, "--summary", "A comma was missing.")
    assert show(press, slug)["updated"] == updated
    assert press.ask("publish")["feeds"]["written"] == 12  # all, its kind, publisher and language


def test_a_draft_waits_until_it_is_let_go(press: CommandLine) -> None:
    slug = add(press, "Locks", "--draft")
    press("publish")
    assert show(press, slug)["state"] == "draft"
    press("release", "publish", slug)
    press("publish")
    assert show(press, slug)["state"] == "live"


def test_a_scheduled_release_goes_out_at_its_time_in_the_sites_zone(press: CommandLine) -> None:
    slug = add(press, "Locks", "--draft")
    press("release", "schedule", slug, "--at", "2026-07-01T10:00")
    assert show(press, slug)["publish_at"] == "2026-07-01T09:00:00Z"
    press("publish")
    assert show(press, slug)["state"] == "scheduled"
    press.wait(days=160)
    press("publish")
    assert show(press, slug)["state"] == "live"


def test_a_live_release_cannot_be_scheduled_again(press: CommandLine) -> None:
    slug = add(press, "Locks")
    press("publish")
    answer = press("release", "schedule", slug, ok=False)
    assert answer.code == 1
    assert "release revise" in answer.err


def test_revising_and_withdrawing_need_words_and_a_live_release(press: CommandLine) -> None:
    slug = add(press, "Locks")
    assert press("release", "revise", slug, "--note", "x", ok=False).code == 1
    press("publish")
    assert press("release", "revise", slug, "--note", "  ", ok=False).code == 2
    press("release", "revise", slug, "--note", "Two figures corrected.", "--title", "Locks, corrected")
    press("release", "withdraw", slug, "--reason", "Superseded.")
    kept = show(press, slug)
    assert kept["slug"] == "locks"
    assert kept["withdrawn_reason"] == "Superseded."
    assert [one["change"] for one in kept["announcements"]] == ["new", "revised", "withdrawn"]
    assert press("release", "withdraw", slug, "--reason", "Again.", ok=False).code == 1


def test_a_withdrawn_release_names_its_replacement_in_the_feed(press: CommandLine) -> None:
    old, new = add(press, "Locks"), add(press, "Locks, second edition")
    press("publish")
    press("release", "withdraw", old, "--reason", "Superseded.", "--replacement", new)
    press("publish")
    item = next(item for item in press.feed("all")["items"] if item["title"].startswith("[Withdrawn]"))
    assert "Superseded." in item["content_html"]
    assert "Locks, second edition" in item["content_html"]


def test_lists_are_whole_and_in_words_or_json(press: CommandLine) -> None:
    assert "no releases yet" in press("release", "list").out
    add(press, "Locks", "--draft")
    add(press, "Dams", "--topic", "rivers")
    press("publish")
    listed = press.ask("release", "list")
    assert [(one["slug"], one["state"], one["topics"]) for one in listed] == [
        ("locks", "draft", []),
        ("dams", "live", ["rivers"]),
    ]
    assert [one["slug"] for one in press.ask("release", "list", "--state", "draft")] == ["locks"]
    assert "dams" in press("release", "list").out


def test_topics_are_found_by_alias_and_keep_their_slug_when_renamed(press: CommandLine) -> None:
    press("topic", "rename", "rivers", "Rivers and streams")
    add(press, "Locks", "--topic", "Rivers and streams")
    add(press, "Dams", "--topic", "rivers")
    press("publish")
    shelves = {one["slug"]: one for one in press.ask("topic", "list")}
    assert shelves["rivers"]["name"] == "Rivers and streams"
    assert shelves["rivers"]["releases"] == 2
    assert shelves["cyber-security"]["aliases"] == ["cyber-socitm"]


@pytest.mark.R12
@pytest.mark.parametrize(
    "words",
    [
        ["add", "RIVERS"],
        ["add", "cyber socitm"],
        ["add", "all"],
        ["add", "???"],
        ["rename", "rivers", "Cyber security"],
        ["merge", "rivers", "rivers", "--yes"],
    ],
)
def test_a_topic_that_would_be_ambiguous_is_refused(press: CommandLine, words: list[str]) -> None:
    before = press.ask("topic", "list")
    assert press("topic", *words, ok=False).code == 1
    assert press.ask("topic", "list") == before
