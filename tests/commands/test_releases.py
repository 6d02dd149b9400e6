"""Releases and topics by hand: what editors type, and what they are told."""

from __future__ import annotations

import pytest

from tests.conftest import CommandLine


@pytest.fixture
def press(run: CommandLine) -> CommandLine:
    run("init")
    run("topic", "add", "Cyber security", "--alias", "Cyber@Socitm")
    run("topic", "add", "Rivers")
    return run


def add(run: CommandLine, title: str, *words: str) -> str:
    return str(run.ask("release", "add", "--title", title, *words)["slug"])


def show(run: CommandLine, slug: str) -> dict[str, object]:
    found: dict[str, object] = run.ask("release", "show", slug)
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
    ("words", "said"),
    [
        (["--kind", "pamphlet"], "case-study"),
        (["--url", "javascript:alert(1)"], "https://"),
        (["--published", "2026-13-01"], "2026-01-28"),
        (["--topic", "lakes"], "topic add"),
        (["--embargo", "next week"], "2026-01-28T10:00"),
        (["--at", "soon"], "2026-01-28T10:00"),
        (["--access", "secret"], "public, members or mixed"),
        (["--doi", "nonsense"], "doi"),
        (["--language", "English"], "nl"),
        (["--title", " "], "title"),
    ],
)
def test_a_wrong_fact_is_named_with_the_remedy_and_nothing_is_added(
    press: CommandLine, words: list[str], said: str
) -> None:
    answer = press("release", "add", *(["--title", "Locks"] if "--title" not in words else []), *words, ok=False)
    assert answer.code == 1
    assert said in answer.err
    assert press.ask("release", "list") == []


def test_a_relation_names_another_release_by_id_or_slug(press: CommandLine) -> None:
    old = press.ask("release", "add", "--title", "Locks 2025")
    new = add(press, "Locks 2026", "--relation", f"replaces={old['slug']}")
    assert show(press, new)["relations"] == [f"replaces={old['id']}"]
    press("release", "edit", new, "--relation", f"version-of={old['id']}")
    assert show(press, new)["relations"] == [f"version-of={old['id']}"]
    assert press("release", "edit", new, "--relation", f"likes={old['slug']}", ok=False).code == 1
    assert press("release", "edit", new, "--relation", "replaces=nothing", ok=False).code == 1


def test_an_edit_changes_what_is_given_and_leaves_the_rest(press: CommandLine) -> None:
    slug = add(press, "Locks", "--summary", "Old.", "--topic", "rivers", "--url", "https://example.org/1")
    before = show(press, slug)
    press("release", "edit", slug, "--summary", "New.", "--url", "https://example.org/2")
    after = show(press, slug)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"summary", "url", "old_urls"}


def test_an_edit_of_a_live_release_is_silent(press: CommandLine) -> None:
    slug = add(press, "Locks")
    press("publish")
    updated = show(press, slug)["updated"]
    press("release", "edit", slug, "--summary", "A comma was missing.")
    assert show(press, slug)["updated"] == updated
    assert press.ask("publish")["feeds"]["written"] == 6


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
    assert press("release", "revise", slug, "--note", "  ", ok=False).code == 1
    press("release", "revise", slug, "--note", "Two figures corrected.", "--title", "Locks, corrected")
    press("release", "withdraw", slug, "--reason", "Superseded.")
    kept = show(press, slug)
    assert kept["slug"] == "locks"
    assert kept["withdrawn_reason"] == "Superseded."
    assert [one["change"] for one in kept["announcements"]] == ["new", "revised", "withdrawn"]  # type: ignore[attr-defined]
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
